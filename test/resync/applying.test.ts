// Applying a plan: exactly what was planned, or nothing with the reason why.
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/budget.ts";
import { apply, plan, readyPlan, resync } from "../support/resync.ts";
import { Inbox, login, startMs, token, World } from "../support/world.ts";

const minute = 60_000;
const hour = 60 * minute;

/** Ten logins in the hour before the world begins, one a minute; a first run has read none of them. */
async function tenMissing(options = {}): Promise<World> {
  const world = new World(options);
  for (let i = 1; i <= 10; i++) world.log.add(login(startMs - i * minute));
  await world.runFor(minute);
  return world;
}

describe("an applied plan", () => {
  it("sends exactly what it said, and moves no mark", async () => {
    const world = await tenMissing();
    world.log.add(login(startMs + 5000));
    await world.runFor(5 * minute);
    const position = world.ports.ledger.position("siem");
    const marks = world.kv.value;
    const writes = world.kv.writes;
    const applied = await resync(world);
    expect(applied).toMatchObject({ state: "applied", remaining: 10, problem: null });
    await world.runFor(5 * minute);
    expect(world.inbox().received).toHaveLength(11);
    expect(new Set(world.inbox().ids).size).toBe(11);
    expect(world.ports.ledger.position("siem")).toEqual({
      ...position,
      lastDeliveredMs: expect.any(Number),
    });
    expect([world.kv.value, world.kv.writes]).toEqual([marks, writes]);
    expect(world.pipeline.resync.get(applied.id)).toMatchObject({ state: "applied", remaining: 0 });
  });

  it("that delivers again keeps the ids and the bytes that the receiver knows", async () => {
    const world = new World();
    for (let i = 0; i < 10; i++) world.log.add(login(startMs + i * 1000));
    await world.runFor(minute);
    await resync(world, { fromMs: startMs, toMs: startMs + 20_000, redeliver: true });
    await world.runFor(minute);
    const { received } = world.inbox();
    expect(received).toHaveLength(20);
    const again = received.slice(10).map(({ id, body }) => [id, body]);
    expect(again).toEqual(received.slice(0, 10).map(({ id, body }) => [id, body]));
  });

  it("is refused when the source has changed by as much as one late event, and sends nothing", async () => {
    const world = await tenMissing();
    const { id } = await plan(world);
    world.log.add(login(startMs - 90_500), { visibleAtMs: world.clock.now() });
    const refused = await apply(world, id);
    expect(refused).toMatchObject({ kind: "refused" });
    expect("reason" in refused && refused.reason).toBe(
      "The source has changed since the plan was made: it counted 10 events, and counts 11 now. Make a new plan.",
    );
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(0);
    await resync(world);
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(11);
  });

  it("is refused when one of its events has been delivered since", async () => {
    const world = new World({ destinations: { siem: { start: "1h" } } });
    world.log.add(login(startMs - minute));
    world.inbox().answer = () => new Response("bad", { status: 400 });
    await world.runFor(minute);
    const { id, counts } = await plan(world);
    expect(counts.siem).toMatchObject({ send: 1 });
    world.inbox().answer = () => undefined;
    world.ports.ledger.setRetrying(world.ports.ledger.deadLetters(1)[0]?.id ?? 0);
    world.pipeline.wake("siem");
    await world.runFor(minute);
    expect(await apply(world, id)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/^1 of the planned events have been delivered since/),
    });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(1);
  });

  it.each([
    ["another filter", { siem: { except: ["user_access.*"] } }],
    ["another severity", { siem: { minSeverity: "high" } }],
    ["another URL", { siem: { url: "https://siem.example.com/elsewhere" } }],
    ["no such destination any more", { team: {} }],
  ] as const)("is refused after a deployment with %s", async (_, destinations) => {
    const world = await tenMissing();
    const { id } = await plan(world, { destinations: ["siem"] });
    world.restart({ destinations });
    expect(await apply(world, id)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/configuration of its destinations has changed/),
    });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(0);
  });

  it.each([
    ["minSeverity", { minSeverity: "low" }],
    ["where", { where: { severity: ">= low" } }],
    ["a drop of where", { where: { not: { severity: "critical" } } }],
  ])("is refused when SEVERITY was changed, and %s looks at severities", async (_, siem) => {
    const world = await tenMissing({ destinations: { siem } });
    const { id } = await plan(world);
    world.restart({ destinations: { siem }, env: { SEVERITY: { "user_access.*": "medium" } } });
    expect(await apply(world, id)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/configuration of its destinations has changed/),
    });
  });

  it("is not refused for a change of SEVERITY that changes nothing of what is sent", async () => {
    const world = await tenMissing({ env: { SEVERITY: { "a.*": "low", "b.*": "high" } } });
    const { id } = await plan(world);
    world.restart({ env: { SEVERITY: { "user_access.*": "medium" } } });
    expect(await apply(world, id)).toMatchObject({ kind: "applied" });
    const sorted = { destinations: { siem: { minSeverity: "medium" } } };
    world.restart({ ...sorted, env: { SEVERITY: { "a.*": "low", "b.*": "high" } } });
    const other = await plan(world);
    world.restart({ ...sorted, env: { SEVERITY: { "b.*": "high", "a.*": "low" } } });
    expect(await apply(world, other.id)).toMatchObject({ kind: "applied" });
  });

  it("is not refused for a change of a destination that it does not name", async () => {
    const world = await tenMissing({ destinations: { siem: {}, team: {} } });
    const { id } = await plan(world, { destinations: ["siem"] });
    world.restart({ destinations: { siem: {}, team: { except: ["user_access.*"] } } });
    expect(await apply(world, id)).toMatchObject({ kind: "applied" });
  });

  it("is refused after a day, and forgotten with the next plan", async () => {
    const world = await tenMissing();
    const { id, expiresMs } = await plan(world);
    await world.clock.runUntil(expiresMs + 1);
    expect(await apply(world, id)).toMatchObject({
      kind: "refused",
      reason: "This plan is older than a day. Make a new plan.",
    });
    await plan(world);
    expect(await apply(world, id)).toEqual({ kind: "unknown" });
  });

  it("is refused while the log is still being read for it", async () => {
    const world = new World({ env: { REQUEST_BUDGET: 10 } });
    for (let i = 0; i < 3000; i++) world.log.add(login(startMs - hour + 1000 + i * 1000));
    const { id } = await plan(world);
    expect(await apply(world, id)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/not complete yet/),
    });
  });

  it("wins against a second that comes at once, which sends nothing", async () => {
    const world = await tenMissing();
    const { id } = await plan(world);
    const budget = () => new Budget(45);
    const both = await world.clock.run(
      Promise.all([
        world.pipeline.resync.apply(id, budget()),
        world.pipeline.resync.apply(id, budget()),
      ]),
    );
    expect(both.map(({ kind }) => kind)).toEqual(["applied", "refused"]);
    expect(both[1]).toMatchObject({ reason: "This plan is being applied already." });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(10);
  });

  it("is refused a second time, and says when it was applied", async () => {
    const world = await tenMissing();
    const { id, appliedMs } = await resync(world);
    await world.runFor(minute);
    expect(await apply(world, id)).toMatchObject({
      kind: "refused",
      reason: `This plan was applied already, at ${new Date(appliedMs ?? 0).toISOString()}.`,
    });
    world.restart();
    expect(await apply(world, id)).toMatchObject({ kind: "refused" });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(10);
  });

  it("waits for a source that is down: nothing is sent, and later it goes through", async () => {
    const world = await tenMissing();
    const { id } = await plan(world);
    world.tokens.revoke(token);
    expect(await apply(world, id)).toMatchObject({
      kind: "unread",
      reason: expect.stringMatching(/wrangler secret put WEBFLOW_TOKEN/),
    });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(0);
    world.tokens.restore(token);
    await world.runFor(2 * minute);
    expect(await apply(world, id)).toMatchObject({ kind: "applied" });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(10);
  });

  it("does not exist under an id that nobody gave", async () => {
    const world = await tenMissing();
    expect(await apply(world, "01K7M000")).toEqual({ kind: "unknown" });
    expect(world.pipeline.resync.get("01K7M000")).toBeUndefined();
  });

  it("asks the source for nothing before its Retry-After is over", async () => {
    const world = await tenMissing();
    const { id } = await plan(world);
    world.faults.script("throttled");
    await world.run();
    expect(world.pipeline.source.health?.kind).toBe("throttled");
    const requests = world.api.counts.requests;
    expect(await apply(world, id)).toMatchObject({ kind: "unread" });
    expect((await plan(world)).problem).toMatch(/slow down/);
    expect(world.api.counts.requests).toBe(requests);
  });
});

describe("two plans", () => {
  it("that overlap bring each event once", async () => {
    const world = await tenMissing();
    const first = await plan(world, { fromMs: startMs - 7 * minute });
    const second = await plan(world, { toMs: startMs - 4 * minute });
    expect([first.counts.siem?.send, second.counts.siem?.send]).toEqual([7, 7]);
    expect(await apply(world, first.id)).toMatchObject({ kind: "applied" });
    expect(await apply(world, second.id)).toMatchObject({ kind: "applied" });
    await world.runFor(2 * minute);
    expect(world.inbox().received).toHaveLength(10);
    expect(new Set(world.inbox().ids).size).toBe(10);
    for (const { id } of [first, second])
      expect(world.pipeline.resync.get(id)).toMatchObject({ remaining: 0 });
  });

  it("each tell how much of it is still to come, also of what both ask for", async () => {
    const world = await tenMissing();
    world.inbox().answer = () => new Response("down", { status: 503 });
    const first = await plan(world);
    const second = await plan(world, { redeliver: true });
    await apply(world, first.id);
    await apply(world, second.id);
    expect(world.pipeline.resync.get(second.id)).toMatchObject({ remaining: 10 });
    expect(world.pipeline.resync.get(first.id)).toMatchObject({ remaining: 10 });
  });

  it("of which the first has sent what the second planned leave the second refused", async () => {
    const world = await tenMissing();
    const [first, second] = [await plan(world), await plan(world)];
    await apply(world, first.id);
    await world.runFor(minute);
    expect(await apply(world, second.id)).toMatchObject({ kind: "refused" });
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(10);
  });
});

describe("a new destination", () => {
  it("gets by a re-sync what happened before it was there, and others nothing of it", async () => {
    const world = await tenMissing({ destinations: { siem: { start: "1h" } } });
    world.restart({ destinations: { siem: { start: "1h" }, team: {} } });
    world.inboxes.team ??= new Inbox(world.clock);
    await world.runFor(minute);
    const { counts } = await readyPlan(world);
    expect(counts).toMatchObject({ siem: { send: 0, delivered: 10 }, team: { send: 10 } });
    await resync(world);
    await world.runFor(minute);
    expect(world.inbox().received).toHaveLength(10);
    expect(world.inbox("team").received).toHaveLength(10);
    expect(world.inbox("team").received[0]?.body.flags).toMatchObject({ backfilled: true });
  });
});
