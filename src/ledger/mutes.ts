// Mutes and what they kept back: which event from which destination by which mute, and how many in all.
import type { Mute } from "../mutes/mute.ts";
import type { Row, Sql } from "../sql.ts";

/** Mutes that have ended are remembered, the newest so many. */
const mostEnded = 400;

export class Mutes {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The newest first. */
  all(): Mute[] {
    return this.#sql.exec("SELECT * FROM mutes ORDER BY id DESC").map(toMute);
  }

  get(id: number): Mute | undefined {
    return this.#sql.exec("SELECT * FROM mutes WHERE id = ?", id).map(toMute)[0];
  }

  get nextId(): number {
    return Number(this.#sql.exec("SELECT ifnull(max(id), 0) + 1 AS id FROM mutes")[0]?.id);
  }

  add({ id, endedMs: _, endedBy: __, keptBack: ___, ...mute }: Mute): void {
    this.#sql.exec("INSERT INTO mutes (id, mute) VALUES (?, ?)", id, JSON.stringify(mute));
    this.#sql.exec(
      `DELETE FROM mutes WHERE ended_ms IS NOT NULL AND id NOT IN
         (SELECT id FROM mutes WHERE ended_ms IS NOT NULL ORDER BY id DESC LIMIT ?)`,
      mostEnded,
    );
  }

  end(id: number, atMs: number, by: string | null): void {
    this.#sql.exec("UPDATE mutes SET ended_ms = ?, ended_by = ? WHERE id = ?", atMs, by, id);
  }

  /** Notes events as kept from a destination, each by its mute. */
  keep(destination: string, kept: ReadonlyMap<string, number>): void {
    for (const [id, mute] of kept)
      this.#sql.exec(
        "INSERT OR REPLACE INTO muted (destination, id, mute) VALUES (?, ?, ?)",
        destination,
        id,
        mute,
      );
    for (const [mute, all] of Map.groupBy(kept.values(), (mute) => mute))
      this.count(mute, destination, all.length);
  }

  count(mute: number, destination: string, more: number): void {
    const keptBack = { ...this.get(mute)?.keptBack };
    keptBack[destination] = (keptBack[destination] ?? 0) + more;
    this.#sql.exec("UPDATE mutes SET kept = ? WHERE id = ?", JSON.stringify(keptBack), mute);
  }

  /** The mute that kept an event from a destination; null where it is not remembered, undefined where there was none. */
  keeping(destination: string, id: string): Mute | null | undefined {
    const [row] = this.#sql.exec(
      "SELECT mute FROM muted WHERE destination = ? AND id = ?",
      destination,
      id,
    );
    return row && (this.get(Number(row.mute)) ?? null);
  }

  /** The events that were kept from a destination whose ids lie from `low` up to, not including, `high`. */
  keptBetween(destination: string, low: string, high: string): Set<string> {
    const rows = this.#sql.exec(
      "SELECT id FROM muted WHERE destination = ? AND id >= ? AND id < ?",
      destination,
      low,
      high,
    );
    return new Set(rows.map((row) => String(row.id)));
  }

  forgetBefore(id: string, ms: number): void {
    this.#sql.exec("DELETE FROM muted WHERE id < ?", id);
    this.#sql.exec("DELETE FROM mutes WHERE ended_ms < ?", ms);
  }
}

function toMute(row: Row): Mute {
  return {
    ...(JSON.parse(String(row.mute)) as Omit<Mute, "id" | "endedMs" | "endedBy" | "keptBack">),
    id: Number(row.id),
    endedMs: typeof row.ended_ms === "number" ? row.ended_ms : null,
    endedBy: typeof row.ended_by === "string" ? row.ended_by : null,
    keptBack: JSON.parse(String(row.kept)) as Mute["keptBack"],
  };
}
