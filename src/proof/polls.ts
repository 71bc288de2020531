// How often each hour's log was polled, and for how long nobody could see it: the evidence that quiet is not blind.
import { hourMs } from "../ledger/hours.ts";
import type { Ports } from "../ports.ts";
import type { Source } from "../source/source.ts";

/** Between two good reads so much is usual, beyond the interval of the polls. */
const usualMs = 300_000;
const flushMs = 60_000;

export class Polls {
  readonly #ports: Ports;
  readonly #usualMs: number;
  #hour = 0;
  #polls = 0;
  #failures = 0;
  #flushedMs = 0;

  constructor(ports: Ports, pollMs: number) {
    this.#ports = ports;
    this.#usualMs = usualMs + pollMs;
  }

  /** Notes how a run went that began at `startedMs`; before it, the log was last read at `lastOkMs`. */
  note(startedMs: number, lastOkMs: number | null, source: Source): void {
    const { clock, ledger } = this.#ports;
    const nowMs = clock.now();
    const hour = Math.floor(startedMs / hourMs);
    if (hour !== this.#hour) this.#flush();
    this.#hour = hour;
    if (source.lastOkMs !== null && source.lastOkMs >= startedMs) {
      this.#polls += 1;
      if (lastOkMs !== null && startedMs - lastOkMs > this.#usualMs)
        ledger.transaction(() => ledger.hours.noteUnread(lastOkMs, startedMs));
    } else if (source.health && source.health.kind !== "ok") this.#failures += 1;
    if (nowMs - this.#flushedMs >= flushMs) this.#flush();
  }

  /** A row a minute: what a process that dies had not written is missing from a count that is a least one. */
  #flush(): void {
    if (this.#polls + this.#failures > 0)
      this.#ports.ledger.hours.notePolls(this.#hour, this.#polls, this.#failures);
    this.#polls = 0;
    this.#failures = 0;
    this.#flushedMs = this.#ports.clock.now();
  }
}
