// npm run bench:workspaces: many stored workspaces in one Worker, some broken, one bursting; and growth over their number.
//   --count N (1000)   --broken N (10)   --burst N events (5000)   --poll SECONDS (20)   --seconds of each phase (60)
//   --growth 1,10,100,1000 (none: only the isolation)   --json FILE
import { writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { breakages } from "../sandbox/many.ts";
import { children, Running, type Seen, seenOf, spread } from "./many/running.ts";
import { cpuMs, load, watchMemory } from "./measure.ts";
import { type Row, toMarkdown } from "./table.ts";

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    count: { ...text, default: "1000" },
    broken: { ...text, default: "10" },
    burst: { ...text, default: "5000" },
    poll: { ...text, default: "20" },
    seconds: { ...text, default: "60" },
    growth: { ...text, default: "" },
    json: { ...text, default: join(tmpdir(), "tidemark-workspaces.json") },
  },
});
const number = (name: Exclude<keyof typeof values, "json" | "growth">) => Number(values[name]);
const [count, poll, seconds] = [number("count"), number("poll"), number("seconds")];
const say = (line: string) => console.error(line);

/** All healthy first, then with the broken and the bursting ones beside them. */
async function isolation() {
  const running = await Running.start({ count, pollSeconds: poll, budget: 1000 });
  try {
    const { many } = running;
    const took = await running.put();
    say(`${count} put`);
    await running.polled(2, (poll * 3 + 30) * 1000);
    const broken = many.ids.slice(0, number("broken"));
    const noisy = many.ids[broken.length] ?? "";
    const healthy = new Set(many.ids.slice(broken.length + 1));
    const rows: Row[] = [];
    const phases: (Seen & { title: string; cpu: number; memoryMb: number })[] = [];
    const phase = async (title: string, prepare: () => void) => {
      const [fromMs, usedMs, stop] = [Date.now(), cpuMs(children()), watchMemory(children)];
      prepare();
      await running.live([...healthy], healthy.size / 20, seconds);
      const toMs = Date.now();
      const cpu = (cpuMs(children()) - usedMs) / (toMs - fromMs);
      await running.settle(healthy, (2 * poll + 20) * 1000);
      const seen = seenOf(many, healthy, fromMs, toMs);
      phases.push({ title, cpu, memoryMb: stop(), ...seen });
      rows.push({
        phase: title,
        "healthy workspaces": String(seen.workspaces),
        events: String(seen.events),
        "lost / repeated": `${seen.lost} / ${seen.repeated}`,
        "freshness s: p50 / p99 / most": spread(seen.freshnessMs),
        "longest time between polls s": spread(seen.gapMs),
        "CPU of workerd": `${Math.round(cpu * 100)} %`,
      });
      say(JSON.stringify(rows.at(-1)));
    };
    await phase("all well", () => undefined);
    await phase(`${broken.length} broken, one with ${values.burst} events at once`, () => {
      for (const [i, id] of broken.entries()) {
        many.broken.set(id, breakages[i % breakages.length] ?? "token refused");
        many.happen(id);
      }
      many.happen(noisy, number("burst"));
    });
    await running.settle(new Set([noisy]), 120_000);
    const burst = seenOf(many, new Set([noisy]), 0, Date.now());
    rows.push({
      phase: "the bursting one",
      "healthy workspaces": "1",
      events: String(burst.events),
      "lost / repeated": `${burst.lost} / ${burst.repeated}`,
      "freshness s: p50 / p99 / most": spread(burst.freshnessMs),
    });
    await running.worker.cron();
    const listed = JSON.parse((await running.ask("GET", "/workspaces?limit=1")).text);
    many.broken.clear();
    // As an operator does who has mended them; by themselves they come back after their backoff.
    for (const id of broken) {
      await running.ask("POST", `/destinations/siem/resume?workspace=${id}`);
      await running.ask("POST", "/sync", { workspace: id });
    }
    await running.settle(new Set(broken), 180_000);
    const mended = seenOf(many, new Set(broken), 0, Date.now());
    rows.push({
      phase: "the broken ones, once mended",
      "healthy workspaces": String(broken.length),
      events: String(mended.events),
      "lost / repeated": `${mended.lost} / ${mended.repeated}`,
      "freshness s: p50 / p99 / most": spread(mended.freshnessMs),
    });
    return { rows, phases, burst, mended, states: listed.states, putMs: took };
  } finally {
    await running.stop();
  }
}

/** What one more workspace costs, with one event in each per minute. */
async function growth(counts: readonly number[]) {
  const rows: Row[] = [];
  for (const size of counts) {
    const running = await Running.start({ count: size, pollSeconds: poll, budget: 1000 });
    try {
      const took = await running.put();
      await running.polled(2, (poll * 3 + 30) * 1000);
      const [fromMs, usedMs, stop] = [Date.now(), cpuMs(children()), watchMemory(children)];
      const before = polls(running);
      await running.live(running.many.ids, size / 60, seconds);
      const toMs = Date.now();
      const used = cpuMs(children()) - usedMs;
      const made = polls(running) - before;
      const ids = new Set(running.many.ids);
      await running.settle(ids, 180_000);
      const seen = seenOf(running.many, ids, fromMs, toMs);
      const beforeMs = performance.now();
      const page = await running.ask("GET", "/workspaces?limit=50");
      const listMs = performance.now() - beforeMs;
      const healthMs = await timed(() => running.ask("GET", "/health"));
      const cronMs = await timed(() => running.worker.cron());
      rows.push({
        workspaces: String(size),
        "CPU ms/poll": [used / made],
        "CPU of workerd %": [(100 * used) / (toMs - fromMs)],
        "memory MB": [stop()],
        "freshness s: p50 / p99 / most": spread(seen.freshnessMs),
        "lost / repeated": `${seen.lost} / ${seen.repeated}`,
        ...(seen.repeated > 0 && { "repeated after s": spread(seen.repeatMs) }),
        "PUT ms": took,
        "GET /workspaces ms": [listMs],
        "GET /health ms": [healthMs],
        "cron ms": [cronMs],
      });
      say(`${size}: ${JSON.stringify(rows.at(-1)?.["CPU ms/poll"])} ${page.status}`);
    } finally {
      await running.stop();
    }
  }
  return rows;
}

function polls({ many }: Running): number {
  return [...many.polls.values()].reduce((sum, times) => sum + times.length, 0);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const beforeMs = performance.now();
  await work();
  return performance.now() - beforeMs;
}

const before = load();
const counts = values.growth.split(",").filter(Boolean).map(Number);
const grown = await growth(counts);
const isolated = count > 0 ? await isolation() : undefined;
const about = {
  date: new Date().toISOString(),
  machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  node: process.version,
  poll,
  seconds,
  load: { before, after: load() },
};
console.log(`${JSON.stringify(about)}\n`);
if (isolated)
  console.log(
    toMarkdown({
      title: `${count} workspaces, polled every ${poll} s`,
      rows: isolated.rows,
      notes: [`states of the roll with the broken ones: ${JSON.stringify(isolated.states)}`],
    }),
  );
if (grown.length > 0)
  console.log(
    toMarkdown({ title: "Growth over the number of workspaces", rows: grown, notes: [] }),
  );
writeFileSync(
  values.json,
  `${JSON.stringify({ ...about, growth: grown, isolation: isolated }, null, 2)}\n`,
);
console.log(`As JSON: ${values.json}`);
