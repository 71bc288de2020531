// The audit log as bytes: items of believable shape, each with a mark by which it is known again wherever it arrives.
import { generate } from "../../sandbox/activity/activity.ts";
import { seeded } from "../../sandbox/random.ts";

/** Events that happen between two times. */
export interface Load {
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** At even distances, or at random times. */
  readonly spread: "even" | "random";
}

const seed = 7;
const shapes = 2000;
/** An actor's id: a hexadecimal number of 24 digits, of which the last 20 count. */
const mark = "be5c";

function toMark(index: number): string {
  return mark + index.toString().padStart(20, "0");
}

/** The numbers of the events that stand in a text, each once. */
export function marksIn(text: string): Set<number> {
  const found = new Set<number>();
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 24)) {
    const digits = text.slice(at + 4, at + 24);
    if (/^\d{20}$/.test(digits)) found.add(Number(digits));
  }
  return found;
}

export class Events {
  readonly times: number[] = [];
  /** Where each item begins in `bytes`; behind the last stands where the next would. */
  readonly #starts: number[] = [0];
  #bytes = Buffer.alloc(0);
  readonly #shapes = generate({ seed, count: shapes, fromMs: 0, toMs: shapes * 1000 });
  readonly #random = seeded(seed);

  /** Adds events, which must be younger than those before. */
  add({ count, fromMs, toMs, spread }: Load): void {
    const step = (toMs - fromMs) / count;
    const times = Array.from({ length: count }, (_, i) =>
      Math.floor(fromMs + (spread === "even" ? i * step : this.#random() * (toMs - fromMs))),
    ).sort((a, b) => a - b);
    const texts = times.map((timeMs, i) => {
      const index = this.times.length + i;
      const shape = this.#shapes[index % shapes]?.item;
      return `${JSON.stringify({
        ...shape,
        timestamp: new Date(timeMs).toISOString(),
        actor: { ...shape?.actor, id: toMark(index) },
      })},`;
    });
    const chunks = texts.map((text) => Buffer.from(text));
    let end = this.#bytes.length;
    for (const chunk of chunks) {
      end += chunk.length;
      this.#starts.push(end);
    }
    this.#bytes = Buffer.concat([this.#bytes, ...chunks]);
    for (const time of times) this.times.push(time);
  }

  /** The first event that is not before this time. */
  firstFrom(ms: number): number {
    let low = 0;
    for (let high = this.times.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.times[middle] ?? 0) < ms) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The items from `first` up to, not including, `end`, with commas between them. */
  bytes(first: number, end: number): Buffer {
    if (end <= first) return Buffer.alloc(0);
    return this.#bytes.subarray(this.#starts[first], (this.#starts[end] ?? 0) - 1);
  }
}
