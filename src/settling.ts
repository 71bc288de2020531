// What the ledger notes of a destination's requests: what was delivered, refused for good, or tried in vain.
import type { BoundDestination } from "./destinations/bind.ts";
import type { Stop, Verdict } from "./destinations/destination.ts";
import type { Group, Kind, Load } from "./outbox.ts";
import type { Ports } from "./ports.ts";
import { isObject } from "./source/record.ts";
import { dayMs } from "./time.ts";
import type { Judged } from "./verdicts.ts";

const mostRefused = 20;

/** Events that reached a receiver when they were older than it takes them at their own time. */
export interface TooOld {
  readonly count: number;
  readonly lastMs: number;
  /** When the operator was last told; while it goes on, that is once a day. */
  readonly toldMs: number;
}

export class Settling {
  /** Called with how many events were too old in all, at most once a day. */
  onTooOld: (count: number) => void = () => {};
  /** Of Webflow's events, since this was made. */
  readonly counts = { delivered: 0, dead: 0 };
  /** The last delivery that the ledger does not know yet. */
  #deliveredMs: number | null = null;
  /** Letters refused for good since one was delivered. */
  #refused = 0;
  readonly #name: string;
  readonly #destination: BoundDestination;
  readonly #ports: Ports;

  constructor(name: string, destination: BoundDestination, ports: Ports) {
    this.#name = name;
    this.#destination = destination;
    this.#ports = ports;
  }

  delivered(load: Load, letters: Group): void {
    const { kind, digest } = load;
    const { ledger, clock } = this.#ports;
    const nowMs = clock.now();
    const ids = letters.map(({ event }) => event.id);
    const note = () => {
      switch (kind) {
        case "walk":
          ledger.settle(this.#name, ids, "delivered", nowMs);
          break;
        case "aside":
          ledger.settleAside(this.#name, ids, "delivered", nowMs);
          ledger.exhume(this.#name, ids);
          break;
        case "notices":
          ledger.notices.done(this.#name, ids);
      }
      digest?.settle();
      return this.#noteAges(letters, nowMs);
    };
    const toTell = this.#isOneStatement(load) ? note() : ledger.transaction(note);
    this.#count(kind, letters, nowMs);
    this.#refused = 0;
    this.#deliveredMs = nowMs;
    if (toTell !== null) this.onTooOld(toTell);
  }

  /** The usual case. A transaction around it would cost as much as the statement. */
  #isOneStatement({ kind, digest }: Load): boolean {
    const owed = this.#ports.ledger.errands.any(this.#name);
    return kind === "walk" && !owed && !digest && !this.#destination.limits.age;
  }

  #count(kind: Kind, letters: Group, nowMs: number): void {
    if (kind === "notices") return;
    this.counts.delivered += letters.length;
    const { statistics } = this.#ports.ledger;
    statistics.count("deliveries", [this.#name, "delivered"], letters.length, nowMs);
    for (const { event } of letters) {
      // How old the past is says nothing of how fast we are, nor what a re-sync sends again.
      if (event.flags.backfilled || kind === "aside") continue;
      const seconds = (nowMs - Date.parse(event.time)) / 1000;
      statistics.observe("delivery_lag_seconds", [this.#name], seconds, nowMs);
    }
  }

  /** When something was last delivered, where that was not asked for yet. */
  takeDeliveredMs(): number | null {
    const deliveredMs = this.#deliveredMs;
    this.#deliveredMs = null;
    return deliveredMs;
  }

  /** Null where there were none. */
  get tooOld(): TooOld | null {
    const kept = this.#ports.ledger.get(`too_old:${this.#name}`);
    return isObject(kept) ? (kept as unknown as TooOld) : null;
  }

  /** How many there were in all, when that is to be told. */
  #noteAges(letters: Group, nowMs: number): number | null {
    const { age } = this.#destination.limits;
    if (!age) return null;
    const old = letters.filter(({ event }) => Date.parse(event.time) < nowMs - age.ms).length;
    if (old === 0) return null;
    const before = this.tooOld;
    const count = (before?.count ?? 0) + old;
    const due = nowMs - (before?.toldMs ?? 0) >= dayMs;
    const toldMs = due ? nowMs : (before?.toldMs ?? 0);
    this.#ports.ledger.set(`too_old:${this.#name}`, { count, lastMs: nowMs, toldMs });
    return due ? count : null;
  }

  /** Refused for good: a dead letter each. */
  refused({ kind, digest }: Load, letters: Group, reason: string): void {
    const { ledger, clock, log } = this.#ports;
    const nowMs = clock.now();
    this.#refused += letters.length;
    if (kind !== "notices") this.counts.dead += letters.length;
    const destination = this.#name;
    ledger.transaction(() => {
      for (const { event, received = event.raw } of letters) {
        const { id, type } = event;
        if (kind === "notices") {
          // What it tells stands in the log already; sent again, it would be old news.
          ledger.notices.done(destination, [id]);
          log.error("a notice was refused", { destination, type, reason });
          continue;
        }
        if (kind === "walk") ledger.settle(destination, [id], "dead", nowMs);
        else ledger.settleAside(destination, [id], "dead", nowMs);
        ledger.bury({ destination, eventId: id, reason, item: JSON.stringify(received) }, nowMs);
        log.warn("dead letter", { destination, event: id, reason });
        ledger.statistics.count("deliveries", [destination, "dead_lettered"], 1, nowMs);
      }
      // One that tells that nothing happened leaves no dead letter. In any case its time is over, or it would be due again.
      if (digest && letters.length === 0)
        log.error("a digest was refused", { destination, reason });
      digest?.settle();
    });
  }

  /**
   * Whether the receiver refused so many letters, and took none, that it is us whom it refuses: a wrong secret must not
   * turn a whole backlog into dead letters. Once said, it may refuse as many again.
   */
  refusesAll(reason: string): Stop | undefined {
    if (this.#refused < mostRefused) return undefined;
    this.#refused = 0;
    return { kind: "halt", reason: `refuses everything, so it seems: ${reason}` };
  }

  /** Letters that the receiver judged one by one. */
  attemptedEach(judged: readonly Judged<Exclude<Verdict, { kind: "delivered" }>>[]): void {
    for (const [first, ...more] of Map.groupBy(judged, ({ verdict }) => verdict.reason).values()) {
      const letters = [first, ...more].flatMap((one) => one?.letter ?? []);
      if (first) this.attempted(letters, first.verdict);
    }
  }

  /** A request that did not deliver. */
  attempted(letters: Group, { kind, reason }: Exclude<Verdict, { kind: "delivered" }>): void {
    const { ledger, clock } = this.#ports;
    const ids = letters.map(({ event }) => event.id);
    ledger.attempts.note(this.#name, ids, kind, reason, clock.now());
  }
}
