// Mutes at random times, in the middle of runs and of deaths: nothing is lost, nothing is sent that was muted, and the
// counts are right.
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { nodeSql } from "../sandbox/sql.ts";
import type { Mute } from "../src/mutes/mute.ts";
import { mortal } from "./support/mortal.ts";
import { login, World } from "./support/world.ts";

const minute = 60_000;
const names = ["team", "ops"] as const;
const types = ["user_access", "user_access", "workspace_membership"] as const;

/** One event now, that the log may show later. */
const event = fc.record({
  kind: fc.constantFrom(0, 1, 2),
  lateMs: fc.constantFrom(0, 0, 0, 90_000, 20 * minute),
});
const step = fc.record({
  events: fc.array(event, { maxLength: 5 }),
  action: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    {
      weight: 3,
      arbitrary: fc.record({
        only: fc.constantFrom("user_access.*", "workspace_membership.*", "*"),
        destinations: fc.subarray([...names], { minLength: 1 }),
        minutes: fc.integer({ min: 1, max: 25 }),
        includeHigh: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.constant("end" as const) },
  ),
  /** Into the run, at which the action comes. */
  afterMs: fc.integer({ min: 0, max: 2500 }),
  dies: fc.option(
    fc.record({
      call: fc.integer({ min: 1, max: 6 }),
      when: fc.constantFrom("before" as const, "after" as const),
    }),
  ),
  down: fc.boolean(),
  minutes: fc.integer({ min: 0, max: 12 }),
});
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

function act(world: World, action: Step["action"]): void {
  const { mutes } = world.pipeline;
  if (action === "end") {
    const [mute] = mutes.active();
    if (mute) mutes.end(mute.id, "trillian");
  } else if (action !== null) {
    const { only, minutes, ...rest } = action;
    const untilMs = world.clock.now() + minutes * minute;
    mutes.make({ only: [only], where: {}, rules: [], reason: null, ...rest, untilMs }, "ford");
  }
}

const isHigh = (type: string) => type.startsWith("workspace_membership");
const fits = (
  { only: [pattern = ""], includeHigh, destinations }: Mute,
  name: string,
  type: string,
) =>
  destinations.includes(name) &&
  (includeHigh || !isHigh(type)) &&
  (pattern === "*" || type.startsWith(pattern.slice(0, -2)));

it("holds for whatever is muted, whenever, and however the process dies", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
      const sql = nodeSql();
      const world = new World({
        destinations: { team: { system: true }, ops: {}, all: {} },
        env: { SEVERITY: { "user_access.*": "low", "workspace_membership.*": "high" } },
      });
      world.sql = sql;
      world.restart();
      const unheard: string[] = [];
      for (const name of names) {
        const inbox = world.inbox(name);
        const take = inbox.fetch.bind(inbox);
        inbox.fetch = async (request) => {
          await world.clock.sleep(400);
          return take(request);
        };
      }
      await world.run();
      let down = false;
      world.inbox("team").answer = () => (down ? new Response("down", { status: 503 }) : undefined);
      for (const { events, action, afterMs, dies, minutes, ...rest } of steps) {
        ({ down } = rest);
        const nowMs = world.clock.now();
        for (const { kind, lateMs } of events) {
          const item = login(nowMs, { eventType: types[kind] ?? "", eventSubType: "user_removed" });
          world.log.add(item, { visibleAtMs: nowMs + lateMs });
        }
        const process = dies && mortal(world, sql, dies);
        const running = world.pipeline.run("alarm", 5000);
        running.catch(() => undefined);
        await world.clock.runUntil(nowMs + afterMs);
        if (process?.alive === false) {
          world.sql = sql;
          world.restart();
        }
        act(world, action);
        await world.clock.runUntil(world.clock.now() + 5000);
        if (process) {
          unheard.push(...process.unheard);
          world.sql = sql;
          world.restart();
        }
        await world.runFor(minutes * minute);
      }
      down = false;
      await world.runFor(90 * minute);

      const all = allOf(world);
      expect(all).toHaveLength(world.log.count);
      const rows = sql.exec("SELECT destination, id, mute FROM muted");
      const mutes = world.pipeline.mutes.all();
      for (const name of names) {
        const got = world.inbox(name).received.filter(({ type }) => !type.startsWith("tidemark."));
        const times = Map.groupBy(got, ({ id }) => id);
        const of = new Map(
          rows.filter((row) => row.destination === name).map((row) => [row.id, row.mute]),
        );
        for (const { id, type, atMs } of all) {
          const outcome = world.ports.ledger.events.settled(name, id)?.outcome;
          const excused = unheard.filter((one) => one === `${name} ${id}`).length;
          const sent = (times.get(id)?.length ?? 0) - excused;
          const fitting = mutes.filter((mute) => fits(mute, name, type));
          // Nothing is lost, and nothing is sent that was muted.
          if (outcome === "delivered") expect([id, sent]).toEqual([id, 1]);
          else expect([outcome, sent]).toEqual(["filtered", 0]);
          expect(of.has(id)).toBe(outcome === "filtered");
          if (of.has(id)) expect(fitting.map((mute) => mute.id)).toContain(of.get(id));
          // What happened while it was on is kept back, whenever it came.
          if (fitting.some((mute) => atMs > mute.sinceMs && atMs < (mute.endedMs ?? mute.untilMs)))
            expect(outcome).toBe("filtered");
        }
        for (const mute of mutes)
          expect(mute.keptBack[name] ?? 0).toBe(
            [...of.values()].filter((n) => n === mute.id).length,
          );
      }
      const told = new Map(world.inbox("team").received.map(({ id, type }) => [id, type]));
      for (const type of ["tidemark.mute_started", "tidemark.mute_ended"])
        expect([...told.values()].filter((one) => one === type)).toHaveLength(mutes.length);
    }),
    { numRuns: 25 },
  );
}, 120_000);

/** Every event, as the destination that nobody mutes got it. */
function allOf(world: World): { id: string; type: string; atMs: number }[] {
  const all = world.inbox("all").received.map(({ id, type, body }) => {
    return [id, { id, type, atMs: Date.parse(String(body.time)) }] as const;
  });
  return [...new Map(all).values()];
}
