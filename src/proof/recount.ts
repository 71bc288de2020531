// What came late beyond the overlap is found by counting: the last hour every 5 minutes, in a crowd each minute, closed
// hours after 1 hour and after 24 hours. The last count of an hour makes its receipt.
import type { Budget } from "../budget.ts";
import { idRange } from "../event/identity.ts";
import type { Member } from "../member.ts";
import type { Ports } from "../ports.ts";
import type { Positions } from "../positions.ts";
import type { Sightings } from "../sightings.ts";
import { isObject } from "../source/record.ts";
import type { Source } from "../source/source.ts";
import { dayMs, hourFrom, hourMs, hourSeconds } from "../time.ts";
import { Counting, type Span } from "./counting.ts";

const recentEveryMs = 300_000;
/** Where a crowd keeps polls from reading the whole overlap again. */
const crowdedEveryMs = 60_000;
/** What could not be finished is gone on with after this: live events come first. */
const restMs = 60_000;
/** In one run: a backfill's hours are many. */
const mostHours = 3;
const dueAfterMs: Record<1 | 2, number> = { 1: hourMs, 2: dayMs };

/** The next hour to be counted, by tier; `first` is where counting began. */
interface Pointers {
  readonly first: number;
  readonly 1: number;
  readonly 2: number;
}

interface Parts {
  readonly source: Source;
  readonly sightings: Sightings;
  readonly positions: Positions;
  readonly members: readonly Member[];
}

const key = "recounts";

export class Recount {
  /** Called when an hour has been counted for good. */
  onClosed: (hour: number) => void = () => {};
  readonly #parts: Parts;
  readonly #ports: Ports;
  readonly #memoryMs: number;
  readonly #counting: Counting;
  #pointers: Pointers | undefined;
  /** As they stand in the ledger. */
  #saved: Pointers | undefined;
  #busy = false;
  #restUntilMs = 0;
  /** When the last hour was last counted. */
  #recentMs = Number.NEGATIVE_INFINITY;
  /** The last hour, as far as it has been counted: an unfinished count goes on with the same one. */
  #recentSpan: Span | undefined;
  /** The log does not tell how many events it holds. */
  #uncounted = false;

  constructor(parts: Parts, ports: Ports, { memoryDays }: { memoryDays: number }) {
    this.#parts = parts;
    this.#ports = ports;
    this.#memoryMs = memoryDays * dayMs;
    this.#counting = new Counting(ports, parts.source, parts.sightings);
    const pointers = ports.ledger.get(key);
    this.#pointers = isObject(pointers) ? (pointers as unknown as Pointers) : undefined;
    this.#saved = this.#pointers;
  }

  /** Counts what is due, one thing after the other. */
  async run(budget: Budget): Promise<void> {
    const { clock, log } = this.#ports;
    if (this.#busy || clock.now() < this.#restUntilMs) return;
    this.#busy = true;
    try {
      const done = (await this.#recent(budget)) && (await this.#closed(budget));
      this.#save();
      if (!done) this.#restUntilMs = clock.now() + restMs;
    } catch (error) {
      log.error("a recount broke off", { error });
      this.#restUntilMs = clock.now() + restMs;
    } finally {
      this.#busy = false;
    }
  }

  /** Something came to light of an hour: if it was counted, it is counted once more. */
  reopen(hour: number): void {
    if (!this.#pointers) return;
    const tier = this.#ports.ledger.hours.reopen(hour);
    if (tier !== undefined)
      this.#point({ ...this.#pointers, [tier]: Math.min(this.#pointers[tier], hour) });
  }

  /** What lies between what each poll reads again and an hour before it. */
  async #recent(budget: Budget): Promise<boolean> {
    const nowMs = this.#ports.clock.now();
    const everyMs = this.#parts.positions.crowded ? crowdedEveryMs : recentEveryMs;
    const due = Math.abs(nowMs - this.#recentMs) >= everyMs;
    this.#recentSpan ??= due ? this.#lastHour() : undefined;
    // Without a count it would have to be read whole: that is done once, when the hour is closed.
    if (!this.#recentSpan || this.#uncounted) return true;
    const counted = await this.#counting.count(this.#recentSpan, budget);
    if (!counted) return false;
    this.#uncounted = counted.total === null;
    this.#recentSpan = undefined;
    this.#recentMs = nowMs;
    return true;
  }

  #lastHour(): Span | undefined {
    const { readAgainFrom } = this.#parts.positions;
    if (readAgainFrom === undefined) return undefined;
    const to = readAgainFrom - 1;
    const from = Math.max(to - hourSeconds + 1, this.#readFrom(to) ?? Number.POSITIVE_INFINITY);
    return from <= to ? { from, to } : undefined;
  }

  /**
   * The first second from which on a destination has been shown all up to `to`, or is not about to be; undefined
   * when there is none. What a destination is about to read need not be read ahead of it.
   */
  #readFrom(to: number): number | undefined {
    const { ledger } = this.#ports;
    const sinces = this.#parts.members.flatMap(({ lane }) => {
      const position = ledger.position(lane.name);
      const shown = position && (position.through >= to || lane.settled);
      return shown ? [Math.ceil(position.sinceMs / 1000)] : [];
    });
    return sinces.length > 0 ? Math.min(...sinces) : undefined;
  }

  /** False when a count could not be finished. */
  async #closed(budget: Budget): Promise<boolean> {
    const nowMs = this.#ports.clock.now();
    let left = mostHours;
    for (const tier of [2, 1] as const) {
      for (;;) {
        const hour = this.#aim(nowMs)?.[tier];
        if (hour === undefined || nowMs < (hour + 1) * hourMs + dueAfterMs[tier]) break;
        if ((this.#ports.ledger.hours.get(hour)?.tier ?? 0) < tier) {
          const span = { from: hour * hourSeconds, to: (hour + 1) * hourSeconds - 1 };
          // Given up by a mark that was set forward, it is nobody's.
          if (this.#isOwed(span)) {
            const from = this.#readFrom(span.to) ?? Number.POSITIVE_INFINITY;
            if (left-- === 0 || from > span.from) return true;
            if (!(await this.#close(hour, span, tier, budget))) return false;
          }
        }
        this.#advance(hour, tier);
      }
    }
    return true;
  }

  /** Where counting stands, or begins: with the first whole hour that a destination was owed. */
  #aim(nowMs: number): Pointers | undefined {
    const since = this.#readFrom(Number.POSITIVE_INFINITY);
    if (since === undefined) return this.#pointers;
    const oldest = hourFrom(nowMs - this.#memoryMs);
    const first = Math.max(oldest, hourFrom(since * 1000));
    const known = this.#pointers;
    if (!known || first < known.first) this.#point({ first, 1: first, 2: first });
    else if (oldest > known[2]) this.#point({ ...known, 1: Math.max(oldest, known[1]), 2: oldest });
    return this.#pointers;
  }

  #isOwed({ from }: Span): boolean {
    const { ledger } = this.#ports;
    return this.#parts.members.some(({ lane }) => {
      const position = ledger.position(lane.name);
      return position && Math.ceil(position.sinceMs / 1000) <= from;
    });
  }

  /** A re-opening may have moved the pointer back meanwhile; what was counted for good needs no first count. */
  #advance(hour: number, tier: 1 | 2): void {
    const pointers = this.#pointers;
    if (!pointers || pointers[tier] !== hour) return;
    const next = { ...pointers, [tier]: hour + 1 };
    this.#pointers = { ...next, 1: Math.max(next[1], next[2]) };
  }

  #point(pointers: Pointers): void {
    this.#pointers = pointers;
    this.#save();
  }

  /** Once a run, not once an hour: hours that were counted already are passed over by the thousand. */
  #save(): void {
    if (this.#pointers === this.#saved) return;
    this.#saved = this.#pointers;
    this.#ports.ledger.set(key, this.#pointers);
  }

  async #close(hour: number, span: Span, tier: 1 | 2, budget: Budget): Promise<boolean> {
    const { ledger, clock } = this.#ports;
    let counted = await this.#counting.count(span, budget);
    const { low, high } = idRange(hour * hourMs, (hour + 1) * hourMs);
    const { all } = ledger.events.countSeen(low, high);
    // Another read may have seen more meanwhile: then the count is older than what was seen.
    if ((counted?.total ?? all) < all) counted = await this.#counting.count(span, budget);
    if (!counted) return false;
    // One answer that lacked its count says nothing of the next.
    this.#uncounted = counted.total === null;
    ledger.hours.noteCount(hour, counted.total, tier, clock.now());
    if (tier === 2) {
      this.#audit(span);
      this.onClosed(hour);
    }
    return true;
  }

  /** Double entry: what was seen and lies behind a destination must have an outcome there, or be on its way. */
  #audit({ from, to }: Span): void {
    const { ledger, clock, log } = this.#ports;
    for (const { lane } of this.#parts.members) {
      const position = ledger.position(lane.name);
      if (!position) continue;
      // From where the next process would read at the latest: what a lane has in hand lies behind that.
      const end = Math.min(to + 1, position.resume);
      const { low, high } = idRange(Math.max(from * 1000, position.sinceMs), end * 1000);
      const ids = ledger.events
        .unsettled(lane.name, low, high, 500)
        .filter((id) => !ledger.errands.has(lane.name, id));
      if (ids.length === 0) continue;
      log.error("events without an outcome are sent", { destination: lane.name, ids });
      for (const id of ids)
        ledger.errands.add(lane.name, { id, again: false, plan: null, sinceMs: clock.now() });
    }
  }
}
