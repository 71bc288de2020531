// How near a backlog comes to the source's own limit, 60 requests a minute, in real minutes: read from the beginning, and
// after a receiver's outage.
import { setTimeout as sleep } from "node:timers/promises";
import { paid, startTidemark } from "../peers/tidemark.ts";
import type { Section } from "../table.ts";
import { type Bench, end, fill, inFolder } from "../work.ts";
import type { Rules } from "../world/messages.ts";

/** Webflow's least. */
const limit = { requests: 60, windowMs: 60_000 };
const perMinute = limit.requests * 100;
const minutes = 4;
const outage = { afterEvents: 100, ms: 60_000 };
const backlog = 5 * perMinute;
/** At the default: a poll each second would take all that the source allows. */
const vars = { ...paid, POLL_SECONDS: 10 };

export async function backfill(bench: Bench): Promise<Section[]> {
  const { world } = bench;
  const read = await run(bench, (minutes + 1) * perMinute, { limit }, async () => {
    // Up to the moment at which the next minute's requests begin.
    await sleep(minutes * limit.windowMs - 100);
    const { taken, source, throttled } = await world.counts();
    return {
      "events/min": [taken / minutes],
      "share of the limit": [taken / minutes / perMinute],
      "source requests": [source],
      "× the fewest": [source / Math.ceil(taken / 100)],
      "429 answers": [throttled],
    };
  });
  const drained = await run(bench, backlog, { limit, outage }, async () => {
    await world.taken(outage.afterEvents);
    await sleep(outage.ms);
    const beganMs = performance.now();
    const left = backlog - (await world.counts()).taken;
    await world.taken(backlog);
    const tookMs = performance.now() - beganMs;
    const { throttled, refused } = await world.counts();
    return {
      backlog: [left],
      "drained in s": [tookMs / 1000],
      "× backlog / rate": [tookMs / ((left / perMinute) * 60_000)],
      "requests refused": [refused],
      "429 answers": [throttled],
    };
  });
  return [
    {
      title: "Backfill against the source's rate limit",
      rows: [{ "source allows": "60 requests a minute", ...read }],
      notes: [`${minutes} real minutes; batches of 100, signed; POLL_SECONDS = 10`],
    },
    {
      title: "A backlog after a receiver's outage of a minute",
      rows: [{ "source allows": "60 requests a minute", ...drained }],
      notes: [
        "from the moment at which the receiver answers again, with the wait that it was left",
      ],
    },
  ];
}

function run<T>(bench: Bench, events: number, rules: Rules, measure: () => Promise<T>): Promise<T> {
  const { world, built } = bench;
  return inFolder(bench, async (folder) => {
    await world.reset(1, rules);
    const sinceMs = await fill(world, events);
    const job = { mode: "batch", destinations: 1, world, folder, sinceMs } as const;
    const worker = await startTidemark(built, job, vars);
    try {
      void worker.cron().catch(() => undefined);
      return await measure();
    } finally {
      await end({ processes: [worker.process], go: () => undefined });
    }
  });
}
