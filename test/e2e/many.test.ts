// Fifty stored workspaces in one Worker: those that are broken or noisy slow none of the others.
import { afterEach, expect, it } from "vitest";
import { Running, seenOf } from "../../bench/many/running.ts";
import { breakages } from "../../sandbox/many.ts";

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
