import { describe, expect, it } from "vitest";
import { VirtualClock } from "../sandbox/clock.ts";
import type { Clock } from "../src/http.ts";
import { Pace } from "../src/pace.ts";

describe("a pace", () => {
  it("keeps its interval from one answer to the next request", async () => {
    const clock = new VirtualClock(0);
    const pace = new Pace(clock, 1000);
    const starts: number[] = [];
    const turn = () =>
      pace.turn(async () => {
        starts.push(clock.now());
        await clock.sleep(300);
      });
    await clock.run(Promise.all([turn(), turn(), turn()]));
    expect(starts).toEqual([0, 1300, 2600]);
  });

  it("waits no longer than its interval when the clock is set back", async () => {
    const clock = new VirtualClock(0);
    let backMs = 0;
    const skewed: Clock = {
      now: () => clock.now() - backMs,
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const pace = new Pace(skewed, 1000);
    await clock.run(pace.turn(async () => undefined));
    backMs = 300_000;
    await clock.run(pace.turn(async () => undefined));
    expect(clock.now()).toBe(1000);
  });
});
