// What a plan says: per destination how many events of the period would be sent, and why not the others.
import { describe, expect, it } from "vitest";
import { plan, readyPlan, resync } from "../support/resync.ts";
import { login, startMs, World } from "../support/world.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Ten logins in the hour before the world begins, one a minute. */
function tenBefore(world: World): void {
  for (let i = 1; i <= 10; i++) world.log.add(login(startMs - i * minute));
}

describe("a plan", () => {
  it("counts as missing what happened before the start of a destination, and sends nothing yet", async () => {
    const world = new World();
    tenBefore(world);
    await world.runFor(minute);
    const report = await plan(world);
    expect(report).toMatchObject({ state: "ready", events: 10, sourceTotal: 10, warnings: [] });
    expect(report.counts).toEqual({
      siem: { send: 10, delivered: 0, filtered: 0, deadLettered: 0, onTheirWay: 0 },
    });
    await world.runFor(10 * minute);
    expect(world.inbox().received).toEqual([]);
  });

  it("takes from and to exactly to the millisecond, both included", async () => {
    const world = new World();
    const atMs = startMs - 10 * minute;
    for (const ms of [0, 1, 250, 251, 999, 1000, 1001]) world.log.add(login(atMs + ms));
    const eventsOf = async (fromMs: number, toMs: number) =>
      (await plan(world, { fromMs: atMs + fromMs, toMs: atMs + toMs })).events;
    expect(await eventsOf(0, 1001)).toBe(7);
    expect(await eventsOf(1, 1000)).toBe(5);
    expect(await eventsOf(250, 250)).toBe(1);
    expect(await eventsOf(252, 998)).toBe(0);
    expect(await eventsOf(999, 1000)).toBe(2);
    world.quirks.fromInclusive = false;
    world.quirks.toInclusive = false;
    expect(await eventsOf(1, 1000)).toBe(5);
    world.quirks.filterPrecision = "second";
    expect(await eventsOf(250, 250)).toBe(1);
  });

  it("for redelivery counts also what was delivered before", async () => {
    const world = new World({ destinations: { siem: { start: "5m" } } });
    tenBefore(world);
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(5);
    const missing = await plan(world);
    expect(missing.counts.siem).toMatchObject({ send: 5, delivered: 5 });
    const again = await plan(world, { redeliver: true });
    expect(again.counts.siem).toMatchObject({ send: 10, delivered: 5 });
  });

  it("leaves out what a filter does not take, and takes up what an earlier filter kept out", async () => {
    const world = new World({ destinations: { siem: { start: "1h", except: ["user_access.*"] } } });
    tenBefore(world);
    await world.runFor(minute);
    expect((await plan(world)).counts.siem).toMatchObject({ send: 0, filtered: 10 });
    world.restart({ destinations: { siem: { start: "1h" } } });
    await world.run();
    const report = await resync(world);
    expect(report.counts.siem).toMatchObject({ send: 10, filtered: 0 });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(10);
  });

  it("sends a dead letter again, but none that was discarded, unless all is to be sent again", async () => {
    const world = new World({ destinations: { siem: { start: "1h" } } });
    tenBefore(world);
    let refused = 0;
    world.inbox().answer = () => (refused++ < 2 ? new Response("bad", { status: 400 }) : undefined);
    await world.runFor(minute);
    const [discarded, kept] = world.ports.ledger.deadLetters(10);
    if (!discarded || !kept) throw new Error("two dead letters were to be there");
    world.ports.ledger.discard(discarded, world.clock.now());
    expect((await plan(world)).counts.siem).toMatchObject({
      send: 1,
      delivered: 8,
      deadLettered: 2,
    });
    expect((await plan(world, { redeliver: true })).counts.siem).toMatchObject({ send: 10 });
    await resync(world);
    await world.runFor(minute);
    expect(world.inbox().ids.filter((id) => id === kept.eventId)).toHaveLength(1);
    expect(world.inbox().ids).not.toContain(discarded.eventId);
    expect(world.ports.ledger.countDeadLetters()).toBe(0);
  });

  it("counts as on their way what a paused destination will get by itself", async () => {
    const world = new World({ destinations: { siem: { start: "1h" } } });
    world.inbox().answer = () => new Response("no", { status: 401 });
    tenBefore(world);
    await world.runFor(minute);
    expect((await plan(world)).counts.siem).toMatchObject({ send: 0, onTheirWay: 10 });
  });

  it("counts as on their way what a destination that is down holds in its hands", async () => {
    const world = new World({ destinations: { siem: { start: "1h" } } });
    world.inbox().answer = () => new Response("down", { status: 503 });
    tenBefore(world);
    await world.runFor(minute);
    expect((await plan(world)).counts.siem).toMatchObject({ send: 0, onTheirWay: 10 });
  });

  it("counts as on its way what came late, and what an earlier re-sync is still to send", async () => {
    const world = new World();
    tenBefore(world);
    await world.runFor(minute);
    world.inbox().answer = () => new Response("down", { status: 503 });
    await resync(world);
    await world.runFor(minute);
    expect((await plan(world)).counts.siem).toMatchObject({ send: 0, onTheirWay: 10 });
    world.inbox().answer = () => undefined;
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(10);
  });

  it("is about the destinations that it names, and says for each its own", async () => {
    const world = new World({
      destinations: { siem: { start: "5m" }, team: {}, audit: { except: ["user_access.*"] } },
    });
    tenBefore(world);
    await world.runFor(minute);
    const all = await plan(world);
    expect(all.destinations).toEqual(["siem", "team", "audit"]);
    expect(all.counts).toMatchObject({
      siem: { send: 5, delivered: 5 },
      team: { send: 10 },
      audit: { send: 0, filtered: 10 },
    });
    const some = await resync(world, { destinations: ["team"] });
    expect(Object.keys(some.counts)).toEqual(["team"]);
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(5);
    expect(world.inbox("team").received).toHaveLength(10);
    expect(world.inbox("audit").received).toHaveLength(0);
  });

  it("that needs more requests than one budget goes on with the next runs, and counts each event once", async () => {
    const world = new World({ env: { REQUEST_BUDGET: 10 } });
    for (let i = 0; i < 3000; i++) world.log.add(login(startMs - hour + 1000 + i * 1000));
    const before = world.api.counts.requests;
    const first = await plan(world);
    expect(first).toMatchObject({ state: "planning", problem: null });
    expect(world.api.counts.requests - before).toBe(10);
    await world.runFor(2 * minute);
    expect(world.pipeline.resync.get(first.id)).toMatchObject({
      state: "ready",
      events: 3000,
      sourceTotal: 3000,
      counts: { siem: { send: 3000 } },
    });
  });

  it("made beside others that take many runs is made like them", async () => {
    const world = new World({ env: { REQUEST_BUDGET: 10 } });
    for (let i = 0; i < 3000; i++) world.log.add(login(startMs - hour + 1000 + i * 1000));
    await world.run();
    const plans = [await plan(world), await plan(world), await plan(world)];
    await world.runFor(10 * minute);
    for (const { id } of plans)
      expect(world.pipeline.resync.get(id)).toMatchObject({
        state: "ready",
        refused: null,
        events: 3000,
      });
  });

  it("made while a backlog takes each run's budget waits for it, and is made", async () => {
    const world = new World({
      destinations: { siem: { start: "1d" }, team: {} },
      env: { REQUEST_BUDGET: 10 },
    });
    for (let i = 0; i < 1500; i++) world.log.add(login(startMs - hour + 1000 + i * 1000));
    await world.run();
    const { id } = await plan(world, { destinations: ["team"] });
    await world.runFor(20 * minute);
    expect(world.inbox().received).toHaveLength(1500);
    expect(world.pipeline.resync.get(id)).toMatchObject({
      state: "ready",
      refused: null,
      counts: { team: { send: 1500 } },
    });
  });

  it("goes on where a process left it that died in the middle of it", async () => {
    const world = new World({ env: { REQUEST_BUDGET: 10 } });
    for (let i = 0; i < 3000; i++) world.log.add(login(startMs - hour + 1000 + i * 1000));
    const { id } = await plan(world);
    const before = world.api.counts.requests;
    for (let restarts = 0; restarts < 10; restarts++) {
      world.restart();
      await world.runFor(10_000);
    }
    expect(world.pipeline.resync.get(id)).toMatchObject({ state: "ready", events: 3000 });
    expect(world.api.counts.requests - before).toBeLessThan(100);
  });

  it("begins anew when the log grows while it is read, and counts what came", async () => {
    const world = new World({ env: { REQUEST_BUDGET: 10 } });
    for (let i = 0; i < 1500; i++) world.log.add(login(startMs - hour + 1000 + i * 1000));
    const first = await plan(world);
    expect(first.state).toBe("planning");
    // Behind where reading stands, and before it.
    world.log.add(login(startMs - hour + 1500), { visibleAtMs: world.clock.now() });
    world.log.add(login(startMs - 1500), { visibleAtMs: world.clock.now() });
    const ready = await readyPlan(world);
    await world.runFor(3 * minute);
    for (const { id } of [first, ready]) {
      expect(world.pipeline.resync.get(id)).toMatchObject({
        state: "ready",
        events: 1502,
        sourceTotal: 1502,
        counts: { siem: { send: 1502 } },
      });
    }
  });

  it("says why it is not complete when the source does not answer, and goes on when it does", async () => {
    const world = new World();
    tenBefore(world);
    await world.run();
    world.faults.script("internal_error");
    const report = await plan(world);
    expect(report).toMatchObject({ state: "planning", events: 0 });
    expect(report.problem).toMatch(/HTTP 500/);
    await world.runFor(2 * minute);
    expect(world.pipeline.resync.get(report.id)).toMatchObject({ state: "ready", events: 10 });
  });

  it("that reaches beyond MEMORY_DAYS warns that nobody knows what was sent then", async () => {
    const world = new World({ env: { MEMORY_DAYS: 7 } });
    const atMs = startMs - 8 * 24 * hour;
    world.log.add(login(atMs + minute));
    const { warnings, counts } = await plan(world, { fromMs: atMs, toMs: atMs + hour });
    expect(warnings).toEqual([
      expect.stringMatching(/MEMORY_DAYS = 7: of events before 2026-05-25/),
    ]);
    expect(counts.siem).toMatchObject({ send: 1 });
    expect((await plan(world)).warnings).toEqual([]);
  });

  it("of more than 50,000 deliveries is refused, and reads no further", async () => {
    const names = Array.from({ length: 26 }, (_, i) => `d${i}`);
    const world = new World({
      destinations: Object.fromEntries(names.map((name) => [name, {}])),
      env: { REQUEST_BUDGET: 100 },
    });
    for (let i = 0; i < 2500; i++) world.log.add(login(startMs - hour + i * 1000));
    const report = await plan(world);
    expect(report.refused).toMatch(/more than 50000 events. Take a shorter period/);
    const requests = world.api.counts.requests;
    expect(requests).toBeLessThan(25);
    await world.clock.run(world.pipeline.resync.run({ take: () => true } as never));
    expect(world.api.counts.requests).toBe(requests);
  });

  it("from a source that does not count warns that a change cannot be noticed, and is sent all the same", async () => {
    const world = new World();
    tenBefore(world);
    await world.run();
    const { fetch } = world.ports;
    Object.assign(world.ports, {
      fetch: async (request: Request) => {
        const answer = await fetch(request);
        if (new URL(request.url).host !== "api.webflow.com") return answer;
        const { items } = (await answer.json()) as { items: unknown };
        return Response.json({ items });
      },
    });
    const report = await resync(world);
    expect(report).toMatchObject({ events: 10, sourceTotal: null, counts: { siem: { send: 10 } } });
    const ready = await plan(world, { redeliver: true });
    expect(ready.warnings).toEqual([expect.stringMatching(/does not tell how many events/)]);
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(10);
  });

  it("of an empty period is ready at once, with nothing to send", async () => {
    const world = new World();
    expect(await plan(world)).toMatchObject({ state: "ready", events: 0, sourceTotal: 0 });
  });

  it("counts both of two truly equal events, and sends both", async () => {
    const world = new World();
    const twin = login(startMs - minute);
    world.log.add(twin);
    world.log.add(structuredClone(twin));
    const report = await resync(world);
    expect(report).toMatchObject({ events: 2, counts: { siem: { send: 2 } } });
    await world.runFor(minute);
    expect(new Set(world.inbox().ids).size).toBe(2);
  });
});
