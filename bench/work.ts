// One job done by one peer, with what it took.
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMs, watchMemory } from "./measure.ts";
import type { Job, Mode, Peer, Running } from "./peers/peer.ts";
import type { Built } from "./runtime/build.ts";
import type { Counts, Rules } from "./world/messages.ts";
import type { World } from "./world/world.ts";

/** What all parts of the bench work with. */
export interface Bench {
  readonly world: World;
  readonly built: Built;
  readonly peers: readonly Peer[];
  /** For all that the bench writes; removed at its end. */
  readonly folder: string;
  readonly events: number;
  readonly runs: number;
  /** Only the cases of which the title ends so. */
  readonly cases: string;
  say(line: string): void;
}

export interface Task {
  readonly mode: Mode;
  readonly destinations: number;
  readonly events: number;
  /** So many events more go before, unmeasured. */
  readonly warmUp: number;
  readonly rules?: Rules;
  /** SIGKILL and a new start, each time after so many events of all destinations. */
  readonly kills?: readonly number[];
  /** Nothing new for so long, and nothing will come. Default: the longest that a job may take. */
  readonly stallMs?: number;
  /** Waits for what may be sent twice. */
  readonly settle?: true;
}

export interface Measured {
  /** So many events were measured. */
  readonly events: number;
  readonly tookMs: number;
  readonly cpuMs: number;
  readonly memoryMb: number;
  /** Of the whole job, with the warm-up. */
  readonly counts: Counts;
  /** Deliveries that never came. */
  readonly lost: number;
}

const dayMs = 86_400_000;
/** Nothing new for so long, and a job has stopped. */
const mostMs = 60_000;
const startMs = 30_000;
/** What is sent twice is sent soon. */
const settleMs = 2500;

/** The log of the day before, of which all but the last minute is settled in its order. */
export async function fill(world: World, events: number): Promise<number> {
  const nowMs = Date.now();
  const times = { fromMs: nowMs - dayMs, toMs: nowMs - 60_000 };
  await world.load({ count: events, ...times, spread: "even" });
  return nowMs - 2 * dayMs;
}

export const pidsOf = ({ processes }: Running) => processes.flatMap(({ pid }) => pid ?? []);

/**
 * Where the bench and its peers keep what they store: in memory, where it outlives a process as on a disk, but a write
 * takes no time. Only workerd waits for the disk at each write, and Cloudflare's storage is not this machine's disk.
 */
export function scratch(): string {
  const memory = "/dev/shm";
  return mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "tidemark-bench-"));
}

/** Ends what was started, at once. */
export async function end({ processes }: Running): Promise<void> {
  const living = processes.filter(
    ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
  );
  const ended = living.map((child) => once(child, "exit"));
  for (const child of living) child.kill("SIGKILL");
  await Promise.all(ended);
}

export async function inFolder<T>(bench: Bench, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(bench.folder, "job-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function work(bench: Bench, peer: Peer, task: Task): Promise<Measured> {
  const { mode, destinations, warmUp, kills = [] } = task;
  const { world } = bench;
  return inFolder(bench, async (folder) => {
    await world.reset(destinations, task.rules);
    const sinceMs = await fill(world, warmUp + task.events);
    const job: Job = { mode, destinations, world, folder, sinceMs };
    const before = { cpuMs: 0, atMs: 0 };
    const begin = (one: Running) => {
      before.cpuMs = cpuMs(pidsOf(one));
      before.atMs = performance.now();
    };
    let started: Running | undefined;
    const first = peer.readsAhead && world.atFirstRequest(() => started && begin(started));
    let running = await peer.start(job);
    started = running;
    const peak = watchMemory(() => pidsOf(running));
    try {
      running.go();
      await first;
      if (!(await arrived(world, Math.max(1, warmUp * destinations), startMs)))
        throw new Error(`${peer.name} does not begin`);
      if (!peer.readsAhead) begin(running);
      for (const events of kills) {
        if (!(await arrived(world, events, task.stallMs))) break;
        await end(running);
        running = await peer.start(job);
        running.go();
      }
      const all = (warmUp + task.events) * destinations;
      await arrived(world, all, task.stallMs);
      const tookMs = performance.now() - before.atMs;
      const used = cpuMs(pidsOf(running)) - before.cpuMs;
      if (task.settle) await sleep(settleMs);
      const counts = await world.counts();
      const events = task.events + (peer.readsAhead ? warmUp : 0);
      return { events, tookMs, cpuMs: used, memoryMb: peak(), counts, lost: all - counts.taken };
    } finally {
      peak();
      await end(running);
    }
  });
}

/** False when nothing new comes any more. */
async function arrived(world: World, events: number, stallMs = mostMs): Promise<boolean> {
  const whole = world.taken(events).then(() => true);
  for (let before = -1; ; ) {
    const soon = new AbortController();
    const stalled = sleep(stallMs, false, { signal: soon.signal }).catch(() => false);
    const done = await Promise.race([whole, stalled]);
    soon.abort();
    if (done) return true;
    const { taken } = await world.counts();
    if (taken === before) return false;
    before = taken;
  }
}
