// A configuration that is replaced while events are on their way.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quiet } from "../src/works.ts";
import { login, startMs, World } from "./support/world.ts";

describe("a configuration that is replaced", () => {
  it("at whatever moment sends no event twice, and loses none", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 4000 }),
        fc.integer({ min: 1, max: 900 }),
        async (events, afterMs, slowMs) => {
          const world = new World();
          await world.run();
          for (let i = 0; i < events; i += 1) world.log.add(login(startMs + 1000 + i * 10));
          const inbox = world.inbox();
          const fetch = inbox.fetch.bind(inbox);
          inbox.fetch = async (request) => {
            await world.clock.sleep(slowMs);
            return fetch(request);
          };
          await world.clock.runUntil(startMs + 5000);
          const { pipeline } = world;
          const run = pipeline.run("alarm", 5000);
          await world.clock.runUntil(startMs + 5000 + afterMs);
          await world.clock.run(quiet({ pipeline }, new Set([run])));
          const before = inbox.received.length;
          await world.clock.runUntil(world.clock.now() + 60_000);
          // What ran before is at an end.
          expect(inbox.received).toHaveLength(before);
          world.restart({ destinations: { siem: { minSeverity: "info" } } });
          await world.runFor(120_000);
          expect(inbox.ids).toHaveLength(events);
          expect(new Set(inbox.ids).size).toBe(events);
        },
      ),
      { numRuns: 30 },
    );
  });
});
