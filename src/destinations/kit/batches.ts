// Which letters travel together, where a vendor limits a request by count and by size.
import type { Letter, Limits } from "../destination.ts";

/**
 * Filled in order: as many letters as the limits allow, at least one. `bytesOf` counts a letter's separator too; a
 * letter may be several records.
 */
export function batches(
  letters: readonly Letter[],
  { events, bytes = Number.POSITIVE_INFINITY }: Pick<Limits, "events" | "bytes">,
  bytesOf: (letter: Letter) => number = () => 0,
  recordsOf: (letter: Letter) => number = () => 1,
): Letter[][] {
  const groups: Letter[][] = [];
  const left = { bytes: 0, records: 0 };
  for (const letter of letters) {
    const [size, records] = [bytesOf(letter), recordsOf(letter)];
    let group = groups.at(-1);
    if (group === undefined || records > left.records || size > left.bytes) {
      group = [];
      groups.push(group);
      left.bytes = bytes;
      left.records = events;
    }
    group.push(letter);
    left.bytes -= size;
    left.records -= records;
  }
  return groups;
}
