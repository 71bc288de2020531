// The keyset walk of whole seconds: every second is read out of one response, so that neither insertions
// behind the walk nor an unstable order among ties can lose or double an event. See README, "How it reads".
import { type Page, type PageQuery, pageSize } from "./client.ts";
import type { SourceFault } from "./fault.ts";
import { fits, type Joint, toJoint } from "./joint.ts";
import {
  type AuditRecord,
  isObject,
  isUnusable,
  parseRecord,
  toText,
  type UnusableItem,
} from "./record.ts";
import { sameItems, showsItsOrder, Tally } from "./tally.ts";

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
const maxPasses = 6;
/** What took many requests for nothing is not tried again at once. */
const retryAfterMs = 60_000;

/** A log that grows while it is walked fits seldom. */
const mostMisfits = 3;

type Failed = Exclude<Read, Stretch>;

interface Placed {
  readonly kind: "placed";
  readonly records: readonly AuditRecord[];
  readonly unusable: readonly UnusableItem[];
}

export class Walk {
  readonly #pull: Pull;
  readonly #onDisorder: () => void;
  readonly #until: number | undefined;
  /** How many items the log showed from the walk's first second on when it began. */
  total: number | undefined;
  /** Where the last page broke off. */
  #joint: Joint | undefined;
  #misfits = 0;
  /** Whether pages come in ascending order: unknown until one page shows two different seconds. */
  #ascending: boolean | undefined;

  /** With `until`, nothing behind that second is asked for, and what lies there counts as the head. */
  constructor(pull: Pull, onDisorder: () => void, until?: number) {
    this.#pull = pull;
    this.#onDisorder = onDisorder;
    this.#until = until;
  }

  /**
   * Reads on from whole second `cursor`, which is included. Events never vanish: while the log shows as many from
   * there on as an earlier walk from there to the head (`known`), there is nothing new and nothing is read again.
   */
  async read(cursor: number, known?: number): Promise<Read> {
    const until = this.#until;
    const end = until === undefined ? {} : { toSecond: until + 1 };
    const joined = await this.#join(cursor, end);
    // One second less, so that it is right whether `from` is inclusive or not.
    const first = joined ?? (await this.#page({ fromSecond: cursor - 1, ...end }));
    if (first.kind !== "placed") return first;
    const { records, complete } = first;
    this.total ??= first.total;
    if (known !== undefined && first.total === known) {
      return { kind: "stretch", records: [], unusable: [], through: cursor - 1, atHead: true };
    }
    const last = lastSecond(records, cursor - 1);
    this.#learnOrder(records, last);
    if (complete) return toStretch(first, cursor, until ?? last, true);
    // A full page of one second says nothing about the order, and a wrong guess would skip what lies before.
    if (this.#ascending !== true)
      return this.#shrink(cursor, Math.max(last, cursor), first.unusable);
    if (last <= cursor) return this.#second(cursor, first.unusable);
    if (first.unusable.length === 0) this.#joint = toJoint(first, last);
    return toStretch(first, cursor, last - 1);
  }

  /** The page that begins with the cursor's second itself, where it is sure to leave out nothing of it. */
  async #join(cursor: number, end: Pick<PageQuery, "toSecond">) {
    const joint = this.#joint;
    this.#joint = undefined;
    if (joint?.second !== cursor || this.#misfits >= mostMisfits) return undefined;
    const page = await this.#page({ fromSecond: cursor, ...end });
    if (page.kind !== "placed" || fits(joint, page)) return page;
    this.#misfits += 1;
    return undefined;
  }

  #learnOrder(records: readonly AuditRecord[], last: number): void {
    const inOrder = records.every((record, i) => (records[i - 1]?.second ?? 0) <= record.second);
    if (!inOrder && this.#ascending !== false) this.#onDisorder();
    if (!inOrder) this.#ascending = false;
    else if (this.#ascending === undefined && (records[0]?.second ?? last) < last)
      this.#ascending = true;
  }

  /** Without an order to rely on: the window is halved until it fits one response. */
  async #shrink(cursor: number, end: number, known: readonly UnusableItem[]): Promise<Read> {
    const unusable = [...known];
    for (let through = end; through > cursor; through = Math.floor((cursor + through) / 2)) {
      const page = await this.#page({ fromSecond: cursor - 1, toSecond: through + 1 });
      if (page.kind !== "placed") return page;
      unusable.push(...page.unusable);
      if (page.complete) return toStretch({ ...page, unusable }, cursor, through);
    }
    return this.#second(cursor, unusable);
  }

  /** A second that fills a page by itself, or whose neighbour does. */
  async #second(second: number, known: readonly UnusableItem[]): Promise<Read> {
    const window = { fromSecond: second - 1, toSecond: second + 1 };
    const steady = await this.#collect(window, 1);
    const exact =
      steady.kind === "disagreement" ? await this.#slices(window, steady.items) : steady;
    const items = exact.kind === "disagreement" ? await this.#collect(window, maxPasses) : exact;
    if (items.kind === "disagreement") return disagreement;
    if (items.kind !== "items") return items;
    const placed = place(items.items);
    return toStretch({ ...placed, unusable: [...known, ...placed.unusable] }, second, second);
  }

  /** By event type: a slice that fits one response is exact, also where ties come in another order each time. */
  async #slices(window: PageQuery, seen: readonly unknown[]): Promise<Collected> {
    const before = await this.#pull(window);
    if (before.kind !== "page") return before;
    const items: unknown[] = [];
    for (const eventType of new Set<string>([...knownTypes, ...seen.flatMap(typeOf)])) {
      const slice = await this.#collect({ ...window, eventType }, maxPasses);
      // A type that the filter does not know (400) is left to the count below.
      if (slice.kind === "fault" && slice.fault.kind === "invalid") continue;
      if (slice.kind !== "items") return slice;
      items.push(...slice.items);
    }
    // The log only grows: with the same total before and after, nothing was inserted in between.
    const after = await this.#pull(window);
    if (after.kind !== "page") return after;
    const agree = before.total === items.length && after.total === items.length;
    return { kind: agree ? "items" : "disagreement", items };
  }

  /**
   * All items of a window, by pages that overlap by half. Where each page repeats the half of the one before
   * and the total stays, the order is steady and the pages are put together by position. Else an item counts as
   * often as the most that one response showed it, until the counts add up to the total.
   */
  async #collect(query: PageQuery, passes: number): Promise<Collected> {
    const most = new Tally();
    const joins = new Set<string>();
    for (let pass = 1; pass <= passes; pass++) {
      const joined: unknown[] = [];
      let steady = true;
      let firstTotal: number | undefined;
      for (let offset = 0; ; ) {
        const page = await this.#pull({ ...query, offset });
        if (page.kind !== "page") return page;
        const { items, total } = page;
        if (offset === 0 && items.length >= (total ?? pageSize + 1))
          return { kind: "items", items };
        if (total === undefined) return noTotal;
        firstTotal ??= total;
        steady &&= total === firstTotal && sameItems(joined.slice(offset), items);
        joined.push(...items.slice(joined.length - offset));
        most.add(items);
        if (most.size === total) return { kind: "items", items: most.items() };
        if (offset + items.length >= total || items.length === 0) break;
        offset += Math.ceil(items.length / 2);
      }
      steady &&= joined.length === firstTotal;
      joins.add(steady ? JSON.stringify(joined) : "");
      const agreed = steady && joins.size === 1 && passes > 1 && pass === passes;
      if (steady && (showsItsOrder(joined) || agreed)) return { kind: "items", items: joined };
    }
    return { kind: "disagreement", items: most.items() };
  }

  /** One page, placed in time; pages that hold nothing but unusable items are stepped over. */
  async #page(
    query: PageQuery,
  ): Promise<
    (Placed & { readonly complete: boolean; readonly total: number | undefined }) | Failed
  > {
    const unusable: UnusableItem[] = [];
    for (let offset = 0; ; ) {
      const page = await this.#pull({ ...query, offset });
      if (page.kind !== "page") return page;
      const placed = place(page.items);
      unusable.push(...placed.unusable);
      offset += page.items.length;
      const complete =
        page.total === undefined ? await this.#endsAt(query, offset) : offset >= page.total;
      if (typeof complete !== "boolean") return complete;
      if (complete || placed.records.length > 0) {
        return { ...placed, unusable, complete, total: page.total };
      }
    }
  }

  /** Without a total, only an empty next page shows that there is no more. */
  async #endsAt(query: PageQuery, offset: number): Promise<boolean | Failed> {
    if (offset === 0) return true;
    const next = await this.#pull({ ...query, offset });
    return next.kind === "page" ? next.items.length === 0 : next;
  }
}

type Collected =
  | { readonly kind: "items"; readonly items: readonly unknown[] }
  /** What was found, although the counts do not add up. */
  | { readonly kind: "disagreement"; readonly items: readonly unknown[] }
  | Failed;

function blind(text: string): Failed {
  return { kind: "fault", fault: { kind: "blind", text, retryAfterMs, ofOneSecond: true } };
}

const noTotal = blind(
  `Webflow's answer lacks pagination.total, without which a second of ${pageSize} events or more cannot be read exactly. It is tried again, and no mark has moved.`,
);
const disagreement = blind(
  `Webflow's count and its pages do not agree for one second with more than ${pageSize} events. It is read again, and no mark has moved.`,
);

/** The records of the seconds from the cursor to `through`. */
function toStretch(
  { records, unusable }: Omit<Placed, "kind">,
  cursor: number,
  through: number,
  atHead = false,
): Stretch {
  const taken = records.filter(({ second }) => second >= cursor && second <= through);
  return { kind: "stretch", records: taken, unusable, through, atHead };
}

function place(items: readonly unknown[]): Placed {
  const records: AuditRecord[] = [];
  const unusable: UnusableItem[] = [];
  for (const item of items) {
    const parsed = parseRecord(item);
    if (isUnusable(parsed)) unusable.push(parsed);
    else records.push(parsed);
  }
  return { kind: "placed", records, unusable };
}

function lastSecond(records: readonly AuditRecord[], before: number): number {
  return records.reduce((last, record) => Math.max(last, record.second), before);
}

function typeOf(item: unknown): string[] {
  const type = isObject(item) ? toText(item.eventType) : null;
  return type === null ? [] : [type];
}
