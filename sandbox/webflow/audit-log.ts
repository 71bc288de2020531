// The sandbox's audit log: what Webflow holds, and from when on each item can be seen.
// Made for logs of 100,000 events: a page costs two binary searches, an event that is not visible yet costs nothing.
import { integer, type Random } from "../random.ts";

interface LogEntry {
  /** The item as it was added. */
  readonly item: unknown;
  /** The item's bytes, fixed when it was added: what every answer contains. */
  readonly json: string;
  /** Where it stands in the log. */
  readonly timeMs: number;
}

/** A page of the log: times are half open, `lowMs` included, `highMs` not. */
export interface WindowQuery {
  readonly lowMs?: number;
  readonly highMs?: number;
  readonly eventType?: string | null;
  readonly order?: "asc" | "desc";
  readonly limit?: number;
  readonly offset?: number;
  /** Draws a new order among the events of one timestamp for this page alone; without it, as they became visible. */
  readonly shuffleTies?: Random | null;
}

export interface Window {
  readonly entries: readonly LogEntry[];
  /** All events of the window that are visible, whatever the page. */
  readonly total: number;
}

interface Slot {
  readonly item: unknown;
  readonly json: string;
  readonly visibleAtMs: number;
  readonly sequence: number;
  timeMs: number;
}

/**
 * Time only goes forward: what was visible once stays visible.
 * An item without a usable timestamp stands where it became visible: at its `visibleAtMs`, or else at the time
 * of the first look after it was added. So a reader that follows the log meets it.
 */
export class AuditLog {
  #added: Slot[] = [];
  #pending: Slot[] = [];
  #visible: Slot[] = [];
  #byType = new Map<string, Slot[]>();

  /** An event is visible from its timestamp on, a late one from `visibleAtMs` on (which may also lie before it). */
  add(item: unknown, options: { readonly visibleAtMs?: number } = {}): void {
    const timestamp = property(item, "timestamp");
    const timeMs = typeof timestamp === "string" ? rfc3339Ms(timestamp) : null;
    const slot: Slot = {
      item,
      json: JSON.stringify(item),
      visibleAtMs: options.visibleAtMs ?? timeMs ?? Number.NEGATIVE_INFINITY,
      sequence: this.#added.length,
      timeMs: timeMs ?? options.visibleAtMs ?? Number.NaN,
    };
    this.#added.push(slot);
    pushHeap(this.#pending, slot);
  }

  /** Events added so far, visible or not. */
  get count(): number {
    return this.#added.length;
  }

  /** All items added so far, visible or not, in the order of adding. */
  all(): readonly unknown[] {
    return this.#added.map((slot) => slot.item);
  }

  window(query: WindowQuery, nowMs: number): Window {
    this.#reveal(nowMs);
    const slots =
      query.eventType == null ? this.#visible : (this.#byType.get(query.eventType) ?? []);
    const low = query.lowMs === undefined ? 0 : firstNotBefore(slots, query.lowMs);
    const high = query.highMs === undefined ? slots.length : firstNotBefore(slots, query.highMs);
    const total = Math.max(0, high - low);
    const length = Math.min(query.limit ?? total, Math.max(0, total - (query.offset ?? 0)));
    const descending = query.order === "desc";
    const from = descending ? high - (query.offset ?? 0) - length : low + (query.offset ?? 0);
    const page =
      query.shuffleTies && length > 0
        ? shuffledSlice(slots, from, from + length, query.shuffleTies)
        : slots.slice(from, from + length);
    return { entries: descending ? page.reverse() : page, total };
  }

  #reveal(nowMs: number): void {
    const batch: Slot[] = [];
    for (let top = this.#pending[0]; top && top.visibleAtMs <= nowMs; top = this.#pending[0]) {
      popHeap(this.#pending);
      if (Number.isNaN(top.timeMs)) top.timeMs = nowMs;
      batch.push(top);
    }
    if (batch.length === 0) return;
    batch.sort((a, b) => a.timeMs - b.timeMs);
    merge(this.#visible, batch);
    const byType = Map.groupBy(batch, (slot) => property(slot.item, "eventType"));
    for (const [type, slots] of byType) {
      if (typeof type !== "string") continue;
      const known = this.#byType.get(type);
      if (known) merge(known, slots);
      else this.#byType.set(type, slots);
    }
  }
}

// RFC 3339: a date, a time, an offset. Date.parse alone would also take "1" or "March".
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch, or null for what is not an RFC 3339 time. */
export function rfc3339Ms(text: string): number | null {
  const upper = text.toUpperCase();
  const ms = rfc3339.test(upper) ? Date.parse(upper) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}

function property(item: unknown, name: "timestamp" | "eventType"): unknown {
  return typeof item === "object" && item !== null ? Reflect.get(item, name) : undefined;
}

/** The index of the first slot at or after `timeMs`. */
function firstNotBefore(slots: readonly Slot[], timeMs: number): number {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slots[middle]?.timeMs ?? Number.POSITIVE_INFINITY) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Merges a sorted batch into sorted slots, behind their ties; only the slots after the batch's first are moved. */
function merge(slots: Slot[], batch: readonly Slot[]): void {
  if (batch.length <= 8) {
    for (const slot of batch) insert(slots, slot);
    return;
  }
  const first = batch[0];
  const last = slots.at(-1);
  if (!first) return;
  const tail =
    last && last.timeMs > first.timeMs ? slots.splice(firstNotBefore(slots, first.timeMs)) : [];
  let next = 0;
  for (const slot of batch) {
    for (let old = tail[next]; old && old.timeMs <= slot.timeMs; old = tail[++next])
      slots.push(old);
    slots.push(slot);
  }
  for (let old = tail[next]; old; old = tail[++next]) slots.push(old);
}

function insert(slots: Slot[], slot: Slot): void {
  const last = slots.at(-1);
  if (!last || last.timeMs <= slot.timeMs) {
    slots.push(slot);
    return;
  }
  let at = firstNotBefore(slots, slot.timeMs);
  while (slots[at]?.timeMs === slot.timeMs) at += 1;
  slots.splice(at, 0, slot);
}

/** slots[from, to) as if each group of equal timestamps had been shuffled first; only the groups met are copied. */
function shuffledSlice(slots: readonly Slot[], from: number, to: number, random: Random): Slot[] {
  const start = firstNotBefore(slots, slots[from]?.timeMs ?? Number.NaN);
  const page: Slot[] = [];
  for (let at = start; at < to; ) {
    const timeMs = slots[at]?.timeMs;
    let end = at + 1;
    while (slots[end]?.timeMs === timeMs && end < slots.length) end += 1;
    const group = shuffled(slots.slice(at, end), random);
    for (const slot of group.slice(Math.max(0, from - at), to - at)) page.push(slot);
    at = end;
  }
  return page;
}

/** Fisher-Yates, in place. */
export function shuffled<T>(items: T[], random: Random): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = integer(random, 0, last);
    [items[last], items[other]] = [items[other] as T, items[last] as T]; // both are within bounds
  }
  return items;
}

// A binary heap, soonest visible first, then as added.
function sooner(a: Slot, b: Slot): boolean {
  return (
    a.visibleAtMs < b.visibleAtMs || (a.visibleAtMs === b.visibleAtMs && a.sequence < b.sequence)
  );
}

function pushHeap(heap: Slot[], slot: Slot): void {
  let at = heap.length;
  for (let parent = (at - 1) >> 1; at > 0; parent = (at - 1) >> 1) {
    const above = heap[parent];
    if (!above || !sooner(slot, above)) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = slot;
}

function popHeap(heap: Slot[]): void {
  const slot = heap.pop();
  if (!slot || heap.length === 0) return;
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    const left = heap[child];
    const right = heap[child + 1];
    const next = left && right && sooner(right, left) ? child + 1 : child;
    const below = heap[next];
    if (!below || !sooner(below, slot)) break;
    heap[at] = below;
    at = next;
  }
  heap[at] = slot;
}
