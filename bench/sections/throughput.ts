// A backlog, as fast as it goes: everyone who can do the job, by turns.
import { join } from "node:path";
import type { Mode, Peer } from "../peers/peer.ts";
import { ask, paid, startTidemark } from "../peers/tidemark.ts";
import { median, type Row, type Section } from "../table.ts";
import { type Bench, end, fill, inFolder, type Measured, type Task, work } from "../work.ts";

interface Case {
  readonly title: string;
  readonly mode: Mode;
  readonly destinations: number;
}

const cases: readonly Case[] = [
  { title: "one signed request each", mode: "single", destinations: 1 },
  { title: "one signed request each, to five", mode: "single", destinations: 5 },
  { title: "batches of 100, signed", mode: "batch", destinations: 1 },
  { title: "batches of 100, signed, to five", mode: "batch", destinations: 5 },
  { title: "OCSF to Splunk", mode: "splunk", destinations: 1 },
  { title: "ECS to Elastic's bulk API", mode: "elastic", destinations: 1 },
];

const warmUpShare = 0.2;

export async function throughput(bench: Bench): Promise<Section[]> {
  const jobs = cases
    .filter(({ title }) => title.endsWith(bench.cases))
    .map((one) => ({
      ...one,
      peers: bench.peers.filter(
        ({ modes, fansOut, missing }) =>
          modes.includes(one.mode) && (fansOut || one.destinations === 1) && !missing(),
      ),
    }));
  const found = new Map<Peer, Map<Case, Measured[]>>(bench.peers.map((peer) => [peer, new Map()]));
  for (let run = 1; run <= bench.runs; run += 1) {
    for (const job of jobs) {
      for (const peer of job.peers) {
        const measured = await work(bench, peer, toTask(bench, job));
        const { cpuMs, tookMs, events } = measured;
        bench.say(
          `run ${run}: ${job.title}: ${peer.name}: ${((cpuMs * 1000) / events).toFixed(1)} µs, ${(events / (tookMs / 1000)).toFixed(0)} events/s`,
        );
        const cells = found.get(peer);
        cells?.set(job, [...(cells.get(job) ?? []), measured]);
      }
    }
  }
  const sections: Section[] = [];
  for (const job of jobs) {
    const rows = await countRows(bench, job);
    const of = (peer: Peer) => found.get(peer)?.get(job) ?? [];
    const floor = job.peers.find(({ name }) => name.startsWith("floor"));
    const floorUs = floor ? median(of(floor).map(cpuUs)) : Number.NaN;
    sections.push({
      title: `${bench.events.toLocaleString("en")} events, ${job.title}`,
      rows: job.peers.map((peer) => toRow(bench.events, peer, of(peer), floorUs, rows)),
      notes: bench.peers
        .filter(({ modes, missing }) => modes.includes(job.mode) && missing())
        .map(({ name, missing }) => `left out: ${name}: ${missing()}`),
    });
  }
  return sections;
}

function toTask({ events }: Bench, { mode, destinations }: Case): Task {
  return { mode, destinations, events, warmUp: Math.round(events * warmUpShare) };
}

function toRow(
  events: number,
  { name }: Peer,
  runs: readonly Measured[],
  floorUs: number,
  sqlRows: number,
): Row {
  const each = (value: (measured: Measured) => number) => runs.map(value);
  return {
    who: name,
    "events/s": each((one) => one.events / (one.tookMs / 1000)),
    "CPU µs/event": each(cpuUs),
    "× floor": each((one) => cpuUs(one) / floorUs),
    "memory MB": each(({ memoryMb }) => memoryMb),
    "source requests": each(({ counts }) => counts.source),
    "requests out": each(({ counts }) => counts.requests),
    ...(name === "Tidemark" && {
      "KV writes": each(({ counts }) => counts.kvWrites),
      "SQL rows/event": [sqlRows / (events * (1 + warmUpShare))],
    }),
    lost: each(({ lost }) => lost),
    repeated: each(({ counts }) => counts.repeated),
  };
}

const cpuUs = ({ cpuMs, events }: Measured) => (cpuMs * 1000) / events;

/** In a run of its own, which is not timed. */
function countRows(bench: Bench, { mode, destinations }: Case): Promise<number> {
  return inFolder(bench, async (folder) => {
    const { world, built } = bench;
    await world.reset(destinations);
    const sinceMs = await fill(world, bench.events * (1 + warmUpShare));
    const job = { mode, destinations, world, folder, sinceMs };
    const wrapper = join(import.meta.dirname, "../runtime/counting.js");
    const worker = await startTidemark(built, job, paid, { wrapper });
    try {
      const taken = world.taken(bench.events * (1 + warmUpShare) * destinations);
      await (await ask(worker, "POST", "/sync")).body?.cancel();
      await taken;
      const { written } = (await (await ask(worker, "GET", "/bench/rows")).json()) as {
        written: number;
      };
      return written;
    } finally {
      await end({ processes: [worker.process], go: () => undefined });
    }
  });
}
