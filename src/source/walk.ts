// The keyset walk of whole seconds: every second is read out of one response, so that neither insertions
// behind the walk nor an unstable order among ties can lose or double an event. See README, "How it reads".
import { type Page, type PageQuery, pageSize } from "./client.ts";
import type { SourceFault } from "./fault.ts";
import {
  type AuditRecord,
  isObject,
  isUnusable,
  parseRecord,
  toText,
  type UnusableItem,
} from "./record.ts";

/** A stretch of the log that is surely complete: all records of the seconds from the cursor to `through`. */
export interface Stretch {
  readonly kind: "stretch";
  readonly records: readonly AuditRecord[];
  readonly unusable: readonly UnusableItem[];
  /** The last second of the stretch; one before the cursor when there is nothing after it. */
  readonly through: number;
  /** Nothing lies behind this stretch at the moment. */
  readonly atHead: boolean;
}

export type Read =
  | Stretch
  | { readonly kind: "fault"; readonly fault: SourceFault }
  /** The budget of this run is used up. */
  | { readonly kind: "spent" };

export type Pull = (query: PageQuery) => Promise<Page | { readonly kind: "spent" }>;

// Slices of a crowded second. Unknown types are noticed by their count, not by their name.
const knownTypes = [
  "user_access",
  "custom_role",
  "workspace_membership",
  "site_membership",
  "workspace_invitation",
  "workspace_setting",
] as const;
const maxPasses = 4;
/** What took many requests for nothing is not tried again at once. */
const retryAfterMs = 60_000;

const noTotal: Page = {
  kind: "fault",
  fault: {
    kind: "blind",
    text: `Webflow's answer lacks pagination.total, without which a second of ${pageSize} events or more cannot be read exactly.`,
    retryAfterMs,
  },
};

interface Parsed {
  readonly records: AuditRecord[];
  readonly unusable: UnusableItem[];
  readonly complete: boolean;
}

export class Walk {
  readonly #pull: Pull;
  readonly #onDisorder: () => void;
  /** Whether pages come in ascending order: unknown until one page shows two different seconds. */
  #ascending: boolean | undefined;

  constructor(pull: Pull, onDisorder: () => void) {
    this.#pull = pull;
    this.#onDisorder = onDisorder;
  }

  /** Reads on from whole second `cursor`, which is included. */
  async read(cursor: number): Promise<Read> {
    // One second less, so that it is right whether `from` is inclusive or not.
    const query = { fromSecond: cursor - 1 };
    const first = await this.#page(query);
    if (!("records" in first)) return first;
    const { records, unusable, complete } = first;
    const last = lastSecond(records, cursor - 1);
    if (!inOrder(records)) {
      if (this.#ascending !== false) this.#onDisorder();
      this.#ascending = false;
    } else if (this.#ascending === undefined && (records[0]?.second ?? last) < last) {
      this.#ascending = true;
    }
    if (complete) {
      const taken = records.filter((record) => record.second >= cursor);
      return {
        kind: "stretch",
        records: taken,
        unusable,
        through: lastSecond(taken, cursor - 1),
        atHead: true,
      };
    }
    // A full page of one second says nothing about the order, and a wrong guess would skip what lies before.
    if (this.#ascending !== true) return this.#shrink(cursor, Math.max(last, cursor), unusable);
    if (last <= cursor) return this.#second(cursor, unusable);
    const taken = records.filter((record) => record.second >= cursor && record.second < last);
    return { kind: "stretch", records: taken, unusable, through: last - 1, atHead: false };
  }

  /** Without an order to rely on: the window is halved until it fits one response. */
  async #shrink(cursor: number, end: number, unusable: UnusableItem[]): Promise<Read> {
    for (let through = end; through > cursor; through = Math.floor((cursor + through) / 2)) {
      const page = await this.#page({ fromSecond: cursor - 1, toSecond: through + 1 });
      if (!("records" in page)) return page;
      if (!page.complete) continue;
      const records = page.records.filter(
        (record) => record.second >= cursor && record.second <= through,
      );
      return { kind: "stretch", records, unusable, through, atHead: false };
    }
    return this.#second(cursor, unusable);
  }

  /** A second that fills a page by itself: by event type, and what still does not fit by overlapping pages. */
  async #second(second: number, unusable: UnusableItem[]): Promise<Read> {
    const window = { fromSecond: second - 1, toSecond: second + 1 };
    const whole = await this.#pull(window);
    if (whole.kind !== "page") return whole;
    const types = new Set<string>([...knownTypes, ...whole.items.flatMap(typeOf)]);
    const records: AuditRecord[] = [];
    let counted = 0;
    for (const eventType of types) {
      const slice = await this.#collect({ ...window, eventType });
      if (slice.kind === "spent") return slice;
      // A type that the filter does not know (400) is left to the count below.
      if (slice.kind === "fault" && slice.fault.kind === "invalid") continue;
      if (slice.kind === "fault") return slice;
      counted += slice.items.length;
      records.push(...place(slice.items).records);
    }
    if (counted !== (whole.total ?? counted)) {
      const all = await this.#collect(window);
      if (all.kind !== "page") return all;
      records.splice(0, records.length, ...place(all.items).records);
    }
    const taken = records.filter((record) => record.second === second);
    return { kind: "stretch", records: taken, unusable, through: second, atHead: false };
  }

  /**
   * All items of a window, whatever the order of its pages: pages overlap by half, an item counts as often as
   * the most that one response showed it, and the reading ends when the counts add up to `total`.
   */
  async #collect(query: PageQuery): Promise<Page | { kind: "spent" }> {
    const most = new Map<string, { item: unknown; count: number }>();
    for (let pass = 0; pass < maxPasses; pass++) {
      for (let offset = 0; ; offset += pageSize / 2) {
        const page = await this.#pull({ ...query, offset });
        if (page.kind !== "page") return page;
        const total =
          page.total ?? (page.items.length < pageSize ? offset + page.items.length : undefined);
        if (total === undefined) return noTotal;
        if (offset === 0 && page.items.length >= total) return page;
        tally(most, page.items);
        const found = [...most.values()];
        if (found.reduce((sum, { count }) => sum + count, 0) === total) {
          const items = found.flatMap(({ item, count }) => Array<unknown>(count).fill(item));
          return { kind: "page", items, total };
        }
        if (offset + page.items.length >= total || page.items.length === 0) break;
      }
    }
    const text = `Webflow's count and its pages do not agree for one second with more than ${pageSize} events, read ${maxPasses} times. Nothing to do: it is read again.`;
    return { kind: "fault", fault: { kind: "blind", text, retryAfterMs } };
  }

  /** One page, placed in time; pages that hold nothing but unusable items are stepped over. */
  async #page(query: PageQuery): Promise<Parsed | Exclude<Read, Stretch>> {
    const unusable: UnusableItem[] = [];
    for (let offset = 0; ; ) {
      const page = await this.#pull({ ...query, offset });
      if (page.kind !== "page") return page;
      const placed = place(page.items);
      unusable.push(...placed.unusable);
      offset += page.items.length;
      const complete =
        page.total === undefined ? page.items.length < pageSize : offset >= page.total;
      if (complete || placed.records.length > 0) {
        return { records: placed.records, unusable, complete };
      }
    }
  }
}

function place(items: readonly unknown[]): { records: AuditRecord[]; unusable: UnusableItem[] } {
  const records: AuditRecord[] = [];
  const unusable: UnusableItem[] = [];
  for (const item of items) {
    const parsed = parseRecord(item);
    if (isUnusable(parsed)) unusable.push(parsed);
    else records.push(parsed);
  }
  return { records, unusable };
}

function lastSecond(records: readonly AuditRecord[], before: number): number {
  return records.reduce((last, record) => Math.max(last, record.second), before);
}

function inOrder(records: readonly AuditRecord[]): boolean {
  return records.every((record, i) => i === 0 || (records[i - 1]?.second ?? 0) <= record.second);
}

function typeOf(item: unknown): string[] {
  const type = isObject(item) ? toText(item.eventType) : null;
  return type === null ? [] : [type];
}

function tally(
  most: Map<string, { item: unknown; count: number }>,
  items: readonly unknown[],
): void {
  const here = new Map<string, number>();
  for (const item of items) {
    const key = JSON.stringify(item);
    const count = (here.get(key) ?? 0) + 1;
    here.set(key, count);
    const known = most.get(key);
    if (!known) most.set(key, { item, count });
    else if (count > known.count) known.count = count;
  }
}
