import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../sandbox/clock.ts";
import { nodeSql } from "../../sandbox/sql.ts";
import { nextMoment } from "../../src/stored/phase.ts";
import { Roll } from "../../src/stored/roll.ts";
import {
  goRound,
  type Job,
  lookAt,
  perMinute,
  type RoundPorts,
  roundMs,
  standsStill,
} from "../../src/stored/rounds.ts";

const minute = 60_000;
const entry = (id: string, version = 1) => ({
  id,
  version,
  updatedAt: "2026-06-01T12:00:00.000Z",
  destinations: ["siem"],
});

/** A roll with so many, and who was looked at in which order. */
function world(count: number) {
  const clock = new VirtualClock(0);
  const roll = new Roll(nodeSql());
  for (let i = 0; i < count; i += 1) roll.put(entry(`shop-${i}`), 0);
  const looked: string[] = [];
  const hanging = new Set<string>();
  const failing = new Set<string>();
  const ports: RoundPorts = {
    clock,
    rounds: {
      turn: async (budget, queued) => roll.turn((total) => perMinute(total, budget, queued)),
      note: async (seen, everyMs) => roll.note(seen, everyMs, clock.now()),
    },
    look: async (id) => {
      looked.push(id);
      if (failing.has(id)) throw new Error("the object is broken");
      if (hanging.has(id)) await clock.sleep(10 * minute);
      return { state: "quiet", problem: null };
    },
  };
  return { clock, roll, looked, hanging, failing, ports };
}

describe("the rounds", () => {
  it("look at all of them each minute where one invocation can", async () => {
    const { looked, ports, clock } = world(45);
    await clock.run(goRound(ports, 45, undefined));
    await clock.run(goRound(ports, 45, undefined));
    expect(looked).toHaveLength(90);
    expect(new Set(looked).size).toBe(45);
  });

  it("come to each of a thousand once in 23 minutes with 45 a minute, and nobody twice before", async () => {
    const { looked, ports, clock, roll } = world(1000);
    for (let i = 0; i < 23; i += 1) await clock.run(goRound(ports, 45, undefined));
    expect(looked).toHaveLength(23 * 45);
    expect(new Set(looked.slice(0, 1000)).size).toBe(1000);
    expect(roll.summary()).toMatchObject({ total: 1000, everyMs: 23 * minute });
  });

  it("come to each within a round whatever the numbers, also when some join and leave on the way", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.nat({ max: 299 }), { maxLength: 10 }),
        async (count, budget, leaving) => {
          const { looked, ports, clock, roll } = world(count);
          const rounds = roundMs(count, budget, false) / minute;
          for (let i = 0; i < rounds; i += 1) {
            const gone = leaving[i];
            if (gone !== undefined) roll.remove(`shop-${gone}`);
            await clock.run(goRound(ports, budget, undefined));
          }
          for (const { id } of roll.list("", 1000, null)) expect(looked).toContain(id);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("go through a queue where more are due than one invocation can look at: each in five minutes", async () => {
    const { looked, ports, clock, roll } = world(1000);
    const jobs: Job[] = [];
    const queue = {
      sendBatch: async (messages: Iterable<MessageSendRequest<Job>>) => {
        const batch = [...messages];
        expect(batch.length).toBeLessThanOrEqual(100);
        jobs.push(...batch.map(({ body }) => body));
        return {} as QueueSendBatchResponse;
      },
    };
    for (let i = 0; i < 5; i += 1) await clock.run(goRound(ports, 45, queue));
    expect(looked).toEqual([]);
    expect(Math.max(...jobs.map(({ members }) => members.length))).toBe(40);
    for (const job of jobs) await clock.run(lookAt(ports, job));
    expect(new Set(looked).size).toBe(1000);
    expect(roll.summary().everyMs).toBe(5 * minute);
  });

  it("leave who hangs or fails behind as unreachable: the others are looked at all the same", async () => {
    const { looked, ports, clock, roll, hanging, failing } = world(200);
    for (let i = 0; i < 60; i += 1) hanging.add(`shop-${i}`);
    failing.add("shop-100");
    await clock.run(goRound(ports, 200, undefined));
    expect(new Set(looked).size).toBe(200);
    expect(clock.now()).toBeLessThanOrEqual(21_000);
    expect(roll.summary().states).toEqual({ quiet: 139, unreachable: 61 });
  });

  it("stand still when nobody was looked at for a round and five minutes", () => {
    const summary = { total: 3, states: {}, everyMs: 10 * minute, lookedMs: 0 };
    expect(standsStill(summary, 15 * minute)).toBe(false);
    expect(standsStill(summary, 15 * minute + 1)).toBe(true);
    expect(standsStill({ ...summary, total: 0 }, 99 * minute)).toBe(false);
  });
});

describe("the roll", () => {
  it("takes a change that was overtaken for none", () => {
    const roll = new Roll(nodeSql());
    roll.put({ ...entry("acme", 2), destinations: ["new"] }, 0);
    roll.put({ ...entry("acme", 1), destinations: ["old"] }, 0);
    expect(roll.get("acme")).toMatchObject({ version: 2, destinations: ["new"], state: "unseen" });
  });

  it("notes since when a state lasts, and forgets who was removed", () => {
    const roll = new Roll(nodeSql());
    roll.put(entry("acme"), 1);
    const seen = (problem: string | null) => [{ id: "acme", state: "refused", problem }];
    roll.note(seen("no"), minute, 2);
    roll.note(seen("still no"), minute, 3);
    expect(roll.get("acme")).toMatchObject({ state: "refused", problem: "still no", sinceMs: 2 });
    roll.remove("acme");
    roll.note(seen("no"), minute, 4);
    expect([roll.get("acme"), roll.count()]).toEqual([null, 0]);
  });

  it("is read page by page, each id once, in one state if asked", () => {
    const roll = new Roll(nodeSql());
    for (let i = 0; i < 25; i += 1) roll.put(entry(`shop-${String(i).padStart(2, "0")}`), 0);
    roll.note([{ id: "shop-07", state: "blind", problem: null }], minute, 1);
    const ids: string[] = [];
    for (let after = ""; ; after = ids.at(-1) ?? "") {
      const page = roll.list(after, 10, null);
      ids.push(...page.map(({ id }) => id));
      if (page.length < 10) break;
    }
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(ids).toHaveLength(25);
    expect(roll.list("", 10, "blind").map(({ id }) => id)).toEqual(["shop-07"]);
  });
});

describe("a workspace's moment", () => {
  const times = fc.record({
    now: fc.nat(10 ** 12),
    poll: fc.integer({ min: 1000, max: 3_600_000 }),
  });

  it("comes once an interval, however late its alarm was, and never sooner than half an interval", () => {
    fc.assert(
      fc.property(times, fc.string({ minLength: 1 }), ({ now, poll }, id) => {
        const next = nextMoment(id, now, poll);
        expect(next - now).toBeGreaterThan(poll / 2 - 1);
        expect(next - now).toBeLessThanOrEqual(1.5 * poll + 1);
        expect(nextMoment(id, next, poll)).toBe(next + poll);
        const soon = nextMoment(id, now, poll, true);
        expect((next - soon) % poll).toBe(0);
        expect(soon - now).toBeLessThanOrEqual(poll);
        expect(soon).toBeGreaterThan(now);
      }),
    );
  });

  it("is its own: of a thousand with like names no second has more than a few times its share", () => {
    const seconds = new Map<number, number>();
    for (let i = 0; i < 1000; i += 1) {
      // All woken at once, as after an outage.
      const second = Math.floor(nextMoment(`shop-${i}`, 0, 20_000, true) / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    expect(seconds.size).toBeGreaterThanOrEqual(20);
    expect(Math.max(...seconds.values())).toBeLessThan(100);
  });
});
