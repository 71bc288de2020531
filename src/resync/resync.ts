// Re-sync with a plan: first the log is read and the plan says what would be sent; applied, exactly that is sent.
// Nothing of it moves a mark.
import { createHash } from "node:crypto";
import type { Budget } from "../budget.ts";
import type { Config } from "../config.ts";
import { idPrefix } from "../event/identity.ts";
import { pathsOf } from "../filter/where.ts";
import { mostRows } from "../governor/plans.ts";
import { within } from "../http.ts";
import type { Plan } from "../ledger/plans.ts";
import { recoveredKey } from "../marks.ts";
import type { Member } from "../member.ts";
import type { Ports } from "../ports.ts";
import type { Filter } from "../route.ts";
import { looksAtFindings } from "../rules/settings.ts";
import { dayMs, toIso } from "../time.ts";
import { type Parts, PlanReader } from "./plan-reader.ts";
import { chosen, nothing } from "./planning.ts";

/** A plan is for now: what the log holds changes. */
const validMs = dayMs;
const waitMs = 20_000;
/** Planned, listed, struck off both lists, settled. */
const rowsPerDelivery = 5;
/** Of these at once when it is applied; the live events' part bears the others, as far as it reaches each day. */
const rowsAtOnce = 2;

/** Decides how severe an event is, and what rules say of it. */
type Judging = Pick<Config, "severities" | "rules" | "knownGood">;

export interface ResyncRequest {
  readonly fromMs: number;
  readonly toMs: number;
  /** Names; empty = all of the workspace. */
  readonly destinations: readonly string[];
  /** Also what was delivered before; else only what is missing. */
  readonly redeliver: boolean;
}

export interface PlanReport extends Plan {
  readonly expiresMs: number;
  /** How many are still to be sent of a plan that was applied. */
  readonly remaining: number;
  readonly warnings: readonly string[];
  /** Why reading ended early, when it did; it goes on by itself. */
  readonly problem: string | null;
}

export type Applied =
  | { readonly kind: "applied"; readonly report: PlanReport }
  | { readonly kind: "unknown" }
  /** Nothing was changed. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unread"; readonly reason: string };

export class Resync {
  readonly #ports: Ports;
  readonly #parts: Parts;
  readonly #memoryMs: number;
  readonly #config: Judging;
  readonly #applying = new Set<string>();
  readonly #reader: PlanReader;

  constructor(parts: Parts, ports: Ports, config: Judging & Pick<Config, "memoryDays">) {
    this.#parts = parts;
    this.#ports = ports;
    this.#config = config;
    this.#memoryMs = config.memoryDays * dayMs;
    this.#reader = new PlanReader(parts, ports);
  }

  /** Makes a plan, as far as the budget reaches; the next runs go on with it. */
  async plan(request: ResyncRequest, budget: Budget): Promise<PlanReport> {
    const { ledger, clock, random } = this.#ports;
    this.dropExpired();
    const nowMs = clock.now();
    const { fromMs, toMs, redeliver } = request;
    const members = chosen(this.#parts.members, request.destinations);
    const suffix = Math.floor(random() * 2 ** 40)
      .toString(32)
      .padStart(8, "0");
    const plan: Plan = {
      id: `${idPrefix(nowMs)}${suffix}`,
      createdMs: nowMs,
      fromMs,
      toMs,
      destinations: members.map(({ lane }) => lane.name),
      redeliver,
      state: "planning",
      cursor: Math.floor(fromMs / 1000),
      events: 0,
      sourceTotal: null,
      fingerprint: this.#fingerprint(members, redeliver),
      counts: Object.fromEntries(members.map(({ lane }) => [lane.name, nothing])),
      appliedMs: null,
      refused: null,
    };
    ledger.plans.save(plan);
    // Whoever asks does not wait for a long one: it goes on by itself.
    const reading = this.#reader.begin(plan.id, budget);
    const problem = await within(clock, waitMs, reading, () => null);
    return this.#report(ledger.plans.get(plan.id) ?? plan, problem);
  }

  get(id: string): PlanReport | undefined {
    const plan = this.#ports.ledger.plans.get(id);
    return plan && this.#report(plan, null);
  }

  /** Goes on with plans that are not read to their end. */
  run(budget: Budget): Promise<void> {
    return this.#reader.run(budget);
  }

  /** Sends what was planned, or says why not. */
  async apply(id: string, budget: Budget): Promise<Applied> {
    const { ledger, clock } = this.#ports;
    const plan = ledger.plans.get(id);
    if (!plan) return { kind: "unknown" };
    const hindrance = this.#hindrance(plan);
    if (hindrance !== null) return { kind: "refused", reason: hindrance };
    // Until here nothing has waited: of two at once, the second finds the first at work.
    this.#applying.add(id);
    try {
      const counted = await this.#reader.total(plan, budget);
      if ("problem" in counted)
        return { kind: "unread", reason: counted.problem ?? "REQUEST_BUDGET is used up." };
      const { total } = counted;
      if (total !== plan.sourceTotal) {
        const reason = `The source has changed since the plan was made: it counted ${plan.sourceTotal} events, and counts ${total} now. Make a new plan.`;
        return { kind: "refused", reason };
      }
      const events = ledger.plans.events(id);
      const delivered = plan.redeliver ? 0 : this.#countDelivered(events);
      if (delivered > 0) {
        const reason = `${delivered} of the planned events have been delivered since the plan was made. Make a new plan.`;
        return { kind: "refused", reason };
      }
      const sinceMs = clock.now();
      const applied: Plan = { ...plan, state: "applied", appliedMs: sinceMs };
      ledger.transaction(() => {
        for (const { destination, id: event } of events)
          ledger.errands.add(destination, { id: event, again: plan.redeliver, plan: id, sinceMs });
        ledger.plans.dropEvents(id);
        ledger.plans.save(applied);
      });
      for (const { lane } of chosen(this.#parts.members, plan.destinations)) lane.progress.wake();
      return { kind: "applied", report: this.#report(applied, null) };
    } finally {
      this.#applying.delete(id);
    }
  }

  #countDelivered(
    events: readonly { readonly destination: string; readonly id: string }[],
  ): number {
    const { ledger } = this.#ports;
    return events.filter(
      ({ destination, id }) => ledger.events.settled(destination, id)?.outcome === "delivered",
    ).length;
  }

  #hindrance(plan: Plan): string | null {
    const again = "Make a new plan.";
    if (this.#applying.has(plan.id)) return "This plan is being applied already.";
    if (plan.refused !== null) return plan.refused;
    switch (plan.state) {
      case "applied":
        return `This plan was applied already, at ${toIso(plan.appliedMs ?? 0)}.`;
      case "planning":
        return `This plan is not complete yet: the log is still being read for it. Look again with GET /resync/<plan>.`;
      case "ready":
        if (this.#ports.clock.now() > plan.createdMs + validMs)
          return `This plan is older than a day. ${again}`;
        return this.#fingerprint(chosen(this.#parts.members, plan.destinations), plan.redeliver) ===
          plan.fingerprint
          ? this.#parts.governor.refusal(rowsAtOnce * sendsOf(plan))
          : `The configuration of its destinations has changed since the plan was made, or what is muted there. ${again}`;
    }
  }

  /** Of what decides which events a destination takes; what is sent again, no mute keeps back. */
  #fingerprint(members: readonly Member[], redeliver: boolean): string {
    const names = members.map(({ lane }) => lane.name);
    const mutes = redeliver ? [] : this.#parts.sightings.mutes.active();
    const ids = mutes
      .filter(({ destinations }) => destinations.some((name) => names.includes(name)))
      .map(({ id }) => id);
    return fingerprint(members, this.#config, ids);
  }

  #report(plan: Plan, problem: string | null): PlanReport {
    const { ledger, clock } = this.#ports;
    const horizonMs = clock.now() - this.#memoryMs;
    const days = this.#memoryMs / dayMs;
    const recoveredMs = Number(ledger.get(recoveredKey) ?? 0);
    const rows = rowsPerDelivery * sendsOf(plan);
    const most = mostRows(this.#parts.governor.share);
    return {
      ...plan,
      expiresMs: plan.createdMs + validMs,
      remaining: plan.state === "applied" ? ledger.errands.countOf(plan.id) : 0,
      warnings: [
        ...(plan.fromMs < horizonMs
          ? [
              `What was sent is remembered for MEMORY_DAYS = ${days}: of events before ${toIso(horizonMs)} it cannot be told whether they were sent before; they count as missing.`,
            ]
          : []),
        ...(recoveredMs > plan.fromMs
          ? [
              `The ledger was lost, and begun anew at ${toIso(recoveredMs)}: what was sent before that is not known, and counts as missing.`,
            ]
          : []),
        ...(rows > 0.8 * most
          ? [
              `Applied, this plan writes some ${rows} rows, and Cloudflare's free plan allows this workspace ${most} a day: take a shorter period at a time, or the paid plan.`,
            ]
          : []),
        ...(plan.state === "ready" && plan.sourceTotal === null
          ? [
              "The source does not tell how many events it holds: whether it has changed cannot be checked when the plan is applied.",
            ]
          : []),
      ],
      problem,
    };
  }

  /** Plans that can be applied no more, with their lists. */
  dropExpired(): void {
    const { ledger, clock } = this.#ports;
    const nowMs = clock.now();
    for (const plan of ledger.plans.all()) {
      const keptMs = plan.state === "applied" ? 30 * validMs : validMs;
      if (nowMs > plan.createdMs + keptMs) ledger.plans.drop(plan.id);
    }
  }
}

function sendsOf({ counts }: Plan): number {
  return Object.values(counts).reduce((sum, { send }) => sum + send, 0);
}

function fingerprint(
  members: readonly Member[],
  judging: Judging,
  mutes: readonly number[],
): string {
  const parts = members.map(({ config }) => [
    config.name,
    config.only,
    config.except,
    config.minSeverity,
    ...(config.where ? [config.where.table] : []),
    ...(config.knownGood?.length ? [config.knownGood.map(({ where }) => where.table)] : []),
    ...wordsThatCount(config, judging),
    config.destination.fingerprint,
  ]);
  const all = mutes.length > 0 ? [...parts, mutes] : parts;
  return createHash("sha256").update(JSON.stringify(all)).digest("hex").slice(0, 16);
}

/** What the operator says of severities and of rules, where a filter looks at what comes of it. */
function wordsThatCount(
  { minSeverity, where }: Filter,
  { severities, rules, knownGood }: Judging,
): unknown[] {
  const excused = knownGood.map(({ rules, where }) => [rules, where.table]);
  const looks = minSeverity !== "info" || (where && pathsOf(where).includes("severity"));
  const words = Object.entries(severities).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    ...(looks && words.length > 0 ? [words] : []),
    ...(where && looksAtFindings(where) ? [rules.options, excused] : []),
  ];
}
