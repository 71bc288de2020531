// Reads the log for plans of re-syncs, as far as each run's budget reaches.
import type { Budget } from "../budget.ts";
import type { Governor } from "../governor/governor.ts";
import type { Plan } from "../ledger/plans.ts";
import type { Member } from "../member.ts";
import type { Ports } from "../ports.ts";
import type { Sightings } from "../sightings.ts";
import { toIsoSecond } from "../source/client.ts";
import { isOfQuery } from "../source/fault.ts";
import type { Source } from "../source/source.ts";
import { chosen, nothing, takeStretch } from "./planning.ts";

/** What a run cannot get over with so many requests, so many times in a row, no run can. */
const mostTries = 3;
const fewRequests = 3;

export interface Parts {
  readonly source: Source;
  readonly sightings: Sightings;
  readonly members: readonly Member[];
  readonly governor: Governor;
}

export class PlanReader {
  readonly #parts: Parts;
  readonly #ports: Ports;
  readonly #reading = new Set<string>();
  /** Plans that are not read to their end, and how often their reading came no further. */
  readonly #open: Map<string, number>;

  constructor(parts: Parts, ports: Ports) {
    this.#parts = parts;
    this.#ports = ports;
    const open = ports.ledger.plans
      .all()
      .filter(({ state, refused }) => state === "planning" && refused === null);
    this.#open = new Map(open.map(({ id }) => [id, 0]));
  }

  /** Begins to read for a plan; returns why it ended early, or null. */
  begin(id: string, budget: Budget): Promise<string | null> {
    this.#open.set(id, 0);
    return this.#read(id, budget);
  }

  /** Goes on with plans that are not read to their end. */
  async run(budget: Budget): Promise<void> {
    for (const id of this.#open.keys()) {
      try {
        await this.#read(id, budget);
      } catch (error) {
        this.#ports.log.error("a plan could not be made", { plan: id, error });
      }
    }
  }

  /** What the log counts for the plan's period; null when it does not count. */
  async total(
    { fromMs, toMs }: Plan,
    budget: Budget,
  ): Promise<{ readonly total: number | null } | { readonly problem: string | null }> {
    const { source } = this.#parts;
    if (source.readyAtMs(true) > this.#ports.clock.now())
      return { problem: source.health?.text ?? "Webflow asks to wait." };
    const [from, to] = [Math.floor(fromMs / 1000), Math.floor(toMs / 1000)];
    const counted = await source.count(from, to, budget);
    switch (counted.kind) {
      case "count":
        return { total: counted.total };
      case "fault":
        return { problem: counted.fault.text };
      case "spent":
        return { problem: null };
    }
  }

  async #read(id: string, budget: Budget): Promise<string | null> {
    if (this.#reading.has(id)) return null;
    this.#reading.add(id);
    try {
      return await this.#readOn(id, budget);
    } finally {
      this.#reading.delete(id);
    }
  }

  async #readOn(id: string, budget: Budget): Promise<string | null> {
    const { ledger } = this.#ports;
    const { source, sightings, governor } = this.#parts;
    let plan = ledger.plans.get(id);
    if (!plan) {
      this.#open.delete(id);
      return null;
    }
    const last = Math.floor(plan.toMs / 1000);
    const own = budget.part(Number.POSITIVE_INFINITY);
    const walk = source.walk(own, last);
    const members = chosen(this.#parts.members, plan.destinations);
    const begun = plan.cursor;
    while (plan.cursor <= last && plan.refused === null) {
      if (plan.cursor === Math.floor(plan.fromMs / 1000)) {
        const counted = await this.total(plan, budget);
        if ("problem" in counted) return counted.problem;
        plan = { ...plan, sourceTotal: counted.total };
      }
      if (!governor.hasRoom()) return governor.heldText;
      // The source's last requests are for live events.
      if (source.low) return null;
      const takenBefore = own.taken;
      const read = await walk.read(plan.cursor);
      if (read.kind === "stretch") this.#open.set(id, 0);
      // Where others had taken the budget, nothing is known of the second.
      const tried = plan.cursor === begun && own.taken - takenBefore > fewRequests;
      if (read.kind === "spent" && !(tried && this.#isStuck(id))) return null;
      if (read.kind === "spent") return this.#refuse(plan, tooCrowded(plan.cursor));
      if (read.kind === "fault" && isOfQuery(read.fault))
        return this.#refuse(plan, read.fault.text);
      if (read.kind === "fault") {
        source.fail(read.fault);
        return read.fault.text;
      }
      const sight = sightings.see(read, plan.cursor, []);
      const next = { ...plan, cursor: read.through + 1 };
      plan = takeStretch(ledger, next, members, sight, sightings.mutes);
    }
    return plan.refused === null ? this.#finish(plan, budget) : this.#refuse(plan, plan.refused);
  }

  async #finish(plan: Plan, budget: Budget): Promise<string | null> {
    const { ledger } = this.#ports;
    const counted = await this.total(plan, budget);
    if ("problem" in counted) return counted.problem;
    if (counted.total === plan.sourceTotal) {
      ledger.plans.save({ ...plan, state: "ready" });
      this.#open.delete(plan.id);
      return null;
    }
    // The log grew while it was read: from the beginning.
    const counts = Object.fromEntries(plan.destinations.map((name) => [name, nothing]));
    ledger.plans.dropEvents(plan.id);
    ledger.plans.save({ ...plan, cursor: Math.floor(plan.fromMs / 1000), events: 0, counts });
    return null;
  }

  /** A plan that cannot be made is at its end. */
  #refuse(plan: Plan, refused: string): null {
    const { ledger } = this.#ports;
    ledger.plans.dropEvents(plan.id);
    ledger.plans.save({ ...plan, refused });
    this.#open.delete(plan.id);
    return null;
  }

  #isStuck(id: string): boolean {
    const tries = (this.#open.get(id) ?? 0) + 1;
    this.#open.set(id, tries);
    return tries >= mostTries;
  }
}

function tooCrowded(second: number): string {
  return `The second ${toIsoSecond(second)}, or the one before or after it, holds more events than one run can read. Raise REQUEST_BUDGET in wrangler.toml and deploy, or plan around it.`;
}
