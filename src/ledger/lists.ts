// The lists of events that messages link to, until they expire.
import type { List, Listed } from "../calm/lists.ts";
import type { Sql } from "../sql.ts";

/** Some 300 kB: a row holds 2 MB. */
const perRow = 1000;

export class ListStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  put(id: string, { destination, untilMs, events }: List): void {
    for (let part = 0; part * perRow < events.length; part++) {
      this.#sql.exec(
        "INSERT OR REPLACE INTO lists (id, part, destination, until_ms, events) VALUES (?, ?, ?, ?, ?)",
        id,
        part,
        destination,
        untilMs,
        JSON.stringify(events.slice(part * perRow, (part + 1) * perRow)),
      );
    }
  }

  get(id: string): List | undefined {
    const rows = this.#sql.exec("SELECT * FROM lists WHERE id = ? ORDER BY part", id);
    const [first] = rows;
    if (!first) return undefined;
    return {
      destination: String(first.destination),
      untilMs: Number(first.until_ms),
      events: rows.flatMap((row) => JSON.parse(String(row.events)) as Listed[]),
    };
  }

  forgetBefore(ms: number): void {
    this.#sql.exec("DELETE FROM lists WHERE until_ms <= ?", ms);
  }
}
