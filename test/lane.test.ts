import { describe, expect, it } from "vitest";
import { Budget } from "../src/budget.ts";
import type { Letter } from "../src/destinations/destination.ts";
import { judgeByStatus } from "../src/destinations/kit/outcome.ts";
import { down, idle, letters, oneByOne, open, position } from "./support/lane.ts";
import { countSettled } from "./support/settled.ts";
import { startMs } from "./support/world.ts";

const minute = 60_000;

describe("a lane", () => {
  it("settles what was delivered, and moves the mark last", async () => {
    const world = open(oneByOne, () => {
      expect(world.mark()).toBe(50);
      return undefined;
    });
    expect(world.offer(3)).toBe(true);
    await idle(world);
    expect(world.settled()).toHaveLength(3);
    expect(world.ledger.position("siem")).toMatchObject({ through: 100, resume: 101 });
    expect(world.lane.counts).toEqual({ delivered: 3, dead: 0, requests: 3, failures: 0 });
    expect(world.lane).toMatchObject({ empty: true, busy: false, stopped: false });
  });

  it("moves the mark over a stretch that holds nothing for it, without a request", async () => {
    const world = open();
    world.offer(0);
    await idle(world);
    expect([world.mark(), world.sent]).toEqual([100, []]);
  });

  it("stops when the budget is spent in the middle of a parcel, and goes on there with the next", async () => {
    const world = open(oneByOne);
    world.offer(5, 2);
    await idle(world);
    expect(world.settled()).toHaveLength(2);
    expect(world.lane.stopped).toBe(true);
    expect(world.mark()).toBe(50);
    expect(world.offer(1)).toBe(false);
    await world.clock.run(world.lane.resume(new Budget(10)));
    expect(world.sent.flat()).toEqual(letters(5).map(({ event }) => event.id));
    expect(world.mark()).toBe(100);
  });

  it("takes two parcels, and no third before one is done", async () => {
    const world = open();
    const [a, b, c] = letters(3).map((one) => [one]);
    const offer = (some: readonly Letter[] = []) =>
      world.lane.offer({ letters: some, position }, new Budget(9), world.lane.epoch);
    expect([offer(a), offer(b), offer(c)]).toEqual([true, true, false]);
    await idle(world);
    expect(offer(c)).toBe(true);
  });

  it("refuses what was read before it was reset", async () => {
    const world = open();
    const { epoch } = world.lane;
    world.lane.reset();
    const parcel = { letters: letters(1), position };
    expect(world.lane.offer(parcel, new Budget(9), epoch)).toBe(false);
    expect(world.lane).toMatchObject({ empty: true });
    expect(world.lane.progress.behind).toBe(true);
    expect(world.sent).toEqual([]);
  });

  it("reset in the middle of a send settles what is on its way, and moves no mark", async () => {
    const world = open(oneByOne, async () => {
      world.lane.reset();
      expect(world.lane.busy).toBe(true);
      return new Response(null, { status: 204 });
    });
    world.offer(3);
    await idle(world);
    expect(world.sent).toHaveLength(1);
    expect(world.settled()).toEqual(["event-000"]);
    expect(world.mark()).toBe(50);
    expect(world.lane).toMatchObject({ empty: true, stopped: false });
    expect(world.lane.progress.behind).toBe(true);
  });

  it("reset in the middle of its last send moves no mark", async () => {
    const world = open({}, () => {
      world.lane.reset();
      return undefined;
    });
    world.offer(1);
    await idle(world);
    expect([world.settled(), world.mark()]).toEqual([["event-000"], 50]);
  });

  it("keeps the receiver's pace from one answer to the next request", async () => {
    const times: number[] = [];
    const world = open({ ...oneByOne, minIntervalMs: 1000 }, async () => {
      times.push(world.clock.now() - startMs);
      await world.clock.sleep(300);
      return new Response(null, { status: 204 });
    });
    world.offer(3);
    await idle(world);
    expect(times).toEqual([0, 1300, 2600]);
  });
});

describe("a lane whose receiver does not take everything", () => {
  it("waits for Retry-After, keeps the order, and is well again after one delivery", async () => {
    const slow = { status: 429, headers: { "retry-after": "30" } };
    const world = open(oneByOne, () => new Response("slow", slow));
    world.offer(2);
    await idle(world);
    expect(world.lane.condition.readyAtMs()).toBe(startMs + 30_000);
    expect(world.lane.health).toMatchObject({ failures: 1, lastError: "HTTP 429: slow" });
    world.receiver.answer = () => undefined;
    await world.clock.run(world.lane.resume(new Budget(9)));
    expect(world.sent).toEqual([["event-000"], ["event-000"], ["event-001"]]);
    expect(world.lane.health).toMatchObject({ failures: 0, notBeforeMs: 0, lastErrorMs: startMs });
  });

  it("waits longer after each failure, up to five minutes, and remembers that over a restart", async () => {
    const world = open({}, down);
    world.offer(1);
    const { ledger } = world;
    await idle(world);
    for (let i = 1; i < 30; i++) await world.clock.run(world.lane.resume(new Budget(1)));
    expect(ledger.health("siem")).toMatchObject({ failures: 30, lastError: "HTTP 503: down" });
    expect(world.lane.condition.readyAtMs()).toBeLessThanOrEqual(world.clock.now() + 5 * minute);
    expect(world.settled()).toEqual([]);
  });

  it("finds the one of a hundred that is refused by halving, in no more than 15 requests, and dead-letters it alone", async () => {
    const world = open({}, (ids) =>
      ids.includes("event-057") ? new Response("bad", { status: 422 }) : undefined,
    );
    world.offer(100);
    await idle(world);
    expect(world.sent.length).toBeLessThanOrEqual(15);
    expect(countSettled(world.sql, "siem")).toEqual({ delivered: 99, dead: 1 });
    expect(world.ledger.deadLetters(9)).toMatchObject([
      { eventId: "event-057", destination: "siem", reason: "HTTP 422: bad" },
    ]);
    expect(world.mark()).toBe(100);
  });

  it.each([
    ["delivered", 204, { delivered: 100, dead: 0 }],
    ["refused too", 400, { delivered: 99, dead: 1 }],
  ])("tries the refused one of a hundred in its plain form: %s", async (_, status, settled) => {
    const encodePlain = (one: Letter) => world.request([one], "plain");
    const world = open({ encodePlain }, (ids, form) => {
      if (form === "plain") return new Response(null, { status });
      return ids.includes("event-057") ? new Response("bad", { status: 400 }) : undefined;
    });
    world.offer(100);
    await idle(world);
    expect(world.forms.filter((form) => form === "plain")).toHaveLength(1);
    expect(countSettled(world.sql, "siem")).toEqual(settled);
    expect(world.ledger.position("siem")).toMatchObject({ through: 100, lastDeliveredMs: startMs });
  });

  it("notes the time of a delivery that went through in plain form only", async () => {
    const encodePlain = (one: Letter) => world.request([one], "plain");
    const world = open({ encodePlain }, (_, form) =>
      form === "plain" ? undefined : new Response("bad", { status: 400 }),
    );
    world.offer(1);
    await idle(world);
    expect(world.settled()).toEqual(["event-000"]);
    expect(world.ledger.position("siem")?.lastDeliveredMs).toBe(startMs);
  });

  it("keeps the refused one when the budget ends before its plain form could be tried", async () => {
    const encodePlain = (one: Letter) => world.request([one], "plain");
    const world = open({ encodePlain }, (_, form) =>
      form === "plain" ? undefined : new Response("bad", { status: 400 }),
    );
    world.offer(1, 1);
    await idle(world);
    expect(world.ledger.countDeadLetters()).toBe(0);
    await world.clock.run(world.lane.resume(new Budget(2)));
    expect(world.settled()).toEqual(["event-000"]);
  });

  it("pauses when it is refused itself, is probed after an hour, and recovers", async () => {
    const world = open({}, () => new Response("no", { status: 403 }));
    world.offer(1);
    await idle(world);
    expect(world.lane.health).toMatchObject({ pausedMs: startMs, pausedReason: "HTTP 403: no" });
    expect(world.lane.condition.readyAtMs()).toBe(startMs + 60 * minute);
    expect(world.lane).toMatchObject({ empty: true });
    expect(world.lane.progress.behind).toBe(true);
    await world.clock.runUntil(startMs + 60 * minute);
    world.receiver.answer = down;
    world.offer(1);
    await idle(world);
    expect(world.lane.health).toMatchObject({ pausedMs: startMs, failures: 2 });
    world.receiver.answer = () => undefined;
    await world.clock.run(world.lane.resume(new Budget(1)));
    expect(world.lane.health).toMatchObject({ pausedMs: null, probeMs: null, failures: 0 });
    const told = world.logged.filter((message) => message.startsWith("destination "));
    expect(told).toEqual(["destination paused", "destination recovered"]);
  });

  it("is tried only by hand after a 410, also by the next process", async () => {
    const world = open({}, () => new Response("gone", { status: 410 }));
    world.offer(1);
    await idle(world);
    expect(world.lane.condition.readyAtMs()).toBeNull();
    expect(world.ledger.health("siem")).toMatchObject({ pausedMs: startMs, probeMs: null });
  });
});

describe("a lane that meets a fault of ours", () => {
  it("dead-letters a letter that cannot be encoded, and sends the rest", async () => {
    const world = open({
      encode(group) {
        if (group.some(({ event }) => event.id === "event-002")) throw new Error("no such form");
        return world.request(group, "usual");
      },
    });
    world.offer(8);
    await idle(world);
    expect(world.settled()).toHaveLength(8);
    expect(world.ledger.deadLetters(9)).toMatchObject([
      { eventId: "event-002", reason: "could not be encoded: Error: no such form" },
    ]);
  });

  it("packs the others together when a letter cannot be packed, and sends that one alone", async () => {
    const world = open({
      pack: (all) => {
        if (all.some(({ event }) => event.id === "event-005")) throw new Error("cannot pack");
        return [all];
      },
    });
    world.offer(100);
    await idle(world);
    expect(world.sent).toContainEqual(["event-005"]);
    expect(world.sent.length).toBeLessThan(10);
    expect(world.sent.flat()).toEqual(letters(100).map(({ event }) => event.id));
    expect(world.logged).toContain("a letter could not be packed");
  });

  it("waits and tries again when an answer cannot be judged", async () => {
    let broken = true;
    const world = open({
      judge(answer, attempt) {
        if (broken) throw new Error("what is this");
        return judgeByStatus(answer, attempt);
      },
    });
    world.offer(1);
    await idle(world);
    expect(world.lane.health.lastError).toContain("what is this");
    expect([world.lane.stopped, world.mark()]).toEqual([true, 50]);
    broken = false;
    await world.clock.run(world.lane.resume(new Budget(1)));
    expect(world.mark()).toBe(100);
  });

  it.each([
    ["delivered", undefined],
    ["refused", new Response("bad", { status: 400 })],
  ])("moves no mark over a %s event that the ledger could not note", async (_, answer) => {
    const world = open(oneByOne, () => answer?.clone());
    const { settle } = world.ledger;
    let failing = true;
    world.ledger.settle = (...noted) => {
      if (failing) throw new Error("disk I/O error");
      settle.apply(world.ledger, noted);
    };
    world.offer(2);
    await idle(world);
    expect([world.lane.stopped, world.mark()]).toEqual([true, 50]);
    failing = false;
    await world.clock.run(world.lane.resume(new Budget(9)));
    expect(world.settled()).toEqual(["event-000", "event-001"]);
    expect(world.mark()).toBe(100);
  });
});

describe("dead letters that are sent again", () => {
  it("are none any more when they are delivered, and move no mark", async () => {
    const world = open();
    const item = "{}";
    world.ledger.bury({ destination: "siem", eventId: "event-000", reason: "bad", item }, startMs);
    world.lane.offer({ letters: letters(1), position: null }, new Budget(1), world.lane.epoch);
    await idle(world);
    expect([world.ledger.countDeadLetters(), world.mark()]).toEqual([0, 50]);
  });

  it("stay dead with the new reason when they are refused again", async () => {
    const world = open({}, () => new Response("worse", { status: 400 }));
    const item = "{}";
    world.ledger.bury({ destination: "siem", eventId: "event-000", reason: "bad", item }, startMs);
    world.ledger.setRetrying(1);
    world.lane.offer({ letters: letters(1), position: null }, new Budget(1), world.lane.epoch);
    await idle(world);
    const [dead, ...more] = world.ledger.deadLetters(9);
    expect(more).toEqual([]);
    expect(dead).toMatchObject({ reason: "HTTP 400: worse", retrying: false });
  });
});
