// High-water marks in KV: public, lasting, and editable by hand. KV may be stale, late or lost; the ledger
// makes that harmless, so a mark is written lazily and a value that we once wrote ourselves is never news.
import { type Clock, within } from "./http.ts";
import type { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";
import type { Member } from "./member.ts";
import type { MarkStore } from "./ports.ts";
import type { Positions } from "./positions.ts";
import { toIsoSecond } from "./source/client.ts";
import { isObject, toText } from "./source/record.ts";
import { dayMs } from "./time.ts";

/** How many of our own values are known again in a stale read: the last two hours at least. */
const remembered = 100;

/** KV shows a new value after a minute or more; no upper bound is documented. */
const staleMs = 3_600_000;
/** When a destination was last taken up from its mark in KV, because the ledger did not know it. */
export const recoveredKey = "recovered";
/** When the ledger was begun: a first read of KV may show nothing although there is a mark. */
const begunKey = "begun";
const staleNothingMs = 600_000;
const timeoutMs = 5000;
const tooLate: unique symbol = Symbol();
/** How far ahead of our clock an operator's may be. */
const skewMs = 60_000;

interface MarkWrite {
  readonly atMs: number;
  readonly value: string;
  readonly confirmed: boolean;
}

export class Marks {
  readonly #store: MarkStore;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #writesPerDay: () => number;
  /** Newest first. */
  #writes: MarkWrite[];

  /** `writesPerDay`: this workspace's part of the plan's writes to KV, which may change. */
  constructor(store: MarkStore, ledger: Ledger, clock: Clock, writesPerDay: () => number) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#writesPerDay = writesPerDay;
    this.#writes = ledger.markWrites.all();
  }

  /** Marks set by an operator come in, and destinations without a position get one. */
  async adopt(members: readonly Member[], positions: Positions, log: Log): Promise<void> {
    try {
      const edits = await this.edits();
      for (const [name, second] of edits?.through ?? []) {
        const through = toIsoSecond(second);
        const lane = members.find((member) => member.lane.name === name)?.lane;
        const position = this.#ledger.position(name);
        if (position?.through === second) continue;
        const reason = this.#whyNot(lane !== undefined, position?.through, second);
        if (!lane || reason !== null) {
          log.warn("mark from outside ignored", { destination: name, through, reason });
          continue;
        }
        log.warn("mark set from outside", { destination: name, through });
        if (!position) this.#ledger.set(recoveredKey, this.#clock.now());
        positions.move(name, second);
        lane.reset();
      }
      if (edits) this.acknowledge(edits.value);
    } catch (error) {
      // The ledger knows the marks as well. A destination that is in neither waits: it may have one in KV.
      log.warn("marks not readable", { error });
      return;
    }
    if (this.#ledger.get(begunKey) === undefined) this.#ledger.set(begunKey, this.#clock.now());
    for (const { config } of members) positions.begin(config);
  }

  /** Why a mark from outside is not taken, or null. */
  #whyNot(known: boolean, before: number | undefined, second: number): string | null {
    if (!known) return "no destination has this name";
    if (second * 1000 > this.#clock.now() + skewMs) return "it lies in the future";
    const recoveredMs = Number(this.#ledger.get(recoveredKey) ?? Number.NEGATIVE_INFINITY);
    // After a stale read a fresher one may follow: taken for an operator's, it would give up what lies between.
    const begunMs = Number(this.#ledger.get(begunKey) ?? Number.NEGATIVE_INFINITY);
    const nowMs = this.#clock.now();
    const young = nowMs - recoveredMs < staleMs || nowMs - begunMs < staleNothingMs;
    const ours = before !== undefined && second > before && young;
    return ours
      ? "the ledger is young, and this may be a mark of our own from before it was lost: set it again in an hour"
      : null;
  }

  /** The marks go out. When KV refuses they are written later: the ledger makes an old mark harmless. */
  async publish(members: readonly Member[], log: Log): Promise<void> {
    const through = members.flatMap(({ lane }): [string, number][] => {
      const position = this.#ledger.position(lane.name);
      return position ? [[lane.name, position.through]] : [];
    });
    try {
      if (through.length > 0) await this.write(new Map(through));
    } catch (error) {
      log.warn("marks not written", { error });
    }
  }

  /**
   * The marks in KV that we did not write: an operator's, or our own from before the ledger was lost. Whole
   * seconds by destination, and the value they stand in, to be acknowledged once it is applied.
   * Rejects when KV does not answer or its value is not readable.
   */
  async edits(): Promise<{ value: string; through: Map<string, number> } | undefined> {
    const value = await this.#inTime(this.#store.read());
    const ours = this.#mayBeStale();
    if (value === null || ours.some((write) => write.value === value)) return undefined;
    const known = ours.map((write) => parseMarks(write.value));
    const edited = [...parseMarks(value)].filter(([name, through]) =>
      known.every((write) => write.get(name) !== through),
    );
    return { value, through: new Map(edited) };
  }

  /** From now on the value is no news. */
  acknowledge(value: string): void {
    this.#note(value, true);
  }

  /** Writes the marks if they moved and the last write is long enough ago. Rejects when KV refuses. */
  async write(through: ReadonlyMap<string, number>): Promise<void> {
    const marks = [...through].map(([name, second]) => [name, { through: toIsoSecond(second) }]);
    const value = JSON.stringify(Object.fromEntries(marks));
    const last = this.#writes[0];
    if (last?.value === value && last.confirmed) return;
    const intervalMs = Math.ceil(dayMs / this.#writesPerDay());
    if (last && this.#clock.now() - last.atMs < intervalMs) return;
    // Noted before: a write that succeeds without our learning of it must not look like an operator's.
    this.#note(value, false);
    this.#ledger.statistics.count("kv_writes", [], 1, this.#clock.now());
    await this.#inTime(this.#store.write(value));
    this.#ledger.markWrites.confirm();
    this.#writes = this.#writes.map((write) =>
      write.value === value ? { ...write, confirmed: true } : write,
    );
  }

  /** Our own values that KV may still show: all down to the newest that was surely there an hour ago. */
  #mayBeStale(): readonly MarkWrite[] {
    const sinceMs = this.#clock.now() - staleMs;
    // What KV never confirmed has replaced nothing there.
    const oldest = this.#writes.findIndex(({ confirmed, atMs }) => confirmed && atMs <= sinceMs);
    return oldest < 0 ? this.#writes : this.#writes.slice(0, oldest + 1);
  }

  /** Rejects when KV takes too long: a run must not wait for ever for what it can do without. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const result = await within<T, typeof tooLate>(this.#clock, timeoutMs, work, () => tooLate);
    if (result === tooLate) throw new Error(`KV did not answer within ${timeoutMs / 1000} s`);
    return result;
  }

  #note(value: string, confirmed: boolean): void {
    const atMs = this.#clock.now();
    this.#ledger.markWrites.note(value, atMs, confirmed, remembered);
    // The same rule as the ledger's, so that no write reads the whole table again.
    const writes = [{ atMs, value, confirmed }, ...this.#writes];
    const needed = writes.findIndex((write) => write.confirmed) + 1;
    this.#writes = writes.slice(0, Math.max(remembered, needed));
  }
}

function parseMarks(value: string): Map<string, number> {
  const parsed: unknown = JSON.parse(value);
  if (!isObject(parsed)) throw new Error("the marks in KV are not a JSON object");
  return new Map(
    Object.entries(parsed).map(([name, mark]) => {
      const through = isObject(mark) ? Date.parse(toText(mark.through) ?? "") : Number.NaN;
      if (Number.isNaN(through)) {
        throw new Error(
          `the mark of ${name} in KV needs a time, like {"through": "2026-11-23T10:00:00Z"}`,
        );
      }
      return [name, Math.max(0, Math.floor(through / 1000))];
    }),
  );
}
