import fc from "fast-check";
import { expect, it } from "vitest";
import { delayMs } from "../src/backoff.ts";

const backoff = { baseMs: 500, capMs: 300_000 };

it("a delay lies anywhere from nothing to a ceiling that doubles with each failure, up to the cap", () => {
  const most = (failures: number) => delayMs(backoff, failures, () => 1 - Number.EPSILON);
  expect([0, 1, 2, 3].map(most)).toEqual([500, 1000, 2000, 4000]);
  expect(most(10)).toBe(300_000);
  expect(delayMs(backoff, 9, () => 0)).toBe(0);
});

it("a receiver's own wish is a minimum, with the jitter on top so that not all come back at once", () => {
  expect(delayMs(backoff, 0, () => 0, 30_000)).toBe(30_000);
  expect(delayMs(backoff, 0, () => 0.5, 30_000)).toBe(30_250);
});

it("a delay is a whole, finite number within its bounds after any number of failures", () => {
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (n, x) => {
      const ms = delayMs(backoff, n, () => x);
      expect(Number.isInteger(ms)).toBe(true);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(ms).toBeLessThanOrEqual(backoff.capMs);
    }),
  );
});
