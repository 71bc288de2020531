// The hours of the log: how often each was polled and for how long it could not be read, what the log counted in
// it afterwards, and the receipt.
import type { Row, Sql } from "../sql.ts";
import { hourMs, hourOf } from "../time.ts";

/** How far an hour has been recounted: not yet, once, or for good. */
export type Tier = 0 | 1 | 2;

/** One whole hour, numbered from the epoch. */
export interface Hour {
  readonly hour: number;
  /** Polls that went well, and those that failed. */
  readonly polls: number;
  readonly failures: number;
  /** For so long the log could not be read, or was not, beyond what is usual between two polls. */
  readonly unreadMs: number;
  /** Events of this hour by the log's own count; null when it has not been counted, or the log does not count. */
  readonly sourceTotal: number | null;
  /** When it was last counted, or read again; null when it is to be. */
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

  /** `polledMs` is when the last poll went well, in this hour or before. */
  notePolls(hour: number, polls: number, failures: number, polledMs: number): void {
    this.#sql.exec(
      `INSERT INTO hours (hour, polls, failures, polled_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET polls = polls + excluded.polls, failures = failures + excluded.failures,
         polled_ms = excluded.polled_ms`,
      hour,
      polls,
      failures,
      polledMs,
    );
  }

  /** When the last poll went well that was noted; undefined before the first. */
  lastPolledMs(): number | undefined {
    const [row] = this.#sql.exec(
      "SELECT polled_ms FROM hours WHERE polled_ms IS NOT NULL ORDER BY hour DESC LIMIT 1",
    );
    return typeof row?.polled_ms === "number" ? row.polled_ms : undefined;
  }

  /** The log was not read between these two moments. */
  noteUnread(fromMs: number, toMs: number): void {
    for (let hour = hourOf(fromMs); hour * hourMs < toMs; hour++) {
      const ms = Math.min(toMs, (hour + 1) * hourMs) - Math.max(fromMs, hour * hourMs);
      this.#sql.exec(
        `INSERT INTO hours (hour, unread_ms) VALUES (?, ?)
         ON CONFLICT DO UPDATE SET unread_ms = unread_ms + excluded.unread_ms, receipt = NULL`,
        hour,
        ms,
      );
    }
  }

  noteCount(hour: number, sourceTotal: number | null, tier: Tier, nowMs: number): void {
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

  /** Something came to light of an hour: returns the tier of the count that is void now, undefined when there is none. */
  reopen(hour: number): 1 | 2 | undefined {
    const [row] = this.#sql.exec(
      `UPDATE hours SET tier = tier - 1, receipt = NULL, source_total = NULL, counted_ms = NULL
       WHERE hour = ? AND tier > 0 RETURNING tier`,
      hour,
    );
    return row ? ((Number(row.tier) + 1) as 1 | 2) : undefined;
  }

  /** What became of an event of that hour has changed: its receipt is made anew. */
  voidReceipt(hour: number): void {
    this.#sql.exec("UPDATE hours SET receipt = NULL WHERE hour = ? AND receipt IS NOT NULL", hour);
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
