// The hours of the log: how often each was polled and for how long it could not be read, what the log counted in
// it afterwards, and the receipt.
import type { Row, Sql } from "../sql.ts";

export const hourMs = 3_600_000;
export const hourSeconds = 3600;

/** How far an hour has been recounted: not yet, once, or for good. */
export type Tier = 0 | 1 | 2;

/** One whole hour, numbered from the epoch. */
export interface Hour {
  readonly hour: number;
  /** Polls that read the log to its head, and those that failed. */
  readonly polls: number;
  readonly failures: number;
  /** For so long the log could not be read, or was not, beyond what is usual between two polls. */
  readonly unreadMs: number;
  /** Events of this hour by the log's own count; null when it has not been counted. */
  readonly sourceTotal: number | null;
  readonly countedMs: number | null;
  readonly tier: Tier;
  /** The final receipt, signed; null until then. */
  readonly receipt: string | null;
}

export class Hours {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(hour: number): Hour | undefined {
    return this.#sql.exec("SELECT * FROM hours WHERE hour = ?", hour).map(toHour)[0];
  }

  between(first: number, last: number): Hour[] {
    return this.#sql
      .exec("SELECT * FROM hours WHERE hour BETWEEN ? AND ? ORDER BY hour", first, last)
      .map(toHour);
  }

  notePolls(hour: number, polls: number, failures: number): void {
    this.#sql.exec(
      `INSERT INTO hours (hour, polls, failures) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET polls = polls + excluded.polls, failures = failures + excluded.failures`,
      hour,
      polls,
      failures,
    );
  }

  /** The log was not read between these two moments. */
  noteUnread(fromMs: number, toMs: number): void {
    for (let hour = Math.floor(fromMs / hourMs); hour * hourMs < toMs; hour++) {
      const ms = Math.min(toMs, (hour + 1) * hourMs) - Math.max(fromMs, hour * hourMs);
      this.#sql.exec(
        `INSERT INTO hours (hour, unread_ms) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET unread_ms = unread_ms + excluded.unread_ms`,
        hour,
        ms,
      );
    }
  }

  noteCount(hour: number, sourceTotal: number, tier: Tier, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO hours (hour, source_total, counted_ms, tier) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET source_total = excluded.source_total, counted_ms = excluded.counted_ms,
         tier = excluded.tier, receipt = NULL`,
      hour,
      sourceTotal,
      nowMs,
      tier,
    );
  }

  noteReceipt(hour: number, receipt: string): void {
    this.#sql.exec("UPDATE hours SET receipt = ? WHERE hour = ?", receipt, hour);
  }

  /** Something came to light in an hour that was closed for good: it is to be counted once more. */
  reopen(hour: number): boolean {
    const reopened = this.#sql.exec(
      "UPDATE hours SET tier = 1, receipt = NULL WHERE hour = ? AND tier = 2 RETURNING hour",
      hour,
    );
    return reopened.length > 0;
  }

  forgetBefore(hour: number): void {
    this.#sql.exec("DELETE FROM hours WHERE hour < ?", hour);
  }
}

function toHour(row: Row): Hour {
  const nullable = (value: unknown) => (typeof value === "number" ? value : null);
  return {
    hour: Number(row.hour),
    polls: Number(row.polls),
    failures: Number(row.failures),
    unreadMs: Number(row.unread_ms),
    sourceTotal: nullable(row.source_total),
    countedMs: nullable(row.counted_ms),
    tier: Number(row.tier) as Tier,
    receipt: typeof row.receipt === "string" ? row.receipt : null,
  };
}
