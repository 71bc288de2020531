// What happened, in numbers: totals since the ledger was begun, and by the hour. Counted in memory and written once a
// minute, as one row for the totals and one for each hour: a process that dies takes its last minute of them along.
import type { Sql } from "../sql.ts";
import { hourOf } from "../time.ts";

/** Upper bounds of the buckets of each histogram, in seconds; beyond the last there is one more. */
export const buckets = {
  /** From an event's time to the receiver's acknowledgment. */
  delivery_lag_seconds: [1, 2, 5, 10, 15, 30, 60, 120, 300, 900, 3600, 21_600, 86_400],
  /** From a request to its complete answer. */
  request_seconds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15],
} as const;
type HistogramName = keyof typeof buckets;

/**
 * Counts by series. A series is its name and the values of its labels, with blanks between: `deliveries siem delivered`.
 * A histogram is one series for each bucket (`request_seconds siem 0.5`, the last `+Inf`; not cumulative) and `… sum`.
 */
export type Counts = Readonly<Record<string, number>>;

const flushMs = 60_000;
const keptHours = 8 * 24;
/** All labels come from the configuration or from here, but for the types: Webflow may invent them without end. */
const openSeries = "events";
const mostTypes = 300;
const other = "other";
const key = "statistics";

export class Statistics {
  readonly #sql: Sql;
  readonly #totals: Map<string, number>;
  /** By hour: those that are not written yet, as they are to be written. */
  readonly #hours = new Map<number, Map<string, number>>();
  /** Hours as they are written, read once. */
  readonly #written = new Map<number, ReadonlyMap<string, number>>();
  /** How many types have a series of their own. */
  #types: number;
  #flushedMs = 0;
  #changed = false;

  constructor(sql: Sql) {
    this.#sql = sql;
    const [row] = sql.exec("SELECT value FROM meta WHERE key = ?", key);
    this.#totals = new Map(Object.entries(row ? (JSON.parse(String(row.value)) as Counts) : {}));
    this.#types = [...this.#totals.keys()].filter((one) => one.startsWith(`${openSeries} `)).length;
  }

  /** `atMs` is the time that it is counted for. */
  count(name: string, labels: readonly string[], n: number, atMs: number): void {
    if (n === 0) return;
    const series = this.#seriesOf(name, labels);
    this.#changed = true;
    this.#totals.set(series, (this.#totals.get(series) ?? 0) + n);
    const hour = hourOf(atMs);
    const counts = this.#hours.get(hour) ?? this.#read(hour);
    counts.set(series, (counts.get(series) ?? 0) + n);
    this.#hours.set(hour, counts);
  }

  observe(name: HistogramName, labels: readonly string[], seconds: number, nowMs: number): void {
    const bound = buckets[name].find((most) => seconds <= most) ?? "+Inf";
    this.count(name, [...labels, String(bound)], 1, nowMs);
    this.count(name, [...labels, "sum"], Math.max(0, seconds), nowMs);
  }

  /** A request to a destination, and what came of it. */
  request(destination: string, outcome: string, startedMs: number, nowMs: number): void {
    this.count("requests", [destination, outcome], 1, nowMs);
    this.observe("request_seconds", [destination], (nowMs - startedMs) / 1000, nowMs);
  }

  /** Writes what is to be written, at most once a minute unless it is `urgent`. */
  flush(nowMs: number, urgent = false): void {
    if (!this.#changed || (Math.abs(nowMs - this.#flushedMs) < flushMs && !urgent)) return;
    this.#flushedMs = nowMs;
    this.#changed = false;
    const now = hourOf(nowMs);
    this.#sql.transaction(() => {
      this.#sql.exec(
        "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)",
        key,
        toJson(this.#totals),
      );
      for (const [hour, counts] of this.#hours)
        if (hour > now - keptHours)
          this.#sql.exec(
            "INSERT OR REPLACE INTO statistics (hour, counts) VALUES (?, ?)",
            hour,
            toJson(counts),
          );
    });
    for (const hour of this.#hours.keys()) this.#written.delete(hour);
    // The hour under way is counted on.
    for (const hour of this.#hours.keys()) if (hour !== now) this.#hours.delete(hour);
  }

  get totals(): Counts {
    return Object.fromEntries(this.#totals);
  }

  /** By hour, numbered from the epoch, both ends included; hours in which nothing was counted are left out. */
  between(first: number, last: number): Map<number, Counts> {
    const rows = this.#sql.exec("SELECT * FROM statistics WHERE hour BETWEEN ? AND ?", first, last);
    const written = rows.map((row) => [Number(row.hour), JSON.parse(String(row.counts))] as const);
    const fresh = [...this.#hours].filter(([hour]) => hour >= first && hour <= last);
    return new Map([
      ...written,
      ...fresh.map(([hour, counts]) => [hour, Object.fromEntries(counts)] as const),
    ]);
  }

  /** What was counted of a series in an hour. */
  at(hour: number, series: string): number {
    const fresh = this.#hours.get(hour);
    if (fresh) return fresh.get(series) ?? 0;
    let written = this.#written.get(hour);
    if (!written) {
      if (this.#written.size > keptHours) this.#written.clear();
      written = this.#read(hour);
      this.#written.set(hour, written);
    }
    return written.get(series) ?? 0;
  }

  /** The sum of one series without labels, over the hours of a period. */
  since(fromMs: number, toMs: number, series: string): number {
    const hours = [...this.between(hourOf(fromMs), hourOf(toMs)).values()];
    return hours.reduce((sum, counts) => sum + (counts[series] ?? 0), 0);
  }

  /** The hours that are kept no longer. */
  forget(nowMs: number): void {
    this.#sql.exec("DELETE FROM statistics WHERE hour < ?", hourOf(nowMs) - keptHours);
  }

  #read(hour: number): Map<string, number> {
    const [row] = this.#sql.exec("SELECT counts FROM statistics WHERE hour = ?", hour);
    return new Map(Object.entries(row ? (JSON.parse(String(row.counts)) as Counts) : {}));
  }

  #seriesOf(name: string, labels: readonly string[]): string {
    const series = [name, ...labels].join(" ");
    if (name !== openSeries || this.#totals.has(series)) return series;
    if (this.#types >= mostTypes) return `${name} ${other}`;
    this.#types += 1;
    return series;
  }
}

function toJson(counts: ReadonlyMap<string, number>): string {
  return JSON.stringify(Object.fromEntries(counts));
}
