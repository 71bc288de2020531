import { describe, expect, it } from "vitest";
import { login, startMs, World } from "./support/world.ts";

describe("a workspace that falls quiet after a bulk action", () => {
  it.each([1, 4, 8])(
    "of %i seconds with 250 events each is polled with no more than ten requests a minute",
    async (seconds) => {
      const world = new World({ destinations: { siem: { batch: true } }, rateLimit: 60 });
      await world.run();
      for (let i = 0; i < seconds * 250; i++) world.log.add(login(startMs + 5000 + i * 4));
      await world.runFor(10 * 60_000);
      expect(world.inbox().received).toHaveLength(seconds * 250);
      const { requests } = world.api.counts;
      await world.runFor(30 * 60_000);
      expect(world.api.counts.requests - requests).toBeLessThanOrEqual(300);
    },
  );
});
