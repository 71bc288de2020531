// What rules have found, as long as the ledger remembers: for whoever asks about an event, and for the numbers.
import type { EventFinding } from "../event/event.ts";
import type { Row, Sql } from "../sql.ts";
import { hourOf } from "../time.ts";

export interface KeptFinding extends EventFinding {
  /** When the event happened that was judged. */
  readonly time: string;
  /** Ids of events, the judged one's last. */
  readonly evidence: readonly string[];
}

export class FindingLog {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** `id` is that of the finding's own event. */
  add(id: string, finding: KeptFinding): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO findings (id, rule, finding) VALUES (?, ?, ?)",
      id,
      finding.rule,
      JSON.stringify(finding),
    );
  }

  /** Those that rest on an event, in the order of their times. */
  of(event: string): KeptFinding[] {
    return this.#sql
      .exec("SELECT finding FROM findings WHERE instr(finding, ?) ORDER BY id", `"${event}"`)
      .map(toFinding)
      .filter(({ evidence }) => evidence.includes(event));
  }

  /** The newest, by the times of their events. */
  newest(limit: number): KeptFinding[] {
    return this.#sql
      .exec("SELECT finding FROM findings ORDER BY id DESC LIMIT ?", limit)
      .map(toFinding);
  }

  /** How many there are from an id on, and the last of them, by rule. */
  since(id: string): Map<string, { readonly count: number; readonly lastId: string }> {
    const rows = this.#sql.exec(
      "SELECT rule, count(*) AS n, max(id) AS last FROM findings WHERE id >= ? GROUP BY rule",
      id,
    );
    return new Map(
      rows.map(({ rule, n, last }) => [String(rule), { count: Number(n), lastId: String(last) }]),
    );
  }

  /** So many more of a rule were held back in an hour. */
  hold(rule: string, hour: number, held: number): void {
    this.#sql.exec(
      `INSERT INTO findings_held (hour, rule, held) VALUES (?, ?, ?)
       ON CONFLICT (hour, rule) DO UPDATE SET held = held + excluded.held`,
      hour,
      rule,
      held,
    );
  }

  /** How many were held back from an hour on, by rule. */
  heldSince(hour: number): Map<string, number> {
    const rows = this.#sql.exec(
      "SELECT rule, sum(held) AS n FROM findings_held WHERE hour >= ? GROUP BY rule",
      hour,
    );
    return new Map(rows.map(({ rule, n }) => [String(rule), Number(n)]));
  }

  forgetBefore(id: string, ms: number): void {
    this.#sql.exec("DELETE FROM findings WHERE id < ?", id);
    this.#sql.exec("DELETE FROM findings_held WHERE hour < ?", hourOf(ms));
  }
}

function toFinding(row: Row): KeptFinding {
  return JSON.parse(String(row.finding)) as KeptFinding;
}
