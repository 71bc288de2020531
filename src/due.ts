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

/** Who may go on now. By hand (`forced`), a destination that its receiver paused is tried at once. */
export function ready(members: readonly Member[], nowMs: number, forced: boolean): Member[] {
  return members.filter(({ lane }) => {
    const anyway = forced && lane.health.pausedMs !== null && !lane.condition.held;
    const readyMs = anyway ? nowMs : lane.condition.readyAtMs();
    return lane.open && readyMs !== null && readyMs <= nowMs;
  });
}

/** Who may be read for. */
export function free(members: readonly Member[], nowMs: number, forced: boolean): Member[] {
  return ready(members, nowMs, forced).filter(({ lane }) => lane.free);
}

/**
 * Who is to be read for. While others have a backlog, one run follows the other: who is at the head waits for its poll
 * all the same.
 */
export function toPoll(
  members: readonly Member[],
  all: readonly Member[],
  nowMs: number,
  pollMs: number,
): Member[] {
  const backlog = all.some(
    ({ lane }) => lane.progress.behind || (lane.queue.dueMs() ?? Number.POSITIVE_INFINITY) <= nowMs,
  );
  if (!backlog) return [...members];
  return members.filter(
    ({ lane: { progress } }) => progress.behind || Math.abs(nowMs - progress.followedMs) >= pollMs,
  );
}

/** With nobody reading, the log is looked at all the same: what nobody reads is not blind. */
export async function watch({ source, positions }: Parts, { clock }: Ports, budget: Budget) {
  const fromSecond = positions.newest ?? Math.floor(clock.now() / 1000);
  const page = await source.pull({ fromSecond }, budget);
  if (page.kind === "fault") source.fail(page.fault);
  if (page.kind === "page") positions.noteNewest(page.items.map(parseRecord));
}
