// What a run has to do besides the reading on: when there is something before the next poll, and a look at the log.
import type { Budget } from "./budget.ts";
import type { Member } from "./member.ts";
import type { Ports } from "./ports.ts";
import type { Positions } from "./positions.ts";
import { parseRecord } from "./source/record.ts";
import type { Source } from "./source/source.ts";

interface Parts {
  readonly members: readonly Member[];
  readonly source: Source;
  readonly positions: Positions;
}

/**
 * The earliest moment of a retry, a probe, or a backlog to go on with; infinite when there is nothing. Where nothing new
 * may be read, what is in hand is all.
 */
export function dueMs({ members, source }: Parts, { ledger }: Ports, mayRead: boolean): number {
  const times = members
    // One without a position waits for KV to tell whether it has a mark.
    .filter(({ lane }) => ledger.position(lane.name) !== undefined)
    .filter(({ lane }) => lane.open)
    .map(({ lane }) => {
      const readyMs = lane.condition.readyAtMs() ?? Number.POSITIVE_INFINITY;
      const reads = mayRead && lane.free && lane.progress.behind;
      const readMs = reads ? source.readyAtMs() : Number.POSITIVE_INFINITY;
      return Math.max(readyMs, Math.min(readMs, lane.queue.dueMs() ?? Number.POSITIVE_INFINITY));
    });
  return Math.min(Number.POSITIVE_INFINITY, ...times);
}

/** With nobody reading, the log is looked at all the same: what nobody reads is not blind. */
export async function watch({ source, positions }: Parts, { clock }: Ports, budget: Budget) {
  const fromSecond = positions.newest ?? Math.floor(clock.now() / 1000);
  const page = await source.pull({ fromSecond }, budget);
  if (page.kind === "fault") source.fail(page.fault);
  if (page.kind === "page") positions.noteNewest(page.items.map(parseRecord));
}
