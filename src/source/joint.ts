// Where one page of a walk breaks off and the next begins: in a crowd, the second before would fill the next page again,
// and whether `from` is inclusive is documented nowhere.
import type { AuditRecord } from "./record.ts";

/** The second in which a page broke off. */
export interface Joint {
  readonly second: number;
  /** What the page showed of it. */
  readonly items: readonly string[];
  /** How many items the log counts from there on. */
  readonly left: number;
}

interface Shown {
  readonly records: readonly AuditRecord[];
  /** How many items the log counts in the page's window. */
  readonly total: number | undefined;
}

/** Where a page in ascending order breaks off within its last second; undefined where it does not count. */
export function toJoint({ records, total }: Shown, second: number): Joint | undefined {
  if (total === undefined) return undefined;
  const rest = records.filter((record) => record.second >= second);
  const items = rest.map(({ raw }) => JSON.stringify(raw));
  return { second, items, left: total - (records.length - rest.length) };
}

/**
 * Whether a page whose window begins with that second leaves out nothing of it: it shows what was shown of it before, and
 * the log counts as many items from there on as were left.
 */
export function fits({ items, left }: Joint, { records, total }: Shown): boolean {
  const shown = new Set(records.map(({ raw }) => JSON.stringify(raw)));
  return total === left && items.every((item) => shown.has(item));
}
