// A receiver's pace: one request at a time, and the next not before an interval has passed since the last answer.
import type { Clock } from "./http.ts";

export class Pace {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  #queue: Promise<void> = Promise.resolve();
  #nextMs = 0;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** Does the work when it is its turn. Lanes that share a receiver share its pace. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#queue;
    let end = () => {};
    this.#queue = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    try {
      // Never longer than the pace itself, also where the clock was set back.
      const waitMs = Math.min(this.#intervalMs, this.#nextMs - this.#clock.now());
      if (waitMs > 0) await this.#clock.sleep(waitMs);
      return await work();
    } finally {
      // From the answer on: counted from the start, a fast request behind a slow one would arrive too soon.
      this.#nextMs = this.#clock.now() + this.#intervalMs;
      end();
    }
  }
}
