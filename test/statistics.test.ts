// What happened, in numbers: as the receivers and the source saw it, cheap to count, and bounded.
import { describe, expect, it } from "vitest";
import { nodeSql } from "../sandbox/sql.ts";
import { buckets, Statistics } from "../src/ledger/statistics.ts";
import { Ledger } from "../src/ledger.ts";
import { overview } from "../src/overview.ts";
import type { Sql } from "../src/sql.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const startHour = startMs / hour;

const totals = (world: World) => world.ports.ledger.statistics.totals;
const glance = ({ ports, pipeline, config }: World) =>
  overview(ports, pipeline, config, workspaceId);
const sumOf = (counts: Readonly<Record<string, number>>, prefix: string) =>
  Object.entries(counts)
    .filter(([series]) => series.startsWith(`${prefix} `) && !series.endsWith(" sum"))
    .reduce((sum, [, n]) => sum + n, 0);

/** Notes each statement that writes. */
function writesOf(world: World): string[] {
  const writes: string[] = [];
  const { sql } = world;
  world.sql = noting(sql, writes);
  world.restart();
  return writes;
}

function noting(sql: Sql, writes: string[]): Sql {
  return {
    exec: (query, ...bindings) => {
      if (/^INSERT/.test(query)) writes.push(`${query} ${bindings[0]}`);
      return sql.exec(query, ...bindings);
    },
    transaction: (work) => sql.transaction(work),
    used: () => sql.used(),
  };
}

describe("the counts", () => {
  it("are what the receivers and the source saw, by type, destination, outcome and hour", async () => {
    const world = new World({
      destinations: { siem: {}, logins: { only: ["user_access.login"] }, picky: {} },
    });
    await world.runFor(minute);
    world.inbox("picky").answer = () => new Response("bad", { status: 400 });
    let busy = 2;
    world.inbox("logins").answer = () =>
      busy-- > 0
        ? new Response("slow", { status: 429, headers: { "retry-after": "5" } })
        : undefined;
    for (let h = 0; h < 3; h++) {
      for (let i = 0; i < 4 + h; i++) world.log.add(login(world.clock.now() + i));
      world.log.add(login(world.clock.now(), { eventSubType: "logout" }));
      await world.runFor(hour);
    }
    const { siem, logins, picky } = world.inboxes;
    expect(totals(world)).toMatchObject({
      "events user_access.login": 15,
      "events user_access.logout": 3,
      "deliveries siem delivered": siem?.received.length,
      "deliveries logins delivered": 15,
      "deliveries logins filtered": 3,
      "deliveries picky dead_lettered": 18,
      "requests siem delivered": siem?.requests,
      "requests logins retry": 2,
      "requests logins delivered": 15,
      "requests picky reject": picky?.requests,
      kv_writes: world.kv.writes,
    });
    expect(logins?.requests).toBe(17);
    expect(sumOf(totals(world), "source_requests")).toBe(world.pipeline.source.requests);
    const hours = world.ports.ledger.statistics.between(startHour, startHour + 2);
    expect([...hours.values()].map((counts) => counts["events user_access.login"])).toEqual([
      4, 5, 6,
    ]);
    const byHour = [...world.ports.ledger.statistics.between(0, startHour + 9).values()];
    for (const [series, total] of Object.entries(totals(world)))
      expect(byHour.reduce((sum, counts) => sum + (counts[series] ?? 0), 0)).toBeCloseTo(total, 6);
  });

  it("of a histogram add up: one observation for each delivery, and their seconds", async () => {
    const world = new World();
    await world.runFor(minute);
    world.log.add(login(world.clock.now() - 3000));
    world.log.add(login(world.clock.now() - 40_000));
    await world.runFor(5000);
    const counts = totals(world);
    expect(sumOf(counts, "delivery_lag_seconds siem")).toBe(2);
    expect(counts).toMatchObject({
      "delivery_lag_seconds siem 5": 1,
      "delivery_lag_seconds siem 60": 1,
      "delivery_lag_seconds siem sum": 43,
    });
    expect(sumOf(counts, "request_seconds siem")).toBe(world.inbox().requests);
  });

  it("say nothing of how late the past is: neither a backfill nor a re-sync is a delay", async () => {
    const world = new World({ destinations: { siem: { start: "2d" } } });
    for (let i = 0; i < 20; i++) world.log.add(login(startMs - 30 * hour + i * 1000));
    await world.runFor(10 * minute);
    expect(totals(world)).toMatchObject({ "deliveries siem delivered": 20 });
    expect(sumOf(totals(world), "delivery_lag_seconds siem")).toBe(0);
  });

  it("put what is beyond the last bucket, or before the first, in a bucket all the same", () => {
    const statistics = new Statistics(tables());
    const most = buckets.request_seconds.at(-1) ?? 0;
    for (const seconds of [-1, 0, most, most + 1])
      statistics.observe("request_seconds", ["a"], seconds, startMs);
    expect(statistics.totals).toEqual({
      "request_seconds a 0.05": 2,
      [`request_seconds a ${most}`]: 1,
      "request_seconds a +Inf": 1,
      "request_seconds a sum": 2 * most + 1,
    });
  });
});

describe("what is kept", () => {
  it("is written once a minute at most, two rows at a time", async () => {
    const world = new World();
    await world.runFor(minute);
    const writes = writesOf(world);
    await world.runFor(hour);
    const own = writes.filter((write) => /INTO statistics|statistics$/.test(write));
    expect(own.length).toBeGreaterThan(60);
    // The next hour begins on the way: for one minute there are two of them.
    expect(own.length).toBeLessThanOrEqual(2 * 61 + 1);
  });

  it("is not written again while nothing is counted", () => {
    const sql = tables();
    const writes: string[] = [];
    const statistics = new Statistics(noting(sql, writes));
    statistics.count("kv_writes", [], 1, startMs);
    for (let i = 0; i < 10; i++) statistics.flush(startMs + i * minute);
    expect(writes).toHaveLength(2);
  });

  it("loses the last minute at most when the process dies", async () => {
    const world = new World();
    await world.runFor(minute);
    for (let i = 0; i < 30; i++) {
      world.log.add(login(world.clock.now()));
      await world.runFor(40_000);
      world.log.add(login(world.clock.now()));
      await world.runFor(100_000);
      if (i % 3 === 0) world.restart();
    }
    const counted = totals(world)["deliveries siem delivered"] ?? 0;
    expect(world.inbox().received).toHaveLength(60);
    expect(counted).toBeGreaterThanOrEqual(50);
    expect(counted).toBeLessThanOrEqual(60);
  });

  it("goes on from where the process before had written", () => {
    const sql = tables();
    const first = new Statistics(sql);
    first.count("kv_writes", [], 2, startMs);
    first.flush(startMs);
    first.count("kv_writes", [], 100, startMs);
    const second = new Statistics(sql);
    second.count("kv_writes", [], 3, startMs + 1);
    expect(second.totals).toEqual({ kv_writes: 5 });
    expect(second.since(startMs, startMs, "kv_writes")).toBe(5);
  });

  it("has a series for each of so many types, and one for all others; a destination always has its own", () => {
    const statistics = new Statistics(tables());
    for (let i = 0; i < 1000; i++) statistics.count("events", [`a.b${i}`], 1, startMs);
    statistics.count("events", ["a.b7"], 1, startMs);
    statistics.count("deliveries", ["siem", "delivered"], 1, startMs);
    const { totals: all } = statistics;
    expect(Object.keys(all)).toHaveLength(300 + 2);
    expect(all).toMatchObject({
      "events other": 700,
      "events a.b7": 2,
      "deliveries siem delivered": 1,
    });
  });

  it("of hours, is of the last eight days", async () => {
    const world = new World();
    await world.runFor(minute);
    for (let d = 0; d < 10; d++) {
      await world.runFor(5 * minute);
      await world.clock.runUntil(world.clock.now() + 24 * hour);
    }
    await world.runFor(minute);
    const rows = world.sql.exec("SELECT min(hour) AS first, count(*) AS n FROM statistics");
    expect(Number(rows[0]?.first)).toBeGreaterThanOrEqual(startHour + 2 * 24 - 1);
    // Events of long ago are counted in the totals only.
    world.ports.ledger.statistics.count("events", ["old.one"], 1, startMs - 999 * hour);
    await world.runFor(2 * minute);
    expect(world.sql.exec("SELECT 1 FROM statistics WHERE hour < ?", startHour)).toEqual([]);
    expect(totals(world)["events old.one"]).toBe(1);
  });
});

describe("the overview", () => {
  it("before the first run has 24 empty hours and no run", () => {
    const world = new World();
    const { hours, lastRun, receipts, kvWritesToday, status } = glance(world);
    expect([hours.length, lastRun, receipts, kvWritesToday]).toEqual([24, null, [], 0]);
    expect(hours.at(-1)).toEqual({
      from: "2026-06-01T12:00:00Z",
      events: {},
      destinations: { siem: { requests: 0, failed: 0, seconds: null } },
    });
    expect(status.destinations[0]).toMatchObject({ state: "starting", backlog: 0 });
  });

  it("of an idle day has every hour, a receipt for each, and what KV was written", async () => {
    const world = new World();
    await world.runFor(24 * hour);
    const { hours, receipts, lastRun, kvWritesToday } = glance(world);
    expect(hours.map(({ from }) => from)).toEqual(hours.map(({ from }) => from).toSorted());
    expect(hours.every(({ events }) => Object.keys(events).length === 0)).toBe(true);
    expect(receipts).toHaveLength(24);
    expect(lastRun).toMatchObject({ trigger: "alarm", fresh: 0, budget: { of: 45 } });
    expect(kvWritesToday).toBe(0);
  });

  it("of a busy day adds up to what was sent", async () => {
    const world = new World();
    await world.runFor(minute);
    for (let h = 0; h < 23; h++) {
      for (let i = 0; i <= h; i++) world.log.add(login(world.clock.now() + i * 1000));
      await world.runFor(hour);
    }
    const { hours, kvWritesToday } = glance(world);
    const events = hours.reduce((sum, one) => sum + (one.events["user_access.login"] ?? 0), 0);
    const requests = hours.reduce((sum, one) => sum + (one.destinations.siem?.requests ?? 0), 0);
    expect([events, requests]).toEqual([276, world.inbox().requests]);
    expect(kvWritesToday).toBeGreaterThan(0);
    expect(kvWritesToday).toBeLessThanOrEqual(world.kv.writes);
  });

  it("shows as backlog what is missing at a receiver", async () => {
    const world = new World({ destinations: { siem: {}, other: {} } });
    await world.runFor(minute);
    for (const answer of [503, 403]) {
      world.inbox("siem").answer = () => new Response("no", { status: answer });
      for (let i = 0; i < 250; i++) world.log.add(login(world.clock.now() + i * 10));
      await world.runFor(20 * minute);
      // Late, beyond the overlap: owed beside the walk.
      world.log.add(login(world.clock.now() - 15 * minute), { visibleAtMs: world.clock.now() });
      world.log.add(login(world.clock.now()));
      await world.runFor(20 * minute);
      const missing = world.inbox("other").received.length - world.inbox("siem").received.length;
      const [siem, other] = glance(world).status.destinations;
      expect([missing > 200, siem?.backlog, other?.backlog]).toEqual([true, missing, 0]);
      world.inbox("siem").answer = () => undefined;
      await world.runFor(2 * hour);
      expect(glance(world).status.destinations[0]?.backlog).toBe(0);
    }
  });
});

/** The ledger's tables alone. */
function tables(): Sql {
  const sql = nodeSql();
  new Ledger(sql);
  return sql;
}
