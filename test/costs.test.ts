// What a day costs of the free plan's means, on a virtual clock: the numbers of docs/runbook.md, "What it costs".
import { describe, expect, it } from "vitest";
import { liveDay } from "./support/day.ts";

/** To two destinations that take one at a time. */
const day = (events: number) => liveDay(events, { destinations: { siem: {}, team: {} } });

describe("a day on the free plan", () => {
  it("on which nothing happens takes a sixth of the rows that may be written, and no write to KV", async () => {
    const { rows, runs, kvWrites } = await day(0);
    expect(rows).toBeGreaterThan(14_000);
    expect(rows).toBeLessThan(16_500);
    expect(runs).toBeLessThanOrEqual(8642);
    expect(kvWrites).toBe(0);
  });

  it("with 1,000 events one by one to two destinations takes a quarter, and fewer than 900 writes to KV", async () => {
    const { rows, kvWrites } = await day(1000);
    expect(rows).toBeGreaterThan(24_000);
    expect(rows).toBeLessThan(26_500);
    expect(kvWrites).toBeLessThan(900);
  });
});
