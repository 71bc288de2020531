// The registry of destinations as a whole. What each one promises: test/support/destination-contract.ts.
import { expect, test } from "vitest";
import { destinationTypes } from "../../src/destinations/registry.ts";

test("every type has a name of its own", () => {
  const names = destinationTypes.map(({ type }) => type);
  expect(new Set(names).size).toBe(names.length);
});
