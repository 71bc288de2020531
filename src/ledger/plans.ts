// Plans of re-syncs: what was asked, how far the log has been read for it, and which events it would send.
import type { Sql } from "../sql.ts";

/** `planning` reads the log; `ready` waits to be applied; `applied` is being sent or has been. */
export interface Plan {
  readonly id: string;
  readonly createdMs: number;
  /** Both included. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly destinations: readonly string[];
  readonly redeliver: boolean;
  readonly state: "planning" | "ready" | "applied";
  /** The second with which reading goes on. */
  readonly cursor: number;
  /** Distinct events of the period. */
  readonly events: number;
  /** What the log counted for the period; null when it does not count. */
  readonly sourceTotal: number | null;
  /** Of what the plan was made: destinations and filters. */
  readonly fingerprint: string;
  readonly counts: Readonly<Record<string, PlanCounts>>;
  readonly appliedMs: number | null;
  /** Why it can never be applied; null when it can. */
  readonly refused: string | null;
}

/** How the events of the period stand with one destination. */
export interface PlanCounts {
  readonly send: number;
  readonly delivered: number;
  readonly filtered: number;
  readonly deadLettered: number;
  /** Not yet reached: the destination gets them by itself. */
  readonly onTheirWay: number;
}

export class Plans {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(id: string): Plan | undefined {
    return this.#sql
      .exec("SELECT plan FROM plans WHERE id = ?", id)
      .map((row) => JSON.parse(String(row.plan)) as Plan)[0];
  }

  all(): Plan[] {
    return this.#sql
      .exec("SELECT plan FROM plans ORDER BY id")
      .map((row) => JSON.parse(String(row.plan)) as Plan);
  }

  save(plan: Plan): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO plans (id, plan) VALUES (?, ?)",
      plan.id,
      JSON.stringify(plan),
    );
  }

  addEvents(plan: string, destination: string, ids: readonly string[]): void {
    for (const id of ids)
      this.#sql.exec(
        "INSERT OR IGNORE INTO plan_events (plan, destination, id) VALUES (?, ?, ?)",
        plan,
        destination,
        id,
      );
  }

  events(plan: string): { destination: string; id: string }[] {
    return this.#sql
      .exec("SELECT destination, id FROM plan_events WHERE plan = ? ORDER BY id", plan)
      .map((row) => ({ destination: String(row.destination), id: String(row.id) }));
  }

  /** An applied plan needs its list no more: the errands have it. */
  dropEvents(plan: string): void {
    this.#sql.exec("DELETE FROM plan_events WHERE plan = ?", plan);
  }

  drop(plan: string): void {
    this.dropEvents(plan);
    this.#sql.exec("DELETE FROM plans WHERE id = ?", plan);
  }
}
