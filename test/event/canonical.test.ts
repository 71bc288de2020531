// Canonical JSON: one text for one value.
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "../../src/event/canonical.ts";

/** The same value with the keys of every object in another order. */
function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, shuffled(member)] as const);
  return Object.fromEntries(entries.reverse());
}

test("keys are sorted by code unit at every depth, and arrays keep their order", () => {
  expect(canonicalJson({ b: [{ d: 1, c: null }, 2], a: "ä\n", "€": true, é: 1e21 })).toBe(
    '{"a":"ä\\n","b":[{"c":null,"d":1},2],"é":1e+21,"€":true}',
  );
});

test("a value and its copy with shuffled keys have one canonical text, which parses back to it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value);
      expect(canonicalJson(shuffled(value))).toBe(text);
      // JSON has no -0, and an own key "__proto__" must survive: compare as JSON, not as objects.
      expect(canonicalJson(JSON.parse(text))).toBe(text);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test("members that the caller refuses are left out at every depth", () => {
  const keep = (member: unknown) => member !== null;
  expect(canonicalJson({ a: null, b: { c: null, d: 0 }, e: [null] }, keep)).toBe(
    '{"b":{"d":0},"e":[null]}',
  );
});

test("a member that is undefined is left out as JSON.stringify does", () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
});
