// Watches a world from outside, keeps the books of what may and must happen, and judges them.
import type { AuditEvent } from "../../../src/event/event.ts";
import { router } from "../../../src/route.ts";
import { toIsoSecond } from "../../../src/source/client.ts";
import type { DrawnDestination } from "../draw.ts";
import type { Watcher } from "../durable-object.ts";
import { wheres } from "../guards.ts";
import type { Process } from "../process.ts";
import type { Receiver, Taken } from "../receivers.ts";
import type { Shown, Truth } from "../truth.ts";
import type { World } from "../world.ts";
import type { Breach } from "./breach.ts";
import { judgeWrites } from "./budget.ts";
import { judgeDeliveries } from "./deliveries.ts";
import { judgeFindings } from "./findings.ts";
import { judgeMove } from "./marks.ts";
import { Policies, type Policy } from "./policies.ts";
import { judgeStates } from "./states.ts";

/** What the log answered last, as a process heard it: its status, 0 for none; a good page is 200. */
export interface Heard {
  readonly atMs: number;
  readonly status: number;
  readonly good: boolean;
}

export class Oracle implements Watcher {
  readonly policies = new Policies();
  readonly breaches: Breach[] = [];
  readonly counts = { runs: 0, deaths: 0, requests: 0, wipes: 0 };
  lastHeard: Heard | undefined;
  /** The operator was told to raise REQUEST_BUDGET. */
  advised = false;
  /** Destinations that are being tested by hand. */
  readonly tests = new Set<string>();
  lastGoodMs = Number.NEGATIVE_INFINITY;
  /** Of this ledger. */
  wipedMs = Number.NEGATIVE_INFINITY;
  readonly #world: World;
  /** Requests since nothing was under way, and how many there may be. */
  #requests = { made: 0, allowed: 0 };
  /** Taken, and told to a process: whether it noted that, is seen when it dies. */
  #told: { readonly process: Process; readonly name: string; readonly taken: Taken }[] = [];
  readonly #routers = new Map<DrawnDestination, (event: AuditEvent) => boolean>();

  constructor(world: World) {
    this.#world = world;
  }

  wants(drawn: DrawnDestination, event: AuditEvent): boolean {
    const { only = [], except = [], minSeverity = "info", where } = drawn;
    let wants = this.#routers.get(drawn);
    if (!wants) {
      const routed = router({ only, except, minSeverity });
      wants = where ? (one) => routed(one) && wheres[where].holds(one) : routed;
      this.#routers.set(drawn, wants);
    }
    return wants(event);
  }

  /** By every filter that was in force since the event was visible. */
  wantsThroughout({ filters }: Policy, { event, visibleAtMs: [visibleMs = 0] }: Truth): boolean {
    return filters.every(({ drawn }, i) => {
      const untilMs = filters[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
      return untilMs < visibleMs || this.wants(drawn, event);
    });
  }

  broken(breach: Breach): void {
    if (this.breaches.length < 20) this.breaches.push(breach);
  }

  // --- what processes do ---

  onStart(): void {
    const { clock, destinations } = this.#world;
    this.policies.deployed(destinations, clock.now());
    this.#requests = { made: 0, allowed: 0 };
    // The one before may have died before it noted what it heard.
    this.lastHeard = undefined;
  }

  onRunBegins({ config, pipeline, underWay: requests }: Process): void {
    this.counts.runs += 1;
    const underWay = requests > 0 || pipeline.members.some(({ lane }) => lane.busy);
    if (!underWay) this.#requests = { made: 0, allowed: 0 };
    this.#requests.allowed += config.requestBudget;
  }

  onRunEnds(process: Process): void {
    const { clock, truths } = this.#world;
    this.onPosition(process);
    // A moment later, when what was heard last has been dealt with.
    clock.sleep(1).then(() => {
      if (process.alive) judgeStates(this.#world, process, truths);
    });
  }

  onRequest(receiver?: Receiver): void {
    this.counts.requests += 1;
    if (receiver) this.#judgeHold(receiver);
    this.#requests.made += 1;
    const { made, allowed } = this.#requests;
    if (made === allowed + 1)
      this.broken({ invariant: 9, kind: "budget", what: `request ${made} of ${allowed}` });
  }

  /** To a destination that an operator has paused nothing goes out; a test may, and what a token was fetched for. */
  #judgeHold({ drawn: { name, type } }: Receiver): void {
    if (!this.isHeld(name) || this.tests.has(name) || type === "sentinel") return;
    const what = `a request goes to ${name}, which is paused by hand`;
    this.broken({ invariant: 4, kind: "held", what, about: { destination: name } });
  }

  isHeld(name: string): boolean {
    const { hold } = this.policies.of(name);
    const nowMs = this.#world.clock.now() + this.#world.skewMs;
    return hold !== undefined && (hold.untilMs === null || hold.untilMs > nowMs);
  }

  onBudget(requests: number): void {
    this.#requests.allowed += requests;
  }

  /** A plan is applied: exactly this is sent. */
  onApplied(planned: readonly { destination: string; id: string }[], again: boolean): void {
    const atMs = this.#world.clock.now();
    for (const [name, events] of Map.groupBy(planned, ({ destination }) => destination))
      this.policies.of(name).plans.push({ atMs, again, ids: new Set(events.map(({ id }) => id)) });
  }

  /** A process heard the log's answer: a page, or something else (status 0 for nothing). */
  onPulled(status: number, page: Shown | undefined): void {
    // The next token is tried at once.
    if (this.#world.drawn.secondToken && (status === 401 || status === 403)) return;
    const atMs = this.#world.clock.now();
    const good = status === 200 && page !== undefined;
    this.lastHeard = { atMs, status, good };
    if (!good) return;
    this.lastGoodMs = atMs;
    this.#world.truths.hear(page);
  }

  /** A process heard that a receiver took these. */
  onTaken({ drawn: { name } }: Receiver, told: readonly Taken[], process: Process): void {
    for (const taken of told) {
      taken.learned = true;
      this.#told.push({ process, name, taken });
    }
  }

  /** What it was told and did not note, it never learned of. */
  onDeath(process: Process): void {
    this.counts.deaths += 1;
    this.tests.clear();
    for (const { name, taken, process: told } of this.#told)
      if (told === process && !this.#isNoted(name, taken)) taken.learned = false;
    this.#told = [];
  }

  #isNoted(name: string, { id, finding }: Taken): boolean {
    if (!finding) return this.isSettled(name, id);
    const query = "SELECT 1 FROM notices WHERE destination = ? AND id = ?";
    return this.#world.sql.exec(query, name, id).length === 0;
  }

  /** Noted as delivered, and not still to be sent, perhaps for the second time. */
  isSettled(name: string, id: string): boolean {
    const { sql } = this.#world;
    const stands = (table: "settled" | "errands") =>
      sql.exec(`SELECT 1 FROM ${table} WHERE destination = ? AND id = ?`, name, id).length > 0;
    return stands("settled") && !stands("errands");
  }

  onPosition(process: Process): void {
    const rows = this.#world.sql.exec(
      "SELECT destination, since_ms, through, resume FROM positions",
    );
    for (const row of rows) {
      const name = String(row.destination);
      const policy = this.policies.of(name);
      if (policy.sinceMs === undefined) {
        this.#begins(name, Number(row.since_ms), process);
        policy.through = Number(row.through);
      }
      const through = Number(row.through);
      if (through !== policy.through)
        this.#world.notes.add(
          () =>
            `the mark of ${name} is ${toIsoSecond(through)}, reads on from ${toIsoSecond(Number(row.resume))}`,
          { destination: name },
        );
      judgeMove(this.#world, name, through, Number(row.resume));
      policy.through = Number(row.through);
    }
  }

  /** A first position, from the destination's `start`. */
  #begins(name: string, sinceMs: number, { ports }: Process): void {
    this.policies.owedSince(name, sinceMs);
    const start = this.policies.of(name).filters.at(-1)?.drawn.start ?? "now";
    const backMs =
      start === "now" ? 0 : Number.parseInt(start, 10) * (start.endsWith("h") ? 3_600_000 : 60_000);
    const offMs = sinceMs - (ports.clock.now() - backMs);
    if (Math.abs(offMs) > 20_000)
      this.broken({
        invariant: 1,
        kind: "start",
        what: `${name} starts ${offMs} ms off its start ${start}`,
      });
  }

  onLog(message: string, fields: Record<string, unknown>): void {
    this.advised ||= /raise request_budget/i.test(`${fields.remedy} ${fields.reason}`);
    if (message === "mark set from outside")
      this.#moved(String(fields.destination), Date.parse(String(fields.through)) / 1000);
  }

  /** The pipeline noticed a mark in KV that it did not write. */
  #moved(name: string, second: number): void {
    const policy = this.policies.of(name);
    const afterMs = (second + 1) * 1000;
    if (policy.sinceMs === undefined) {
      // The ledger was lost: its own mark, from where it goes on.
      this.policies.owedSince(name, (second - overlapSeconds) * 1000);
    } else if (second > policy.through && this.#isEdit(name, second)) {
      // What lies between is given up. A known flaw: also where a ledger that was lost began anew, since KV showed
      // nothing, and a mark of its own from before passes for an operator's.
      policy.sinceMs = afterMs;
    } else if (this.#isEdit(name, second)) {
      this.policies.owedSince(name, Math.min(policy.sinceMs, afterMs));
    } else {
      const what = `a mark of its own passed for an operator's: ${name} at ${second}`;
      this.broken({ invariant: 3, kind: "own-mark", what, about: { destination: name } });
    }
    policy.through = second;
  }

  #isEdit(name: string, second: number): boolean {
    return this.policies.of(name).edits.delete(second) || this.#mayBeForgotten(name, second);
  }

  /** After the ledger was lost, KV may show marks for a while that nobody remembers having written. */
  #mayBeForgotten(name: string, second: number): boolean {
    const { kv, clock } = this.#world;
    if (clock.now() - this.wipedMs > mayBeSeenMs) return false;
    const text = `"${name}":{"through":"${toIsoSecond(second)}"}`;
    return kv.mayShow(text);
  }

  // --- what the world does to it ---

  onWipe(): void {
    const nowMs = this.#world.clock.now();
    this.wipedMs = nowMs;
    this.counts.wipes += 1;
    this.policies.wiped(nowMs);
  }

  onRewind(fromMs: number): void {
    const names = this.#world.destinations.map(({ name }) => name);
    this.policies.rewound(names, fromMs);
  }

  /** All that is wrong now; what is unfinished may still come. */
  judge(): readonly Breach[] {
    const world = this.#world;
    return [
      ...this.breaches,
      ...judgeDeliveries(world),
      ...judgeWrites(world),
      ...judgeFindings(world),
    ];
  }
}

/** How late a write may be made of a process that is gone, and how old what KV shows. */
const lateMs = 30_000;
const mayBeSeenMs = 600_000 + lateMs;

/** The pipeline's default. */
const overlapSeconds = 120;
