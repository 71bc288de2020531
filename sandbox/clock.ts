// Time that jumps: from one timer to the next, as soon as nothing else is left to do.
import type { Clock, Signal } from "../src/http.ts";

interface Timer {
  readonly atMs: number;
  readonly wake: () => void;
}

export class VirtualClock implements Clock {
  #nowMs: number;
  #timers: Timer[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: Signal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = { atMs: this.#nowMs + Math.max(0, ms), wake: resolve };
      const after = this.#timers.findIndex(({ atMs }) => atMs > timer.atMs);
      this.#timers.splice(after < 0 ? this.#timers.length : after, 0, timer);
      signal?.addEventListener(
        "abort",
        () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
          resolve();
        },
        { once: true },
      );
    });
  }

  /** Lets time pass until the work is done. Throws when it waits for something that no timer will bring. */
  async run<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const done = work.finally(() => {
      settled = true;
    });
    // The rejection is the caller's, below; here it must not count as unhandled in the meantime.
    done.catch(() => undefined);
    for (let idle = 0; !settled; ) {
      await turn();
      if (settled) break;
      if (this.#jump(Number.POSITIVE_INFINITY)) idle = 0;
      else if (++idle > 1000)
        throw new Error("the work waits for something that no timer will bring");
    }
    return done;
  }

  /** Lets time pass until `atMs`, waking every timer on the way. */
  async runUntil(atMs: number): Promise<void> {
    await turn();
    while (this.#jump(atMs)) await turn();
    this.#nowMs = Math.max(this.#nowMs, atMs);
  }

  #jump(untilMs: number): boolean {
    const [timer] = this.#timers;
    if (!timer || timer.atMs > untilMs) return false;
    this.#timers.shift();
    this.#nowMs = Math.max(this.#nowMs, timer.atMs);
    timer.wake();
    return true;
  }
}

/** All promises that can settle without time passing have settled after a turn of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
