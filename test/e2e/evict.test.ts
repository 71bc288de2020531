import { afterEach, describe, expect, it } from "vitest";
import { integer, seeded } from "../../sandbox/random.ts";
import { systemClock } from "../../src/http.ts";
import { Deployed, until, workspace } from "./deployed.ts";

const evictions = Number(process.env.E2E_EVICTIONS ?? 12);
const events = 3000;
const minuteMs = 60_000;
let deployed: Deployed | undefined;
afterEach(() => deployed?.stop());

/** Each new life of the object begins with the warnings of its configuration. */
const births = (world: Deployed) =>
  world.lines.filter(({ text }) => text.includes("A_SLIP is set, and nothing reads it")).length;

// An eviction waits for the run under way, but not for what a destination still sends once the run's patience is over:
// there a request may be cut off behind the receiver's acknowledgement, as by a kill. These runs spend their budget first.
describe("the Worker, gone from memory", () => {
  it(
    `loses and repeats nothing through ${evictions} evictions of its Durable Object in the middle of its work`,
    async () => {
      const random = seeded(5);
      const world = new Deployed({
        seed: 5,
        siem: { start: "2h" },
        archive: { start: "2h" },
        team: { minSeverity: "critical" },
        vars: { A_SLIP: "for births" },
      });
      deployed = world;
      await world.start();
      const nowMs = Date.now();
      world.generate(events, nowMs - 90 * minuteMs, nowMs - 1000);
      const left = () => `siem ${world.siemIds().length}, archive ${world.archiveIds().length}`;
      const before = births(world);
      for (let index = 1; index <= evictions; index++) {
        const goal = (index * events) / (evictions + 1);
        await until(() => world.siemIds().length >= goal, minuteMs, left);
        await systemClock.sleep(integer(random, 0, 50));
        await world.worker.evict("Relay", workspace.id);
      }
      await until(
        () => world.siemIds().length >= events && world.archiveIds().length >= events,
        minuteMs,
        left,
      );
      const polls = world.api.counts.requests + 3;
      await until(() => world.api.counts.requests > polls, 20_000, left);
      expect(births(world) - before).toBeGreaterThanOrEqual(evictions);
      expect(new Set(world.siemIds()).size).toBe(events);
      expect(world.siemIds()).toHaveLength(events);
      expect(new Set(world.archiveIds()).size).toBe(events);
      expect(world.archiveIds()).toHaveLength(events);
    },
    3 * minuteMs,
  );
});
