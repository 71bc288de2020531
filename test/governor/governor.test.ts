// The governor at work: in a world with a source that limits, a plan that ends, and processes that die.
import { describe, expect, it } from "vitest";
import { budgetStatus } from "../../src/governor/status.ts";
import { workspaceHealth, workspaceStatus } from "../../src/status.ts";
import { apply, plan, readyPlan } from "../support/resync.ts";
import { hook, slackInbox } from "../support/slack-inbox.ts";
import { storm } from "../support/storm.ts";
import { login, startMs, World, type WorldOptions, workspaceId } from "../support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const midnightMs = startMs + 12 * hour;

const backlog = (world: World, count: number, stepMs = 1000) => {
  for (let i = 0; i < count; i++) world.log.add(login(startMs - 12 * hour + i * stepMs));
};
const status = ({ ports, pipeline, config }: World) =>
  workspaceStatus(ports, pipeline, config, workspaceId);
const budget = ({ ports, pipeline, config }: World) =>
  budgetStatus(pipeline.governor, ports.clock.now(), config.requestBudget);

describe("the polls", () => {
  it("come twice as often for five minutes after an event, and then as promised", async () => {
    const world = new World({ rateLimit: 60 });
    const polls = async (ms: number) => {
      const before = world.api.counts.requests;
      await world.runFor(ms);
      return world.api.counts.requests - before;
    };
    await world.run();
    expect(await polls(5 * minute)).toBeLessThanOrEqual(32);
    world.log.add(login(world.clock.now()));
    expect(await polls(5 * minute)).toBeGreaterThanOrEqual(59);
    await polls(minute);
    expect(await polls(5 * minute)).toBeLessThanOrEqual(33);
    expect(budget(world)).toMatchObject({ pollSeconds: 10, standing: "ok", problem: null });
  });

  it("on a free plan that two workspaces share leave the objects time to sleep", async () => {
    const other = { id: "other", token: "$WEBFLOW_TOKEN" };
    const own = { id: workspaceId, token: "$WEBFLOW_TOKEN" };
    const world = new World({ env: { WORKSPACES: [own, other] } });
    await world.clock.runUntil(midnightMs);
    world.restart();
    await world.runFor(hour);
    expect(budget(world).pollSeconds).toBeGreaterThan(15);
    expect(budget(world).problem).toMatch(
      /\(GB-s awake\), so it is polled every 1\d s instead of 10/,
    );
    const told = world.entries.filter(({ fields }) => fields.event === "tidemark.budget_short");
    expect(told).toHaveLength(1);
  });
});

describe("the source's limit", () => {
  it("is never met by a backlog, and a read by hand finds what is kept for it", async () => {
    const world = new World({
      rateLimit: 60,
      destinations: { siem: { batch: true, start: "1d" } },
      env: { PLAN: "paid", POLL_SECONDS: 10 },
    });
    backlog(world, 20_000);
    for (let i = 0; i < 12; i++) {
      await world.runFor(20_000);
      const { requests } = world.api.counts;
      await world.clock.run(world.pipeline.sync(5000, 5000));
      expect(world.api.counts.requests).toBeGreaterThan(requests);
      // By hand it reads as far as it can, which is for the next minute to pay.
      await world.runFor(61_000);
    }
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(20_000);
  });

  it.each([
    { others: "nobody else", destinations: {}, share: 0.95 },
    {
      others: "a destination that polls the head",
      destinations: { team: { type: "slack", url: hook } },
      share: 0.87,
    },
  ])(
    "is used up by a backlog, beside $others, to $share of it",
    async ({ destinations, share }) => {
      const siem = { batch: true, start: "1d" };
      const world = new World({
        rateLimit: 60,
        destinations: { siem, ...destinations },
        env: { PLAN: "paid" },
      });
      slackInbox(world);
      backlog(world, 36_000);
      await world.runFor(5 * minute - 1);
      expect(world.inbox("siem").received.length).toBeGreaterThan(share * 5 * 6000);
      expect(world.api.counts.requests).toBeGreaterThan(0.95 * 5 * 60);
      expect(world.api.counts.byStatus[429]).toBeUndefined();
    },
  );

  it("leaves a backlog that is read by itself without a single 429", async () => {
    const world = new World({
      rateLimit: 60,
      destinations: { siem: { batch: true, start: "1d" } },
      env: { PLAN: "paid" },
    });
    backlog(world, 20_000);
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(20_000);
    expect(world.api.counts.byStatus[429]).toBeUndefined();
  });

  it("is not met either where polls follow upon each other in seconds, as in the sandbox", async () => {
    const world = new World({
      rateLimit: 120,
      destinations: { siem: {}, team: { type: "slack", url: hook } },
      env: { POLL_SECONDS: 2 },
    });
    slackInbox(world);
    await world.runFor(minute);
    storm(world, world.clock.now() - minute, 5000, 3);
    await world.runFor(10 * minute);
    expect(world.inbox("siem").received).toHaveLength(5000);
    expect(world.api.counts.byStatus[429]).toBeUndefined();
  });

  it.each([1, 2, 5, 12])(
    "of %i requests a minute is kept to from the second minute on, and events arrive all the same",
    async (rateLimit) => {
      const world = new World({
        rateLimit,
        destinations: { siem: { batch: true, start: "1d" }, team: { batch: true } },
        env: { PLAN: "paid", POLL_SECONDS: 10 },
      });
      backlog(world, 3000);
      await world.runFor(2 * minute);
      const refused = world.api.counts.byStatus[429] ?? 0;
      for (let i = 0; i < 10; i++) world.log.add(login(world.clock.now() + i * minute));
      await world.runFor(60 * minute);
      expect((world.api.counts.byStatus[429] ?? 0) - refused).toBeLessThanOrEqual(2);
      expect(world.inbox("team").received).toHaveLength(10);
      expect(world.inbox("siem").received.length).toBeGreaterThan(rateLimit > 1 ? 2900 : 1500);
    },
  );

  /** What was sent again of long ago left out. */
  const late = (world: World, name: string) => world.inbox(name).delaysMs.filter((ms) => ms < hour);

  it("leaves live events their polls while a plan of a re-sync reads a day", async () => {
    const world = new World({
      rateLimit: 60,
      destinations: { team: { batch: true } },
      env: { PLAN: "paid" },
    });
    backlog(world, 36_000);
    for (let i = 1; i <= 12; i++) world.log.add(login(startMs + i * 31_000));
    await world.runFor(5000);
    const { id } = await plan(world, { fromMs: startMs - 12 * hour, toMs: startMs - hour });
    await world.runFor(9 * minute);
    expect(world.pipeline.resync.get(id)).toMatchObject({ state: "ready" });
    expect(world.api.counts.byStatus[429]).toBeUndefined();
    expect(late(world, "team")).toHaveLength(12);
    expect(Math.max(...late(world, "team"))).toBeLessThanOrEqual(10_000);
  });

  it.each([1, 3, 10])("leaves live events their polls beside %i backlogs", async (backlogs) => {
    const others = Array.from({ length: backlogs }, (_, i) => [
      `siem${i}`,
      { batch: true, start: "1d" },
    ]);
    const world = new World({
      rateLimit: 60,
      destinations: { ...Object.fromEntries(others), team: { batch: true } },
      env: { PLAN: "paid" },
    });
    backlog(world, 20_000);
    for (let i = 1; i <= 12; i++) world.log.add(login(startMs + i * 31_000));
    await world.runFor(7 * minute);
    expect(world.api.counts.byStatus[429]).toBeUndefined();
    expect(late(world, "team")).toHaveLength(12);
    expect(Math.max(...late(world, "team"))).toBeLessThanOrEqual(10_000);
  });

  it("is read from the answers: without them nothing is held back", async () => {
    const world = new World({ destinations: { siem: { batch: true, start: "1d" } } });
    backlog(world, 5000);
    await world.runFor(minute);
    expect(world.pipeline.source.rate).toBeUndefined();
    expect(world.inbox().received).toHaveLength(5000);
  });
});

describe("a run on the free plan", () => {
  const mostIn = async (env: WorldOptions["env"]) => {
    const world = new World({ destinations: { siem: { start: "1d" } }, ...(env && { env }) });
    backlog(world, 300);
    let most = 0;
    for (let i = 0; i < 40; i++) {
      const before = world.inbox().requests;
      await world.run();
      most = Math.max(most, world.inbox().requests - before);
      expect(budget(world).cpu.lastRunMs).toBeGreaterThan(1);
    }
    expect(world.inbox().received).toHaveLength(300);
    return { most, cpu: budget(world).cpu };
  };

  it("sends no more than its CPU is thought to bear, and goes on with the next", async () => {
    expect(await mostIn(undefined)).toMatchObject({ most: 11, cpu: { limitMs: 10 } });
  });

  it("goes on at once for one destination while another lets it wait", async () => {
    const world = new World({ destinations: { siem: { start: "1d" }, slow: { start: "1d" } } });
    backlog(world, 200);
    world.inbox("slow").answer = () => "hang";
    await world.runFor(2000);
    expect(world.inbox().received).toHaveLength(200);
  });

  it("sends as much as REQUEST_BUDGET says where that is set", async () => {
    expect((await mostIn({ REQUEST_BUDGET: 45 })).most).toBeGreaterThan(40);
  });
});

describe("a day whose rows are used up", () => {
  const open = () =>
    new World({
      rows: 8000,
      destinations: { siem: {}, ops: { system: true, only: ["none.none"] } },
      env: { POLL_SECONDS: 60 },
    });
  const told = (world: World) =>
    world
      .inbox("ops")
      .received.filter(({ type }) => type.startsWith("tidemark.budget"))
      .map(({ type, body }) => [type.slice(9), String(body.summary)]);

  it("ends with nothing new until midnight UTC, which is told once, and then all goes out", async () => {
    const world = open();
    await world.runFor(minute);
    for (let i = 0; i < 3000; i++) world.log.add(login(world.clock.now() + i * 100));
    await world.runFor(hour);
    const taken = world.inbox().received.length;
    expect(taken).toBeGreaterThan(300);
    expect(taken).toBeLessThan(2900);
    expect(status(world).budget).toMatchObject({ standing: "held" });
    expect(status(world).budget.problem).toMatch(
      /is used up \(rows written\): no new events are read or sent until 2026-06-02T00:00Z\. Nothing is lost\./,
    );
    expect(status(world).state).toBe("active");
    expect(workspaceHealth(world.ports, world.pipeline, world.config)).toBe("undelivered");
    world.restart();
    await world.runFor(2 * hour);
    await world.clock.run(world.pipeline.sync(5000, 5000));
    expect(world.inbox().received).toHaveLength(taken);
    const used = status(world).budget.resources.rowsWritten;
    expect(used.used).toBeLessThanOrEqual(used.limit);
    expect(told(world).filter(([, summary]) => /is used up/.test(summary ?? ""))).toHaveLength(1);
    await world.runFor(midnightMs - world.clock.now() + 3 * 24 * hour);
    expect(new Set(world.inbox().ids).size).toBe(3000);
    expect(world.inbox().ids.length).toBe(3000);
    expect(told(world).at(-1)?.[0]).toBe("budget_recovered");
    expect(workspaceHealth(world.ports, world.pipeline, world.config)).not.toBe("undelivered");
  });

  it("applies no plan that it does not bear, and plans no more, until midnight UTC", async () => {
    const world = open();
    backlog(world, 900, 2000);
    await world.runFor(minute);
    const request = { fromMs: startMs - 12 * hour, toMs: startMs - 11 * hour };
    const small = await readyPlan(world, { ...request, toMs: startMs - 11.95 * hour });
    const large = await readyPlan(world, request);
    expect([small.state, large.state]).toEqual(["ready", "ready"]);
    for (let i = 0; i < 900; i++) world.log.add(login(world.clock.now() + i * 100));
    await world.runFor(2 * minute);
    const before = world.ports.ledger.rowsUsed.written;
    expect(await apply(world, large.id)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(
        /are used up\. Wait until 2026-06-02T00:00:00Z, take a shorter/,
      ),
    });
    expect(world.ports.ledger.rowsUsed.written).toBe(before);
    expect(await apply(world, small.id)).toMatchObject({ kind: "applied" });
    for (let i = 0; i < 3000; i++) world.log.add(login(world.clock.now() + i * 100));
    await world.runFor(hour);
    expect(await plan(world, request)).toMatchObject({
      state: "planning",
      problem: expect.stringMatching(
        /are used up\. It goes on by itself after 2026-06-02T00:00:00Z\.$/,
      ),
    });
    const { used, limit } = status(world).budget.resources.rowsWritten;
    expect(used).toBeLessThanOrEqual(limit);
  });

  it("bears what a channel has taken over to tell it together", async () => {
    const world = new World({
      rows: 20_000,
      rateLimit: 60,
      destinations: { siem: { batch: true }, team: { type: "slack", url: hook } },
    });
    slackInbox(world);
    await world.runFor(minute);
    storm(world, world.clock.now(), 30_000, 3);
    await world.runFor(6 * hour);
    const { used, limit } = status(world).budget.resources.rowsWritten;
    expect(status(world).budget).toMatchObject({ standing: "held" });
    expect(used).toBeGreaterThan(0.6 * limit);
    expect(used).toBeLessThanOrEqual(limit);
  });

  it("goes on at once when the account takes the paid plan", async () => {
    const world = open();
    await world.runFor(minute);
    for (let i = 0; i < 3000; i++) world.log.add(login(world.clock.now() + i * 100));
    await world.runFor(hour);
    expect(world.inbox().received.length).toBeLessThan(3000);
    world.restart({ env: { PLAN: "paid", POLL_SECONDS: 60 } });
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(3000);
    expect(
      told(world)
        .map(([name]) => name)
        .at(-1),
    ).toBe("budget_recovered");
  });
});

describe("the meter", () => {
  it("goes on after a restart where it was, but for the last minute, and begins anew at midnight UTC", async () => {
    const world = new World();
    await world.runFor(hour);
    const before = budget(world).resources.rowsWritten.used;
    expect(before).toBeGreaterThan(200);
    world.restart();
    await world.run();
    const after = budget(world).resources.rowsWritten.used;
    expect(after).toBeGreaterThan(before - 20);
    expect(after).toBeLessThan(before + 40);
    await world.runFor(midnightMs - world.clock.now() + 30_000);
    expect(budget(world).day).toBe("2026-06-02");
    expect(budget(world).resources.rowsWritten.used).toBeLessThan(40);
  });

  it("forecasts for a quiet day what it then comes to", async () => {
    const world = new World();
    await world.clock.runUntil(midnightMs);
    world.restart();
    await world.runFor(hour);
    const { kvReads, gbSeconds } = budget(world).resources;
    await world.runFor(22.9 * hour);
    const end = budget(world).resources;
    expect(end.kvReads.used).toBeGreaterThan(0.9 * kvReads.forecast);
    expect(end.kvReads.used).toBeLessThanOrEqual(kvReads.forecast + 10);
    expect(end.gbSeconds.used).toBeLessThanOrEqual(gbSeconds.forecast + 10);
  });
});
