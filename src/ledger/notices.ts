// Tidemark's own events on their way: kept for each destination that is told, until it took them.
import type { AuditEvent } from "../event/event.ts";
import type { Sql } from "../sql.ts";

export interface Kept {
  readonly event: AuditEvent;
  /** What in it others said. */
  readonly quotes: readonly string[];
}

export class Notices {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  add(destinations: readonly string[], event: AuditEvent, quotes: readonly string[] = []): void {
    const text = JSON.stringify({ ...event, quotes });
    for (const name of destinations)
      this.#sql.exec(
        "INSERT OR IGNORE INTO notices (destination, id, event) VALUES (?, ?, ?)",
        name,
        event.id,
        text,
      );
  }

  /** Oldest first. */
  of(destination: string): Kept[] {
    return this.#sql
      .exec("SELECT event FROM notices WHERE destination = ? ORDER BY id LIMIT 50", destination)
      .map((row) => {
        const { quotes = [], ...event } = JSON.parse(String(row.event));
        return { event, quotes };
      });
  }

  /** What nobody is configured to take any more. */
  forget(configured: readonly string[]): void {
    const rows = this.#sql.exec("SELECT DISTINCT destination FROM notices");
    for (const name of rows.map((row) => String(row.destination)))
      if (!configured.includes(name))
        this.#sql.exec("DELETE FROM notices WHERE destination = ?", name);
  }

  done(destination: string, ids: readonly string[]): void {
    for (const id of ids)
      this.#sql.exec("DELETE FROM notices WHERE destination = ? AND id = ?", destination, id);
  }
}
