// Where each destination stands in the log, and how far the log itself has been read.
// Only the log's own times move a mark forward; the clock can but hold it back, so that it hides nothing.
import type { DestinationConfig } from "./config.ts";
import type { Start } from "./config-fields.ts";
import type { Ports } from "./ports.ts";
import { type AuditRecord, isObject, isUnusable, type UnusableItem } from "./source/record.ts";
import type { Stretch } from "./source/walk.ts";
import type { Position } from "./tables.ts";

/** Whole seconds since the epoch. */
interface Covered {
  /** The log has been read without a gap from here … */
  readonly from: number;
  /** … to here. */
  readonly through: number;
  /** The youngest event that the log ever showed: evidence of how late it is at the source. Null before there is one. */
  readonly newest: number | null;
}

const key = "covered";
/** Two pages: the overlap of a busy minute may hold thousands. */
const crowd = 200;

export class Positions {
  readonly #ports: Ports;
  readonly #overlapSeconds: number;
  #covered: Covered | undefined;
  #crowded: number | undefined;
  /** The youngest event that was seen in passing before any walk. */
  #noted: number | null = null;

  constructor(ports: Ports, overlapSeconds: number) {
    this.#ports = ports;
    this.#overlapSeconds = overlapSeconds;
    const stored = ports.ledger.get(key);
    this.#covered = isObject(stored) ? (stored as unknown as Covered) : undefined;
  }

  get newest(): number | undefined {
    return this.#covered?.newest ?? this.#noted ?? undefined;
  }

  /** Each poll at the head reads from this second on at the latest; undefined while nothing is known of the log. */
  get readAgainFrom(): number | undefined {
    const { newest } = this;
    return newest && Math.max(newest - this.#overlapSeconds, this.#crowdedFrom(false));
  }

  /** So much happened lately that a poll does not read the whole overlap again. */
  get crowded(): boolean {
    return (this.readAgainFrom ?? 0) > (this.newest ?? 0) - this.#overlapSeconds;
  }

  /** Notes items that were seen in passing, without reading on from where a walk stands. */
  noteNewest(items: readonly (AuditRecord | UnusableItem)[]): void {
    const records = items.flatMap((item) => (isUnusable(item) ? [] : [item]));
    const newest = this.#newestOf(records);
    if (this.#covered) this.#cover({ ...this.#covered, newest });
    else this.#noted = newest;
  }

  /** Gives a destination that has none its first position, at its `start`. */
  begin({ name, start }: DestinationConfig): void {
    if (this.#ports.ledger.position(name)) return;
    const nowMs = this.#ports.clock.now();
    const sinceMs = startMs(start, nowMs);
    const second = Math.floor(sinceMs / 1000);
    this.#set(name, {
      sinceMs,
      activatedMs: nowMs,
      through: second - 1,
      resume: second,
      lastDeliveredMs: null,
    });
  }

  /**
   * A mark set from outside. Back: what lies after it is read again, and what was sent is not sent again.
   * Forward: what lies between is given up. Without a position (the ledger was lost) it is where to go on.
   */
  move(name: string, through: number): void {
    const before = this.#ports.ledger.position(name);
    const overlapMs = (through - this.#overlapSeconds) * 1000;
    const sinceMs = before
      ? through > before.through
        ? (through + 1) * 1000
        : Math.min(before.sinceMs, (through + 1) * 1000)
      : overlapMs;
    this.#set(name, {
      sinceMs,
      activatedMs: before?.activatedMs ?? sinceMs,
      through,
      // A re-sync under way may have to go further back: only a mark set forward gives up.
      resume: Math.min(
        Math.max(0, through - this.#overlapSeconds),
        before && through <= before.through ? before.resume : Number.POSITIVE_INFINITY,
      ),
      lastDeliveredMs: before?.lastDeliveredMs ?? null,
    });
  }

  /** Reads again from `fromMs`; the mark stays. */
  rewind(name: string, fromMs: number): void {
    const before = this.#ports.ledger.position(name);
    if (!before) return;
    this.#set(name, {
      ...before,
      sinceMs: Math.min(before.sinceMs, fromMs),
      resume: Math.min(before.resume, Math.floor(fromMs / 1000)),
    });
  }

  /** Whether an event that is seen for the first time in this second came late: the log was read past it. */
  isLate(second: number): boolean {
    const covered = this.#covered;
    return covered !== undefined && second >= covered.from && second < covered.through;
  }

  /**
   * Notes that the log was read without a gap from second `begun` to the end of the stretch, by a walk that started
   * `walkedMs` ago; returns the position behind it.
   */
  after(begun: number, stretch: Stretch, walkedMs: number): { through: number; resume: number } {
    const through = this.#within(stretch.through);
    const before = this.#covered;
    const newest = this.#newestOf(stretch.records);
    const joins = before && begun <= before.through + 1 && through >= before.from - 1;
    const from = before ? (joins ? Math.min(before.from, begun) : before.from) : begun;
    this.#cover({
      from,
      through: before ? (joins ? Math.max(before.through, through) : before.through) : through,
      newest,
    });
    // A late event may still appear within the overlap before the youngest event known, and behind what the
    // walk read at its beginning. Further back, the next walk goes on where this one ended: the youngest event known
    // may be that of another's backlog.
    const walkedSeconds = 60 * Math.ceil(Math.max(0, walkedMs) / 60_000);
    const expected = (newest ?? from - 1) - this.#overlapSeconds - walkedSeconds;
    const first = Math.max(begun, expected, this.#crowdedFrom(stretch.records.length > 0));
    return { through, resume: Math.max(0, Math.min(through + 1, first)) };
  }

  /**
   * The second from which the log holds so much that each read would take pages and pages of it: what is late in a
   * crowd before it is found by counting.
   */
  #crowdedFrom(news: boolean): number {
    if (news || this.#crowded === undefined) {
      const ms = this.#ports.ledger.events.recentMs(crowd);
      this.#crowded = ms === undefined ? 0 : Math.floor(ms / 1000);
    }
    return this.#crowded;
  }

  #newestOf(records: readonly AuditRecord[]): number | null {
    const known = this.newest ?? Number.NEGATIVE_INFINITY;
    const newest = records.reduce((max, { second }) => Math.max(max, second), known);
    return newest === Number.NEGATIVE_INFINITY ? null : this.#within(newest);
  }

  #within(second: number): number {
    return Math.min(second, Math.floor(this.#ports.clock.now() / 1000));
  }

  #cover(covered: Covered): void {
    if (JSON.stringify(covered) !== JSON.stringify(this.#covered))
      this.#ports.ledger.set(key, covered);
    this.#covered = covered;
  }

  #set(name: string, position: Position): void {
    this.#ports.ledger.setPosition(name, position);
  }
}

/** Not before 1970: an event of before then has no place in time. */
function startMs(start: Start, nowMs: number): number {
  return Math.max(0, wantedMs(start, nowMs));
}

function wantedMs(start: Start, nowMs: number): number {
  switch (start.kind) {
    case "now":
      return nowMs;
    case "ago":
      return nowMs - start.ms;
    case "at":
      return start.ms;
  }
}
