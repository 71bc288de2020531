// Items of pages that overlap: how many of each there are, and whether the pages came in one order.
import { pageSize } from "./client.ts";
import { isObject } from "./record.ts";

/** How often each item was seen in one response at most. */
export class Tally {
  readonly #most = new Map<string, { readonly item: unknown; count: number }>();
  size = 0;

  add(items: readonly unknown[]): void {
    const here = new Map<string, number>();
    for (const item of items) {
      const key = JSON.stringify(item);
      const count = (here.get(key) ?? 0) + 1;
      here.set(key, count);
      const known = this.#most.get(key) ?? { item, count: 0 };
      this.#most.set(key, known);
      this.size += Math.max(0, count - known.count);
      known.count = Math.max(known.count, count);
    }
  }

  items(): unknown[] {
    return [...this.#most.values()].flatMap(({ item, count }) => Array<unknown>(count).fill(item));
  }
}

/**
 * Pages of ties agree by chance when most of the ties are equal: another event among them could be shown by none.
 * Agreement says something where a tie longer than half a page has several different events.
 */
export function showsItsOrder(items: readonly unknown[]): boolean {
  const ties = Map.groupBy(items, (item) => (isObject(item) ? item.timestamp : undefined));
  return [...ties.values()].every(
    (tie) =>
      tie.length <= pageSize / 4 || new Set(tie.map((item) => JSON.stringify(item))).size >= 8,
  );
}

export function sameItems(before: readonly unknown[], page: readonly unknown[]): boolean {
  return before.every((item, i) => JSON.stringify(item) === JSON.stringify(page[i]));
}
