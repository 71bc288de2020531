// What a day takes of the free plan, on a virtual clock, counted from outside: the numbers of docs/runbook.md, "What it
// costs". A day of 100,000 events is lived by npm run bench:day.
import { describe, expect, it } from "vitest";
import { resources } from "../src/governor/plans.ts";
import { type DayOptions, type Lived, liveDays, type Used } from "./support/day.ts";

/** Cloudflare's own figures, as /work/shared/facts/cloudflare.md has them. */
const free: Partial<Used> = {
  objectRequests: 100_000,
  rowsWritten: 100_000,
  kvWrites: 1000,
  kvReads: 100_000,
  gbSeconds: 13_000,
  mostInRun: 50,
};
const slack = {
  type: "slack",
  url: "https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdefabcdefabcdef",
};

const live = (events: number, options: Partial<DayOptions> = {}) =>
  liveDays({ events, destinations: { siem: {}, team: slack }, ...options });

function expectInside({ days }: Lived): void {
  for (const { used, metered } of days) {
    for (const [name, limit] of Object.entries(free))
      expect(used[name as keyof Used], name).toBeLessThanOrEqual(limit);
    // Nobody outside can count what SQLite reads.
    for (const name of resources)
      if (name !== "rowsRead") expect(metered.use[name], name).toBeCloseTo(used[name], -1);
  }
}

describe("a day on the free plan", () => {
  it("on which nothing happens takes a sixth of the rows that may be written, and no write to KV", async () => {
    const lived = await live(0);
    expectInside(lived);
    const [{ used, longestPollMs } = expect.fail()] = lived.days;
    expect(used.rowsWritten).toBeGreaterThan(14_000);
    expect(used.rowsWritten).toBeLessThan(16_500);
    expect(used.kvWrites).toBe(0);
    expect(longestPollMs).toBe(10_000);
  });

  it("with 1,000 events takes a third, for it is polled twice as often, and fewer than 900 writes to KV", async () => {
    const lived = await live(1000);
    expectInside(lived);
    const [{ used, left } = expect.fail()] = lived.days;
    expect(left).toBe(0);
    expect(used.rowsWritten).toBeGreaterThan(30_000);
    expect(used.rowsWritten).toBeLessThan(36_000);
    expect(used.kvWrites).toBeLessThan(900);
    expect(used.objectRequests).toBeGreaterThan(15_000);
  });

  it("with 10,000 events bears them all on the day, once it has given up the faster polls", async () => {
    const lived = await live(10_000);
    expectInside(lived);
    const [{ left, longestPollMs } = expect.fail()] = lived.days;
    expect(left).toBe(0);
    expect(longestPollMs).toBe(10_000);
  }, 120_000);
});
