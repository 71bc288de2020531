// What came in, numbered and drawn: for those who watch, and for those who come back after a while.

export interface Entry {
  readonly number: number;
  readonly kind: "slack" | "webhook";
  /** Escaped HTML. */
  readonly html: string;
}

export class Feed {
  readonly #most: number;
  readonly #listeners = new Set<(entry: Entry) => void>();
  #entries: Entry[] = [];
  #last = 0;

  /** Keeps the last `most` entries of each kind: the thousands of one push none of the other out. */
  constructor(most = 200) {
    this.#most = most;
  }

  /** The number of the youngest entry; 0 when there is none. */
  get last(): number {
    return this.#last;
  }

  add(kind: Entry["kind"], html: string): void {
    this.#last += 1;
    const entry = { number: this.#last, kind, html };
    const [oldest, ...more] = this.#entries.filter((one) => one.kind === kind);
    const kept =
      more.length + 1 < this.#most ? this.#entries : this.#entries.filter((one) => one !== oldest);
    this.#entries = [...kept, entry];
    for (const listener of this.#listeners) listener(entry);
  }

  after(number: number): readonly Entry[] {
    return this.#entries.filter((entry) => entry.number > number);
  }

  /** Hears of each entry; returns the way to stop. */
  watch(listener: (entry: Entry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
