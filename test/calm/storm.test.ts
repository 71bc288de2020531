// Storms before a Slack channel: a promise of messages a minute, every event mentioned, what is severe first and alone.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mortal } from "../support/mortal.ts";
import { hook, slackInbox } from "../support/slack-inbox.ts";
import { mentioned, mostInAMinute, storm } from "../support/storm.ts";
import { login, startMs, World } from "../support/world.ts";

const minute = 60_000;
const url = "https://tidemark.example.workers.dev";

function open(options: Record<string, unknown> = {}, env: Record<string, unknown> = {}) {
  const world = new World({
    destinations: { team: { type: "slack", url: hook, system: false, ...options } },
    env: { PUBLIC_URL: url, ...env },
    rateLimit: 60,
  });
  const inbox = slackInbox(world);
  const union = () => new Set(inbox.messages.flatMap((message) => mentioned(world, message)));
  const times = () => inbox.messages.map(({ atMs }) => atMs);
  const text = (n: number) => JSON.stringify(inbox.messages.at(n)?.body);
  return { world, inbox, union, times, text };
}

const allIds = (world: World) =>
  new Set(world.sql.exec("SELECT id FROM seen").map(({ id }) => String(id)));

describe("5,000 events in a minute, three of which make somebody an administrator", () => {
  it("are at most six messages a minute, the three first and alone, and every event is mentioned or listed", async () => {
    const { world, inbox, union, times, text } = open();
    await world.runFor(2 * minute);
    storm(world, world.clock.now() - minute, 5000, 3);
    await world.runFor(10 * minute);
    for (const n of [0, 1, 2]) {
      expect(inbox.messages[n]?.ids).toHaveLength(1);
      expect(text(n)).toMatch(/mallory@example\.com .*Admin/);
    }
    expect(mostInAMinute(times())).toBeLessThanOrEqual(6);
    expect(inbox.messages.length).toBeLessThan(12);
    expect(allIds(world).size).toBe(5000);
    expect(union()).toEqual(allIds(world));
    expect(text(3)).toContain("okta-scim` in bulk");
    expect(world.mark("team")).toBeDefined();
    expect(world.pipeline.member("team")?.lane).toMatchObject({ empty: true });
  });

  it("are so as well while they happen: what is severe does not wait for the end", async () => {
    const { world, inbox, union, times } = open();
    await world.runFor(10_000);
    const fromMs = world.clock.now();
    storm(world, fromMs, 600, 3);
    await world.runFor(10 * minute);
    const alone = inbox.messages.filter(({ body }) => JSON.stringify(body).includes("mallory"));
    expect(alone.map(({ ids }) => ids.length)).toEqual([1, 1, 1]);
    for (const [i, { atMs }] of alone.entries())
      expect(atMs - fromMs - ((i + 1) * minute) / 4).toBeLessThan(15_000);
    expect(mostInAMinute(times())).toBeLessThanOrEqual(6);
    expect(union()).toEqual(allIds(world));
  });

  it("are told within the promise also where nobody knows the page's address, only later", async () => {
    const { world, inbox, union, times } = open({}, { PUBLIC_URL: undefined });
    await world.runFor(10_000);
    storm(world, world.clock.now(), 1000, 3);
    await world.runFor(15 * minute);
    expect(mostInAMinute(times())).toBeLessThanOrEqual(6);
    expect(inbox.messages.slice(0, 3).map(({ ids }) => ids.length)).toEqual([1, 1, 1]);
    expect(union()).toEqual(allIds(world));
    expect(inbox.messages.some(({ body }) => JSON.stringify(body).includes("http"))).toBe(false);
  });

  it("take the address at which an admin opened the Worker, where none is configured", async () => {
    const { world, union, text } = open({}, { PUBLIC_URL: undefined });
    world.pipeline.lists.visited("https://visited.example.com");
    world.restart();
    storm(world, startMs + 1000, 1000, 0);
    await world.runFor(5 * minute);
    expect(text(0)).toContain("https://visited.example.com/lists/");
    expect(union()).toEqual(allIds(world));
  });
});

describe("what is severe", () => {
  it("is told within seconds in the middle of a storm that has used up its messages", async () => {
    const { world, inbox } = open();
    for (let i = 0; i < 30; i++) {
      storm(world, world.clock.now(), 100, 0);
      await world.runFor(20_000);
    }
    const beforeMs = world.clock.now();
    storm(world, beforeMs - minute, 1, 1);
    storm(world, beforeMs, 100, 0);
    await world.runFor(minute);
    const told = inbox.messages.find(({ body }) => JSON.stringify(body).includes("mallory"));
    expect(told?.ids).toHaveLength(1);
    expect((told?.atMs ?? 0) - beforeMs).toBeLessThan(15_000);
  });

  it("is told together where it alone is more than was promised, the first ones alone", async () => {
    const { world, inbox, union, times } = open();
    await world.runFor(2 * minute);
    storm(world, world.clock.now() - minute, 80, 80);
    await world.runFor(3 * minute);
    expect(inbox.messages.map(({ ids }) => ids.length).slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
    expect(inbox.messages).toHaveLength(6);
    expect(mostInAMinute(times())).toBe(6);
    expect(union()).toEqual(allIds(world));
  });
});

describe("a quiet channel", () => {
  it("gets up to three events as messages of their own, at once", async () => {
    const { world, inbox } = open();
    await world.runFor(10_000);
    const nowMs = world.clock.now();
    const actors = ["ann", "ben", "cid"].map((id) => ({
      type: "person",
      id,
      email: `${id}@e.com`,
    }));
    for (const actor of actors) world.log.add(login(nowMs, { actor }));
    await world.runFor(20_000);
    expect(inbox.messages.map(({ ids }) => ids.length)).toEqual([1, 1, 1]);
    expect((inbox.messages[0]?.atMs ?? 0) - nowMs).toBeLessThanOrEqual(11_000);
  });

  it("gets what one person did several times as one message", async () => {
    const { world, inbox } = open();
    await world.runFor(10_000);
    for (let i = 0; i < 5; i++) world.log.add(login(world.clock.now() - 100 + i));
    await world.runFor(20_000);
    expect(inbox.messages.map(({ ids }) => ids.length)).toEqual([5]);
  });

  it("gets more than three different things as one message, and the next ones when there is room", async () => {
    const { world, inbox, times } = open();
    await world.runFor(10_000);
    for (let i = 0; i < 40; i++) {
      const actor = { type: "person", id: `u${i}`, email: `u${i}@e.com` };
      world.log.add(login(world.clock.now(), { actor }));
      await world.runFor(10_000);
    }
    await world.runFor(minute);
    expect(inbox.ids).toHaveLength(40);
    expect(mostInAMinute(times())).toBeLessThanOrEqual(3);
    expect(inbox.messages.length).toBeGreaterThan(15);
  });
});

describe("a storm with trouble", () => {
  it("keeps what waits when Slack is down, and tells it once when it is back", async () => {
    const { world, inbox, union } = open();
    await world.runFor(10_000);
    inbox.answer = () => new Response("down", { status: 503 });
    storm(world, world.clock.now(), 600, 2);
    await world.runFor(10 * minute);
    expect(inbox.messages).toEqual([]);
    inbox.answer = () => undefined;
    await world.runFor(10 * minute);
    expect(union()).toEqual(allIds(world));
    const told = inbox.messages.flatMap((message) => mentioned(world, message));
    expect(told).toHaveLength(600);
    expect(inbox.messages.slice(0, 2).map(({ ids }) => ids.length)).toEqual([1, 1]);
  });

  it("looks for the event that Slack refuses without waiting a minute for each try", async () => {
    const { world, inbox, union } = open({ maxPerMinute: 2 }, { PUBLIC_URL: undefined });
    await world.runFor(2 * minute);
    inbox.answer = (ids) =>
      ids.length > 9 ? new Response("invalid_blocks", { status: 400 }) : undefined;
    storm(world, world.clock.now() - 90_000, 60, 0);
    await world.runFor(15 * minute);
    expect(union()).toEqual(allIds(world));
    expect(mostInAMinute(inbox.messages.map(({ atMs }) => atMs))).toBeLessThanOrEqual(2);
  });

  it("sends nothing before Retry-After, however severe", async () => {
    const { world, inbox } = open();
    await world.runFor(10_000);
    const headers = { "retry-after": "90" };
    inbox.answer = () => new Response("rate_limited", { status: 429, headers });
    storm(world, world.clock.now() - minute, 30, 0);
    await world.runFor(20_000);
    const { requests } = inbox;
    storm(world, world.clock.now() - minute, 1, 1);
    await world.runFor(30_000);
    expect([requests, inbox.requests]).toEqual([1, 1]);
    inbox.answer = () => undefined;
    await world.runFor(2 * minute);
    // What was tried is tried again first; what is severe comes next, alone.
    const [first, second] = inbox.messages;
    expect(second?.ids).toHaveLength(1);
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeLessThan(5000);
  });

  it("mentions every event once, whenever the process dies, and keeps its promise", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 260 }),
        fc.array(
          fc.record({
            call: fc.integer({ min: 1, max: 8 }),
            when: fc.constantFrom("before" as const, "after" as const),
            restMs: fc.integer({ min: 0, max: 90_000 }),
          }),
          { maxLength: 4 },
        ),
        async (count, deaths) => {
          const { world, inbox, union, times } = open();
          const { sql } = world;
          await world.runFor(5000);
          storm(world, world.clock.now(), count, Math.min(count, 2));
          const unheard = new Set<string>();
          for (const { call, when, restMs } of deaths) {
            const before = inbox.messages.length;
            const life = mortal(world, sql, { call, when });
            world.pipeline.run("alarm", 5000);
            await world.clock.runUntil(world.clock.now() + 10_000);
            world.sql = sql;
            world.restart();
            if (life.unheard.length > 0)
              for (const message of inbox.messages.slice(before))
                for (const id of mentioned(world, message)) unheard.add(id);
            await world.runFor(restMs);
          }
          await world.runFor(5 * minute);
          expect(union()).toEqual(allIds(world));
          const told = inbox.messages.flatMap((message) => mentioned(world, message));
          const twice = told.filter((id, i) => told.indexOf(id) < i && !unheard.has(id));
          expect(twice).toEqual([]);
          expect(mostInAMinute(times())).toBeLessThanOrEqual(6);
        },
      ),
      { numRuns: 40 },
    ));
});
