// What a day costs of the free plan's means, on a virtual clock: the numbers of docs/runbook.md, "What it costs".
import { describe, expect, it } from "vitest";
import { login, startMs, World } from "./support/world.ts";

const dayMs = 86_400_000;

/** A day with so many events, spread evenly, to two destinations that take one at a time. */
async function day(events: number) {
  const world = new World({ destinations: { siem: {}, team: {} } });
  const { sql } = world;
  const used = { rows: 0, runs: 0 };
  world.sql = {
    exec: (query, ...bindings) => {
      const rows = sql.exec(query, ...bindings);
      if (!/^\s*SELECT/.test(query))
        used.rows += Number(sql.exec("SELECT changes() AS n")[0]?.n ?? 0);
      return rows;
    },
    transaction: (work) => sql.transaction(work),
  };
  world.restart();
  await world.run();
  for (let i = 0; i < events; i++)
    world.log.add(login(startMs + 1000 + Math.floor((i * (dayMs - 60_000)) / events)));
  const run = world.run.bind(world);
  world.run = () => {
    used.runs += 1;
    return run();
  };
  used.rows = 0;
  const kvBefore = world.kv.writes;
  await world.runFor(dayMs);
  // Setting the alarm is a row each run; the watch over the cron is one each minute.
  return { ...used, rows: used.rows + used.runs + 1440, kv: world.kv.writes - kvBefore };
}

describe("a day on the free plan", () => {
  it("on which nothing happens takes a sixth of the rows that may be written, and no write to KV", async () => {
    const { rows, runs, kv } = await day(0);
    expect(rows).toBeGreaterThan(14_000);
    expect(rows).toBeLessThan(16_500);
    expect(runs).toBeLessThanOrEqual(8642);
    expect(kv).toBe(0);
  });

  it("with 1,000 events one by one to two destinations takes a quarter, and fewer than 900 writes to KV", async () => {
    const { rows, kv } = await day(1000);
    expect(rows).toBeGreaterThan(24_000);
    expect(rows).toBeLessThan(26_500);
    expect(kv).toBeLessThan(900);
  });
});
