// What really happened: every event that the log holds, how many of it, and what of it a process was ever shown.
// Events are known by their bytes, not by the ids that the pipeline gives them: it may be wrong.
import { AuditLog, type Window, type WindowQuery } from "../../sandbox/webflow/audit-log.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { identify } from "../../src/event/identity.ts";
import { toAuditEvent } from "../../src/event/normalize.ts";
import { fingerprint } from "../../src/event/recognize.ts";
import { type AuditRecord, isUnusable, parseRecord } from "../../src/source/record.ts";
import { hiddenIn } from "./guards.ts";
import { evolved, startMs } from "./traffic.ts";

/** Truly equal events are one truth with several copies. */
export interface Truth {
  readonly json: string;
  /** Its bytes before and after the schema changes. */
  readonly forms: readonly string[];
  readonly timeMs: number;
  readonly second: number;
  /** For the filters. */
  readonly event: AuditEvent;
  /** When each copy is shown, in order. */
  readonly visibleAtMs: number[];
  /** For each copy that a process heard of: whether the log had been shown past it before. */
  readonly heard: { readonly afterwards: boolean }[];
}

/** A page as it was answered. */
export interface Shown {
  readonly jsons: readonly string[];
  /** The youngest second of all pages before. */
  readonly pastSecond: number;
}

export class Truths extends AuditLog {
  readonly events: Truth[] = [];
  /** All that `privacy` hides of any event. */
  readonly hidden = new Set<string>();
  readonly unusable: { readonly json: string; heard: boolean }[] = [];
  /** What the last look at the log showed. */
  shown: Shown | undefined;
  /** The youngest second that any process heard of. */
  heardSecond = Number.NEGATIVE_INFINITY;
  readonly #byJson = new Map<string, Truth>();
  readonly #bySecond = new Map<number, Truth[]>();
  readonly #schemaChangeMs: number;
  readonly #workspaceId: string;
  #shownSecond = Number.NEGATIVE_INFINITY;
  #byId: Map<string, Truth> | undefined;
  #siblings = new Map<string, [string, Truth][]>();
  /** What the pipeline's ledger says of an id; set by the world. */
  fingerprintOf: (id: string) => unknown = () => undefined;

  constructor(workspaceId: string, schemaChangeMs: number | null) {
    super();
    this.#workspaceId = workspaceId;
    this.#schemaChangeMs = startMs + (schemaChangeMs ?? Number.POSITIVE_INFINITY);
  }

  override add(item: unknown, options: { readonly visibleAtMs: number }): void {
    super.add(item, options);
    this.#byId = undefined;
    const json = JSON.stringify(item);
    const known = this.#byJson.get(json);
    if (known) {
      known.visibleAtMs.push(options.visibleAtMs);
      known.visibleAtMs.sort((a, b) => a - b);
      return;
    }
    const record = parseRecord(item);
    if (isUnusable(record)) this.unusable.push({ json, heard: false });
    else this.#note(json, record, options.visibleAtMs);
  }

  #note(json: string, record: AuditRecord, visibleAtMs: number): void {
    const { timeMs, second, raw } = record;
    const context = {
      id: "",
      workspace: { id: this.#workspaceId },
      flags: { late: false, backfilled: false },
    };
    const event = toAuditEvent(record, context);
    const forms = [json, JSON.stringify(evolved(raw))];
    const truth = { json, forms, timeMs, second, event, visibleAtMs: [visibleAtMs], heard: [] };
    this.events.push(truth);
    for (const text of hiddenIn(event)) this.hidden.add(text);
    for (const form of forms) this.#byJson.set(form, truth);
    const mates = this.#bySecond.get(second);
    if (mates) mates.push(truth);
    else this.#bySecond.set(second, [truth]);
  }

  override window(query: WindowQuery, nowMs: number): Window {
    const window = super.window(query, nowMs);
    const entries =
      nowMs < this.#schemaChangeMs
        ? window.entries
        : window.entries.map((entry) => ({ ...entry, json: JSON.stringify(evolved(entry.item)) }));
    const pastSecond = this.#shownSecond;
    // Who asks for one item counts: the total is what is listened to.
    if (query.limit === 1) {
      this.shown = { jsons: [], pastSecond };
      return { ...window, entries };
    }
    this.shown = { jsons: entries.map(({ json }) => json), pastSecond };
    for (const { timeMs } of entries)
      this.#shownSecond = Math.max(this.#shownSecond, Math.floor(timeMs / 1000));
    return { ...window, entries };
  }

  /** A process heard a page. */
  hear({ jsons, pastSecond }: Shown): void {
    for (const [json, copies] of Map.groupBy(jsons, (text) => text)) {
      const truth = this.#byJson.get(json);
      if (truth) {
        this.heardSecond = Math.max(this.heardSecond, truth.second);
        const afterwards = truth.second <= pastSecond;
        while (truth.heard.length < copies.length) truth.heard.push({ afterwards });
      } else {
        for (const item of this.unusable) item.heard ||= item.json === json;
      }
    }
  }

  of(json: string): Truth | undefined {
    return this.#byJson.get(json);
  }

  /** By the id that the pipeline gives it, for receivers that show nothing else. */
  withId(id: string): Truth | undefined {
    if (!this.#byId) {
      const records = this.events.flatMap(({ json, visibleAtMs }) =>
        visibleAtMs.map(() => parseRecord(JSON.parse(json)) as AuditRecord),
      );
      this.#byId = new Map(
        identify(records, this.#workspaceId).flatMap(({ id, record }) => {
          const truth = this.#byJson.get(JSON.stringify(record.raw));
          return truth ? [[id, truth]] : [];
        }),
      );
      this.#siblings = Map.groupBy(this.#byId, ([known]) => known.split("-")[0] ?? known);
    }
    const siblings = this.#siblings.get(id.split("-")[0] ?? id) ?? [];
    const different = new Set(siblings.map(([, truth]) => truth));
    if (different.size < 2) return this.#byId.get(id);
    // Siblings have their ids in the order in which they came: the ledger remembers which is which.
    const print = this.fingerprintOf(id);
    const found = [...different].find(({ forms }) => forms.some((form) => printOf(form) === print));
    return found ?? this.#byId.get(id);
  }

  /** Those of the seconds after `low` up to `high`. */
  between(low: number, high: number): Truth[] {
    if (high - low > this.#bySecond.size)
      return this.events.filter(({ second }) => second > low && second <= high);
    const found: Truth[] = [];
    for (let second = low + 1; second <= high; second++)
      found.push(...(this.#bySecond.get(second) ?? []));
    return found;
  }

  /** The youngest second that is shown by then. */
  newestSecond(nowMs: number): number {
    return this.events.reduce(
      (newest, { second, visibleAtMs }) =>
        (visibleAtMs[0] ?? 0) <= nowMs ? Math.max(newest, second) : newest,
      Number.NEGATIVE_INFINITY,
    );
  }
}

function printOf(json: string): string | undefined {
  const record = parseRecord(JSON.parse(json));
  return isUnusable(record) ? undefined : fingerprint(record);
}
