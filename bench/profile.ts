// node bench/profile.ts [single|batch|splunk|elastic] [events]: where Tidemark's CPU goes, by function.
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Profile, type ProfileNode, selfMs } from "./cpu-profile.ts";
import { cpuMs } from "./measure.ts";
import type { Mode } from "./peers/peer.ts";
import { ask, paid, startTidemark } from "./peers/tidemark.ts";
import { build } from "./runtime/build.ts";
import { end, fill, scratch } from "./work.ts";
import { World } from "./world/world.ts";

const [mode = "single", count = "3000"] = process.argv.slice(2);
const events = Number(count);
const most = 45;

class Inspector {
  readonly #socket: WebSocket;
  #id = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async open(port: number): Promise<Inspector> {
    const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
      id: string;
    }[];
    const target = targets.find(({ id }) => id.includes("main"));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${target?.id}`);
    await new Promise((open, fail) => {
      socket.addEventListener("open", open);
      socket.addEventListener("error", fail);
    });
    return new Inspector(socket);
  }

  send<T>(method: string, params: object = {}): Promise<T> {
    this.#id += 1;
    const id = this.#id;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve) => {
      const hear = ({ data }: MessageEvent) => {
        const answer = JSON.parse(String(data)) as { id?: number; result: T };
        if (answer.id !== id) return;
        this.#socket.removeEventListener("message", hear);
        resolve(answer.result);
      };
      this.#socket.addEventListener("message", hear);
    });
  }

  close(): void {
    this.#socket.close();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await new Promise((go) => probe.once("listening", go));
  const address = probe.address();
  probe.close();
  return typeof address === "object" && address ? address.port : 0;
}

/** Milliseconds of each function itself, and with all that it calls. */
function toTimes(profile: Profile) {
  const { nodes } = profile;
  const self = selfMs(profile);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map<string, { self: number; all: number }>();
  const visit = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const { functionName, lineNumber } = node.callFrame;
    const name = `${functionName || "(anonymous)"}:${lineNumber + 1}`;
    const own = self.get(node.id) ?? 0;
    const within = new Set([...above, name]);
    const children = (node.children ?? []).map((id) => byId.get(id));
    const all = children.reduce((sum, child) => sum + (child ? visit(child, within) : 0), own);
    const time = times.get(name) ?? { self: 0, all: 0 };
    times.set(name, { self: time.self + own, all: time.all + (above.has(name) ? 0 : all) });
    return all;
  };
  if (nodes[0]) visit(nodes[0], new Set());
  return [...times].map(([name, time]) => ({ name, ...time }));
}

const folder = scratch();
const world = await World.start();
try {
  const built = build(join(folder, "build"), ["--minify=false"]);
  await world.reset(1);
  const warmUp = Math.round(events / 3);
  const sinceMs = await fill(world, events + warmUp);
  const port = await freePort();
  const flags = [`--inspector-addr=127.0.0.1:${port}`];
  const job = { mode: mode as Mode, destinations: 1, world, folder, sinceMs };
  const worker = await startTidemark(built, job, paid, { flags });
  const pids = [worker.process.pid ?? 0];
  try {
    const inspector = await Inspector.open(port);
    await inspector.send("Profiler.enable");
    await inspector.send("Profiler.setSamplingInterval", { interval: 200 });
    const warm = world.taken(warmUp);
    void ask(worker, "POST", "/sync").then((answer) => answer.body?.cancel());
    await warm;
    const before = cpuMs(pids);
    await inspector.send("Profiler.start");
    await world.taken(events + warmUp);
    const used = cpuMs(pids) - before;
    const { profile } = await inspector.send<{ profile: Profile }>("Profiler.stop");
    inspector.close();
    const times = toTimes(profile);
    const us = (ms: number) => ((ms * 1000) / events).toFixed(1).padStart(8);
    console.log(`${mode}: ${us(used)} µs of CPU an event. Of that in JavaScript, µs an event:`);
    console.log("    self      all  function:line of the bundle");
    const busy = times.filter(({ name }) => !/^\((root|program|idle)\)/.test(name));
    const top = (by: "self" | "all") => busy.toSorted((a, b) => b[by] - a[by]).slice(0, most);
    for (const { name, self, all } of top("self")) console.log(us(self), us(all), name);
    console.log("\nby all:");
    for (const { name, self, all } of top("all")) console.log(us(self), us(all), name);
  } finally {
    await end({ processes: [worker.process], go: () => undefined });
  }
} finally {
  world.stop();
  rmSync(folder, { recursive: true, force: true });
}
