// A destination that an operator has paused: nothing reaches it, nobody else is held, and nothing is lost.
import { describe, expect, it } from "vitest";
import { explain } from "../src/proof/explain.ts";
import { workspaceHealth, workspaceStatus } from "../src/status.ts";
import { testDestination } from "../src/test-event.ts";
import { hook, slackInbox } from "./support/slack-inbox.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const two = { destinations: { siem: {}, other: {} } };

const lane = (world: World, name = "siem") => {
  const member = world.pipeline.member(name);
  if (!member) throw new Error(`no destination ${name}`);
  return member.lane;
};
const pause = (world: World, untilMs: number | null = null, name = "siem") =>
  lane(world, name).pause("ford@example.com", untilMs);
const resume = (world: World, name = "siem") => {
  lane(world, name).goOn();
  world.pipeline.wake(name);
};
const events = (world: World, count = 3) => {
  for (let i = 0; i < count; i++) world.log.add(login(world.clock.now() + i));
};
const status = ({ ports, pipeline, config }: World, name = "siem") =>
  workspaceStatus(ports, pipeline, config, workspaceId).destinations.find(
    (one) => one.name === name,
  );
const health = ({ ports, pipeline, config }: World) => workspaceHealth(ports, pipeline, config);

describe("a destination that is paused by hand", () => {
  it("is sent nothing, through restarts, and everything once when it is resumed; nobody else is held", async () => {
    const world = new World(two);
    await world.runFor(minute);
    pause(world);
    for (let i = 0; i < 10; i++) {
      events(world);
      await world.runFor(7 * minute);
      world.restart();
    }
    expect(world.inbox("siem").requests).toBe(0);
    expect(world.inbox("other").received).toHaveLength(30);
    expect(status(world)).toMatchObject({ state: "paused", backlog: 30 });
    resume(world);
    await world.runFor(minute);
    expect(world.inbox("siem").ids).toEqual(world.inbox("other").ids);
    expect(status(world)).toMatchObject({ state: "ok", backlog: 0, hold: null, problem: null });
  });

  it("goes on by itself when its time is over: then, and not at the next poll", async () => {
    const world = new World({ ...two, env: { POLL_SECONDS: 60 } });
    await world.runFor(minute);
    events(world);
    const untilMs = world.clock.now() + hour + 12_345;
    pause(world, untilMs);
    await world.runFor(30 * minute);
    world.restart();
    await world.runFor(hour);
    const [first] = world.inbox("siem").received;
    expect(first?.atMs).toBe(untilMs);
    expect(world.inbox("siem").received).toHaveLength(3);
  });

  it("is sent nothing by a sync, a rewind, an errand, a dead letter to be retried, nor a notice", async () => {
    const world = new World({ destinations: { siem: { system: true }, other: { system: true } } });
    await world.runFor(minute);
    world.inbox("siem").answer = () => new Response("bad", { status: 400 });
    events(world, 1);
    await world.runFor(minute);
    world.inbox("siem").answer = () => undefined;
    const [letter] = world.ports.ledger.deadLetters(1);
    const { requests } = world.inbox("siem");
    pause(world);
    world.ports.ledger.setRetrying(letter?.id ?? 0);
    const [id = ""] = world.inbox("other").ids;
    const errand = { id, again: true, plan: null, sinceMs: world.clock.now() };
    world.ports.ledger.errands.add("siem", errand);
    events(world);
    await world.clock.run(world.pipeline.sync(5000, 20_000));
    world.pipeline.rewind(startMs);
    await world.clock.run(world.pipeline.sync(5000, 20_000));
    await world.runFor(10 * minute);
    expect(world.inbox("siem").requests).toBe(requests);
    resume(world);
    await world.runFor(10 * minute);
    const types = world.inbox("siem").received.map(({ type }) => type);
    // The notice of the dead letter, and that it is resumed; the letter, and three events.
    expect(types.filter((type) => type === "user_access.login")).toHaveLength(4);
    expect(types).toEqual(expect.arrayContaining(["tidemark.destination_resumed"]));
  });

  it("is sent nothing after a deploy that changes its options", async () => {
    const world = new World(two);
    await world.runFor(minute);
    world.inbox("siem").answer = () => new Response("no", { status: 403 });
    events(world);
    await world.runFor(minute);
    const { requests } = world.inbox("siem");
    pause(world);
    world.restart({ destinations: { siem: { batch: true }, other: {} } });
    await world.runFor(3 * hour);
    expect(world.inbox("siem").requests).toBe(requests);
    expect(status(world)).toMatchObject({ state: "paused", hold: { by: "ford@example.com" } });
  });

  it("stops after the request under way", async () => {
    const world = new World(two);
    await world.runFor(minute);
    events(world, 40);
    let left = 5;
    world.inbox("siem").answer = () => {
      left -= 1;
      if (left === 0) pause(world);
      return undefined;
    };
    await world.runFor(10 * minute);
    expect(world.inbox("siem").requests).toBe(5);
    expect(world.inbox("other").requests).toBe(40);
    resume(world);
    await world.runFor(minute);
    expect(world.inbox("siem").ids).toEqual(world.inbox("other").ids);
    expect(new Set(world.inbox("siem").ids).size).toBe(40);
  });

  it("is not sent in plain form what was refused when the pause came", async () => {
    const world = new World({ destinations: { team: { type: "slack", url: hook } } });
    const inbox = slackInbox(world);
    await world.runFor(minute);
    inbox.answer = () => {
      pause(world, null, "team");
      return new Response("invalid_blocks", { status: 400 });
    };
    events(world, 1);
    await world.runFor(10 * minute);
    expect([inbox.requests, world.ports.ledger.countDeadLetters()]).toEqual([1, 0]);
  });

  it("is not sent what waited for its turn when the pause came", async () => {
    const world = new World({ destinations: { team: { type: "slack", url: hook } } });
    const inbox = slackInbox(world);
    await world.runFor(minute);
    events(world, 1);
    await world.run();
    events(world, 1);
    // Slack's pace: the second message waits until a second after the first.
    const run = world.pipeline.run("alarm", 5000);
    await world.clock.runUntil(world.clock.now() + 100);
    expect(inbox.requests).toBe(1);
    pause(world, null, "team");
    await world.clock.run(run);
    await world.runFor(minute);
    expect(inbox.requests).toBe(1);
    resume(world, "team");
    await world.runFor(minute);
    expect(inbox.ids.slice(0, 2)).toHaveLength(2);
    expect(new Set(inbox.ids).size).toBe(inbox.ids.length);
  });

  it("takes a test event, and stays paused", async () => {
    const world = new World(two);
    await world.runFor(minute);
    pause(world);
    const member = world.pipeline.member("siem");
    if (!member) throw new Error("no destination");
    const report = await world.clock.run(testDestination(world.ports, member, workspaceId));
    world.pipeline.wake("siem");
    events(world);
    await world.runFor(10 * minute);
    expect(report.outcome).toBe("delivered");
    expect(world.inbox("siem").received.map(({ type }) => type)).toEqual(["tidemark.test"]);
    expect(status(world)?.state).toBe("paused");
  });

  it.each([
    ["by its receiver", 403],
    ["by failures", 503],
  ] as const)(
    "and stopped %s as well goes on only when it is resumed, and is then tried at once",
    async (_how, answer) => {
      const world = new World(two);
      await world.runFor(minute);
      world.inbox("siem").answer = () => new Response("no", { status: answer });
      events(world);
      await world.runFor(20 * minute);
      pause(world);
      world.inbox("siem").answer = () => undefined;
      await world.runFor(3 * hour);
      expect(world.inbox("siem").received).toEqual([]);
      expect(health(world)).not.toBe("undelivered");
      resume(world);
      await world.runFor(10_000);
      expect(world.inbox("siem").received).toHaveLength(3);
    },
  );
});

describe("what is said of a pause by hand", () => {
  it("is the same in the status, an explanation and a receipt, and no reason to ring a monitor", async () => {
    const world = new World(two);
    await world.runFor(minute);
    pause(world, startMs + 30 * hour);
    events(world, 1);
    await world.runFor(27 * hour);
    const words =
      "paused since 2026-06-01T12:01:00Z by ford@example.com, until 2026-06-02T18:00:00Z";
    expect(status(world)).toMatchObject({
      problem: `P${words.slice(1)}. Its backlog is held; resume it when you like.`,
      hold: { since: "2026-06-01T12:01:00.000Z", until: "2026-06-02T18:00:00.000Z" },
      nextAttempt: "2026-06-02T18:00:00.000Z",
    });
    expect(health(world)).toBe("quiet");
    const [id = ""] = world.inbox("other").ids;
    const workspace = { id: workspaceId, memoryDays: 90 };
    const explained = await world.clock.run(explain(world.pipeline, world.ports, workspace, id));
    expect(explained).toMatchObject({
      explanation: {
        destinations: [
          { name: "siem", cause: "pending", because: `the destination is ${words}` },
          { name: "other", cause: "delivered" },
        ],
      },
    });
    const [receipt] = world.pipeline.receipts.between(startMs, startMs + hour);
    expect(receipt).toMatchObject({
      state: "shortfall",
      final: false,
      sourceTotal: 1,
      destinations: { siem: { pending: 1, shortfall: `1 pending: ${words}` } },
    });
    await world.runFor(4 * hour);
    const [after] = world.pipeline.receipts.between(startMs, startMs + hour);
    expect(after).toMatchObject({ state: "complete", final: true });
  });

  it("does not keep hours from being counted, also where it is the only destination", async () => {
    const world = new World();
    await world.runFor(minute);
    pause(world);
    events(world);
    await world.runFor(27 * hour);
    const [receipt] = world.pipeline.receipts.between(startMs, startMs + hour);
    expect(receipt).toMatchObject({ sourceTotal: 3, events: 3, state: "shortfall" });
    resume(world);
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(3);
  });
});

describe("while a destination is held", () => {
  it.each([
    ["without an end", null],
    ["with an end", startMs + 5 * hour],
  ] as const)("there is a run at each poll, and no more: %s", async (_what, untilMs) => {
    const world = new World({ destinations: { siem: { system: true }, ops: {} } });
    await world.runFor(minute);
    pause(world, untilMs);
    events(world);
    await world.runFor(minute);
    const before = world.entries.filter(({ message }) => message === "run").length;
    await world.runFor(hour);
    const runs = world.entries.filter(({ message }) => message === "run").length - before;
    // For the first minutes after the events it is polled twice as often.
    expect(runs).toBeLessThanOrEqual(360 + 30);
  });

  it("the source alone is asked, once a poll", async () => {
    const world = new World();
    await world.runFor(minute);
    pause(world);
    const before = world.pipeline.source.requests;
    await world.runFor(hour);
    // A look at the head each poll; the recounts of the last hour besides.
    expect(world.pipeline.source.requests - before).toBeLessThanOrEqual(360 + 30);
  });
});
