// Events that a destination is owed beside its walk through the log: late ones that a recount found, and what a
// re-sync planned. Kept until settled, so that a process that dies on the way forgets none.
import type { Sql } from "../sql.ts";

export interface Errand {
  readonly id: string;
  /** Sent even if it was delivered before. */
  readonly again: boolean;
  /** The re-syncs that ask for it, by their ids; null for a late event. */
  readonly plan: string | null;
  readonly sinceMs: number;
}

export class Errands {
  readonly #sql: Sql;
  /** Destinations that have any: asked at every delivery. */
  readonly #waiting: Set<string>;

  constructor(sql: Sql) {
    this.#sql = sql;
    const rows = sql.exec("SELECT DISTINCT destination FROM errands");
    this.#waiting = new Set(rows.map((row) => String(row.destination)));
  }

  add(destination: string, errand: Errand): void {
    this.#waiting.add(destination);
    this.#sql.exec(
      `INSERT INTO errands (destination, id, again, plan, since_ms) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET again = max(again, excluded.again), plan = CASE
         WHEN plan IS NULL THEN excluded.plan
         WHEN excluded.plan IS NULL OR instr(plan, excluded.plan) > 0 THEN plan
         ELSE plan || ' ' || excluded.plan END`,
      destination,
      errand.id,
      errand.again ? 1 : 0,
      errand.plan,
      errand.sinceMs,
    );
  }

  /** The oldest events first; at most `limit`. */
  next(destination: string, limit: number): Errand[] {
    if (!this.any(destination)) return [];
    const errands = this.#sql
      .exec(
        "SELECT id, again, plan, since_ms FROM errands WHERE destination = ? ORDER BY id LIMIT ?",
        destination,
        limit,
      )
      .map((row) => ({
        id: String(row.id),
        again: row.again === 1,
        plan: row.plan === null ? null : String(row.plan),
        sinceMs: Number(row.since_ms),
      }));
    if (errands.length === 0) this.#waiting.delete(destination);
    return errands;
  }

  /** Whether a destination may be owed anything. */
  any(destination: string): boolean {
    return this.#waiting.has(destination);
  }

  has(destination: string, id: string): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM errands WHERE destination = ? AND id = ?", destination, id)
        .length > 0
    );
  }

  countBefore(destination: string, id: string): number {
    if (!this.any(destination)) return 0;
    const query = "SELECT count(*) AS n FROM errands WHERE destination = ? AND id < ?";
    return Number(this.#sql.exec(query, destination, id)[0]?.n);
  }

  done(destination: string, ids: readonly string[]): void {
    if (!this.any(destination)) return;
    for (const id of ids)
      this.#sql.exec("DELETE FROM errands WHERE destination = ? AND id = ?", destination, id);
  }

  /** What destinations are owed that are not configured any more, since before then. */
  forget(configured: readonly string[], beforeMs: number): void {
    const strangers = [...this.#waiting].filter((name) => !configured.includes(name));
    for (const name of strangers)
      this.#sql.exec("DELETE FROM errands WHERE destination = ? AND since_ms < ?", name, beforeMs);
  }

  /** How many of a plan are still to be sent. */
  countOf(plan: string): number {
    return Number(
      this.#sql.exec("SELECT count(*) AS n FROM errands WHERE instr(plan, ?) > 0", plan)[0]?.n ?? 0,
    );
  }
}
