// npm run bench:startup: how large the Worker is, how long it takes to start, and what each dependency has in both.
//   --runs N (10)
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { type Profile, selfMs } from "./cpu-profile.ts";
import { cpuMs } from "./measure.ts";
import { startFloor } from "./peers/floor.ts";
import type { Job } from "./peers/peer.ts";
import { startTidemark } from "./peers/tidemark.ts";
import { build, wrangler } from "./runtime/build.ts";
import type { Workerd } from "./runtime/workerd.ts";
import { median, type Section, toMarkdown } from "./table.ts";
import { end, scratch } from "./work.ts";
import { World } from "./world/world.ts";

/** esbuild's: https://esbuild.github.io/api/#metafile */
interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }
    >
  >;
}

const own = "Tidemark itself";
const runtime = "the runtime: compiling, collecting garbage";
const { values } = parseArgs({ options: { runs: { type: "string", default: "10" } } });
const runs = Number(values.runs);

/** The package that a file belongs to. */
function ownerOf(file: string): string {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(file) ?? [];
  return name ?? own;
}

function add(sums: Map<string, number>, key: string, more: number): void {
  sums.set(key, (sums.get(key) ?? 0) + more);
}

/** Bytes of each package in the script, as it is uploaded. */
function sizes(folder: string): Map<string, number> {
  const { outputs } = JSON.parse(readFileSync(join(folder, "meta.json"), "utf8")) as Metafile;
  const [, script] = Object.entries(outputs).find(([name]) => name.endsWith("index.js")) ?? [];
  const bytes = new Map<string, number>();
  for (const [file, { bytesInOutput }] of Object.entries(script?.inputs ?? {}))
    add(bytes, ownerOf(file), bytesInOutput);
  return bytes;
}

/** Milliseconds of each package while the script starts, by wrangler's own look at it. */
function startUp(folder: string): Map<string, number> {
  const file = join(folder, "startup.cpuprofile");
  const bundle = join(folder, "worker.bundle");
  wrangler(["check", "startup", "--worker", bundle, "--outfile", file]);
  const profile = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const map = new SourceMap(JSON.parse(readFileSync(join(folder, "index.js.map"), "utf8")));
  const owners = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => {
      if (functionName === "(idle)") return [id, undefined];
      const entry = url.endsWith("index.js") && map.findEntry(lineNumber, columnNumber);
      if (!entry || !("originalSource" in entry)) return [id, url ? own : runtime];
      return [id, ownerOf(entry.originalSource)];
    }),
  );
  const ms = new Map<string, number>();
  for (const [id, spent] of selfMs(profile)) {
    const owner = owners.get(id);
    if (owner !== undefined) add(ms, owner, spent);
  }
  return ms;
}

const folder = scratch();
const world = await World.start();
try {
  const files = join(folder, "build");
  const built = build(files, [
    ...["--outfile", join(files, "worker.bundle")],
    ...["--metafile", join(files, "meta.json")],
  ]);
  const script = readFileSync(join(files, "index.js"));
  const statics = readdirSync(files).filter((name) => /^[0-9a-f]{40}-/.test(name));
  const bytes = sizes(files);
  const gzip = (data: Buffer) => gzipSync(data, { level: 9 }).length;
  const share = gzip(script) / script.length;
  const times = Array.from({ length: runs }, () => startUp(files));
  const all = (one: ReadonlyMap<string, number>) => [...one.values()].reduce((a, b) => a + b, 0);
  const kb = (n: number) => [n / 1024];
  const names = [...new Set([...bytes.keys(), ...times.flatMap((one) => [...one.keys()])])];
  const byPackage: Section = {
    title: "The script: what each package has in it",
    rows: [
      {
        package: "all",
        KB: kb(script.length),
        "gzip KB": kb(gzip(script)),
        "start-up ms": times.map(all),
      },
      ...names
        .toSorted((a, b) => (bytes.get(b) ?? 0) - (bytes.get(a) ?? 0))
        .map((name) => ({
          package: name,
          KB: kb(bytes.get(name) ?? 0),
          "gzip KB": kb((bytes.get(name) ?? 0) * share),
          "start-up ms": times.map((one) => one.get(name) ?? 0),
        })),
    ],
    notes: [
      "gzip of a package: its part of the whole; Cloudflare allows 3 MB on the free plan, and a second of CPU to start",
      `start-up: the samples of wrangler check startup, ${runs} times, under the profiler`,
      `besides, for the pages: ${statics.map((name) => `${name.slice(41)} ${(readFileSync(join(files, name)).length / 1024).toFixed(1)} KB`).join(", ")}`,
    ],
  };
  const job: Job = { mode: "batch", destinations: 1, world, folder, sinceMs: Date.now() };
  await world.reset(1);
  const starts: Readonly<Record<string, () => Promise<Workerd>>> = {
    floor: () => startFloor(built, job, { each: 100, inFlight: 1 }),
    Tidemark: () => startTidemark(built, job),
  };
  const found = new Map<string, { cpu: number[]; wall: number[] }>();
  for (let i = 0; i < runs; i++)
    for (const [who, start] of Object.entries(starts)) {
      const beganMs = performance.now();
      const worker = await start();
      const answer = await fetch(`${worker.url}/health`);
      await answer.text();
      const one = found.get(who) ?? { cpu: [], wall: [] };
      one.wall.push(performance.now() - beganMs);
      one.cpu.push(cpuMs([worker.process.pid ?? 0]));
      found.set(who, one);
      await end({ processes: [worker.process], go: () => undefined });
    }
  const floor = median(found.get("floor")?.cpu ?? []);
  const cold: Section = {
    title: "From nothing to the first answer, in bare workerd",
    rows: [...found].map(([who, { cpu, wall }]) => ({
      who,
      ms: wall,
      "CPU ms": cpu,
      "CPU ms more than the floor": cpu.map((ms) => ms - floor),
    })),
    notes: [
      "the whole process, most of which is workerd's own start; Cloudflare's is running already",
    ],
  };
  for (const section of [byPackage, cold]) console.log(toMarkdown(section));
} finally {
  world.stop();
  rmSync(folder, { recursive: true, force: true });
}
