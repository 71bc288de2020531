// A re-sync in the middle of whatever else a world does: late events, twins, faults, restarts; then the books are checked.
import { describe, expect, it } from "vitest";
import { generate } from "../../sandbox/activity/activity.ts";
import { integer, seeded } from "../../sandbox/random.ts";
import { idTimeMs } from "../../src/event/identity.ts";
import { apply, readyPlan } from "../support/resync.ts";
import { startMs, World } from "../support/world.ts";

const minute = 60_000;
const names = ["siem", "team"];

/** One world by its seed: traffic from before the start on, and a re-sync of some period of it. */
async function live(seed: number) {
  const random = seeded(seed);
  const world = new World({
    seed,
    destinations: { siem: { batch: true, start: "10m" }, team: {} },
    env: { POLL_SECONDS: 20, REQUEST_BUDGET: integer(random, 10, 45) },
  });
  const made = generate({
    seed,
    count: 250,
    fromMs: startMs - 30 * minute,
    toMs: startMs + 40 * minute,
    ties: 0.1,
    twins: 0.05,
    unknownTypes: 0.03,
    lateShare: 0.1,
    lateMaxMs: 15 * minute,
  });
  for (const { item, visibleAtMs } of made) world.log.add(item, { visibleAtMs });
  Object.assign(world.quirks, {
    fromInclusive: random() < 0.5,
    toInclusive: random() < 0.5,
    filterPrecision: random() < 0.5 ? "ms" : "second",
    tieOrder: random() < 0.5 ? "stable" : "shuffled",
  });
  const fail = { faulty: true };
  world.faults.mix = { rate: 0.1, kinds: ["internal_error", "cut_json", "connection_failure"] };
  for (const name of names) {
    world.inbox(name).answer = () => {
      const draw = fail.faulty ? random() : 1;
      if (draw < 0.1) return new Response("down", { status: 503 });
      return draw < 0.12 ? new Response("no", { status: 403 }) : undefined;
    };
  }
  await world.runFor(integer(random, 1, 30) * minute);
  const redeliver = random() < 0.5;
  const fromMs = startMs - integer(random, -10, 30) * minute + integer(random, 0, 999);
  const toMs = Math.min(world.clock.now(), fromMs + integer(random, 1, 40) * minute);
  const extra = new Map<string, number>();
  const planned = new Set<string>();
  let done = false;
  for (let tries = 0; !done && tries < 40; tries++) {
    const { id } = await readyPlan(world, { fromMs: Math.min(fromMs, toMs), toMs, redeliver });
    const events = world.ports.ledger.plans.events(id);
    const delivered = events.filter(
      ({ destination, id: event }) =>
        world.ports.ledger.events.settled(destination, event)?.outcome === "delivered",
    );
    done = (await apply(world, id)).kind === "applied";
    for (const { destination, id: event } of done ? events : [])
      planned.add(`${destination} ${event}`);
    for (const { destination, id: event } of done ? delivered : [])
      extra.set(`${destination} ${event}`, 1);
    if (!done) await world.runFor(minute);
  }
  for (let i = 0; i < 4; i++) {
    await world.runFor(integer(random, 0, 3) * minute);
    if (random() < 0.5) world.restart();
  }
  fail.faulty = false;
  world.faults.mix = null;
  await world.runFor(100 * minute);
  return { world, extra, planned, done };
}

describe("in a world of faults and late events", () => {
  it.each(Array.from({ length: 20 }, (_, i) => i + 1))(
    "(seed %i) a re-sync brings what it planned, once, and costs no live event",
    async (seed) => {
      const { world, extra, planned, done } = await live(seed);
      expect(done).toBe(true);
      const { ledger } = world.ports;
      for (const name of names) {
        const { sinceMs = 0 } = ledger.position(name) ?? {};
        const copies = Map.groupBy(world.inbox(name).ids, (id) => id);
        const owed = world.sql
          .exec("SELECT id FROM seen")
          .map(({ id }) => String(id))
          .filter((id) => {
            if (planned.has(`${name} ${id}`) || copies.has(id)) return true;
            return ledger.events.settled(name, id) === undefined && idTimeMs(id) >= sinceMs;
          });
        expect(
          owed.filter((id) => copies.get(id)?.length !== 1 + (extra.get(`${name} ${id}`) ?? 0)),
        ).toEqual([]);
      }
      expect(world.entries.filter(({ level }) => level === "error")).toEqual([]);
      expect(ledger.deadLetters(5)).toEqual([]);
      expect(world.log.count).toBe(250);
    },
  );
});
