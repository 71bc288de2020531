// The ledger's tables, and what their rows say. Each table is described in the README, "What is stored".
import type { Row, Sql } from "./sql.ts";

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
  /** Of the options that it was sent with: see BoundDestination. */
  readonly fingerprint: string | null;
  /** An operator has paused it; null when not. */
  readonly hold: Hold | null;
}

/** A pause by hand: nothing is sent, whatever the receiver would say. */
export interface Hold {
  readonly sinceMs: number;
  /** When it ends by itself; null = only by hand. */
  readonly untilMs: number | null;
  /** Who did it, in words. */
  readonly by: string;
}

/** What became of an event at a destination: every event behind its mark has exactly one of these. */
export type SettledAs = "delivered" | "filtered" | "dead";

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
  // Asked for by every run: without it, each run would read every dead letter.
  `CREATE INDEX dead_letters_to_retry ON dead_letters (destination, id) WHERE retrying = 1;
   ALTER TABLE health ADD COLUMN fingerprint TEXT;`,
  `ALTER TABLE seen ADD COLUMN run_ms INTEGER;
   ALTER TABLE seen ADD COLUMN fingerprint TEXT;
   CREATE TABLE runs (started_ms INTEGER PRIMARY KEY, trigger TEXT NOT NULL);
   CREATE TABLE attempts (
     id INTEGER PRIMARY KEY, destination TEXT NOT NULL, first_id TEXT NOT NULL, last_id TEXT NOT NULL,
     ids TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, first_ms INTEGER NOT NULL,
     last_ms INTEGER NOT NULL, times INTEGER NOT NULL);
   CREATE TABLE errands (
     destination TEXT NOT NULL, id TEXT NOT NULL, again INTEGER NOT NULL, plan TEXT, since_ms INTEGER NOT NULL,
     PRIMARY KEY (destination, id)) WITHOUT ROWID;
   CREATE TABLE plans (id TEXT PRIMARY KEY, plan TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE plan_events (
     plan TEXT NOT NULL, destination TEXT NOT NULL, id TEXT NOT NULL,
     PRIMARY KEY (plan, destination, id)) WITHOUT ROWID;
   CREATE TABLE notices (
     destination TEXT NOT NULL, id TEXT NOT NULL, event TEXT NOT NULL,
     PRIMARY KEY (destination, id)) WITHOUT ROWID;
   CREATE TABLE hours (
     hour INTEGER PRIMARY KEY, polls INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
     unread_ms INTEGER NOT NULL DEFAULT 0, polled_ms INTEGER, source_total INTEGER, counted_ms INTEGER,
     tier INTEGER NOT NULL DEFAULT 0, receipt TEXT);`,
  `ALTER TABLE health ADD COLUMN hold TEXT;
   CREATE TABLE statistics (hour INTEGER PRIMARY KEY, counts TEXT NOT NULL);`,
  `CREATE TABLE rule_facts (
     kind TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
   CREATE TABLE rule_waiting (id TEXT PRIMARY KEY, event TEXT NOT NULL) WITHOUT ROWID;`,
  `CREATE TABLE lists (
     id TEXT NOT NULL, part INTEGER NOT NULL, destination TEXT NOT NULL, until_ms INTEGER NOT NULL, events TEXT NOT NULL,
     PRIMARY KEY (id, part));`,
  `CREATE TABLE mutes (
     id INTEGER PRIMARY KEY, mute TEXT NOT NULL, ended_ms INTEGER, ended_by TEXT, kept TEXT NOT NULL DEFAULT '{}');
   CREATE TABLE muted (
     destination TEXT NOT NULL, id TEXT NOT NULL, mute INTEGER NOT NULL,
     PRIMARY KEY (destination, id)) WITHOUT ROWID;`,
  `CREATE TABLE findings (id TEXT PRIMARY KEY, rule TEXT NOT NULL, finding TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE findings_held (
     hour INTEGER NOT NULL, rule TEXT NOT NULL, held INTEGER NOT NULL, PRIMARY KEY (hour, rule)) WITHOUT ROWID;`,
];

export function migrate(sql: Sql): void {
  sql.exec("CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY)");
  const done = Number(sql.exec("SELECT count(*) AS n FROM migrations")[0]?.n);
  for (const [index, statements] of migrations.entries()) {
    if (index < done) continue;
    sql.transaction(() => {
      for (const statement of statements.split(";").filter((part) => part.trim()))
        sql.exec(statement);
      sql.exec("INSERT INTO migrations (version) VALUES (?)", index + 1);
    });
  }
}

export function toPosition(row: Row): Position {
  return {
    sinceMs: Number(row.since_ms),
    activatedMs: Number(row.activated_ms),
    through: Number(row.through),
    resume: Number(row.resume),
    lastDeliveredMs: toNullableNumber(row.last_delivered_ms),
  };
}

export function toHealth(row: Row): Health {
  return {
    failures: Number(row.failures ?? 0),
    notBeforeMs: Number(row.not_before_ms ?? 0),
    lastError: toNullableText(row.last_error),
    lastErrorMs: toNullableNumber(row.last_error_ms),
    pausedMs: toNullableNumber(row.paused_ms),
    pausedReason: toNullableText(row.paused_reason),
    probeMs: toNullableNumber(row.probe_ms),
    fingerprint: toNullableText(row.fingerprint),
    hold: typeof row.hold === "string" ? (JSON.parse(row.hold) as Hold) : null,
  };
}

export function toDeadLetter(row: Row): DeadLetter {
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
