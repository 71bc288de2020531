// Progress of what takes long: on a terminal one line that is rewritten, in a pipe a line every few seconds at most.
import { setTimeout } from "node:timers";

export interface ProgressOptions {
  /** Default: standard error, so that a script's result can go into a file. */
  readonly stream?: Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

export interface Amount {
  readonly done: number;
  /** Undefined where nobody knows it. */
  readonly total?: number | undefined;
  /** What is counted, e.g. `events`. */
  readonly unit: string;
  /** Where the end is a time and not an amount: seconds until then. */
  readonly restSeconds?: number;
}

const lineEveryMs = 5000;
const redrawEveryMs = 100;

export class Progress {
  readonly #label: string;
  readonly #stream: NonNullable<ProgressOptions["stream"]>;
  readonly #now: () => number;
  readonly #startMs: number;
  #first: { readonly atMs: number; readonly done: number } | undefined;
  #shownMs: number;
  #drawn = false;

  constructor(label: string, options: ProgressOptions = {}) {
    this.#label = label;
    this.#stream = options.stream ?? process.stderr;
    this.#now = options.now ?? (() => performance.now());
    this.#startMs = this.#now();
    this.#shownMs = this.#stream.isTTY ? Number.NEGATIVE_INFINITY : this.#startMs;
  }

  /** Says how far it is; most calls show nothing. */
  at(amount: Amount): void {
    const nowMs = this.#now();
    this.#first ??= { atMs: nowMs, done: amount.done };
    if (nowMs - this.#shownMs < (this.#stream.isTTY ? redrawEveryMs : lineEveryMs)) return;
    this.#shownMs = nowMs;
    this.#show(`${this.#label}: ${this.#describe(amount, nowMs)}`);
  }

  /** Says what is waited for, where nothing can be counted: on a terminal only. */
  waiting(): void {
    if (this.#stream.isTTY) this.#show(`${this.#label} …`);
  }

  /** Takes the rewritten line away. */
  end(): void {
    if (this.#drawn) this.#stream.write("\r\u001b[2K");
    this.#drawn = false;
  }

  #show(text: string): void {
    if (!this.#stream.isTTY) {
      this.#stream.write(`${text}\n`);
      return;
    }
    this.#stream.write(`\r\u001b[2K${text.slice(0, (this.#stream.columns || 80) - 1)}`);
    this.#drawn = true;
  }

  #describe({ done, total, unit, restSeconds }: Amount, nowMs: number): string {
    const { atMs, done: before } = this.#first ?? { atMs: this.#startMs, done: 0 };
    // What was done before the first look says nothing about the pace, but for a count that begins at nothing.
    const [sinceMs, since] = before <= 1 ? [this.#startMs, 0] : [atMs, before];
    const perSecond = ((done - since) / Math.max(nowMs - sinceMs, 1)) * 1000;
    const rest =
      restSeconds ??
      (total === undefined || perSecond <= 0 ? undefined : (total - done) / perSecond);
    return [
      total === undefined
        ? `${grouped(done)} ${unit}`
        : `${grouped(done)} of ${grouped(total)} ${unit} (${percent(done, total)})`,
      ...(perSecond > 0 ? [toRate(perSecond)] : []),
      ...(rest === undefined ? [] : [`${toSpan(rest)} left`]),
    ].join(", ");
  }
}

/** Shows what is waited for as long as the work goes on. */
export async function whileWaiting<T>(
  label: string,
  work: Promise<T>,
  options: ProgressOptions = {},
): Promise<T> {
  const progress = new Progress(label, options);
  // An answer that comes at once needs no line.
  const timer = setTimeout(() => progress.waiting(), 150);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
    progress.end();
  }
}

function percent(done: number, total: number): string {
  return total === 0 ? "100%" : `${Math.floor((done / total) * 100)}%`;
}

function toRate(perSecond: number): string {
  return perSecond >= 1
    ? `${grouped(Math.round(perSecond))} a second`
    : `${grouped(Math.max(1, Math.round(perSecond * 60)))} a minute`;
}

/** `45 s`, `12 min`, `3 h 20 min`. */
export function toSpan(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}

export function grouped(count: number): string {
  return count.toLocaleString("en-US", { maximumFractionDigits: 0 });
}
