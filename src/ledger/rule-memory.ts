// What the rules remember: facts by subject, and the events that wait for late ones.
import type { AuditEvent } from "../event/event.ts";
import { idPrefix } from "../event/identity.ts";
import type { SavedFact } from "../rules/facts.ts";
import type { Sql } from "../sql.ts";

export class RuleMemory {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  facts(): SavedFact[] {
    return this.#sql.exec("SELECT kind, key, value FROM rule_facts").map((row) => ({
      kind: String(row.kind),
      key: String(row.key),
      value: JSON.parse(String(row.value)) as unknown,
    }));
  }

  save(changes: readonly SavedFact[]): void {
    for (const { kind, key, value } of changes) {
      if (value === null)
        this.#sql.exec("DELETE FROM rule_facts WHERE kind = ? AND key = ?", kind, key);
      else
        this.#sql.exec(
          "INSERT OR REPLACE INTO rule_facts (kind, key, value) VALUES (?, ?, ?)",
          kind,
          key,
          JSON.stringify(value),
        );
    }
  }

  wait(event: AuditEvent): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO rule_waiting (id, event) VALUES (?, ?)",
      event.id,
      JSON.stringify(event),
    );
  }

  /** The first of those from before a time, in the order of (time, id). */
  waitingBefore(ms: number, limit: number): AuditEvent[] {
    return this.#sql
      .exec(
        "SELECT event FROM rule_waiting WHERE id < ? ORDER BY id LIMIT ?",
        idPrefix(Math.max(0, ms)),
        limit,
      )
      .map((row) => JSON.parse(String(row.event)) as AuditEvent);
  }

  judged(id: string): void {
    this.#sql.exec("DELETE FROM rule_waiting WHERE id = ?", id);
  }

  /** With no rules wanted, there is nothing to remember. */
  clear(): void {
    this.#sql.exec("DELETE FROM rule_facts");
    this.#sql.exec("DELETE FROM rule_waiting");
  }
}
