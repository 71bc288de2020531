// Mutes: what they keep back and what not, that each is told, and that nothing floods when one ends.
import { describe, expect, it } from "vitest";
import { Budget } from "../src/budget.ts";
import type { MuteOrder } from "../src/mutes/mute.ts";
import { explain } from "../src/proof/explain.ts";
import { login, startMs, World, type WorldOptions, workspaceId } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const ford = "ford@example.com";

const order = (change: Partial<MuteOrder> = {}): MuteOrder => ({
  only: ["user_access.*"],
  where: {},
  rules: [],
  destinations: ["team"],
  includeHigh: false,
  reason: null,
  untilMs: startMs + hour,
  ...change,
});

async function started(options: WorldOptions = {}): Promise<World> {
  const world = new World({ destinations: { team: { system: true }, siem: {} }, ...options });
  await world.run();
  return world;
}

const events = (world: World, name = "team") =>
  world.inbox(name).received.filter(({ type }) => !type.startsWith("tidemark."));
const told = (world: World, name = "team") =>
  world
    .inbox(name)
    .received.filter(({ type }) => type.startsWith("tidemark.mute"))
    .map(({ type, body }) => [type, body.summary as string] as const);
const kept = (world: World) => world.pipeline.mutes.all().map(({ keptBack }) => keptBack);

function granted(atMs: number) {
  return login(atMs, {
    eventType: "workspace_membership",
    eventSubType: "user_role_updated",
    actor: { type: "person", id: "6661ccb359b561c69f29d001", email: ford },
    payload: {
      targetUser: { id: "6661ccb359b561c69f29d999", email: "zaphod@example.com" },
      roleName: "Admin",
      previousRoleName: "Designer",
    },
  });
}

async function because(world: World, id: string, name = "team") {
  const found = await world.clock.run(
    explain(world.pipeline, world.ports, { id: workspaceId, memoryDays: 90 }, id),
  );
  if (found.kind !== "known") throw new Error(found.kind);
  return found.explanation.destinations.find((one) => one.name === name);
}

describe("a mute", () => {
  it("keeps events from its destinations, settled as filtered and counted, and from no other", async () => {
    const world = await started();
    world.pipeline.mutes.make(order(), "@ford in Slack (U1)");
    for (const n of [1, 2, 3]) world.log.add(login(startMs + n * minute));
    world.log.add(granted(startMs + 4 * minute));
    await world.runFor(6 * minute);
    expect(events(world).map(({ type }) => type)).toEqual([
      "workspace_membership.user_role_updated",
    ]);
    expect(events(world, "siem")).toHaveLength(4);
    expect(kept(world)).toEqual([{ team: 3 }]);
    const [{ id = "" } = {}] = events(world, "siem");
    expect(await because(world, id)).toMatchObject({
      cause: "filtered",
      because: "muted by @ford in Slack (U1) until 2026-06-01T13:00:00Z (mute 1)",
    });
  });

  it("keeps nothing of high severity, unless it is told to", async () => {
    const world = await started({ env: { SEVERITY: { "user_access.*": "high" } } });
    world.pipeline.mutes.make(order(), "ford");
    world.log.add(login(startMs + minute));
    await world.runFor(3 * minute);
    expect(events(world)).toHaveLength(1);
    world.pipeline.mutes.make(order({ includeHigh: true }), "ford");
    world.log.add(login(startMs + 4 * minute));
    await world.runFor(5 * minute);
    expect(events(world)).toHaveLength(1);
    expect(kept(world)).toEqual([{ team: 1 }, {}]);
  });

  it("is told when it begins and when it ends, once each, with who, until when, why and how much", async () => {
    const world = await started();
    world.pipeline.mutes.make(order({ reason: "release day" }), ford);
    world.log.add(login(startMs + minute));
    await world.runFor(2 * minute);
    world.restart();
    await world.runFor(2 * hour);
    world.restart();
    await world.runFor(10 * minute);
    expect(told(world)).toEqual([
      [
        "tidemark.mute_started",
        expect.stringMatching(
          /^ford@example\.com muted events of type "user_access\.\*" in workspace .*, for team, until 2026-06-01T13:00:00Z, because: “release day”\. High and critical ones still come\./,
        ),
      ],
      [
        "tidemark.mute_ended",
        expect.stringMatching(
          /by ford@example\.com is over, after 1 hour\. It kept back 1: team 1\./,
        ),
      ],
    ]);
    expect(told(world, "siem")).toEqual([]);
  });

  it("ends by hand, and is told so with who did it; what it kept back stays so", async () => {
    const world = await started();
    const { id = 0 } = world.pipeline.mutes.make(order(), "ford") ?? {};
    world.log.add(login(startMs + minute));
    await world.runFor(3 * minute);
    expect(world.pipeline.mutes.end(id, "trillian")).toMatchObject({ endedBy: "trillian" });
    expect(world.pipeline.mutes.end(id, "trillian")).toBeUndefined();
    world.log.add(login(startMs + 4 * minute));
    await world.runFor(3 * hour);
    expect(events(world)).toHaveLength(1);
    expect(told(world).map(([type]) => type)).toEqual([
      "tidemark.mute_started",
      "tidemark.mute_ended",
    ]);
    expect(told(world)[1]?.[1]).toContain("ended by trillian");
  });

  it("keeps back what happened while it was on and comes later: late, or after an outage", async () => {
    const world = await started();
    world.pipeline.mutes.make(order({ untilMs: startMs + 10 * minute }), "ford");
    world.inbox("team").answer = () => new Response("down", { status: 503 });
    world.log.add(login(startMs + 2 * minute));
    world.log.add(login(startMs + 3 * minute), { visibleAtMs: startMs + 30 * minute });
    world.log.add(login(startMs + 11 * minute));
    await world.runFor(15 * minute);
    world.inbox("team").answer = () => undefined;
    await world.runFor(2 * hour);
    expect(events(world)).toHaveLength(1);
    expect(kept(world)).toEqual([{ team: 2 }]);
  });

  it("covers what waits already: letters that are not on their way yet", async () => {
    const world = await started();
    world.inbox("team").answer = () => new Response("down", { status: 503 });
    for (const n of [1, 2, 3]) world.log.add(login(startMs + n * 1000));
    await world.runFor(2 * minute);
    world.pipeline.mutes.make(order({ untilMs: startMs + 5 * hour }), "ford");
    world.inbox("team").answer = () => undefined;
    await world.runFor(hour);
    expect(events(world)).toEqual([]);
    expect(kept(world)).toEqual([{ team: 3 }]);
    expect(told(world)).toHaveLength(1);
  });

  it("of rules keeps findings back, and lets the events through; high ones only when told to", async () => {
    const at = async (change: Partial<MuteOrder>) => {
      const world = await started({ destinations: { team: { rules: ["*"] } } });
      world.pipeline.mutes.make(order({ only: [], ...change }), "ford");
      world.log.add(granted(startMs + minute));
      await world.runFor(3 * minute);
      const types = world.inbox("team").received.map(({ type }) => type);
      return [types.includes("tidemark.finding"), events(world).length, kept(world)];
    };
    const rules = ["privilege.*"];
    expect(await at({ rules })).toEqual([true, 1, [{}]]);
    expect(await at({ rules, includeHigh: true })).toEqual([false, 1, [{ team: 1 }]]);
    const where = { "actor.email": ford };
    expect(await at({ where, includeHigh: true })).toEqual([false, 0, [{ team: 2 }]]);
    const other = { "actor.email": "zaphod@example.com" };
    expect(await at({ rules, where: other, includeHigh: true })).toEqual([true, 1, [{}]]);
  });

  it("keeps back findings that wait for their destination already", async () => {
    const world = await started({ destinations: { team: { rules: ["*"], system: true } } });
    world.inbox("team").answer = () => new Response("down", { status: 503 });
    world.log.add(granted(startMs + 1000));
    await world.runFor(3 * minute);
    world.pipeline.mutes.make(
      order({ only: ["workspace_membership.*"], includeHigh: true, untilMs: startMs + 9 * hour }),
      "ford",
    );
    world.inbox("team").answer = () => undefined;
    await world.runFor(hour);
    const types = world.inbox("team").received.map(({ type }) => type);
    expect(types).toEqual(["tidemark.mute_started", "tidemark.destination_recovered"]);
    expect(kept(world)).toEqual([{ team: 2 }]);
  });

  it("names nobody to a destination that is not to see people", async () => {
    const privacy = { mask: ["actor.email"] };
    const world = await started({ destinations: { team: { system: true, privacy } } });
    const where = { "actor.email": "zaphod@example.com" };
    const { id = 0 } =
      world.pipeline.mutes.make(order({ only: [], where, reason: "zaphod moves" }), ford) ?? {};
    await world.runFor(minute);
    world.pipeline.mutes.end(id, "trillian@example.com");
    await world.runFor(minute);
    expect(told(world)).toHaveLength(2);
    const all = JSON.stringify(world.inbox("team").received);
    expect(all).not.toMatch(/zaphod|ford|trillian/);
  });

  it("is one of a hundred at most; those that ended do not count", async () => {
    const world = await started();
    const { mutes } = world.pipeline;
    for (let n = 0; n < 100; n += 1) expect(mutes.make(order(), "ford")?.id).toBe(n + 1);
    expect(mutes.make(order(), "ford")).toBeUndefined();
    mutes.end(50, "ford");
    expect(mutes.make(order(), "ford")?.id).toBe(101);
    expect(mutes.all()).toHaveLength(101);
  });

  it("is forgotten with what it kept back, when the ledger's memory is over", async () => {
    const world = await started({ env: { MEMORY_DAYS: 7 } });
    world.pipeline.mutes.make(order(), "ford");
    world.log.add(login(startMs + minute));
    await world.runFor(2 * hour);
    expect(world.sql.exec("SELECT * FROM muted")).toHaveLength(1);
    await world.clock.runUntil(startMs + 9 * 24 * hour);
    world.log.add(login(world.clock.now()));
    await world.runFor(5 * minute);
    expect(world.sql.exec("SELECT * FROM muted")).toEqual([]);
    expect(kept(world)).toEqual([]);
  });
});

describe("a re-sync", () => {
  const span = { fromMs: startMs, toMs: startMs + 10 * minute, destinations: ["team"] };
  const plan = (world: World, redeliver: boolean) =>
    world.clock.run(world.pipeline.resync.plan({ ...span, redeliver }, new Budget(40)));
  const apply = (world: World, id: string) =>
    world.clock.run(world.pipeline.resync.apply(id, new Budget(40)));

  async function muted(untilMs = startMs + 5 * minute): Promise<World> {
    const world = await started();
    world.pipeline.mutes.make(order({ untilMs }), "ford");
    for (const n of [1, 2]) world.log.add(login(startMs + n * minute));
    await world.runFor(11 * minute);
    expect(events(world)).toEqual([]);
    return world;
  }

  it("does not bring what a mute kept back, however long it is over", async () => {
    const world = await muted();
    const { id, counts } = await plan(world, false);
    expect(counts.team).toMatchObject({ send: 0, filtered: 2 });
    await apply(world, id);
    await world.runFor(10 * minute);
    expect(events(world)).toEqual([]);
  });

  it("brings it with redeliver, also while the mute is on, once", async () => {
    for (const untilMs of [startMs + 5 * minute, startMs + 9 * hour]) {
      const world = await muted(untilMs);
      const { id, counts } = await plan(world, true);
      expect(counts.team).toMatchObject({ send: 2 });
      await apply(world, id);
      await world.runFor(hour);
      expect(events(world)).toHaveLength(2);
      expect(kept(world)).toEqual([{ team: 2 }]);
      const sent = await because(world, events(world)[0]?.id ?? "");
      expect(sent).toMatchObject({ cause: "delivered" });
    }
  });

  it("is planned anew where something was muted since, or is no more", async () => {
    const world = await started();
    world.log.add(login(startMs + minute));
    await world.runFor(3 * minute);
    const first = await plan(world, false);
    const { id = 0 } = world.pipeline.mutes.make(order(), "ford") ?? {};
    const refused = { kind: "refused", reason: expect.stringContaining("what is muted there") };
    expect(await apply(world, first.id)).toMatchObject(refused);
    const second = await plan(world, false);
    world.pipeline.mutes.end(id, "ford");
    expect(await apply(world, second.id)).toMatchObject(refused);
    const other = { ...span, destinations: ["siem"], redeliver: false };
    const third = await world.clock.run(world.pipeline.resync.plan(other, new Budget(40)));
    world.pipeline.mutes.make(order(), "ford");
    expect(await apply(world, third.id)).toMatchObject({ kind: "applied" });
  });
});
