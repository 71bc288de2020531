// How many messages a channel was sent within the last minute, and how many more it may be: the promise holds over
// restarts, and half of it is kept for what is severe.
import type { Clock } from "../http.ts";
import type { Ledger } from "../ledger.ts";

const windowMs = 60_000;

/** When a message went out, and whether it was urgent. */
type Sent = readonly [atMs: number, urgent: 0 | 1];

export class Slots {
  readonly #ports: { readonly ledger: Ledger; readonly clock: Clock };
  readonly #key: string;
  readonly #most: number;
  #sent: Sent[];

  /** `most` is at least 2. */
  constructor(
    destination: string,
    most: number,
    ports: { readonly ledger: Ledger; readonly clock: Clock },
  ) {
    this.#ports = ports;
    this.#key = `messages:${destination}`;
    this.#most = most;
    const kept = ports.ledger.get(this.#key);
    this.#sent = Array.isArray(kept) ? (kept as Sent[]) : [];
  }

  /** How many messages may go out now. */
  free(urgent: boolean): number {
    return Math.max(0, this.#left(this.#recent(), urgent));
  }

  /** When the next message may go out; 0 for at once. */
  freeMs(urgent: boolean): number {
    const recent = this.#recent();
    // Each message that leaves the window makes room; the last of them leaves none behind.
    for (let gone = 0; gone <= recent.length; gone++)
      if (this.#left(recent.slice(gone), urgent) > 0)
        return gone === 0 ? 0 : (recent[gone - 1]?.[0] ?? 0) + windowMs;
    return 0;
  }

  /** A message goes out: noted before it does, so that a process that dies on the way has counted it. */
  take(urgent: boolean): void {
    const { ledger, clock } = this.#ports;
    this.#sent = [...this.#recent(), [clock.now(), urgent ? 1 : 0] as const];
    ledger.set(this.#key, this.#sent);
  }

  /** The last message was refused, and disturbed nobody. */
  giveBack(urgent: boolean): void {
    const last = this.#sent.findLastIndex(([, severe]) => (severe === 1) === urgent);
    if (last < 0) return;
    this.#sent = this.#sent.toSpliced(last, 1);
    this.#ports.ledger.set(this.#key, this.#sent);
  }

  #left(sent: readonly Sent[], urgent: boolean): number {
    const all = this.#most - sent.length;
    if (urgent) return all;
    const others = sent.filter(([, severe]) => severe === 0).length;
    return Math.min(all, Math.ceil(this.#most / 2) - others);
  }

  /** Oldest first. A message of the future is one of before the clock was set back. */
  #recent(): Sent[] {
    const nowMs = this.#ports.clock.now();
    return this.#sent.filter(([atMs]) => Math.abs(nowMs - atMs) < windowMs);
  }
}
