// Which letters travel together, where a vendor limits a request by count and by size.
import type { Letter, Limits } from "./destination.ts";

/** Filled in order: as many letters as the limits allow, at least one. `bytesOf` counts a letter's separator too. */
export function batches(
  letters: readonly Letter[],
  { events, bytes = Number.POSITIVE_INFINITY }: Pick<Limits, "events" | "bytes">,
  bytesOf: (letter: Letter) => number = () => 0,
): Letter[][] {
  const groups: Letter[][] = [];
  let left = 0;
  for (const letter of letters) {
    const size = bytesOf(letter);
    let group = groups.at(-1);
    if (group === undefined || group.length >= events || size > left) {
      group = [];
      groups.push(group);
      left = bytes;
    }
    group.push(letter);
    left -= size;
  }
  return groups;
}
