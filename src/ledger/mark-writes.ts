// The marks as they were written to KV: to tell a stale read from an operator's edit.
import type { Sql } from "../sql.ts";

export class MarkWrites {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Newest first. */
  all(): { atMs: number; value: string; confirmed: boolean }[] {
    return this.#sql
      .exec("SELECT * FROM mark_writes ORDER BY at_ms DESC, rowid DESC")
      .map((row) => ({
        atMs: Number(row.at_ms),
        value: String(row.value),
        confirmed: row.confirmed === 1,
      }));
  }

  /** Keeps so many at least, and always the newest that KV confirmed. */
  note(value: string, nowMs: number, confirmed: boolean, keep: number): void {
    const bindings = [nowMs, value, confirmed ? 1 : 0];
    this.#sql.exec(
      "INSERT INTO mark_writes (at_ms, value, confirmed) VALUES (?, ?, ?)",
      ...bindings,
    );
    this.#sql.exec(
      `DELETE FROM mark_writes WHERE rowid <= (SELECT max(rowid) FROM mark_writes) - ?
       AND rowid < (SELECT max(rowid) FROM mark_writes WHERE confirmed = 1)`,
      keep,
    );
  }

  /** The last value noted is in KV. */
  confirm(): void {
    this.#sql.exec(
      "UPDATE mark_writes SET confirmed = 1 WHERE rowid = (SELECT max(rowid) FROM mark_writes)",
    );
  }
}
