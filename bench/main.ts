// npm run bench: Tidemark beside what one would take instead, and beside the floor that the runtime sets.
//   --events N (10000)   --runs N (5)   --only throughput,faults,…   --json FILE (bench.json among the temporary files)
//   --cases TEXT: of the throughput only those of which the title ends so
//   --install: the packages of the peers first, into a folder of their own (BENCH_PEERS)
import { rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load } from "./measure.ts";
import { installPackages } from "./peers/npm.ts";
import { peers } from "./peers/registry.ts";
import { build } from "./runtime/build.ts";
import { backfill } from "./sections/backfill.ts";
import { faults } from "./sections/faults.ts";
import { freshness } from "./sections/freshness.ts";
import { growth } from "./sections/growth.ts";
import { steady } from "./sections/steady.ts";
import { throughput } from "./sections/throughput.ts";
import { type Section, toMarkdown } from "./table.ts";
import { type Bench, scratch } from "./work.ts";
import { World } from "./world/world.ts";

const sections: Readonly<Record<string, (bench: Bench) => Promise<Section[]>>> = {
  throughput,
  faults,
  steady,
  freshness,
  backfill,
  growth,
};

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: {
    events: { ...text, default: "10000" },
    runs: { ...text, default: "5" },
    cases: { ...text, default: "" },
    only: { ...text, default: Object.keys(sections).join() },
    json: { ...text, default: join(tmpdir(), "tidemark-bench.json") },
    install: { type: "boolean", default: false },
  },
});
const wanted = values.only.split(",");
const unknown = wanted.filter((name) => !(name in sections));
if (unknown.length > 0)
  throw new Error(`--only ${unknown.join()}: expected some of ${Object.keys(sections).join()}`);
if (values.install) installPackages();

const folder = scratch();
const world = await World.start();
try {
  const built = build(join(folder, "build"));
  const bench: Bench = {
    world,
    built,
    peers: peers(built),
    folder,
    events: Number(values.events),
    runs: Number(values.runs),
    cases: values.cases,
    say: (line) => console.error(line),
  };
  const before = load();
  const found: Section[] = [];
  for (const name of wanted) found.push(...((await sections[name]?.(bench)) ?? []));
  const about = {
    date: new Date().toISOString(),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    node: process.version,
    runs: bench.runs,
    load: { before, after: load() },
  };
  console.log(`${JSON.stringify(about)}\n`);
  for (const section of found) console.log(toMarkdown(section));
  writeFileSync(values.json, `${JSON.stringify({ ...about, sections: found }, null, 2)}\n`);
  console.log(`As JSON: ${values.json}`);
} finally {
  world.stop();
  rmSync(folder, { recursive: true, force: true });
}
