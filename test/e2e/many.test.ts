// Fifty stored workspaces in one Worker: those that are broken or noisy slow none of the others.
import { afterEach, expect, it } from "vitest";
import { Running, seenOf } from "../../bench/many/running.ts";
import { breakages } from "../../sandbox/many.ts";
import { systemClock } from "../../src/http.ts";

const pollSeconds = 3;
let running: Running | undefined;
afterEach(() => running?.stop());

it("ten broken workspaces and one with 400 events at once slow none of the others, and lose nothing of their own", async () => {
  running = await Running.start({ count: 50, pollSeconds, budget: 100 });
  const { many } = running;
  await running.put();
  await running.polled(1, 30_000);
  const broken = many.ids.slice(0, 10);
  const noisy = many.ids[10] ?? "";
  const healthy = new Set(many.ids.slice(11));
  for (const [i, id] of broken.entries()) {
    many.broken.set(id, breakages[i % breakages.length] ?? "token refused");
    many.happen(id);
  }
  many.happen(noisy, 400);
  const fromMs = Date.now();
  await running.live([...healthy], 16, 10);
  await running.settle(healthy, 20_000);
  const seen = seenOf(many, healthy, fromMs, Date.now());
  expect(seen).toMatchObject({ workspaces: 39, lost: 0, repeated: 0 });
  expect(seen.events).toBeGreaterThan(120);
  // A poll's interval, and what a busy machine adds.
  expect(Math.max(...seen.freshnessMs)).toBeLessThan(2 * pollSeconds * 1000 + 5000);

  await running.settle(new Set([noisy]), 40_000);
  expect(seenOf(many, new Set([noisy]), 0, Date.now())).toMatchObject({ lost: 0, repeated: 0 });
  many.broken.clear();
  await running.worker.cron();
  const { states } = JSON.parse((await running.ask("GET", "/workspaces")).text);
  expect(states.active).toBeGreaterThanOrEqual(40);
}, 90_000);

it("of sixty with visits for ten a minute, the queue's consumer looks at each within five minutes", async () => {
  running = await Running.start({ count: 60, pollSeconds: 3600, budget: 10, queue: true });
  await running.put();
  const states = async () => {
    const { text } = (await running?.ask("GET", "/workspaces")) ?? { text: "{}" };
    return JSON.parse(text).states as Record<string, number>;
  };
  expect(await states()).toEqual({ unseen: 60 });
  for (let minute = 1; minute <= 5; minute += 1) {
    await running.worker.cron();
    const endMs = Date.now() + 10_000;
    while (((await states()).unseen ?? 0) > 60 - 12 * minute) {
      if (Date.now() > endMs)
        throw new Error(`minute ${minute}: ${JSON.stringify(await states())}`);
      await systemClock.sleep(100);
    }
  }
  expect(await states()).toEqual({ quiet: 60 });
}, 90_000);
