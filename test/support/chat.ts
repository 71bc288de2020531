// What every chat's message promises, whatever the events contain.
import { expect } from "vitest";

/** One visible, well-formed line that no client makes a link of. */
export function expectPlainLine(text: string): void {
  expect(text.isWellFormed()).toBe(true);
  expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u);
  expect(text).not.toMatch(/:\/\/|(?<![\p{L}\p{N}])www\./iu);
}

/** Every string in a value, wherever it stands. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(stringsIn);
}
