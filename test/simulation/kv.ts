// KV with what KV does to people: old values, refusals, writes that were made although they failed.
import type { VirtualClock } from "../../sandbox/clock.ts";
import { integer, type Random } from "../../sandbox/random.ts";
import { type Drawn, minute } from "./draw.ts";

/** As long as a fresh value may take to be seen everywhere. */
const staleMs = 10 * minute;

interface Value {
  readonly atMs: number;
  readonly text: string | null;
}

export class Kv {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  #rates: Drawn["kv"];
  #values: Value[] = [{ atMs: Number.NEGATIVE_INFINITY, text: null }];
  /** When the Worker wrote, whether it heard of it or not. */
  readonly writesMs: number[] = [];

  constructor(clock: VirtualClock, random: Random, rates: Drawn["kv"]) {
    this.#clock = clock;
    this.#random = random;
    this.#rates = rates;
  }

  get text(): string | null {
    return this.#values.at(-1)?.text ?? null;
  }

  heal(): void {
    this.#rates = { staleRate: 0, faultRate: 0 };
    this.#values = this.#values.slice(-1);
  }

  /** By the operator's hand. */
  put(text: string | null): void {
    const nowMs = this.#clock.now();
    this.#values = [...this.#values.filter((_, i) => this.#isSeen(i)), { atMs: nowMs, text }];
  }

  /** Whether a read may still show a value with this text in it. */
  mayShow(text: string): boolean {
    return this.#values.some((value, i) => this.#isSeen(i) && value.text?.includes(text));
  }

  async read(): Promise<string | null> {
    if (this.#random() < this.#rates.faultRate) throw new Error("KV GET failed: 500");
    if (this.#random() >= this.#rates.staleRate) return this.text;
    const asOfMs = this.#clock.now() - integer(this.#random, 0, staleMs);
    return this.#values.findLast(({ atMs }) => atMs <= asOfMs)?.text ?? null;
  }

  async write(text: string): Promise<void> {
    const draw = this.#random() / this.#rates.faultRate;
    if (draw < 0.4) throw new Error("KV PUT failed: 429 Too Many Requests");
    if (draw < 0.7) await this.#clock.sleep(integer(this.#random, 1000, 30_000));
    this.writesMs.push(this.#clock.now());
    this.put(text);
    if (draw < 1) throw new Error("KV PUT failed: the connection was reset");
  }

  /** What a read may still show: all that stood there within the last minutes. */
  #isSeen(index: number): boolean {
    const next = this.#values[index + 1];
    return !next || next.atMs >= this.#clock.now() - staleMs;
  }
}
