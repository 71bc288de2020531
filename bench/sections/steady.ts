// What one invocation costs when little happens: the free plan gives it 10 ms of CPU.
import { cpuMs } from "../measure.ts";
import { startFloor } from "../peers/floor.ts";
import type { Job } from "../peers/peer.ts";
import { startTidemark } from "../peers/tidemark.ts";
import type { Workerd } from "../runtime/workerd.ts";
import type { Row, Section } from "../table.ts";
import { type Bench, end, inFolder } from "../work.ts";

interface Situation {
  readonly title: string;
  /** Events that are new at each invocation. */
  readonly events: number;
  readonly destinations: number;
  readonly mode: Job["mode"];
  /** Of the log, between two invocations. */
  readonly spanMs: number;
}

/** Each poll reads the overlap and a minute again: within this lies nothing else, or much of what came before. */
const [calm, busy] = [300_000, 40_000];

const situations: readonly Situation[] = [
  { title: "idle", events: 0, destinations: 2, mode: "batch", spanMs: busy },
  { title: "one event to two", events: 1, destinations: 2, mode: "batch", spanMs: busy },
  { title: "a full page to two", events: 99, destinations: 2, mode: "batch", spanMs: calm },
  {
    title: "99 events to two, and 100 read again",
    events: 99,
    destinations: 2,
    mode: "batch",
    spanMs: busy,
  },
];
const hourMs = 3_600_000;
/** Events of a log that is not empty. */
const before = 500;
const warmUp = 20;
const invocations = 60;
/** So seldom that hardly any but ours is measured; each of ours comes by the cron. */
const vars = { PLAN: "paid", POLL_SECONDS: 60, OVERLAP_SECONDS: 10 };

export async function steady(bench: Bench): Promise<Section[]> {
  const found = new Map<string, number[]>();
  for (let run = 1; run <= bench.runs; run += 1) {
    for (const situation of situations) {
      for (const [who, start] of starts(bench)) {
        const key = `${situation.title}|${who}`;
        const ms = await measure(bench, situation, start);
        bench.say(`run ${run}: ${key}: ${ms.toFixed(2)} ms`);
        found.set(key, [...(found.get(key) ?? []), ms]);
      }
    }
  }
  const rows: Row[] = situations.map(({ title }) => ({
    invocation: title,
    ...Object.fromEntries(
      starts(bench).map(([who]) => [`${who}: CPU ms`, found.get(`${title}|${who}`) ?? []]),
    ),
  }));
  return [
    {
      title: "The steady state: CPU of one invocation",
      rows,
      notes: [
        `${invocations} invocations by cron after ${warmUp}; the whole process is measured, with what it does for the network`,
        "batches of 100, signed; the free plan allows 10 ms, but it is PLAN = paid: the governor would spread a day that is over in a minute",
      ],
    },
  ];
}

type Start = (job: Job) => Promise<Workerd>;

const starts = ({ built }: Bench): [string, Start][] => [
  ["floor", (job) => startFloor(built, job, { each: 100, inFlight: 1 })],
  ["Tidemark", (job) => startTidemark(built, job, vars)],
];

function measure(bench: Bench, situation: Situation, start: Start): Promise<number> {
  return inFolder(bench, async (folder) => {
    const { world } = bench;
    const { events, destinations, mode, spanMs } = situation;
    await world.reset(destinations);
    const lastMs = Date.now() - (warmUp + invocations + 2) * spanMs;
    const sinceMs = lastMs - hourMs;
    await world.load({ count: before, fromMs: sinceMs, toMs: lastMs, spread: "even" });
    const worker = await start({ mode, destinations, world, folder, sinceMs });
    const pids = [worker.process.pid ?? 0];
    try {
      let used = 0;
      for (let i = -warmUp; i < invocations; i += 1) {
        // The last stands alone, so that of the overlap nothing but it is read again.
        const fromMs = lastMs + (i + warmUp + 1) * spanMs;
        const [most, last] = [Math.max(0, events - 1), Math.min(1, events)];
        for (const [count, atMs] of [
          [most, fromMs],
          [last, fromMs + spanMs / 2],
        ] as const)
          if (count > 0)
            await world.load({ count, fromMs: atMs, toMs: atMs + spanMs / 4, spread: "even" });
        const usedBefore = cpuMs(pids);
        await worker.cron();
        if (i >= 0) used += cpuMs(pids) - usedBefore;
      }
      const { taken, repeated, source } = await world.counts();
      bench.say(`${source} requests to the source`);
      const expected = (before + events * (warmUp + invocations)) * destinations;
      if (taken !== expected || repeated > 0)
        throw new Error(`${situation.title}: ${taken} of ${expected}, ${repeated} repeated`);
      return used / invocations;
    } finally {
      await end({ processes: [worker.process], go: () => undefined });
    }
  });
}
