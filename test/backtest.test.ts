// A back-test says what the rules would have told: the same as live, on the same log, however late its events came.
import { describe, expect, it } from "vitest";
import { generate } from "../sandbox/activity/activity.ts";
import { type BacktestRequest, Backtests } from "../src/backtest.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;

const partsOf = (world: World) => ({
  ports: world.ports,
  source: world.pipeline.source,
  toEvent: world.pipeline.toEvent,
  workspaceId,
  knownGood: world.config.knownGood,
});
const backtests = (world: World) => new Backtests(partsOf(world));
const request = (of: Partial<BacktestRequest> = {}): BacktestRequest => ({
  fromMs: startMs,
  toMs: startMs + 20 * hour,
  learnDays: 0,
  rules: ["*"],
  parameters: {},
  ...of,
});
const ask = (world: World, all: Backtests, of: Partial<BacktestRequest> = {}, most = 40) =>
  world.clock.run(all.run(request(of), JSON.stringify(of), most));

describe("a back-test", () => {
  it.each([1, 2])(
    "finds what was found live, with a tenth of the events late (seed %i)",
    async (seed) => {
      const world = new World({ destinations: { siem: { rules: ["*"], batch: true } } });
      await world.run();
      const events = generate({
        seed,
        count: 1500,
        fromMs: startMs + 1000,
        toMs: startMs + 20 * hour,
        lateShare: 0.1,
      });
      for (const { item, visibleAtMs } of events) world.log.add(item, { visibleAtMs });
      for (let n = 0; n < 21; n += 1) {
        await world.runFor(hour);
        if (n % 5 === 4) world.restart();
      }
      const live = world
        .inbox()
        .received.filter(({ type }) => type === "tidemark.finding")
        .map(({ body }) => (body.raw as { payload: { rule: string } }).payload.rule);
      const counted = Map.groupBy(live, (rule) => rule);
      const report = await ask(world, backtests(world));
      expect(report).toMatchObject({ complete: true, problem: null, events: 1500 });
      const found = report.rules.filter(({ findings }) => findings > 0);
      expect(found.map(({ rule, findings }) => [rule, findings]).toSorted()).toEqual(
        [...counted].map(([rule, all]) => [rule, all.length]).toSorted(),
      );
      expect(found.length).toBeGreaterThan(4);
    },
  );

  it("finds what was found live, with some of it known good, by fields of the item as received as well", async () => {
    const KNOWN_GOOD = [
      { name: "one person", where: { "actor.email": "tomas*" }, rules: ["setting.*"] },
      { name: "one place", where: { "raw.payload.location": "Bengaluru*" } },
      { name: "a network", where: { "source.ip": "203.0.113.248/30" }, rules: ["login.*"] },
    ];
    const env = { KNOWN_GOOD };
    const world = new World({ destinations: { siem: { rules: ["*"], batch: true } }, env });
    await world.run();
    const span = { fromMs: startMs + 1000, toMs: startMs + 20 * hour };
    for (const { item, visibleAtMs } of generate({ seed: 5, count: 1500, ...span, lateShare: 0.1 }))
      world.log.add(item, { visibleAtMs });
    for (let n = 0; n < 21; n += 1) {
      await world.runFor(hour);
      if (n % 5 === 4) world.restart();
    }
    const live = world
      .inbox()
      .received.filter(({ type }) => type === "tidemark.finding")
      .map(({ body }) => (body.raw as { payload: { rule: string } }).payload.rule);
    const counts = (rules: readonly string[]) =>
      [...Map.groupBy(rules, (rule) => rule)].map(([rule, all]) => [rule, all.length]).toSorted();
    const named = ({ rules }: { rules: readonly { rule: string; findings: number }[] }) =>
      counts(rules.flatMap(({ rule, findings }) => Array.from({ length: findings }, () => rule)));
    expect(named(await ask(world, backtests(world)))).toEqual(counts(live));
    const all = await ask(world, backtests(world), { knownGood: [] });
    const none = new Backtests({ ...partsOf(world), knownGood: [] });
    expect(named(await ask(world, none, { knownGood: KNOWN_GOOD }))).toEqual(counts(live));
    const found = (rule: string) => live.filter((one) => one === rule).length;
    for (const rule of ["setting.ai_switched_on", "login.impossible_travel"])
      expect(all.rules.find((one) => one.rule === rule)?.findings).toBeGreaterThan(found(rule));
    expect(live.length).toBeGreaterThan(3);
  });

  it("goes on where it stopped when the same is asked again, and finds the same", async () => {
    const world = new World({});
    for (const { item } of generate({
      seed: 3,
      count: 900,
      fromMs: startMs,
      toMs: startMs + 9 * hour,
    }))
      world.log.add(item);
    await world.clock.runUntil(startMs + 21 * hour);
    const whole = await ask(world, backtests(world));
    const inParts = backtests(world);
    const parts = [];
    for (let n = 0; n < 20; n += 1) {
      const report = await ask(world, inParts, {}, 3);
      parts.push(report);
      if (report.complete) break;
    }
    expect(parts.length).toBeGreaterThan(3);
    expect(parts.at(-1)).toEqual(whole);
    const cursors = parts.map(({ readTo }) => readTo);
    expect(cursors.toSorted()).toEqual(cursors);
  });

  it("learns from the days before without counting them", async () => {
    const world = new World({});
    const from = (location: string, atMs: number) =>
      login(atMs, { payload: { method: "dashboard", ipAddress: "192.0.2.1", location } });
    world.log.add(from("Lisbon PT", startMs - 10 * minute));
    world.log.add(from("Singapore SG", startMs + 10 * minute));
    await world.clock.runUntil(startMs + 21 * hour);
    const travel = { rules: ["login.impossible_travel"] };
    expect(await ask(world, backtests(world), travel)).toMatchObject({
      events: 1,
      rules: [{ rule: "login.impossible_travel", findings: 0 }],
    });
    expect(await ask(world, backtests(world), { ...travel, learnDays: 1 })).toMatchObject({
      events: 1,
      rules: [{ findings: 1, examples: [{ reason: expect.stringContaining("20 minutes after") }] }],
    });
  });

  it("gives findings the severity that the patterns give their rule", async () => {
    const world = new World({});
    await world.clock.runUntil(startMs + 21 * hour);
    const rules = ["login.impossible_travel", "privilege.admin_granted"];
    const severity = { "login.*": "low", "*": "critical" };
    const report = await ask(world, backtests(world), { rules, parameters: { severity } });
    expect(report.rules.map((one) => [one.rule, one.severity])).toEqual([
      ["privilege.admin_granted", "critical"],
      ["login.impossible_travel", "low"],
    ]);
  });

  it("says why the log cannot be read", async () => {
    const world = new World({});
    world.tokens.revoke("ws-test-token-of-the-workspace");
    const report = await ask(world, backtests(world));
    expect(report).toMatchObject({ complete: false, problem: expect.stringMatching(/token/i) });
  });
});
