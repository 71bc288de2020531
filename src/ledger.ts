// What became of each event: the exact half of the state, in the Durable Object's SQLite.
// Every table is described in the README, "What is stored".
import type { Sql } from "./sql.ts";

/** Where a destination stands in the log. Seconds are whole seconds since the epoch. */
export interface Position {
  /** Events before this instant are not owed to the destination. */
  readonly sinceMs: number;
  /** When the destination was first seen here: older events reach it as `backfilled`. */
  readonly activatedMs: number;
  /** High-water mark: everything that the log showed up to this second is settled. */
  readonly through: number;
  /** The second from which the next read starts: the mark, less the overlap where late events are to be expected. */
  readonly resume: number;
  readonly lastDeliveredMs: number | null;
}

/** How sending to a destination goes. */
export interface Health {
  readonly failures: number;
  /** No attempt before this time; 0 when there is nothing to wait for. */
  readonly notBeforeMs: number;
  readonly lastError: string | null;
  readonly lastErrorMs: number | null;
  readonly pausedMs: number | null;
  readonly pausedReason: string | null;
  /** When a paused destination is tried again; null = only by hand. */
  readonly probeMs: number | null;
}

export type SettledAs = "delivered" | "dead";

export interface DeadLetter {
  readonly id: number;
  /** The destination's name, or null for an item that no destination could be sent. */
  readonly destination: string | null;
  readonly eventId: string;
  readonly reason: string;
  readonly atMs: number;
  /** The item as received. */
  readonly item: string;
  readonly retrying: boolean;
}

const migrations = [
  `CREATE TABLE positions (
     destination TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, activated_ms INTEGER NOT NULL,
     through INTEGER NOT NULL, resume INTEGER NOT NULL, last_delivered_ms INTEGER) WITHOUT ROWID;
   CREATE TABLE health (
     destination TEXT PRIMARY KEY, failures INTEGER NOT NULL DEFAULT 0, not_before_ms INTEGER NOT NULL DEFAULT 0,
     last_error TEXT, last_error_ms INTEGER,
     paused_ms INTEGER, paused_reason TEXT, probe_ms INTEGER) WITHOUT ROWID;
   CREATE TABLE seen (id TEXT PRIMARY KEY, first_seen_ms INTEGER NOT NULL, late INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE settled (
     destination TEXT NOT NULL, id TEXT NOT NULL, outcome TEXT NOT NULL, at_ms INTEGER NOT NULL,
     PRIMARY KEY (destination, id)) WITHOUT ROWID;
   CREATE TABLE dead_letters (
     id INTEGER PRIMARY KEY AUTOINCREMENT, destination TEXT, event_id TEXT NOT NULL, reason TEXT NOT NULL,
     at_ms INTEGER NOT NULL, item TEXT NOT NULL, retrying INTEGER NOT NULL DEFAULT 0);
   CREATE UNIQUE INDEX dead_letter_of ON dead_letters (event_id, ifnull(destination, ''));
   CREATE TABLE mark_writes (at_ms INTEGER NOT NULL, value TEXT NOT NULL, confirmed INTEGER NOT NULL DEFAULT 0);
   CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`,
];

export class Ledger {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)");
    const done = Number(sql.exec("SELECT count(*) AS n FROM migrations")[0]?.n);
    for (const [index, statements] of migrations.entries()) {
      if (index < done) continue;
      sql.transaction(() => {
        for (const statement of statements.split(";").filter((part) => part.trim()))
          sql.exec(statement);
        sql.exec("INSERT INTO migrations VALUES (?)", index + 1);
      });
    }
  }

  transaction<T>(work: () => T): T {
    return this.#sql.transaction(work);
  }

  // --- positions ---

  position(destination: string): Position | undefined {
    const row = this.#sql.exec("SELECT * FROM positions WHERE destination = ?", destination)[0];
    if (!row) return undefined;
    return {
      sinceMs: Number(row.since_ms),
      activatedMs: Number(row.activated_ms),
      through: Number(row.through),
      resume: Number(row.resume),
      lastDeliveredMs: toNullableNumber(row.last_delivered_ms),
    };
  }

  setPosition(destination: string, position: Position): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?, ?)",
      destination,
      position.sinceMs,
      position.activatedMs,
      position.through,
      position.resume,
      position.lastDeliveredMs,
    );
  }

  /** Moves a mark forward, never back, and remembers where the next read starts. Writes nothing when nothing moves. */
  advance(destination: string, through: number, resume: number, deliveredMs: number | null): void {
    this.#sql.exec(
      `UPDATE positions SET through = max(through, ?1), resume = ?2, last_delivered_ms = ifnull(?3, last_delivered_ms)
       WHERE destination = ?4 AND (through < ?1 OR resume <> ?2 OR ?3 IS NOT NULL)`,
      through,
      resume,
      deliveredMs,
      destination,
    );
  }

  // --- events ---

  /**
   * Notes sightings, sorted by id. Returns how many are new, and which came late: at their first sighting,
   * that is; a later one changes nothing.
   */
  see(
    sightings: readonly { readonly id: string; readonly late: boolean }[],
    nowMs: number,
  ): { fresh: number; late: ReadonlySet<string> } {
    const [first, last] = [sightings[0], sightings.at(-1)];
    if (!first || !last) return { fresh: 0, late: new Set() };
    const known = this.#sql.exec(
      "SELECT id, late FROM seen WHERE id BETWEEN ? AND ?",
      first.id,
      last.id,
    );
    const late = new Set(known.filter((row) => row.late === 1).map((row) => String(row.id)));
    const ids = new Set(known.map((row) => String(row.id)));
    const fresh = sightings.filter(({ id }) => !ids.has(id));
    for (const sighting of fresh) {
      this.#sql.exec(
        "INSERT INTO seen VALUES (?, ?, ?)",
        sighting.id,
        nowMs,
        sighting.late ? 1 : 0,
      );
      if (sighting.late) late.add(sighting.id);
    }
    return { fresh: fresh.length, late };
  }

  wasLate(id: string): boolean {
    return this.#sql.exec("SELECT 1 FROM seen WHERE id = ? AND late = 1", id).length > 0;
  }

  /** The ids between two ids, both included, that are settled for a destination. Ids sort by time. */
  settledBetween(destination: string, first: string, last: string): Set<string> {
    return new Set(
      this.#sql
        .exec(
          "SELECT id FROM settled WHERE destination = ? AND id BETWEEN ? AND ?",
          destination,
          first,
          last,
        )
        .map((row) => String(row.id)),
    );
  }

  settle(destination: string, ids: readonly string[], outcome: SettledAs, nowMs: number): void {
    for (const id of ids) {
      this.#sql.exec(
        "INSERT OR REPLACE INTO settled VALUES (?, ?, ?, ?)",
        destination,
        id,
        outcome,
        nowMs,
      );
    }
  }

  /** Forgets all events whose id sorts before the prefix given. */
  forgetBefore(id: string): void {
    this.#sql.exec("DELETE FROM seen WHERE id < ?", id);
    for (const row of this.#sql.exec("SELECT destination FROM positions")) {
      this.#sql.exec(
        "DELETE FROM settled WHERE destination = ? AND id < ?",
        row.destination ?? null,
        id,
      );
    }
  }

  countSettled(destination: string): Record<SettledAs, number> {
    const counts = { delivered: 0, dead: 0 };
    for (const row of this.#sql.exec(
      "SELECT outcome, count(*) AS n FROM settled WHERE destination = ? GROUP BY outcome",
      destination,
    )) {
      if (row.outcome === "delivered" || row.outcome === "dead")
        counts[row.outcome] = Number(row.n);
    }
    return counts;
  }

  // --- health of destinations ---

  health(destination: string): Health {
    const row = this.#sql.exec("SELECT * FROM health WHERE destination = ?", destination)[0];
    return {
      failures: Number(row?.failures ?? 0),
      notBeforeMs: Number(row?.not_before_ms ?? 0),
      lastError: toNullableText(row?.last_error),
      lastErrorMs: toNullableNumber(row?.last_error_ms),
      pausedMs: toNullableNumber(row?.paused_ms),
      pausedReason: toNullableText(row?.paused_reason),
      probeMs: toNullableNumber(row?.probe_ms),
    };
  }

  setHealth(destination: string, health: Health): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO health VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      destination,
      health.failures,
      health.notBeforeMs,
      health.lastError,
      health.lastErrorMs,
      health.pausedMs,
      health.pausedReason,
      health.probeMs,
    );
  }

  // --- dead letters ---

  /** Notes a dead letter; one that is known already gets the new reason. */
  bury(
    letter: { destination: string | null; eventId: string; reason: string; item: string },
    nowMs: number,
  ): void {
    this.#sql.exec(
      `INSERT INTO dead_letters (destination, event_id, reason, at_ms, item) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (event_id, ifnull(destination, '')) DO UPDATE SET reason = excluded.reason, retrying = 0`,
      letter.destination,
      letter.eventId,
      letter.reason,
      nowMs,
      letter.item,
    );
  }

  hasDeadLetter(eventId: string): boolean {
    return this.#sql.exec("SELECT 1 FROM dead_letters WHERE event_id = ?", eventId).length > 0;
  }

  deadLetters(limit: number, before = Number.MAX_SAFE_INTEGER): DeadLetter[] {
    return this.#sql
      .exec("SELECT * FROM dead_letters WHERE id < ? ORDER BY id DESC LIMIT ?", before, limit)
      .map(toDeadLetter);
  }

  deadLetter(id: number): DeadLetter | undefined {
    return this.#sql.exec("SELECT * FROM dead_letters WHERE id = ?", id).map(toDeadLetter)[0];
  }

  countDeadLetters(): number {
    return Number(this.#sql.exec("SELECT count(*) AS n FROM dead_letters")[0]?.n);
  }

  /** A dead letter that was delivered after all is no longer one. */
  exhume(destination: string, eventIds: readonly string[]): void {
    for (const id of eventIds) {
      this.#sql.exec(
        "DELETE FROM dead_letters WHERE destination = ? AND event_id = ?",
        destination,
        id,
      );
    }
  }

  /** The dead letters that an operator asked to send again. */
  retrying(destination: string): DeadLetter[] {
    return this.#sql
      .exec(
        "SELECT * FROM dead_letters WHERE destination = ? AND retrying = 1 ORDER BY id",
        destination,
      )
      .map(toDeadLetter);
  }

  setRetrying(id: number): void {
    this.#sql.exec("UPDATE dead_letters SET retrying = 1 WHERE id = ?", id);
  }

  discard(id: number): void {
    this.#sql.exec("DELETE FROM dead_letters WHERE id = ?", id);
  }

  // --- marks as written to KV ---

  /** Newest first. */
  markWrites(): { atMs: number; value: string; confirmed: boolean }[] {
    return this.#sql
      .exec("SELECT * FROM mark_writes ORDER BY at_ms DESC, rowid DESC")
      .map((row) => ({
        atMs: Number(row.at_ms),
        value: String(row.value),
        confirmed: row.confirmed === 1,
      }));
  }

  noteMarkWrite(value: string, nowMs: number, keep: number): void {
    this.#sql.exec("INSERT INTO mark_writes (at_ms, value) VALUES (?, ?)", nowMs, value);
    this.#sql.exec(
      "DELETE FROM mark_writes WHERE rowid <= (SELECT max(rowid) FROM mark_writes) - ?",
      keep,
    );
  }

  confirmMarkWrite(value: string): void {
    this.#sql.exec("UPDATE mark_writes SET confirmed = 1 WHERE value = ?", value);
  }

  // --- the rest ---

  /** A small JSON value by key, or undefined. */
  get(key: string): unknown {
    const row = this.#sql.exec("SELECT value FROM meta WHERE key = ?", key)[0];
    return row ? JSON.parse(String(row.value)) : undefined;
  }

  set(key: string, value: unknown): void {
    this.#sql.exec("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, JSON.stringify(value));
  }
}

function toDeadLetter(row: Record<string, string | number | null>): DeadLetter {
  return {
    id: Number(row.id),
    destination: toNullableText(row.destination),
    eventId: String(row.event_id),
    reason: String(row.reason),
    atMs: Number(row.at_ms),
    item: String(row.item),
    retrying: row.retrying === 1,
  };
}

function toNullableText(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function toNullableNumber(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
