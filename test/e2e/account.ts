// The account of what was delivered twice: each repeat is laid at the door of one kill, or it is a fault.
import { idPrefix } from "../../src/event/identity.ts";
import type { DestinationName } from "./deployed.ts";
import type { LedgerOnDisk } from "./ledger-on-disk.ts";
import type { Recorded } from "./recording.ts";

/** The end of a life: the nth kill ends the nth life. */
export interface Kill {
  readonly life: number;
  readonly atMs: number;
  /** When in the work it fell. */
  readonly moment: string;
  readonly ledger: LedgerOnDisk;
}

/** A request that was taken and that the ledger did not know of when the Worker was killed. */
interface Repeat {
  readonly kill: Kill;
  readonly request: Recorded;
}

export interface Account {
  readonly repeats: readonly Repeat[];
  /** What no kill explains; empty when all is right. */
  readonly faults: readonly string[];
}

/** The answer is on its way, and the row is written, within this time; generous for a busy machine. */
const settlingMs = 500;

export function account(
  destination: DestinationName,
  requests: readonly Recorded[],
  kills: readonly Kill[],
): Account {
  const faults: string[] = [];
  const repeats: Repeat[] = [];
  const ours = requests.filter((request) => request.destination === destination);
  const lives = Map.groupBy(ours, ({ life }) => life);
  const takenIn = new Map([...lives].map(([life, sent]) => [life, takenOf(sent)]));
  const all = new Set([...takenIn.values()].flat());
  for (const [life, sent] of lives) {
    const blame = (what: string) => faults.push(`${destination}, life ${life}: ${what}`);
    const taken = takenIn.get(life) ?? [];
    if (new Set(taken).size < taken.length) blame("took an event twice");
    for (const [index, { answeredMs = Number.POSITIVE_INFINITY }] of sent.slice(0, -1).entries())
      if ((sent[index + 1]?.arrivedMs ?? 0) < answeredMs)
        blame("sent a request before the one before it was answered");
  }
  for (const kill of kills) {
    const blame = (what: string) => faults.push(`${destination}, kill ${kill.life}: ${what}`);
    const sent = lives.get(kill.life) ?? [];
    const settled = kill.ledger.settled.get(destination) ?? new Set();
    const taken = new Set(takenIn.get(kill.life));
    const before = new Set([...takenIn].flatMap(([life, ids]) => (life <= kill.life ? ids : [])));
    const after = new Set([...takenIn].flatMap(([life, ids]) => (life > kill.life ? ids : [])));
    const unwritten = taken.difference(settled);
    const early = settled.difference(before);
    if (early.size > 0) blame(`${early.size} events settled that were never taken`);
    const second = (kill.ledger.through.get(destination) ?? 0) * 1000;
    const passed = [...all].filter((id) => id < idPrefix(second) && !settled.has(id));
    if (passed.length > 0) blame(`the mark passed ${passed.length} events that are not settled`);
    // What follows a request waits for its row: only the very last one can be unwritten, and then all of it.
    const last = sent.at(-1);
    const lastEvents = new Set(last?.takenMs === undefined ? [] : last.events);
    if (unwritten.size > 0 && unwritten.symmetricDifference(lastEvents).size > 0)
      blame(`${unwritten.size} taken events unwritten, not those of the last request`);
    const repeated = taken.intersection(after);
    if (repeated.symmetricDifference(unwritten).size > 0)
      blame(`${repeated.size} events repeated, ${unwritten.size} taken ones unwritten`);
    if (repeated.size > 0 && last) {
      repeats.push({ kill, request: last });
      const { answeredMs = Number.POSITIVE_INFINITY } = last;
      if (kill.atMs - answeredMs > settlingMs)
        blame(`a row was not written ${Math.round(kill.atMs - answeredMs)} ms after the answer`);
    }
  }
  return { repeats, faults };
}

export function tell({ kill, request }: Repeat): string {
  const { destination, events, takenMs = Number.NaN, answeredMs } = request;
  const before = (ms: number) =>
    ms <= kill.atMs
      ? `${(kill.atMs - ms).toFixed(1)} ms before`
      : `${(ms - kill.atMs).toFixed(1)} ms after`;
  const answer =
    answeredMs === undefined ? "never answered" : `answered ${before(answeredMs)} the kill`;
  return `kill ${kill.life} (${kill.moment}): ${destination} repeats ${events.length}, taken ${before(takenMs)}, ${answer}, the last request of its sender, not in the ledger`;
}

function takenOf(requests: readonly Recorded[]): string[] {
  return requests.flatMap(({ takenMs, events }) => (takenMs === undefined ? [] : events));
}
