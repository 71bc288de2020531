import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AuditLog } from "../../sandbox/webflow/audit-log.ts";
import { defaultQuirks, filterRange, type Quirks } from "../../sandbox/webflow/quirks.ts";
import { type WindowCounts, WindowEnds } from "../../src/proof/window-ends.ts";

const empty = { second: 0, exact: 0 };
const quirks = fc.record({
  fromInclusive: fc.boolean(),
  toInclusive: fc.boolean(),
  filterPrecision: fc.constantFrom("ms" as const, "second" as const),
});
/** Milliseconds, many of them at a whole second. */
const times = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 9 }).map((second) => second * 1000),
    fc.integer({ min: 0, max: 9999 }),
  ),
  { maxLength: 40 },
);

/** What the ledger knows of the seconds from `from` to `to`, and of those at the ends. */
function countsOf(all: readonly number[], from: number, to: number): WindowCounts {
  const within = (low: number, high: number) => all.filter((ms) => ms >= low && ms < high).length;
  const end = (second: number) => ({
    second: within(second * 1000, (second + 1) * 1000),
    exact: within(second * 1000, second * 1000 + 1),
  });
  return { within: within(from * 1000, (to + 1) * 1000), from: end(from - 1), to: end(to + 1) };
}

/** What a source with these quirks counts for the same window, asked for from a second before to a second after. */
function totalOf(all: readonly number[], from: number, to: number, rules: Partial<Quirks>): number {
  const log = new AuditLog();
  const baseMs = Date.parse("2026-06-01T00:00:00Z");
  for (const ms of all) log.add({ timestamp: new Date(baseMs + ms).toISOString() });
  const filter = { fromMs: baseMs + (from - 1) * 1000, toMs: baseMs + (to + 1) * 1000 };
  return log.window(filterRange(filter, { ...defaultQuirks, ...rules }), Number.POSITIVE_INFINITY)
    .total;
}

const windows = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 4, max: 8 }));

describe("the ends of a window", () => {
  it("are counted in one of the ways that are thought possible, whatever the source's quirks", () => {
    fc.assert(
      fc.property(times, windows, quirks, (all, [from, to], rules) => {
        const counts = countsOf(all, from, to);
        const extra = totalOf(all, from, to, rules) - counts.within;
        expect(new WindowEnds().extras(counts)).toContain(extra);
      }),
    );
  });

  it("are counted in the way that is learnt from windows that are known, and that is never unlearnt", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(times, windows), { minLength: 1 }), quirks, (seen, rules) => {
        const ends = new WindowEnds();
        for (const [all, [from, to]] of seen) {
          const counts = countsOf(all, from, to);
          const total = totalOf(all, from, to, rules);
          expect(ends.extras(counts)).toContain(total - counts.within);
          expect(ends.learn(counts, total)).toBe(true);
          expect(ends.extras(counts)).toEqual([total - counts.within]);
        }
      }),
    );
  });

  it("leave no doubt where nothing lies in them", () => {
    expect(new WindowEnds().extras({ within: 7, from: empty, to: empty })).toEqual([0]);
  });

  it("are in doubt again when a count fits no way", () => {
    const ends = new WindowEnds();
    const counts = { within: 5, from: { second: 2, exact: 1 }, to: { second: 3, exact: 1 } };
    expect(ends.learn(counts, 10)).toBe(true);
    expect(ends.extras(counts)).toEqual([5]);
    expect(ends.learn(counts, 99)).toBe(false);
    expect(ends.extras(counts).length).toBeGreaterThan(1);
  });

  it("are remembered as plain data", () => {
    const ends = new WindowEnds();
    const counts = { within: 0, from: { second: 2, exact: 1 }, to: { second: 5, exact: 1 } };
    ends.learn(counts, 2);
    const again = new WindowEnds(JSON.parse(JSON.stringify(ends.rules)));
    expect(again.extras(counts)).toEqual([2]);
  });
});
