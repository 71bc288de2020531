// Digests of a Slack channel: one message a period, what is severe at once, and nothing lost or told twice.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mortal } from "../support/mortal.ts";
import { hook, slackInbox } from "../support/slack-inbox.ts";
import { mentioned, storm } from "../support/storm.ts";
import { login, startMs, World } from "../support/world.ts";

const minute = 60_000;
const hour = 60 * minute;

function open(digest: string, options: Record<string, unknown> = {}) {
  const world = new World({
    destinations: { team: { type: "slack", url: hook, system: false, digest, ...options } },
    env: { PUBLIC_URL: "https://tidemark.example.workers.dev", POLL_SECONDS: 60 },
  });
  const inbox = slackInbox(world);
  const text = (n: number) => JSON.stringify(inbox.messages.at(n)?.body);
  return { world, inbox, text };
}

/** Through the hours as an alarm wakes the Worker, with a new process every so often. */
async function live(world: World, ms: number, everyMs = 50 * minute): Promise<void> {
  for (const endMs = world.clock.now() + ms; world.clock.now() < endMs; world.restart())
    await world.runFor(Math.min(everyMs, endMs - world.clock.now()));
}

const allIds = (world: World) =>
  world.sql
    .exec("SELECT id FROM seen")
    .map(({ id }) => String(id))
    .toSorted();
const state = (world: World, name: string) =>
  world.pipeline.members.find(({ lane }) => lane.name === name)?.lane;

describe("an hourly digest", () => {
  it("tells of the hour in one message, with a page of all events, and moves its mark only then", async () => {
    const { world, inbox, text } = open("hourly");
    for (let i = 0; i < 30; i++) world.log.add(login(startMs + i * minute));
    await live(world, 59 * minute, 13 * minute);
    expect(inbox.messages).toEqual([]);
    expect(world.mark("team.digest")).toBe("2026-06-01T11:59:59Z");
    await live(world, 3 * minute);
    expect(inbox.messages).toHaveLength(1);
    expect(text(0)).toContain("Digest of heart-of-gold, 1 Jun 12:00 to 1 Jun 13:00 (UTC)");
    expect(text(0)).toContain("30 logins by 1 person");
    const [message] = inbox.messages;
    expect(message && mentioned(world, message).toSorted()).toEqual(allIds(world));
    expect(world.mark("team.digest")).not.toBe("2026-06-01T11:59:59Z");
  });

  it("says nothing of an hour in which nothing happened", async () => {
    const { world, inbox } = open("hourly");
    await live(world, 3 * hour);
    expect(inbox.messages).toEqual([]);
    world.log.add(login(world.clock.now()));
    await live(world, 61 * minute);
    expect(inbox.messages).toHaveLength(1);
  });

  it("is sent when Slack is back, once, with what happened meanwhile in the next one", async () => {
    const { world, inbox } = open("hourly");
    inbox.answer = () => new Response("down", { status: 503 });
    for (let i = 0; i < 20; i++) world.log.add(login(startMs + i * minute));
    await live(world, 65 * minute);
    for (let i = 0; i < 7; i++) world.log.add(login(world.clock.now() + i * 1000));
    await live(world, 30 * minute);
    inbox.answer = () => undefined;
    await live(world, 90 * minute);
    const told = inbox.messages.flatMap((message) => mentioned(world, message));
    expect(told.toSorted()).toEqual(allIds(world));
  });
});

describe("an hourly digest's own name", () => {
  it("is muted with its destination's", async () => {
    const { world, inbox } = open("hourly");
    await live(world, minute);
    const untilMs = world.clock.now() + 30 * minute;
    const what = { only: ["user_access.*"], where: {}, rules: [] };
    const order = { ...what, destinations: ["team"], includeHigh: false, reason: null, untilMs };
    const made = world.pipeline.mutes.make(order, "ford");
    world.log.add(login(world.clock.now() + minute));
    await live(world, 70 * minute);
    expect(inbox.messages).toEqual([]);
    expect(world.ports.ledger.mutes.get(made?.id ?? 0)?.keptBack).toMatchObject({
      "team.digest": 1,
    });
    world.log.add(login(world.clock.now()));
    await live(world, 65 * minute);
    expect(inbox.messages).toHaveLength(1);
  });
});

describe("a digest in trouble", () => {
  it("of more events than a message holds is several, one after the other, which list them all", async () => {
    const { world, inbox } = open("daily 13:00");
    await live(world, minute);
    for (let i = 0; i < 10; i++) {
      storm(world, world.clock.now(), 1200, 0);
      await world.runFor(2 * minute);
    }
    await live(world, 2 * hour);
    expect(inbox.messages.map((message) => mentioned(world, message).length)).toEqual([
      5000, 5000, 2000,
    ]);
    const [first, , last] = inbox.messages;
    expect((last?.atMs ?? 0) - (first?.atMs ?? 0)).toBeLessThan(minute);
    const told = inbox.messages.flatMap((message) => mentioned(world, message));
    expect(told.toSorted()).toEqual(allIds(world));
  });

  it("that Slack refuses for good is not sent again, whether something happened or nothing", async () => {
    const { world, inbox } = open("daily 13:00");
    inbox.answer = () => new Response("invalid_blocks", { status: 400 });
    await live(world, 3 * hour);
    expect(inbox.requests).toBe(2);
    expect(world.entries).toContainEqual(
      expect.objectContaining({ level: "error", message: "a digest was refused" }),
    );
    for (let i = 0; i < 30; i++) world.log.add(login(world.clock.now() + i * minute));
    await live(world, 26 * hour, 5 * hour);
    expect(world.ports.ledger.deadLetters(100)).toHaveLength(30);
    expect(inbox.requests).toBeLessThan(100);
    inbox.answer = () => undefined;
    await live(world, 24 * hour, 5 * hour);
    expect(inbox.messages).toHaveLength(1);
  });

  it("goes on when a clock that was days ahead is set back", async () => {
    const { world, inbox } = open("hourly");
    await live(world, minute);
    world.skewMs = 72 * hour;
    await live(world, 2 * minute);
    world.skewMs = 0;
    world.restart();
    world.log.add(login(world.clock.now()));
    await live(world, 65 * minute);
    expect(inbox.messages).toHaveLength(1);
  });
});

describe("a daily digest", () => {
  it("is sent at its time in its zone, and says so when nothing happened and every look succeeded", async () => {
    const { world, inbox, text } = open("daily 09:00 Europe/Madrid");
    await live(world, 24 * hour, 5 * hour);
    expect(inbox.messages).toHaveLength(1);
    expect(new Date(inbox.messages[0]?.atMs ?? 0).toISOString()).toMatch(/^2026-06-02T07:00:/);
    expect(text(0)).toMatch(/[Nn]othing happened/);
  });

  it("sends what is severe at once, by itself, and tells of it as sent already", async () => {
    const { world, inbox, text } = open("daily 09:00");
    await world.runFor(2 * minute);
    storm(world, world.clock.now() - minute, 40, 1);
    await world.runFor(5 * minute);
    expect(inbox.messages).toHaveLength(1);
    expect(text(0)).toMatch(/mallory@example\.com .*Admin/);
    await live(world, 22 * hour, 3 * hour);
    expect(inbox.messages).toHaveLength(2);
    expect(text(1)).toContain("sent already");
    expect(mentioned(world, inbox.messages[1] as never).toSorted()).toEqual(allIds(world));
  });

  it("remembers open invitations from day to day", async () => {
    const { world, text } = open("daily 09:00");
    const invite = (subType: string, ms: number) =>
      login(ms, {
        eventType: "workspace_invitation",
        eventSubType: subType,
        payload: {
          targetUsers: [{ email: "new@example.com" }],
          targetUser: { email: "new@example.com" },
          roleName: "Designer",
          userType: "member",
          method: "dashboard",
        },
      });
    world.log.add(invite("invite_sent", startMs + hour));
    await live(world, 22 * hour, 3 * hour);
    expect(text(-1)).toContain("new@example.com");
    world.log.add(login(world.clock.now()));
    await live(world, 24 * hour, 3 * hour);
    expect(text(-1)).toMatch(/new@example\.com as Designer · open for 44 hours/);
  });

  it("sees of an event what is seen at once: findings are for both, findings of their own for one", () => {
    const { world } = open("daily 09:00", { findings: true, rules: ["login.*"] });
    const seen = world.config.destinations.map(({ name, findings, rules }) => [
      name,
      findings,
      rules,
    ]);
    expect(seen).toEqual([
      ["team", true, ["login.*"]],
      ["team.digest", true, []],
    ]);
  });

  it("lags behind nothing while it waits, and keeps no receipt or other destination waiting", async () => {
    const { world } = open("daily 09:00");
    world.log.add(login(startMs + minute));
    await live(world, 3 * hour);
    expect(state(world, "team.digest")?.queue.nextMs).toBe(Date.parse("2026-06-02T09:00:00Z"));
    expect(world.mark("team")).not.toBe(world.mark("team.digest"));
  });
});

describe("a digest whose process dies", () => {
  it("tells of each event once all the same, unless the message was taken unheard", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 220 }),
        fc.array(
          fc.record({
            call: fc.integer({ min: 1, max: 5 }),
            when: fc.constantFrom("before" as const, "after" as const),
          }),
          { maxLength: 3 },
        ),
        async (count, deaths) => {
          const { world, inbox } = open("hourly");
          const { sql } = world;
          for (let i = 0; i < count; i++) world.log.add(login(startMs + i * 15_000));
          await world.runFor(59 * minute);
          await world.clock.runUntil(startMs + hour + 1000);
          const unheard = new Set<string>();
          for (const { call, when } of deaths) {
            const before = inbox.messages.length;
            const life = mortal(world, sql, { call, when });
            world.pipeline.run("alarm", 5000);
            await world.clock.runUntil(world.clock.now() + 10_000);
            world.sql = sql;
            world.restart();
            // Whether the last message was heard of, a digest's lines do not say: they name no event.
            const last = inbox.messages.length > before ? inbox.messages.at(-1) : undefined;
            if (!life.alive && last) for (const id of mentioned(world, last)) unheard.add(id);
          }
          await live(world, 61 * minute);
          const told = inbox.messages.flatMap((message) => mentioned(world, message));
          const twice = told.filter((id, i) => told.indexOf(id) < i && !unheard.has(id));
          expect(twice).toEqual([]);
          expect([...new Set(told)].toSorted()).toEqual(allIds(world));
        },
      ),
      { numRuns: 20 },
    ));
});
