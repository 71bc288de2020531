// How often each hour's log was polled, and for how long nobody could see it: the evidence that quiet is not blind.
import type { Ports } from "../ports.ts";
import type { Source } from "../source/source.ts";
import { hourOf } from "../time.ts";

/** Between two good polls so much is usual, beyond their interval. */
const usualMs = 300_000;
const flushMs = 60_000;

export class Polls {
  readonly #ports: Ports;
  readonly #usualMs: number;
  /** The last poll went well, and what it showed has been noted. */
  well = false;
  /** When a poll last went well; before the first one, when polling began. */
  #polledMs: number | undefined;
  #hour = 0;
  #polls = 0;
  #failures = 0;
  #flushedMs = 0;

  constructor(ports: Ports, pollMs: number) {
    this.#ports = ports;
    this.#usualMs = usualMs + pollMs;
    this.#polledMs = ports.ledger.hours.lastPolledMs();
  }

  /**
   * Notes how a run went that began at `startedMs`, and whether it `asked` the log at all: well when the log answered,
   * and its last answer was usable.
   */
  note(startedMs: number, source: Source, asked: boolean): void {
    const { clock, ledger } = this.#ports;
    const hour = hourOf(startedMs);
    if (hour !== this.#hour) this.#flush();
    this.#hour = hour;
    const lastPolledMs = this.#polledMs ?? startedMs;
    const kind = source.health?.kind;
    this.well = kind === "ok" && source.lastOkMs !== null && source.lastOkMs >= startedMs;
    if (this.well) {
      this.#polls += 1;
      ledger.statistics.count("polls", ["ok"], 1, startedMs);
      if (startedMs - lastPolledMs > this.#usualMs)
        ledger.transaction(() => ledger.hours.noteUnread(lastPolledMs, startedMs));
    } else if (asked && kind !== undefined && kind !== "ok") {
      this.#failures += 1;
      ledger.statistics.count("polls", ["failed"], 1, startedMs);
    }
    const first = this.#polledMs === undefined;
    this.#polledMs = this.well ? startedMs : lastPolledMs;
    if (first || clock.now() - this.#flushedMs >= flushMs) this.#flush();
  }

  /** A row a minute: what a process that dies had not written is missing from a count that is a least one. */
  #flush(): void {
    if (this.#polls + this.#failures > 0 && this.#polledMs !== undefined)
      this.#ports.ledger.hours.notePolls(this.#hour, this.#polls, this.#failures, this.#polledMs);
    this.#polls = 0;
    this.#failures = 0;
    this.#flushedMs = this.#ports.clock.now();
  }
}
