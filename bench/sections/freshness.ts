// From an event's time to its arrival, at default settings.
import { setTimeout as sleep } from "node:timers/promises";
import { startTidemark } from "../peers/tidemark.ts";
import { quantile, type Section } from "../table.ts";
import { type Bench, end, inFolder } from "../work.ts";

const calmSeconds = 90;
const burst = 400;

export async function freshness(bench: Bench): Promise<Section[]> {
  const { world, built } = bench;
  const lags = await inFolder(bench, async (folder) => {
    await world.reset(1);
    const nowMs = Date.now();
    const job = { mode: "single", destinations: 1, world, folder, sinceMs: nowMs } as const;
    const worker = await startTidemark(built, job, {});
    try {
      await worker.cron();
      const calm = { fromMs: Date.now(), toMs: Date.now() + calmSeconds * 1000 };
      await world.load({ count: calmSeconds, ...calm, spread: "random" });
      // The alarm polls; cron beats in between.
      await sleep(calmSeconds * 500);
      await worker.cron();
      await sleep(calmSeconds * 500 + 11_000);
      const { lagsMs } = await world.counts();
      const fromMs = Date.now();
      await world.load({ count: burst, fromMs, toMs: fromMs + 1000, spread: "even" });
      const taken = world.taken(calmSeconds + burst);
      await Promise.race([taken, sleep(120_000)]);
      const all = (await world.counts()).lagsMs;
      return { calm: lagsMs, burst: all.slice(lagsMs.length) };
    } finally {
      await end({ processes: [worker.process], go: () => undefined });
    }
  });
  const seconds = (values: readonly number[], share: number) => [quantile(values, share) / 1000];
  return [
    {
      title: "Freshness: seconds from an event's time to its arrival, at default settings",
      rows: Object.entries(lags).map(([name, values]) => ({
        when: name === "calm" ? "one event a second" : `${burst} events in one second`,
        p50: seconds(values, 0.5),
        p95: seconds(values, 0.95),
        p99: seconds(values, 0.99),
        arrived: [values.length],
      })),
      notes: ["one signed request each; POLL_SECONDS = 10, REQUEST_BUDGET = 45, as they are"],
    },
  ];
}
