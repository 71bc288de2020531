// What is remembered of each of many subjects: bounded, the longest untouched forgotten first, and saved by the item.

/** Anything that knows when it was last touched, in milliseconds. */
export interface Kept {
  touched: number;
}

/** What to save: null for what was forgotten. */
export type Change = readonly [key: string, value: Kept | null];

export class Shelf<T extends Kept> {
  readonly #most: number;
  readonly #items = new Map<string, T>();
  readonly #changed = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  /** The item, made where there is none, to be changed by the caller. */
  touch(key: string, ms: number, make: () => T): T {
    let item = this.#items.get(key);
    if (item === undefined) {
      item = make();
      this.#items.set(key, item);
      if (this.#items.size > this.#most) this.#forgetOldest(key);
    }
    item.touched = Math.max(item.touched, ms);
    this.#changed.add(key);
    return item;
  }

  /** The same item under another key. */
  rename(from: string, to: string): void {
    const item = this.#items.get(from);
    if (item === undefined) return;
    this.delete(from);
    this.#items.set(to, item);
    this.#changed.add(to);
  }

  delete(key: string): void {
    if (this.#items.delete(key)) this.#changed.add(key);
  }

  entries(): IterableIterator<[string, T]> {
    return this.#items.entries();
  }

  /** As it was saved. */
  restore(entries: Iterable<readonly [string, T]>): void {
    for (const [key, item] of entries) this.#items.set(key, item);
  }

  /** What has changed since this was last asked. */
  changes(): Change[] {
    const changes = [...this.#changed].map((key): Change => [key, this.#items.get(key) ?? null]);
    this.#changed.clear();
    return changes;
  }

  /** A tenth at once, so that a full shelf is not sorted at every event. The same whoever was put there in which order. */
  #forgetOldest(except: string): void {
    const oldest = [...this.#items]
      .filter(([key]) => key !== except)
      .sort(([a, one], [b, other]) => one.touched - other.touched || (a < b ? -1 : 1))
      .slice(0, Math.ceil(this.#most / 10));
    for (const [key] of oldest) this.delete(key);
  }
}
