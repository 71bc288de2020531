// What a workspace uses of the plan, counted as it happens. It is kept with the statistics, which are written once a
// minute in any case: metering costs no row of its own.
import type { Ledger } from "../ledger.ts";
import type { RowsUsed } from "../sql.ts";
import { dayMs, hourOf } from "../time.ts";
import { drowsyMs, gb } from "./plan.ts";
import type { Use } from "./plans.ts";

/** The rows that writing the statistics themselves takes. */
const flushRows = 2;
const mostUnwritten = 500;

type Counter =
  | "object_requests"
  | "rows_written"
  | "rows_read"
  | "kv_reads"
  | "awake_ms"
  | "outgoing"
  | "runs"
  | "cpu_us";

export interface Metered {
  readonly use: Use;
  readonly runs: number;
  /** Outgoing requests. */
  readonly outgoing: number;
  /** An estimate. */
  readonly cpuMs: number;
}

export class Meter {
  readonly #ledger: Ledger;
  /** Of the ledger's rows, those that are counted. */
  #counted: RowsUsed;
  /** How many had been written when they were last noted out of turn. */
  #flushedRows: number;
  /** Until when the object's wakefulness is counted. */
  #awakeMs: number | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#counted = { ...ledger.rowsUsed };
    this.#flushedRows = this.#counted.written;
  }

  count(counter: Counter, n: number, nowMs: number): void {
    this.#ledger.statistics.count("use", [counter], n, nowMs);
  }

  /** The object does something now; `working`: it has since the last time. Idle, it is soon let go. */
  touch(nowMs: number, working = false): void {
    const sinceMs = Math.max(0, nowMs - (this.#awakeMs ?? nowMs - drowsyMs));
    this.count("awake_ms", working ? sinceMs : Math.min(sinceMs, drowsyMs), nowMs);
    this.#awakeMs = nowMs;
  }

  /** Counts the rows used since the last time. */
  rows(nowMs: number): void {
    const { written, read } = this.#ledger.rowsUsed;
    this.count("rows_written", written - this.#counted.written, nowMs);
    this.count("rows_read", read - this.#counted.read, nowMs);
    this.#counted = { written, read };
  }

  /**
   * Writes the statistics, with what that takes itself: an object that is let go before its next run takes nothing along.
   * After many rows at once, so that one that dies does not forget them.
   */
  flush(nowMs: number): void {
    this.rows(nowMs);
    this.count("rows_written", flushRows, nowMs);
    this.#counted = { ...this.#counted, written: this.#counted.written + flushRows };
    const { written } = this.#counted;
    const urgent = written - this.#flushedRows > mostUnwritten;
    if (urgent) this.#flushedRows = written;
    this.#ledger.statistics.flush(nowMs, urgent);
  }

  /** Since midnight UTC. */
  today(nowMs: number): Metered {
    return this.#between(hourOf(nowMs - (nowMs % dayMs)), hourOf(nowMs));
  }

  /** The hour under way and the 23 before it. */
  lately(nowMs: number): Metered {
    return this.#between(hourOf(nowMs) - 23, hourOf(nowMs));
  }

  #between(first: number, last: number): Metered {
    const { statistics } = this.#ledger;
    const sum = (series: string) => {
      let all = 0;
      for (let hour = first; hour <= last; hour++) all += statistics.at(hour, series);
      return all;
    };
    return {
      use: {
        objectRequests: sum("use object_requests"),
        rowsWritten: sum("use rows_written"),
        rowsRead: sum("use rows_read"),
        kvWrites: sum("kv_writes"),
        kvReads: sum("use kv_reads"),
        gbSeconds: (sum("use awake_ms") / 1000) * gb,
      },
      runs: sum("use runs"),
      outgoing: sum("use outgoing"),
      cpuMs: sum("use cpu_us") / 1000,
    };
  }
}
