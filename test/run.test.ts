import { describe, expect, it } from "vitest";
import { generate } from "../sandbox/activity/activity.ts";
import { nodeSql } from "../sandbox/sql.ts";
import { workspaceHealth } from "../src/status.ts";
import { testDestination } from "../src/test-event.ts";
import { Inbox, login, startMs, token, World, workspaceId } from "./support/world.ts";

const minute = 60_000;

describe("a first run", () => {
  it("starts at now: what happened before is not sent", async () => {
    const world = new World();
    world.log.add(login(startMs - minute));
    await world.runFor(minute);
    world.log.add(login(world.clock.now()));
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(world.inbox().received[0]?.body.flags).toMatchObject({ late: false, backfilled: false });
  });

  it("starts further back when told to, and marks those events as backfilled", async () => {
    const world = new World({ destinations: { siem: { start: "1d" } } });
    world.log.add(login(startMs - 2 * 24 * 60 * minute));
    world.log.add(login(startMs - 60 * minute));
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(world.inbox().received[0]?.body.flags).toMatchObject({ backfilled: true });
  });

  it("does not take a mark for missing when KV does not answer: it waits", async () => {
    const world = new World();
    world.kv.failing = true;
    await world.runFor(minute);
    world.kv.failing = false;
    world.kv.value = JSON.stringify({
      siem: { through: new Date(startMs - 60 * minute).toISOString() },
    });
    world.log.add(login(startMs - 30 * minute));
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
  });
});

describe("reading", () => {
  it("delivers each event once, in order of time, though every read goes over the overlap again", async () => {
    const world = new World();
    for (let i = 0; i < 20; i++) world.log.add(login(startMs + i * 7000));
    await world.runFor(5 * minute);
    const times = world.inbox().received.map(({ body }) => String(body.time));
    expect(times).toHaveLength(20);
    expect([...times].sort()).toEqual(times);
  });

  it("delivers two truly equal events as two, with ids of their own", async () => {
    const world = new World();
    const twin = login();
    world.log.add(twin);
    world.log.add(structuredClone(twin));
    await world.runFor(minute);
    expect(new Set(world.inbox().ids).size).toBe(2);
    expect(world.inbox().received).toHaveLength(2);
  });

  it("delivers an event that appears late within the overlap, and marks it late", async () => {
    const world = new World();
    world.log.add(login(startMs + 1000), { visibleAtMs: startMs + 100_000 });
    for (let i = 1; i < 10; i++) world.log.add(login(startMs + i * 10_000));
    await world.runFor(3 * minute);
    const late = world
      .inbox()
      .received.filter(({ body }) => (body.flags as { late: boolean }).late);
    expect(world.inbox().received).toHaveLength(10);
    expect(late.map(({ body }) => body.time)).toEqual([new Date(startMs + 1000).toISOString()]);
  });

  it("reads a backlog in whole seconds page after page, close to the fewest requests possible", async () => {
    const world = new World({ destinations: { siem: { start: "1d", batch: true } } });
    for (let i = 0; i < 5000; i++) world.log.add(login(startMs - 12 * 60 * minute + i * 1700));
    while (world.inbox().received.length < 5000) await world.run();
    expect(new Set(world.inbox().ids).size).toBe(5000);
    expect(world.inbox().received).toHaveLength(5000);
    expect(world.api.counts.requests).toBeLessThan(60);
    // Then its hours are counted, once it has been learned how the log counts.
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(5000);
    expect(world.api.counts.requests).toBeLessThan(120);
  });

  it("goes on by itself when a backlog is longer than the budget of one run", async () => {
    const world = new World({ destinations: { siem: { start: "1d" } } });
    for (let i = 0; i < 300; i++) world.log.add(login(startMs - 60 * minute + i * 1000));
    const report = await world.run();
    expect(report.destinations.siem?.delivered).toBeLessThan(45);
    expect(world.pipeline.nextMs()).toBe(world.clock.now());
    await world.runFor(10_000);
    expect(world.inbox().received).toHaveLength(300);
    expect(new Set(world.inbox().ids).size).toBe(300);
  });

  it("never makes more requests in one run than its budget", async () => {
    const world = new World({ destinations: { siem: { start: "1d" }, team: { start: "1d" } } });
    for (let i = 0; i < 400; i++) world.log.add(login(startMs - 60 * minute + i * 1000));
    for (let i = 0; i < 100; i++) {
      const before =
        world.api.counts.requests + world.inbox().requests + world.inbox("team").requests;
      await world.run();
      const after =
        world.api.counts.requests + world.inbox().requests + world.inbox("team").requests;
      expect(after - before).toBeLessThanOrEqual(45);
    }
    expect(world.inbox().received).toHaveLength(400);
    expect(world.inbox("team").received).toHaveLength(400);
  });

  it("reads a second that takes most of a run's budget, though the overlap before it takes the rest", async () => {
    const world = new World({ destinations: { siem: { start: "1d", batch: true } } });
    for (let i = 0; i < 1200; i++) world.log.add(login(startMs - 110_000 + i * 80));
    for (let i = 0; i < 700; i++) world.log.add(login(startMs - 5000));
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1900);
    expect(new Set(world.inbox().ids).size).toBe(1900);
  });

  it("says so when one second holds more than a run can read, and loses nothing of it when given more", async () => {
    const world = new World({ destinations: { siem: { start: "1d", batch: true } } });
    for (let i = 0; i < 3000; i++) world.log.add(login(startMs - 5000));
    await world.runFor(minute);
    expect(world.pipeline.source.health?.text).toMatch(/REQUEST_BUDGET = 45. Raise it/);
    expect(world.api.counts.requests).toBeLessThan(12 * 45);
    world.restart({ env: { REQUEST_BUDGET: 500 } });
    await world.runFor(2 * minute);
    expect(world.inbox().received).toHaveLength(3000);
  });

  it("dead-letters an item without a usable timestamp once, with its reason, and goes on", async () => {
    const world = new World();
    await world.run();
    world.log.add({ eventType: "user_access", eventSubType: "login", payload: { method: "sso" } });
    world.log.add(login(startMs + 20_000));
    await world.runFor(2 * minute);
    expect(world.inbox().received).toHaveLength(1);
    const [letter, ...more] = world.ports.ledger.deadLetters(10);
    expect(more).toEqual([]);
    expect(letter).toMatchObject({ destination: null, reason: "the item has no timestamp" });
    if (letter) world.ports.ledger.discard(letter, world.clock.now());
    world.pipeline.rewind(startMs - 5 * minute);
    await world.runFor(2 * minute);
    expect(world.ports.ledger.deadLetters(10)).toEqual([]);
  });

  it("passes a type that it does not know, and fields that it does not know, through untouched", async () => {
    const world = new World();
    const item = login(startMs + 1000, {
      eventType: "site_backup",
      eventSubType: "restored",
      payload: { snapshot: { id: 7 } },
      risk: "none",
    });
    world.log.add(item);
    await world.runFor(minute);
    expect(world.inbox().received[0]?.type).toBe("site_backup.restored");
    expect(world.inbox().received[0]?.body.raw).toEqual(item);
    expect(world.inbox().received[0]?.body.flags).toMatchObject({ unknown: true });
  });

  it("is not led astray by an event from the far future: it is delivered, and those before it too", async () => {
    const world = new World();
    world.log.add(login(Date.parse("2099-01-01T00:00:00Z")), { visibleAtMs: startMs });
    await world.runFor(minute);
    world.log.add(login(world.clock.now()));
    await world.runFor(10 * minute);
    world.log.add(login(world.clock.now()));
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(3);
  });
});

describe("the source", () => {
  const refusals = [
    [
      "a revoked token",
      (world: World) => world.tokens.revoke(token),
      "refused",
      /wrangler secret put WEBFLOW_TOKEN/,
    ],
    [
      "a 500",
      (world: World) => world.faults.script("internal_error"),
      "blind",
      /HTTP 500 internal_error/,
    ],
    [
      "HTML instead of JSON",
      (world: World) => world.faults.script("html_ok"),
      "blind",
      /without a JSON object/,
    ],
    [
      "JSON that is cut off",
      (world: World) => world.faults.script("cut_json"),
      "blind",
      /without a JSON object/,
    ],
    [
      "an empty object",
      (world: World) => world.faults.script("empty_object"),
      "blind",
      /without a list of items/,
    ],
    [
      "items: null where a total says otherwise",
      (world: World) => world.faults.script("null_items"),
      "blind",
      /without a list/,
    ],
    [
      "an empty body",
      (world: World) => world.faults.script("empty_body"),
      "blind",
      /without a JSON object/,
    ],
    [
      "a connection that breaks off",
      (world: World) => world.faults.script("connection_failure"),
      "blind",
      /could not be read/,
    ],
    [
      "an answer that does not come",
      (world: World) => world.faults.script("slow"),
      "blind",
      /within 20 s/,
    ],
    [
      "an answer without end",
      (world: World) => world.faults.script("oversized"),
      "blind",
      /larger than/,
    ],
    ["a 429", (world: World) => world.faults.script("throttled"), "throttled", /slow down/],
  ] as const;

  it.each(refusals)(
    "%s ends in the right state and text, moves no mark, and is caught up with",
    async (_, inflict, state, text) => {
      const world = new World();
      await world.run();
      world.log.add(login(startMs + 1000));
      await world.clock.runUntil(startMs + 5000);
      const mark = world.ports.ledger.position("siem")?.through;
      inflict(world);
      await world.run();
      await world.clock.runUntil(startMs + 26_000);
      expect(world.pipeline.source.health?.kind).toBe(state);
      expect(world.pipeline.source.health?.text).toMatch(text);
      expect(world.pipeline.source.health?.text).not.toContain(token);
      expect(world.ports.ledger.position("siem")?.through).toBe(mark);
      world.tokens.restore(token);
      await world.runFor(3 * minute);
      expect(world.pipeline.source.health?.kind).toBe("ok");
      expect(world.inbox().received).toHaveLength(1);
    },
  );

  it("asks for nothing before Retry-After is over", async () => {
    const world = new World();
    await world.run();
    world.faults.script("throttled");
    await world.run();
    const requests = world.api.counts.requests;
    await world.runFor(6500);
    expect(world.api.counts.requests).toBe(requests);
    await world.runFor(30_000);
    expect(world.api.counts.requests).toBeGreaterThan(requests);
  });

  it.each([
    ["missing_scopes", { scopes: [] }, /lacks the scope workspace_activity:read/],
    ["forbidden", { forbidden: true }, /must be a workspace token/],
  ])("a 403 %s says what to do", async (_, options, text) => {
    const world = new World();
    world.tokens.issue(token, options);
    await world.run();
    expect(world.pipeline.source.health).toMatchObject({ kind: "refused" });
    expect(world.pipeline.source.health?.text).toMatch(text);
  });
});

describe("destinations", () => {
  it("a destination that answers 429 keeps its mark and is tried again after Retry-After, not before", async () => {
    const world = new World();
    world.log.add(login());
    let refused = 0;
    world.inbox().answer = () =>
      refused++ < 1
        ? new Response("slow", { status: 429, headers: { "retry-after": "30" } })
        : undefined;
    await world.runFor(25_000);
    expect(world.inbox().requests).toBe(1);
    expect(world.mark()).toBe("2026-06-01T11:59:59Z");
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
  });

  it("a destination that is down keeps no other from its events, and catches up from the source", async () => {
    const world = new World({ destinations: { siem: {}, team: {} } });
    world.inbox("team").answer = () => new Response("down", { status: 503 });
    for (let i = 0; i < 200; i++) world.log.add(login(startMs + i * 5000));
    await world.runFor(20 * minute);
    const last = world.inbox().received.at(-1);
    expect(world.inbox().received).toHaveLength(200);
    expect((last?.atMs ?? 0) - Date.parse(String(last?.body.time))).toBeLessThan(15_000);
    expect(world.inbox("team").received).toHaveLength(0);
    world.inbox("team").answer = () => undefined;
    await world.runFor(10 * minute);
    expect(world.inbox("team").ids).toEqual(world.inbox().ids);
  });

  it.each([
    { rateLimit: 60, PLAN: "paid", others: { siem: { batch: true, start: "1d" } } },
    { rateLimit: 60, PLAN: "free", others: { siem: { start: "1d" }, more: { start: "1d" } } },
    {
      rateLimit: Number.POSITIVE_INFINITY,
      PLAN: "paid",
      others: { siem: { batch: true, start: "1d" } },
    },
  ])(
    "a destination that begins now gets live events in time while others are read a day's backlog for, at $rateLimit requests a minute, $PLAN",
    async ({ rateLimit, PLAN, others }) => {
      const world = new World({
        rateLimit,
        destinations: { ...others, team: {} },
        env: { PLAN },
      });
      for (let i = 0; i < 36_000; i++) world.log.add(login(startMs - 720 * minute + i * 1000));
      for (let i = 1; i <= 9; i++) world.log.add(login(startMs + i * 31_000));
      await world.runFor(5 * minute);
      const delays = world.inbox("team").delaysMs;
      expect(delays).toHaveLength(9);
      expect(Math.max(...delays), String(delays)).toBeLessThanOrEqual(10_000);
      expect(world.inbox("siem").received.length).toBeGreaterThan(5000);
    },
    60_000,
  );

  it("a receiver that takes an event but never answers gets it again under the same id, and delays nobody", async () => {
    const world = new World({ destinations: { siem: {}, team: {} } });
    let hangs = 0;
    world.inbox("team").answer = () => (hangs++ < 2 ? "hang" : undefined);
    for (let i = 0; i < 20; i++) world.log.add(login(startMs + i * 5000));
    await world.runFor(5 * minute);
    const delays = world
      .inbox()
      .received.map(({ atMs, body }) => atMs - Date.parse(String(body.time)));
    expect(Math.max(...delays)).toBeLessThan(12_000);
    expect(world.inbox("team").received).toHaveLength(22);
    expect(new Set(world.inbox("team").ids).size).toBe(20);
  });

  it("an event that a receiver refuses for good is found by halving and dead-lettered; the rest goes on", async () => {
    const world = new World({ destinations: { siem: { batch: true } } });
    for (let i = 0; i < 50; i++) world.log.add(login(startMs + i * 100));
    await world.clock.runUntil(startMs + minute);
    let poison = "";
    world.inbox().answer = (ids) => {
      poison ||= ids[17] ?? "";
      return ids.includes(poison) ? new Response("bad event", { status: 400 }) : undefined;
    };
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(0);
    world.restart({ destinations: { siem: { batch: true, start: "1h" } } });
    world.pipeline.rewind(startMs);
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(49);
    const letters = world.ports.ledger.deadLetters(10);
    expect(
      letters.map(({ eventId, destination, reason }) => [eventId, destination, reason]),
    ).toEqual([[poison, "siem", "HTTP 400: bad event"]]);
    world.inbox().answer = () => undefined;
    world.ports.ledger.setRetrying(letters[0]?.id ?? 0);
    world.pipeline.wake("siem");
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(50);
    expect(world.ports.ledger.countDeadLetters()).toBe(0);
  });

  it("a receiver that refuses us is paused, probed hourly, and loses nothing", async () => {
    const world = new World();
    world.inbox().answer = () => new Response("no", { status: 401 });
    world.log.add(login());
    await world.runFor(30 * minute);
    expect(world.inbox().requests).toBe(1);
    expect(world.pipeline.members[0]?.lane.health.pausedReason).toBe("HTTP 401: no");
    world.inbox().answer = () => undefined;
    await world.runFor(40 * minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(world.pipeline.members[0]?.lane.health.pausedMs).toBeNull();
  });

  it("with every destination down, the log is still looked at, and a refused token is still noticed", async () => {
    const world = new World();
    world.inbox().answer = () => new Response("gone", { status: 410 });
    world.log.add(login());
    await world.runFor(minute);
    world.log.add(login(startMs + 5 * minute));
    await world.runFor(10 * minute);
    expect(world.pipeline.source.lastOkMs).toBeGreaterThan(world.clock.now() - 15_000);
    expect(world.pipeline.positions.newest).toBe((startMs + 5 * minute) / 1000);
    world.tokens.revoke(token);
    await world.runFor(minute);
    expect(world.pipeline.source.health?.kind).toBe("refused");
  });

  it("a slow destination does not stretch the time between two reads", async () => {
    const world = new World();
    world.inbox().answer = () => "hang";
    world.log.add(login());
    await world.runFor(minute);
    const reads = world.api.counts.requests;
    await world.runFor(minute);
    expect(world.api.counts.requests - reads).toBeGreaterThanOrEqual(5);
  });

  it("a receiver that says 410 is never probed, but tried by hand, and after its options were changed", async () => {
    const gone = () => new Response("gone", { status: 410 });
    const world = new World();
    world.inbox().answer = gone;
    world.log.add(login());
    await world.runFor(180 * minute);
    expect(world.inbox().requests).toBe(1);
    await world.clock.run(world.pipeline.sync(5000, 5000));
    expect(world.inbox().requests).toBe(2);
    world.inbox().answer = () => undefined;
    world.restart();
    await world.runFor(180 * minute);
    expect(world.inbox().requests).toBe(2);
    world.restart({ destinations: { siem: { url: "https://siem.example.com/elsewhere" } } });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
  });

  it("a paused destination is taken back into service by a test message that arrives", async () => {
    const world = new World();
    world.inbox().answer = () => new Response("no", { status: 403 });
    world.log.add(login());
    await world.runFor(minute);
    const [member] = world.pipeline.members;
    if (!member) throw new Error("no member");
    world.inbox().answer = () => undefined;
    const report = await world.clock.run(testDestination(world.ports, member, workspaceId));
    expect(report).toMatchObject({ outcome: "delivered" });
    await world.runFor(minute);
    expect(world.inbox().received.map(({ type }) => type)).toEqual([
      "tidemark.test",
      "user_access.login",
    ]);
  });

  it("destinations that share a Slack hook share its one message a second", async () => {
    const url = "https://hooks.slack.com/services/T1/B1/abc";
    const world = new World({
      destinations: {
        high: { type: "slack", url, start: "1h" },
        all: { type: "slack", url, start: "1h" },
      },
    });
    const atMs: number[] = [];
    world.inboxes.hooks = new Inbox(world.clock);
    world.inbox("hooks").fetch = async () => {
      atMs.push(world.clock.now());
      return new Response("ok");
    };
    for (let i = 0; i < 3; i++) {
      const actor = { type: "person", id: `person-${i}`, email: null };
      world.log.add(login(startMs - 60_000 + i * 1000, { actor }));
    }
    await world.runFor(minute);
    expect(atMs).toHaveLength(6);
    atMs.forEach((at, i) => {
      if (i > 0) expect(at - (atMs[i - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
    });
  });

  it("an error of ours in the middle of a read is told, and does not turn into a hot loop", async () => {
    const world = new World();
    world.log.add(login());
    world.pipeline.sightings.see = () => {
      throw new Error("broken ledger");
    };
    await world.runFor(5 * minute);
    const errors = world.entries.filter(({ level }) => level === "error");
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThan(40);
    expect(world.mark()).toBe("2026-06-01T11:59:59Z");
    world.restart();
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(1);
  });

  it("a start in 1970 on an empty log, and a mark set back to 1970, break no run", async () => {
    const world = new World({ destinations: { siem: { start: "1970-01-01" }, team: {} } });
    await world.runFor(minute);
    expect(world.entries.filter(({ level }) => level === "error")).toEqual([]);
    world.inbox("team").answer = () => new Response("no", { status: 403 });
    world.log.add(login(world.clock.now()));
    await world.runFor(5 * minute);
    world.kv.value = JSON.stringify({ team: { through: "1970-01-01T00:00:00Z" } });
    await world.runFor(26 * 60 * minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(world.entries.filter(({ level }) => level === "error")).toEqual([]);
  });

  it("a receiver that was down and then refuses the one event left is no longer called stuck", async () => {
    const world = new World();
    world.log.add(login());
    world.inbox().answer = () => new Response("down", { status: 503 });
    await world.runFor(30 * minute);
    const health = () => workspaceHealth(world.ports, world.pipeline, world.config);
    expect(health()).toBe("undelivered");
    world.inbox().answer = () => new Response("bad", { status: 400 });
    await world.runFor(30 * minute);
    expect(world.ports.ledger.countDeadLetters()).toBe(1);
    expect(health()).toBe("active");
  });

  it("a start before 1970 forgets nothing of what was sent", async () => {
    const world = new World({ destinations: { siem: { start: "36500d" } } });
    for (let i = 0; i < 5; i++) world.log.add(login(startMs - 60_000 + i * 1000));
    await world.runFor(2 * minute);
    world.restart({ destinations: { siem: { start: "36500d" }, all: { start: "36500d" } } });
    world.inbox("all").answer = () => new Response("down", { status: 503 });
    await world.runFor(25 * 60 * minute);
    expect(world.inbox().received).toHaveLength(5);
  });
});

describe("marks", () => {
  it("reach KV after the deliveries, and not more often than every 96 seconds", async () => {
    const world = new World();
    for (let i = 0; i < 600; i++) world.log.add(login(startMs + i * 1000));
    await world.runFor(12 * minute);
    expect(world.mark()).toBe(new Date(startMs + 599_000).toISOString().replace(".000Z", "Z"));
    expect(world.kv.writes).toBeLessThanOrEqual(9);
  });

  it("set back by an operator are read from again, without a repeat; set forward, what lies between is given up", async () => {
    const world = new World();
    world.log.add(login());
    await world.runFor(5 * minute);
    world.kv.value = JSON.stringify({
      siem: { through: new Date(startMs - 60 * minute).toISOString() },
    });
    world.log.add(login(startMs - 30 * minute));
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(2);
    world.inbox().answer = () => new Response("down", { status: 503 });
    world.log.add(login(startMs + 15 * minute));
    world.log.add(login(startMs + 25 * minute));
    await world.runFor(30 * minute);
    world.kv.value = JSON.stringify({
      siem: { through: new Date(startMs + 20 * minute).toISOString() },
    });
    world.inbox().answer = () => undefined;
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(3);
  });

  it("that are stale in KV are not taken for an operator's", async () => {
    const world = new World();
    for (let i = 0; i < 60; i++) world.log.add(login(startMs + i * 5000));
    await world.runFor(2 * minute);
    world.kv.stale = world.kv.value;
    await world.runFor(5 * minute);
    expect(world.warnings("mark set from outside")).toHaveLength(0);
    expect(world.inbox().received).toHaveLength(60);
  });

  it("survive the loss of the ledger: what repeats is bounded by the overlap", async () => {
    const world = new World();
    for (let i = 0; i < 120; i++) world.log.add(login(startMs + i * 5000));
    await world.runFor(9 * minute);
    world.sql = nodeSql();
    world.restart();
    await world.runFor(5 * minute);
    expect(new Set(world.inbox().ids).size).toBe(120);
    expect(world.inbox().received.length - 120).toBeLessThanOrEqual((120 + 96 + 10) / 5 + 1);
  });
});

describe("re-sync", () => {
  it("reads again from a time and sends only what a destination does not have", async () => {
    const world = new World();
    world.log.add(login(startMs - 60 * minute));
    world.log.add(login(startMs + 1000));
    await world.runFor(2 * minute);
    expect(world.inbox().received).toHaveLength(1);
    world.pipeline.rewind(startMs - 120 * minute);
    const report = await world.clock.run(world.pipeline.sync(5000, 20_000));
    expect(report.destinations.siem?.delivered).toBe(1);
    expect(world.inbox().received).toHaveLength(2);
  });

  it("shares one run between calls that overlap", async () => {
    const world = new World();
    world.log.add(login(startMs - 1000));
    world.pipeline.rewind(startMs - minute);
    await world.clock.run(
      Promise.all([
        world.pipeline.sync(5000, 5000),
        world.pipeline.sync(5000, 5000),
        world.pipeline.run("alarm", 5000),
      ]),
    );
    expect(world.inbox().received.length).toBeLessThanOrEqual(1);
  });
});

describe("an idle run", () => {
  it("reads no table from end to end, however many dead letters and events there are", async () => {
    const world = new World();
    await world.run();
    world.log.add(login());
    await world.runFor(minute);
    const queries = new Set<string>();
    const { sql } = world;
    world.sql = {
      exec: (query, ...bindings) => {
        queries.add(query);
        return sql.exec(query, ...bindings);
      },
      transaction: (work) => sql.transaction(work),
      used: () => sql.used(),
    };
    world.restart();
    queries.clear();
    await world.runFor(minute);
    const scans = [...queries].flatMap((query) =>
      sql
        .exec(`EXPLAIN QUERY PLAN ${query}`)
        .map(({ detail }) => String(detail))
        .filter((detail) => detail.startsWith("SCAN"))
        .map((detail) => `${query}: ${detail}`),
    );
    expect(queries.size).toBeGreaterThan(2);
    expect(scans).toEqual([]);
  });

  it("writes nothing to the ledger but that the log was read, how often, and the numbers, once a minute", async () => {
    const world = new World();
    world.log.add(login());
    await world.runFor(5 * minute);
    const { sql } = world;
    const writes: string[] = [];
    world.sql = {
      exec: (query, ...bindings) => {
        if (!query.startsWith("SELECT")) writes.push(query);
        return sql.exec(query, ...bindings);
      },
      transaction: (work) => sql.transaction(work),
      used: () => sql.used(),
    };
    world.restart();
    await world.runFor(minute);
    writes.length = 0;
    await world.runFor(60 * minute);
    const inserts = writes.filter((query) => query.startsWith("INSERT"));
    expect(inserts.length).toBeLessThanOrEqual(4 * 61);
  });
});

describe("the whole", () => {
  it("brings 3,000 seeded events with ties, twins, unknown types and late ones to two destinations once each, with one request in ten failing", async () => {
    const world = new World({ destinations: { siem: { batch: true }, team: {} }, seed: 7 });
    const made = generate({
      seed: 7,
      count: 3000,
      fromMs: startMs + 1000,
      toMs: startMs + 60 * minute,
      ties: 0.1,
      twins: 0.02,
      unknownTypes: 0.03,
      lateShare: 0.05,
      lateMaxMs: 100_000,
    });
    for (const { item, visibleAtMs } of made) world.log.add(item, { visibleAtMs });
    world.faults.mix = {
      rate: 0.1,
      kinds: [
        "internal_error",
        "throttled",
        "cut_json",
        "html_ok",
        "null_items",
        "connection_failure",
        "slow",
      ],
    };
    for (const name of ["siem", "team"]) {
      world.inbox(name).answer = () => {
        const draw = world.random();
        if (draw < 0.05) return new Response("down", { status: 503 });
        return draw < 0.1 ? "cut" : undefined;
      };
    }
    await world.runFor(120 * minute);
    for (const name of ["siem", "team"]) {
      expect(world.inbox(name).received).toHaveLength(3000);
      expect(new Set(world.inbox(name).ids).size).toBe(3000);
    }
  });

  it("loses and repeats nothing when the token is revoked in the middle of a walk and replaced later", async () => {
    const world = new World({ destinations: { siem: { start: "1d", batch: true } } });
    for (let i = 0; i < 2000; i++) world.log.add(login(startMs - 600 * minute + i * 1000));
    world.inbox().answer = () => {
      if (world.inbox().received.length > 900) world.tokens.revoke(token);
      return undefined;
    };
    await world.runFor(5 * minute);
    expect(world.inbox().received.length).toBeLessThan(2000);
    expect(world.pipeline.source.health?.kind).toBe("refused");
    world.inbox().answer = () => undefined;
    world.tokens.issue("ws-another-token-of-the-workspace");
    world.restart({ env: { WEBFLOW_TOKEN: "ws-another-token-of-the-workspace" } });
    await world.runFor(5 * minute);
    expect(world.inbox().received).toHaveLength(2000);
    expect(new Set(world.inbox().ids).size).toBe(2000);
  });
});
