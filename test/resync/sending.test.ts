// What was planned on its way: beside the live events, through restarts, pauses and what a source does to people.
import { describe, expect, it } from "vitest";
import { nodeSql } from "../../sandbox/sql.ts";
import { toIsoSecond } from "../../src/source/client.ts";
import { mortal } from "../support/mortal.ts";
import { plan, readyPlan, resync } from "../support/resync.ts";
import { hook, slackInbox } from "../support/slack-inbox.ts";
import { login, startMs, World } from "../support/world.ts";

const minute = 60_000;
const hour = 60 * minute;

function fill(world: World, count: number, fromMs = startMs - 50 * minute, everyMs = 1000): void {
  for (let i = 0; i < count; i++) world.log.add(login(fromMs + i * everyMs));
}

/** Answers as a source that does not show some events for a while, as a replica that lags. */
function hide(world: World, hidden: () => boolean): void {
  const { fetch } = world.ports;
  Object.assign(world.ports, {
    fetch: async (request: Request) => {
      const url = new URL(request.url);
      if (url.host !== "api.webflow.com" || !hidden()) return fetch(request);
      const pagination = { limit: 100, offset: 0, total: 0 };
      return Response.json({ items: [], pagination });
    },
  });
}

describe("a re-sync", () => {
  it("of 5,000 events to a slow Slack lets live events through in the meantime", async () => {
    const world = new World({ destinations: { team: { type: "slack", url: hook } } });
    const inbox = slackInbox(world);
    fill(world, 5000, startMs - hour, 700);
    await world.runFor(minute);
    await resync(world);
    const beganMs = world.clock.now();
    const live = 60;
    for (let i = 0; i < live; i++) world.log.add(login(beganMs + i * 20_000));
    await world.runFor(live * 20_000 + 2 * minute);
    const delays = inbox.received.flatMap(({ id, atMs }) => {
      const seen = world.ports.ledger.events.seen(id);
      return seen && seen.firstSeenMs > beganMs ? [atMs - seen.firstSeenMs] : [];
    });
    expect(delays.length).toBeGreaterThanOrEqual(live);
    // Three messages a minute for what is not severe, by turns.
    expect(Math.max(...delays)).toBeLessThan(75_000);
    await world.runFor(2 * hour);
    expect(inbox.received).toHaveLength(5000 + live);
    expect(new Set(inbox.ids).size).toBe(5000 + live);
  });

  it("of 5,000 events in batches is done within minutes", async () => {
    const world = new World({ destinations: { siem: { batch: true } } });
    fill(world, 5000, startMs - hour, 700);
    await world.runFor(minute);
    const { id } = await resync(world);
    await world.runFor(5 * minute);
    expect(world.pipeline.resync.get(id)).toMatchObject({ remaining: 0 });
    expect(world.inbox().received).toHaveLength(5000);
  });

  it("to a slow destination delays no other", async () => {
    const world = new World({
      destinations: { siem: {}, team: { type: "slack", url: hook } },
    });
    slackInbox(world);
    fill(world, 300);
    await world.runFor(minute);
    await resync(world);
    const beganMs = world.clock.now();
    await world.runFor(3 * minute);
    expect(world.inbox().received).toHaveLength(300);
    expect(Math.max(...world.inbox().received.map(({ atMs }) => atMs - beganMs))).toBeLessThan(
      2 * minute,
    );
  });

  it("of a destination that is paused meanwhile goes on when it is well again, each event once", async () => {
    const world = new World();
    fill(world, 50);
    await world.runFor(minute);
    const { id } = await resync(world);
    world.inbox().answer = () =>
      world.inbox().received.length >= 20 ? new Response("no", { status: 403 }) : undefined;
    await world.runFor(30 * minute);
    expect(world.inbox().received).toHaveLength(20);
    expect(world.pipeline.resync.get(id)).toMatchObject({ remaining: 30 });
    world.inbox().answer = () => undefined;
    world.restart();
    await world.runFor(2 * hour);
    expect(world.inbox().received).toHaveLength(50);
    expect(new Set(world.inbox().ids).size).toBe(50);
  });

  it("of which one event is refused dead-letters that one and sends the rest", async () => {
    const world = new World({ destinations: { siem: { batch: true } } });
    fill(world, 50);
    await world.runFor(minute);
    let poison = "";
    world.inbox().answer = (ids) => {
      poison ||= ids[11] ?? "";
      return ids.includes(poison) ? new Response("bad", { status: 400 }) : undefined;
    };
    const { id } = await resync(world);
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(49);
    expect(world.ports.ledger.deadLetterOf("siem", poison)).toMatchObject({
      reason: "HTTP 400: bad",
    });
    expect(world.pipeline.resync.get(id)).toMatchObject({ remaining: 0 });
  });

  it("reads past an event that comes to light only now, and the destination gets that one too", async () => {
    const world = new World({ destinations: { siem: { start: "1d" } } });
    fill(world, 50, startMs - 20 * hour);
    world.log.add(login(startMs + minute));
    await world.runFor(30 * minute);
    await resync(world, { fromMs: startMs - 21 * hour, redeliver: true });
    // After the last count, before the events are read to be sent.
    world.log.add(login(startMs - 20 * hour + 10_500), { visibleAtMs: world.clock.now() });
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(102);
    expect(new Set(world.inbox().ids).size).toBe(52);
  });

  it("gives up no event for one answer that does not show it, however long it has waited", async () => {
    const world = new World();
    fill(world, 5);
    await world.runFor(minute);
    world.inbox().answer = () => new Response("no", { status: 403 });
    await resync(world);
    await world.runFor(90 * minute);
    world.inbox().answer = () => undefined;
    let stale = true;
    hide(world, () => stale);
    await world.runFor(45 * minute);
    stale = false;
    await world.runFor(2 * hour);
    expect(world.ports.ledger.deadLetters(10)).toEqual([]);
    expect(world.inbox().received).toHaveLength(5);
  });

  it("of an event that the log has lost for good ends: a dead letter says why", async () => {
    const world = new World();
    fill(world, 5);
    await world.runFor(minute);
    const { id } = await resync(world);
    hide(world, () => true);
    await world.runFor(3 * hour);
    expect(world.ports.ledger.deadLetters(10).map(({ reason }) => reason)).toEqual(
      Array(5).fill("The audit log does not show this event any more; its item is not known here."),
    );
    expect(world.pipeline.resync.get(id)).toMatchObject({ remaining: 0 });
  });

  it("that cannot deliver again what the log has lost leaves it delivered, as it was", async () => {
    const world = new World();
    world.log.add(login(startMs + 1000));
    await world.runFor(minute);
    const [id = ""] = world.inbox().ids;
    await resync(world, { fromMs: startMs, toMs: startMs + minute / 2, redeliver: true });
    hide(world, () => true);
    await world.runFor(3 * hour);
    expect(world.ports.ledger.events.settled("siem", id)).toMatchObject({ outcome: "delivered" });
  });

  it("whose destination gets another filter meanwhile leaves delivered what was delivered", async () => {
    const world = new World();
    world.log.add(login(startMs + 1000));
    await world.runFor(minute);
    const [id = ""] = world.inbox().ids;
    await resync(world, { fromMs: startMs, toMs: startMs + minute / 2, redeliver: true });
    world.restart({ destinations: { siem: { except: ["user_access.*"] } } });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(world.ports.ledger.events.settled("siem", id)).toMatchObject({ outcome: "delivered" });
  });

  it("that reads a second beyond any budget starves no live event, and is refused with the reason", async () => {
    const world = new World();
    for (let i = 0; i < 3000; i++) world.log.add(login(startMs - 30 * minute));
    await world.runFor(minute);
    const { id } = await plan(world);
    const beganMs = world.clock.now();
    for (let i = 0; i < 60; i++) world.log.add(login(beganMs + i * 5000));
    await world.runFor(6 * minute);
    const delays = world
      .inbox()
      .received.map(({ atMs, body }) => atMs - Date.parse(String(body.time)));
    expect(delays).toHaveLength(60);
    expect(Math.max(...delays)).toBeLessThan(15_000);
    expect(world.pipeline.resync.get(id)).toMatchObject({
      refused: expect.stringMatching(/T11:(29:59|30:00)Z.*REQUEST_BUDGET/),
    });
  });

  it("that breaks on a fault of ours breaks no run with it", async () => {
    const world = new World({ env: { REQUEST_BUDGET: 10 } });
    fill(world, 3000);
    await plan(world);
    world.ports.ledger.plans.addEvents = () => {
      throw new Error("disk full");
    };
    world.log.add(login(startMs + 1000));
    await world.runFor(5 * minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(world.mark()).toBe(toIsoSecond((startMs + 1000) / 1000));
  });
});

describe("a process that dies", () => {
  /** Plans, applies and sends, in a process that dies at one of its calls; others finish what it left. */
  async function story(call: number, when: "before" | "after") {
    const sql = nodeSql();
    const world = new World({ destinations: { siem: {}, team: { batch: true } } });
    world.sql = sql;
    world.restart();
    fill(world, 120, startMs - 30 * minute, 5000);
    await world.runFor(minute);
    const { id } = await readyPlan(world, { fromMs: startMs - 25 * minute, redeliver: true });
    const before = world.pipeline.resync.get(id);
    const process = mortal(world, sql, { call, when });
    const working = resyncInBackground(world, id);
    await world.clock.runUntil(world.clock.now() + 3 * minute);
    await working;
    const { alive, unheard } = process;
    world.sql = sql;
    world.restart();
    const after = world.pipeline.resync.get(id);
    if (after?.state === "ready") {
      expect(await world.clock.run(world.pipeline.resync.apply(id, budget()))).toMatchObject({
        kind: "applied",
      });
    }
    await world.runFor(10 * minute);
    return { world, id, planned: before?.counts, alive, unheard };
  }

  const budget = () => ({ take: () => true }) as never;

  async function resyncInBackground(world: World, id: string): Promise<void> {
    world.pipeline.resync
      .apply(id, budget())
      .then(() => world.pipeline.run("alarm", 5000))
      .then(() => world.pipeline.run("alarm", 5000))
      .catch(() => undefined);
  }

  it.each(["before", "after"] as const)(
    "at any of its calls while it applies and sends, %s the call is heard, sends the planned set, and twice only what it could not note",
    async (when) => {
      let calls = 1;
      for (; calls < 400; calls += calls < 20 ? 1 : 7) {
        const { world, id, planned, alive, unheard } = await story(calls, when);
        for (const name of ["siem", "team"]) {
          const ids = world.inbox(name).ids;
          expect(new Set(ids).size).toBe(planned?.[name]?.send);
          const again = ids.filter((one, i) => ids.indexOf(one) !== i);
          // Twice came only what the dead process did not hear of.
          expect(again.filter((one) => !unheard.includes(`${name} ${one}`))).toEqual([]);
        }
        expect(world.pipeline.resync.get(id)).toMatchObject({ state: "applied", remaining: 0 });
        if (alive) break;
      }
      expect(calls).toBeGreaterThan(40);
    },
    120_000,
  );

  it("at any of its calls while it plans leaves a plan that others finish, to the same counts", async () => {
    for (let call = 1; call <= 20; call++) {
      for (const when of ["before", "after"] as const) {
        const sql = nodeSql();
        const world = new World({ env: { REQUEST_BUDGET: 12 } });
        world.sql = sql;
        world.restart();
        fill(world, 1200, startMs - 30 * minute, 1000);
        await world.run();
        mortal(world, sql, { call, when });
        const planning = world.pipeline.resync.plan(
          { fromMs: startMs - hour, toMs: startMs, destinations: [], redeliver: false },
          budget(),
        );
        planning.catch(() => undefined);
        await world.clock.runUntil(world.clock.now() + minute);
        world.sql = sql;
        world.restart();
        await world.runFor(2 * minute);
        const [made, ...more] = world.ports.ledger.plans.all();
        expect(more).toEqual([]);
        expect(made).toMatchObject({
          state: "ready",
          events: 1200,
          sourceTotal: 1200,
          counts: { siem: { send: 1200 } },
        });
        expect(world.ports.ledger.plans.events(made?.id ?? "")).toHaveLength(1200);
      }
    }
  }, 60_000);
});
