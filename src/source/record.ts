// One item of the audit log as received: nothing is required of it but a timestamp.

/** An item with a timestamp that can be placed in time. */
export interface AuditRecord {
  /** The item exactly as Webflow sent it. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch (fractions of a millisecond are cut off). */
  readonly timeMs: number;
  /** Whole seconds since the epoch: the unit in which the log is walked. */
  readonly second: number;
}

/** An item that cannot be placed in time: it is dead-lettered, never dropped. */
export interface UnusableItem {
  readonly raw: unknown;
  readonly reason: string;
}

// RFC 3339 with any precision and any offset; Date.parse alone would also take "1" or "March".
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)$/;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A non-empty string, or null for everything else. */
export function toText(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** Places one item in time, or says why it cannot be. */
export function parseRecord(raw: unknown): AuditRecord | UnusableItem {
  if (!isObject(raw)) return { raw, reason: `the item is ${describe(raw)}, not an object` };
  const { timestamp } = raw;
  if (timestamp === undefined || timestamp === null)
    return { raw, reason: "the item has no timestamp" };
  const timeMs =
    typeof timestamp === "string" && rfc3339.test(timestamp) ? Date.parse(timestamp) : Number.NaN;
  if (Number.isNaN(timeMs) || timeMs < 0) {
    return {
      raw,
      reason: `the timestamp ${JSON.stringify(timestamp).slice(0, 80)} is not an RFC 3339 time`,
    };
  }
  if (isDeeperThan(maxDepth, raw)) {
    return { raw, reason: `the item is nested more than ${maxDepth} levels deep` };
  }
  return { raw, timeMs, second: Math.floor(timeMs / 1000) };
}

/** Documented items have three levels; no walk over an item may run out of stack. */
const maxDepth = 64;

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  return Object.values(value).some(
    // Asked here as well: most values are no objects, and a call for each costs more than all the rest.
    (child) => typeof child === "object" && child !== null && isDeeperThan(levels - 1, child),
  );
}

export function isUnusable(item: AuditRecord | UnusableItem): item is UnusableItem {
  return "reason" in item;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
