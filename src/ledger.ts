// What became of each event: the exact half of the state, in the Durable Object's SQLite.
// Every table is described in the README, "What is stored".
import { idPrefix, idTimeMs } from "./event/identity.ts";
import { Attempts } from "./ledger/attempts.ts";
import { Errands } from "./ledger/errands.ts";
import { Events } from "./ledger/events.ts";
import { FindingLog } from "./ledger/findings.ts";
import { Hours } from "./ledger/hours.ts";
import { ListStore } from "./ledger/lists.ts";
import { MarkWrites } from "./ledger/mark-writes.ts";
import { Mutes } from "./ledger/mutes.ts";
import { Notices } from "./ledger/notices.ts";
import { Plans } from "./ledger/plans.ts";
import { RuleMemory } from "./ledger/rule-memory.ts";
import { Statistics } from "./ledger/statistics.ts";
import type { RowsUsed, Sql } from "./sql.ts";
import {
  type DeadLetter,
  type Health,
  migrate,
  type Position,
  type SettledAs,
  toDeadLetter,
  toHealth,
  toPosition,
} from "./tables.ts";
import { hourFrom, hourOf } from "./time.ts";

/** In the place of a destination's name: for items that could be sent to none. */
const nobody = "";
const forgottenKey = "forgotten_before";

export class Ledger {
  readonly #sql: Sql;
  /** As they are stored: each is asked for dozens of times in a run. */
  readonly #positions = new Map<string, Position>();
  readonly events: Events;
  readonly errands: Errands;
  readonly attempts: Attempts;
  readonly hours: Hours;
  readonly plans: Plans;
  readonly notices: Notices;
  readonly statistics: Statistics;
  readonly markWrites: MarkWrites;
  readonly rules: RuleMemory;
  readonly lists: ListStore;
  readonly mutes: Mutes;
  readonly findings: FindingLog;

  constructor(sql: Sql) {
    this.#sql = sql;
    migrate(sql);
    this.events = new Events(sql);
    this.errands = new Errands(sql);
    this.attempts = new Attempts(sql);
    this.hours = new Hours(sql);
    this.plans = new Plans(sql);
    this.notices = new Notices(sql);
    this.statistics = new Statistics(sql);
    this.markWrites = new MarkWrites(sql);
    this.rules = new RuleMemory(sql);
    this.lists = new ListStore(sql);
    this.mutes = new Mutes(sql);
    this.findings = new FindingLog(sql);
  }

  /** Rows written and read since it was opened. */
  get rowsUsed(): RowsUsed {
    return this.#sql.used();
  }

  transaction<T>(work: () => T): T {
    try {
      return this.#sql.transaction(work);
    } catch (error) {
      // What is rolled back may have been read meanwhile.
      this.#positions.clear();
      throw error;
    }
  }

  /** Notes what became of events at a destination; they are owed to it no longer. */
  settle(destination: string, ids: readonly string[], outcome: SettledAs, nowMs: number): void {
    this.events.settle(destination, ids, outcome, nowMs);
    this.errands.done(destination, ids);
  }

  /** The same for events beside the walk: the receipts of their hours may have been final. */
  settleAside(
    destination: string,
    ids: readonly string[],
    outcome: SettledAs,
    nowMs: number,
  ): void {
    this.settle(destination, ids, outcome, nowMs);
    const first = hourFrom(this.forgottenMs);
    const hours = new Set(ids.map((id) => hourOf(idTimeMs(id))));
    // Of an hour that is forgotten the kept receipt is all that there is.
    for (const hour of hours) if (hour >= first) this.hours.voidReceipt(hour);
  }

  /** What happened before is forgotten, and what became of it. */
  get forgottenMs(): number {
    return Number(this.get(forgottenKey) ?? 0);
  }

  forgetBefore(ms: number): void {
    this.set(forgottenKey, ms);
    const id = idPrefix(ms);
    this.events.forgetBefore(id, ms);
    this.attempts.forgetBefore(id);
    this.mutes.forgetBefore(id, ms);
    this.findings.forgetBefore(id, ms);
  }

  // --- positions ---

  position(destination: string): Position | undefined {
    const known = this.#positions.get(destination);
    if (known) return known;
    const row = this.#sql.exec("SELECT * FROM positions WHERE destination = ?", destination)[0];
    const position = row && toPosition(row);
    if (position) this.#positions.set(destination, position);
    return position;
  }

  setPosition(destination: string, position: Position): void {
    this.#positions.delete(destination);
    this.#sql.exec(
      `INSERT OR REPLACE INTO positions (destination, since_ms, activated_ms, through, resume, last_delivered_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
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
    this.#positions.delete(destination);
    this.#sql.exec(
      `UPDATE positions SET through = max(through, ?1), resume = ?2, last_delivered_ms = ifnull(?3, last_delivered_ms)
       WHERE destination = ?4 AND (through < ?1 OR resume <> ?2 OR ?3 IS NOT NULL)`,
      through,
      resume,
      deliveredMs,
      destination,
    );
  }

  // --- health of destinations ---

  health(destination: string): Health {
    const row = this.#sql.exec("SELECT * FROM health WHERE destination = ?", destination)[0];
    return toHealth(row ?? {});
  }

  setHealth(destination: string, health: Health): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO health (destination, failures, not_before_ms, last_error, last_error_ms, paused_ms,
         paused_reason, probe_ms, fingerprint, hold) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      destination,
      health.failures,
      health.notBeforeMs,
      health.lastError,
      health.lastErrorMs,
      health.pausedMs,
      health.pausedReason,
      health.probeMs,
      health.fingerprint,
      health.hold && JSON.stringify(health.hold),
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

  /** Whether an item that no destination could be sent is known: as a dead letter, or discarded. */
  isBuried(eventId: string): boolean {
    return (
      this.#sql.exec("SELECT 1 FROM dead_letters WHERE event_id = ?", eventId).length > 0 ||
      this.events.settled(nobody, eventId) !== undefined
    );
  }

  deadLetters(limit: number, before = Number.MAX_SAFE_INTEGER): DeadLetter[] {
    return this.#letters("id < ? ORDER BY id DESC LIMIT ?", before, limit);
  }

  deadLetter(id: number): DeadLetter | undefined {
    return this.#letters("id = ?", id)[0];
  }

  /** The events among these ids that are kept as dead letters of a destination. */
  deadBetween(destination: string, low: string, high: string): Set<string> {
    return new Set(
      this.#sql
        .exec(
          "SELECT event_id FROM dead_letters WHERE destination = ? AND event_id >= ? AND event_id < ?",
          destination,
          low,
          high,
        )
        .map((row) => String(row.event_id)),
    );
  }

  /** Why letters of a destination are dead, and how many, among ids from `low` up to, not including, `high`. */
  deadReasons(
    destination: string,
    low: string,
    high: string,
  ): { reason: string; events: number }[] {
    return this.#sql
      .exec(
        `SELECT reason, count(*) AS n FROM dead_letters WHERE destination = ? AND event_id >= ? AND event_id < ?
         GROUP BY reason ORDER BY n DESC LIMIT 5`,
        destination,
        low,
        high,
      )
      .map((row) => ({ reason: String(row.reason), events: Number(row.n) }));
  }

  deadLetterOf(destination: string, eventId: string): DeadLetter | undefined {
    return this.#letters("destination = ? AND event_id = ?", destination, eventId)[0];
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
    return this.#letters("destination = ? AND retrying = 1 ORDER BY id", destination);
  }

  #letters(where: string, ...values: readonly (string | number)[]): DeadLetter[] {
    return this.#sql.exec(`SELECT * FROM dead_letters WHERE ${where}`, ...values).map(toDeadLetter);
  }

  setRetrying(id: number): void {
    this.#sql.exec("UPDATE dead_letters SET retrying = 1 WHERE id = ?", id);
  }

  /** The event counts as settled from now on: the log may still hold it. */
  discard(letter: DeadLetter, nowMs: number): void {
    if (letter.destination === null) this.events.settle(nobody, [letter.eventId], "dead", nowMs);
    else this.settleAside(letter.destination, [letter.eventId], "dead", nowMs);
    this.#sql.exec("DELETE FROM dead_letters WHERE id = ?", letter.id);
  }

  // --- the rest ---

  /** A small JSON value by key, or undefined. */
  get(key: string): unknown {
    const row = this.#sql.exec("SELECT value FROM meta WHERE key = ?", key)[0];
    return row ? JSON.parse(String(row.value)) : undefined;
  }

  set(key: string, value: unknown): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
      key,
      JSON.stringify(value),
    );
  }
}
