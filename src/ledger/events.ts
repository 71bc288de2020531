// Events by their ids: when each was first seen, and what became of it at each destination. Ids sort by time.
import { idTimeMs } from "../event/identity.ts";
import type { Row, Sql } from "../sql.ts";
import type { SettledAs } from "../tables.ts";

/** The first sighting of an event. */
export interface Seen {
  readonly firstSeenMs: number;
  /** When the run began that saw it; null for one seen by a version that did not note it. */
  readonly runMs: number | null;
  readonly trigger: string | null;
  readonly late: boolean;
}

/** What was seen before in a range of ids. */
export interface Known {
  /** Of each item when it was first seen, by id; null for one seen by a version that did not note it. */
  readonly fingerprints: ReadonlyMap<string, string | null>;
  readonly late: ReadonlySet<string>;
}

interface SightingNote {
  readonly id: string;
  readonly late: boolean;
  /** Asked for only when it is new. */
  fingerprint(): string;
}

export interface Settled {
  readonly outcome: SettledAs;
  readonly atMs: number;
}

/** The run under way. */
export interface Run {
  readonly startedMs: number;
  readonly trigger: string;
}

export type SettledCounts = Readonly<Record<SettledAs, number>>;

export class Events {
  readonly #sql: Sql;
  #notedRun = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** The events that were seen before whose ids lie from `low` up to, not including, `high`. */
  known(low: string, high: string): Known {
    const rows = this.#sql.exec(
      "SELECT id, late, fingerprint FROM seen WHERE id >= ? AND id < ?",
      low,
      high,
    );
    const print = (row: Row) => (typeof row.fingerprint === "string" ? row.fingerprint : null);
    return {
      fingerprints: new Map(rows.map((row) => [String(row.id), print(row)])),
      late: new Set(rows.filter((row) => row.late === 1).map((row) => String(row.id))),
    };
  }

  /**
   * Notes the sightings of a read, of whose range all that is `known` is given. Returns which are new, which came
   * late (at their first sighting, that is: a later one changes nothing), and which are known but were not shown.
   */
  see(
    sightings: readonly SightingNote[],
    known: Known,
    run: Run,
    nowMs: number,
  ): { fresh: ReadonlySet<string>; late: ReadonlySet<string>; absent: readonly string[] } {
    const late = new Set(known.late);
    const fresh = sightings.filter(({ id }) => !known.fingerprints.has(id));
    const shown = new Set(sightings.map(({ id }) => id));
    if (fresh.length > 0) this.#noteRun(run);
    const rows = fresh.map((sighting) => {
      if (sighting.late) late.add(sighting.id);
      return [sighting.id, sighting.late ? 1 : 0, sighting.fingerprint()];
    });
    // One statement for a whole page: each costs as much as some ten rows.
    if (rows.length > 0)
      this.#sql.exec(
        `INSERT INTO seen (id, first_seen_ms, late, run_ms, fingerprint)
         SELECT value ->> 0, ?, value ->> 1, ?, value ->> 2 FROM json_each(?)`,
        nowMs,
        run.startedMs,
        JSON.stringify(rows),
      );
    const absent = [...known.fingerprints.keys()].filter((id) => !shown.has(id));
    return { fresh: new Set(fresh.map(({ id }) => id)), late, absent };
  }

  wasLate(id: string): boolean {
    return this.seen(id)?.late === true;
  }

  /** Only runs that saw something new have a row. */
  #noteRun({ startedMs, trigger }: Run): void {
    if (this.#notedRun === startedMs) return;
    this.#notedRun = startedMs;
    this.#sql.exec(
      "INSERT OR IGNORE INTO runs (started_ms, trigger) VALUES (?, ?)",
      startedMs,
      trigger,
    );
  }

  /** The first sighting of an event; undefined when it was never seen, or is forgotten. */
  seen(id: string): Seen | undefined {
    return this.#sql
      .exec(
        "SELECT first_seen_ms, late, run_ms, trigger FROM seen LEFT JOIN runs ON started_ms = run_ms WHERE id = ?",
        id,
      )
      .map((row) => ({
        firstSeenMs: Number(row.first_seen_ms),
        runMs: typeof row.run_ms === "number" ? row.run_ms : null,
        trigger: typeof row.trigger === "string" ? row.trigger : null,
        late: row.late === 1,
      }))[0];
  }

  /** How many were seen whose ids lie from `low` up to, not including, `high`; and how many of them came late. */
  countSeen(low: string, high: string): { all: number; late: number } {
    const [row] = this.#sql.exec(
      "SELECT count(*) AS n, ifnull(sum(late), 0) AS late FROM seen WHERE id >= ? AND id < ?",
      low,
      high,
    );
    return { all: Number(row?.n), late: Number(row?.late) };
  }

  /** What became of an event at a destination; undefined while nothing has. */
  settled(destination: string, id: string): Settled | undefined {
    return this.#sql
      .exec("SELECT outcome, at_ms FROM settled WHERE destination = ? AND id = ?", destination, id)
      .map((row) => ({ outcome: row.outcome as SettledAs, atMs: Number(row.at_ms) }))[0];
  }

  /** What became of the events between two ids, both included, at a destination. */
  settledBetween(destination: string, first: string, last: string): Map<string, SettledAs> {
    return new Map(
      this.#sql
        .exec(
          "SELECT id, outcome FROM settled WHERE destination = ? AND id BETWEEN ? AND ?",
          destination,
          first,
          last,
        )
        .map((row) => [String(row.id), row.outcome as SettledAs]),
    );
  }

  countSettled(destination: string, low: string, high: string): SettledCounts {
    const rows = this.#sql.exec(
      "SELECT outcome, count(*) AS n FROM settled WHERE destination = ? AND id >= ? AND id < ? GROUP BY outcome",
      destination,
      low,
      high,
    );
    const count = (outcome: SettledAs) =>
      Number(rows.find((row) => row.outcome === outcome)?.n ?? 0);
    return { delivered: count("delivered"), filtered: count("filtered"), dead: count("dead") };
  }

  /** Seen, but without an outcome at a destination; at most `limit`, oldest first. */
  unsettled(destination: string, low: string, high: string, limit: number): string[] {
    return this.#sql
      .exec(
        `SELECT id FROM seen WHERE id >= ?2 AND id < ?3 AND NOT EXISTS
           (SELECT 1 FROM settled WHERE destination = ?1 AND settled.id = seen.id)
         ORDER BY id LIMIT ?4`,
        destination,
        low,
        high,
        limit,
      )
      .map((row) => String(row.id));
  }

  /** How many were seen from `low` on that have no outcome at a destination; counted up to `most`. */
  countUnsettled(destination: string, low: string, most: number): number {
    const [row] = this.#sql.exec(
      `SELECT count(*) AS n FROM (SELECT 1 FROM seen WHERE id >= ?2 AND NOT EXISTS
         (SELECT 1 FROM settled WHERE destination = ?1 AND settled.id = seen.id) LIMIT ?3)`,
      destination,
      low,
      most,
    );
    return Number(row?.n);
  }

  /** The time of the event that is `nth` from the youngest; undefined when fewer were seen. */
  recentMs(nth: number): number | undefined {
    const [row] = this.#sql.exec(
      "SELECT id FROM seen WHERE id < '~' ORDER BY id DESC LIMIT 1 OFFSET ?",
      nth - 1,
    );
    return row && idTimeMs(String(row.id));
  }

  /** The time of the oldest event that is remembered; undefined when there is none. */
  oldestMs(): number | undefined {
    const [row] = this.#sql.exec("SELECT id FROM seen ORDER BY id LIMIT 1");
    return row && idTimeMs(String(row.id));
  }

  /** How long after its time each of the `most` youngest events was seen, late ones left out; in milliseconds. */
  delaysMs(most: number): number[] {
    return this.#sql
      .exec("SELECT id, first_seen_ms FROM seen WHERE late = 0 ORDER BY id DESC LIMIT ?", most)
      .map((row) => Number(row.first_seen_ms) - idTimeMs(String(row.id)));
  }

  settle(destination: string, ids: readonly string[], outcome: SettledAs, nowMs: number): void {
    const [only] = ids;
    if (only === undefined) return;
    if (ids.length === 1) {
      this.#sql.exec(
        "INSERT OR REPLACE INTO settled (destination, id, outcome, at_ms) VALUES (?, ?, ?, ?)",
        destination,
        only,
        outcome,
        nowMs,
      );
      return;
    }
    this.#sql.exec(
      `INSERT OR REPLACE INTO settled (destination, id, outcome, at_ms)
       SELECT ?, value, ?, ? FROM json_each(?)`,
      destination,
      outcome,
      nowMs,
      JSON.stringify(ids),
    );
  }

  /** Forgets all events whose id sorts before the prefix given. */
  forgetBefore(id: string, beforeMs: number): void {
    this.#sql.exec("DELETE FROM seen WHERE id < ?", id);
    this.#sql.exec("DELETE FROM runs WHERE started_ms < ?", beforeMs);
    for (const row of this.#sql.exec("SELECT destination FROM positions")) {
      this.#sql.exec(
        "DELETE FROM settled WHERE destination = ? AND id < ?",
        row.destination ?? null,
        id,
      );
    }
  }
}
