// What came late beyond the overlap is found by counting: a one-item request tells how many events the log holds in a
// window, the ledger how many were seen. Where the two differ, the window is halved until what differs is small, and
// only that is read again. The last hour is counted every 5 minutes, closed hours after 1 hour and after 24 hours.
import type { Budget } from "../budget.ts";
import { idPrefix } from "../event/identity.ts";
import { hourMs, hourSeconds, type Tier } from "../ledger/hours.ts";
import type { Member } from "../member.ts";
import type { Ports } from "../ports.ts";
import type { Positions } from "../positions.ts";
import type { Sightings } from "../sightings.ts";
import { pageSize } from "../source/client.ts";
import { isObject } from "../source/record.ts";
import type { Source } from "../source/source.ts";
import { Walk } from "../source/walk.ts";
import { type WindowCounts, WindowEnds } from "./window-ends.ts";

const recentEveryMs = 300_000;
/** In one run: a backfill's hours are many. */
const mostHours = 3;
const dueAfterMs: Record<1 | 2, number> = { 1: hourMs, 2: 24 * hourMs };
/** So much is read again rather than halved further. */
const fewPages = 2;
const remembered = 500;

/** Whole seconds, both included. */
interface Span {
  readonly from: number;
  readonly to: number;
}

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

const pointersKey = "recounts";
const endsKey = "window_ends";

export class Recount {
  /** Called when an hour has been counted for good. */
  onClosed: (hour: number) => void = () => {};
  readonly #parts: Parts;
  readonly #ports: Ports;
  readonly #overlapSeconds: number;
  readonly #memoryMs: number;
  readonly #ends: WindowEnds;
  #pointers: Pointers | undefined;
  #busy = false;
  #recentMs = 0;
  /** What the log counted for a window when it was last found to hold nothing new. */
  readonly #settled = new Map<string, number>();

  constructor(
    parts: Parts,
    ports: Ports,
    { overlapSeconds, memoryDays }: { overlapSeconds: number; memoryDays: number },
  ) {
    this.#parts = parts;
    this.#ports = ports;
    this.#overlapSeconds = overlapSeconds;
    this.#memoryMs = memoryDays * 24 * hourMs;
    const { ledger } = ports;
    const rules = ledger.get(endsKey);
    this.#ends = new WindowEnds(Array.isArray(rules) ? rules : undefined);
    const pointers = ledger.get(pointersKey);
    this.#pointers = isObject(pointers) ? (pointers as unknown as Pointers) : undefined;
  }

  /** Counts what is due, one thing after the other. */
  async run(budget: Budget): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      if (await this.#recent(budget)) await this.#closed(budget);
    } catch (error) {
      this.#ports.log.error("a recount broke off", { error });
    } finally {
      this.#busy = false;
    }
  }

  /** Something came to light of an hour: if it was closed for good, it is counted once more. */
  reopen(hour: number): void {
    if (!this.#pointers || !this.#ports.ledger.hours.reopen(hour)) return;
    this.#point({ ...this.#pointers, 2: Math.min(this.#pointers[2], hour) });
  }

  /** What lies between the overlap, which each poll reads again, and an hour before it. */
  async #recent(budget: Budget): Promise<boolean> {
    const nowMs = this.#ports.clock.now();
    const { newest } = this.#parts.positions;
    if (newest === undefined || nowMs < this.#recentMs) return true;
    const to = newest - this.#overlapSeconds - 1;
    const from = Math.max(to - hourSeconds + 1, this.#readFrom(to) ?? Number.POSITIVE_INFINITY);
    if (from <= to && (await this.#count({ from, to }, budget)) === undefined) return false;
    this.#recentMs = nowMs + recentEveryMs;
    return true;
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

  async #closed(budget: Budget): Promise<void> {
    const nowMs = this.#ports.clock.now();
    let left = mostHours;
    for (const tier of [2, 1] as const) {
      for (;;) {
        const pointers = this.#aim(nowMs);
        const hour = pointers?.[tier];
        if (hour === undefined || nowMs < (hour + 1) * hourMs + dueAfterMs[tier]) break;
        if ((this.#ports.ledger.hours.get(hour)?.tier ?? 0) < tier) {
          if (left-- === 0 || !(await this.#close(hour, tier, budget))) return;
        }
        this.#advance(hour, tier);
      }
    }
  }

  /** Where counting stands, or begins: with the first whole hour that a destination was owed. */
  #aim(nowMs: number): Pointers | undefined {
    const since = this.#readFrom(Number.POSITIVE_INFINITY);
    if (since === undefined) return this.#pointers;
    const first = Math.ceil(Math.max(since * 1000, nowMs - this.#memoryMs) / hourMs);
    const known = this.#pointers;
    if (!known || first < known.first) this.#point({ first, 1: first, 2: first });
    else if (first > known[2]) this.#point({ ...known, 1: Math.max(first, known[1]), 2: first });
    return this.#pointers;
  }

  /** A later re-opening may have moved the pointer back meanwhile; what was counted for good needs no first count. */
  #advance(hour: number, tier: 1 | 2): void {
    const pointers = this.#pointers;
    if (!pointers || pointers[tier] !== hour) return;
    const next = { ...pointers, [tier]: hour + 1 };
    this.#point({ ...next, 1: Math.max(next[1], next[2]) });
  }

  #point(pointers: Pointers): void {
    this.#pointers = pointers;
    this.#ports.ledger.set(pointersKey, pointers);
  }

  async #close(hour: number, tier: 1 | 2, budget: Budget): Promise<boolean> {
    const { ledger, clock } = this.#ports;
    const span = { from: hour * hourSeconds, to: (hour + 1) * hourSeconds - 1 };
    const from = this.#readFrom(span.to);
    if (from === undefined || from > span.from) return false;
    const total = await this.#count(span, budget);
    if (total === undefined) return false;
    ledger.hours.noteCount(hour, total, tier satisfies Tier, clock.now());
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
      const end = Math.min(to + 1, lane.nextSecond ?? 0);
      const low = idPrefix(Math.max(from * 1000, position.sinceMs));
      const ids = ledger.events
        .unsettled(lane.name, low, idPrefix(Math.max(0, end) * 1000), 500)
        .filter((id) => !ledger.errands.of(lane.name, id));
      if (ids.length === 0) continue;
      log.error("events without an outcome are sent", { destination: lane.name, ids });
      for (const id of ids)
        ledger.errands.add(lane.name, { id, again: false, plan: null, sinceMs: clock.now() });
    }
  }

  /**
   * Sees to it that all that the log holds in a span has been seen; returns how many events the log counts in it.
   * Undefined when that could not be done now: no budget, no answer, or the log grew meanwhile.
   */
  async #count(span: Span, budget: Budget): Promise<number | undefined> {
    const asked = await this.#total(span, budget);
    if (asked === "failed") return undefined;
    const key = `${span.from}-${span.to}`;
    if (asked !== undefined && (this.#settled.get(key) === asked || this.#agrees(span, asked)))
      return this.#within(span, asked);
    if (asked !== undefined && asked > fewPages * pageSize && span.to > span.from) {
      const middle = Math.floor((span.from + span.to) / 2);
      for (const half of [
        { from: span.from, to: middle },
        { from: middle + 1, to: span.to },
      ])
        if ((await this.#count(half, budget)) === undefined) return undefined;
    } else if (!(await this.#readAgain(span, asked, budget))) return undefined;
    if (asked === undefined) return this.#counts(span).within;
    this.#remember(key, asked);
    return this.#within(span, asked);
  }

  /** How many the log counts from a second before the span to a second behind it; undefined when it does not count. */
  async #total({ from, to }: Span, budget: Budget): Promise<number | undefined | "failed"> {
    const query = { fromSecond: from - 1, toSecond: to + 1, limit: 1 };
    const page = await this.#parts.source.pull(query, budget);
    if (page.kind === "fault") this.#parts.source.failQuery(page.fault);
    return page.kind === "page" ? page.total : "failed";
  }

  #agrees(span: Span, total: number): boolean {
    const counts = this.#counts(span);
    const [extra, ...others] = this.#ends.extras(counts);
    return others.length === 0 && total === counts.within + (extra ?? 0);
  }

  /** Reads a span from its first second to its last, ends included. False when that could not be done now. */
  async #readAgain(span: Span, asked: number | undefined, budget: Budget): Promise<boolean> {
    const { source, sightings } = this.#parts;
    const walk = new Walk(
      (query) => source.pull(query, budget),
      () => undefined,
    );
    let clean = true;
    for (let cursor = Math.max(0, span.from - 1); cursor <= span.to + 1; ) {
      const read = await walk.read(cursor);
      if (read.kind === "fault") source.fail(read.fault);
      if (read.kind !== "stretch") return false;
      sightings.see(read, cursor, []);
      clean &&= read.unusable.length === 0;
      if (read.atHead) break;
      cursor = read.through + 1;
    }
    if (asked === undefined) return true;
    // The log only grows: with the same total before and after, all that was counted has been read.
    if ((await this.#total(span, budget)) !== asked) return false;
    if (clean) this.#learn(this.#counts(span), asked);
    return true;
  }

  #learn(counts: WindowCounts, total: number): void {
    const { ledger, log } = this.#ports;
    const before = this.#ends.rules.length;
    if (!this.#ends.learn(counts, total))
      log.warn("the log counts otherwise than it shows", { total, ...counts });
    if (this.#ends.rules.length !== before) ledger.set(endsKey, this.#ends.rules);
  }

  #counts({ from, to }: Span): WindowCounts {
    const { events } = this.#ports.ledger;
    const seen = (lowMs: number, highMs: number) =>
      events.countSeen(idPrefix(Math.max(0, lowMs)), idPrefix(Math.max(0, highMs))).all;
    const end = (second: number) => ({
      second: seen(second * 1000, (second + 1) * 1000),
      exact: seen(second * 1000, second * 1000 + 1),
    });
    return { within: seen(from * 1000, (to + 1) * 1000), from: end(from - 1), to: end(to + 1) };
  }

  /** The log's count without the ends, which belong to the neighbours; where the rules disagree, the likeliest. */
  #within(span: Span, total: number): number {
    const counts = this.#counts(span);
    const distance = (extra: number) => Math.abs(total - extra - counts.within);
    const [extra = 0] = this.#ends.extras(counts).toSorted((a, b) => distance(a) - distance(b));
    return total - extra;
  }

  #remember(key: string, total: number): void {
    this.#settled.delete(key);
    this.#settled.set(key, total);
    const [oldest] = this.#settled.keys();
    if (this.#settled.size > remembered && oldest !== undefined) this.#settled.delete(oldest);
  }
}
