// Attempts that did not deliver: what the receiver said, when, and to which events. An attempt that repeats the one
// before it, with the same answer, is counted onto it.
import type { Row, Sql } from "../sql.ts";

export interface Attempt {
  readonly outcome: "retry" | "reject" | "halt";
  readonly reason: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly times: number;
  /** How many events travelled in the request. */
  readonly events: number;
}

export class Attempts {
  readonly #sql: Sql;
  /** By destination: the newest row, and what it says. */
  readonly #newest = new Map<string, { readonly id: number; readonly what: string }>();

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  note(
    destination: string,
    ids: readonly string[],
    outcome: Attempt["outcome"],
    reason: string,
    nowMs: number,
  ): void {
    const list = JSON.stringify(ids);
    const what = JSON.stringify([list, outcome, reason]);
    const newest = this.#newest.get(destination);
    if (newest?.what === what) {
      const again = "UPDATE attempts SET times = times + 1, last_ms = ? WHERE id = ?";
      this.#sql.exec(again, nowMs, newest.id);
      return;
    }
    const sorted = ids.toSorted();
    const [row] = this.#sql.exec(
      `INSERT INTO attempts (destination, first_id, last_id, ids, outcome, reason, first_ms, last_ms, times)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING id`,
      destination,
      sorted[0] ?? "",
      sorted.at(-1) ?? "",
      list,
      outcome,
      reason,
      nowMs,
      nowMs,
    );
    this.#newest.set(destination, { id: Number(row?.id), what });
  }

  /** All that concern an event at a destination, oldest first. */
  of(destination: string, id: string): Attempt[] {
    return this.#sql
      .exec(
        "SELECT * FROM attempts WHERE destination = ? AND first_id <= ? AND last_id >= ? ORDER BY id",
        destination,
        id,
        id,
      )
      .flatMap((row) => toAttempt(row, id));
  }

  forgetBefore(id: string): void {
    this.#sql.exec("DELETE FROM attempts WHERE last_id < ?", id);
  }
}

function toAttempt(row: Row, id: string): Attempt[] {
  const ids: unknown = JSON.parse(String(row.ids));
  if (!Array.isArray(ids) || !ids.includes(id)) return [];
  return [
    {
      outcome: row.outcome as Attempt["outcome"],
      reason: String(row.reason),
      firstMs: Number(row.first_ms),
      lastMs: Number(row.last_ms),
      times: Number(row.times),
      events: ids.length,
    },
  ];
}
