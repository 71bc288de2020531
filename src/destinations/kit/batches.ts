// Which letters travel together, where a vendor limits a request by count and by size.
import type { Letter, Limits } from "../destination.ts";

/**
 * Filled in order: as many as the limits allow, at least one. `bytesOf` counts a separator too; one may be several
 * records.
 */
export function fill<T>(
  all: readonly T[],
  { events, bytes = Number.POSITIVE_INFINITY }: Pick<Limits, "events" | "bytes">,
  bytesOf: (one: T) => number = () => 0,
  recordsOf: (one: T) => number = () => 1,
): T[][] {
  const groups: T[][] = [];
  const left = { bytes: 0, records: 0 };
  for (const one of all) {
    const [size, records] = [bytesOf(one), recordsOf(one)];
    let group = groups.at(-1);
    if (group === undefined || records > left.records || size > left.bytes) {
      group = [];
      groups.push(group);
      left.bytes = bytes;
      left.records = events;
    }
    group.push(one);
    left.bytes -= size;
    left.records -= records;
  }
  return groups;
}

/** Letters, as `fill` does it. */
export const batches = fill<Letter>;
