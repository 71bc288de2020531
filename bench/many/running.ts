// Tidemark with many stored workspaces in workerd (Miniflare), and what is seen of them from outside.
import { readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Many } from "../../sandbox/many.ts";
import { seeded } from "../../sandbox/random.ts";
import { type RunningWorker, startWorker } from "../../sandbox/worker.ts";
import { systemClock } from "../../src/http.ts";
import { quantile } from "../table.ts";
import { scratch } from "../work.ts";

const adminToken = "the-admin-token-of-the-benchmark";

export interface Setup {
  readonly count: number;
  readonly pollSeconds: number;
  /** Of the cron: it visits as many a minute. */
  readonly budget: number;
  /** Beyond that, through a queue. */
  readonly queue?: boolean;
}

export class Running {
  readonly many: Many;
  readonly worker: RunningWorker;
  readonly #setup: Setup;
  readonly #folder: string;

  private constructor(setup: Setup, folder: string, many: Many, worker: RunningWorker) {
    this.#setup = setup;
    this.#folder = folder;
    this.many = many;
    this.worker = worker;
  }

  static async start(setup: Setup): Promise<Running> {
    const many = new Many(setup.count, systemClock, seeded(1));
    const folder = scratch();
    const worker = await startWorker({
      persist: folder,
      queue: setup.queue ?? false,
      internet: many.internet,
      vars: { WORKSPACES: [], DESTINATIONS: [], REQUEST_BUDGET: setup.budget },
      secrets: {
        ADMIN_TOKEN: adminToken,
        CONFIG_KEY: "the-config-key-of-the-benchmark-0123456789",
      },
    });
    return new Running(setup, folder, many, worker);
  }

  async stop(): Promise<void> {
    await this.worker.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Stores all of them, some at once; gives how long each took. */
  async put(abreast = 8): Promise<number[]> {
    const { many } = this;
    const waiting = many.ids.values();
    const tookMs: number[] = [];
    const worker = async () => {
      for (const id of waiting) {
        const beforeMs = performance.now();
        const { status, text } = await this.ask("PUT", `/workspaces/${id}`, this.wanted(id));
        if (status !== 201) throw new Error(`PUT ${id}: ${status} ${text}`);
        tookMs.push(performance.now() - beforeMs);
      }
    };
    await Promise.all(Array.from({ length: abreast }, worker));
    return tookMs;
  }

  wanted(id: string) {
    return this.many.wanted(id, this.#setup.pollSeconds);
  }

  /** Resolves once each has polled as often. */
  async polled(times: number, patienceMs: number): Promise<void> {
    const endMs = Date.now() + patienceMs;
    const lacking = () =>
      this.many.ids.filter((id) => (this.many.polls.get(id)?.length ?? 0) < times);
    while (lacking().length > 0) {
      if (Date.now() > endMs) throw new Error(`${lacking().length} do not poll: ${lacking()[0]}`);
      await sleep(100);
    }
  }

  /** Some event somewhere, so many a second, for so long; the cron fires each minute. */
  async live(ids: readonly string[], eventsPerSecond: number, seconds: number): Promise<void> {
    const random = seeded(ids.length);
    const stepMs = 100;
    const steps = (seconds * 1000) / stepMs;
    const beganMs = Date.now();
    let happened = 0;
    for (let step = 0; step < steps; step += 1) {
      if (step % 600 === 300) await this.worker.cron();
      const due = Math.floor((step * stepMs * eventsPerSecond) / 1000);
      for (; happened < due; happened += 1) {
        const id = ids[Math.floor(random() * ids.length)];
        if (id) this.many.happen(id);
      }
      await sleep(Math.max(0, beganMs + (step + 1) * stepMs - Date.now()));
    }
  }

  /** Waits for what is still to come of these; gives up after so long. */
  async settle(ids: ReadonlySet<string>, patienceMs: number): Promise<void> {
    const endMs = Date.now() + patienceMs;
    const open = () =>
      this.many.arrivals.some(
        ({ workspace, takenMs }) => ids.has(workspace) && takenMs.length === 0,
      );
    while (open() && Date.now() < endMs) await sleep(200);
  }

  async ask(method: string, path: string, body?: unknown) {
    const response = await this.worker.fetch(path, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text() };
  }
}

export interface Seen {
  readonly workspaces: number;
  readonly events: number;
  readonly lost: number;
  readonly repeated: number;
  /** From one taking of an event to the next: at least the sender's timeout, where it had no answer by then. */
  readonly repeatMs: readonly number[];
  /** From being visible in the log to the receiver. */
  readonly freshnessMs: readonly number[];
  /** The longest time between two polls, of each workspace. */
  readonly gapMs: readonly number[];
}

/** Of these workspaces: of what happened from `fromMs` to `toMs`, and how they were polled from `fromMs` on. */
export function seenOf(many: Many, ids: ReadonlySet<string>, fromMs: number, toMs: number): Seen {
  const arrivals = many.arrivals.filter(
    ({ workspace, addedMs }) => ids.has(workspace) && addedMs >= fromMs && addedMs < toMs,
  );
  const gapMs = [...ids].map((id) => {
    const times = (many.polls.get(id) ?? []).filter((ms) => ms >= fromMs);
    // The walk of one run may ask twice; what counts is the longest silence.
    return Math.max(0, ...times.slice(1).map((ms, i) => ms - (times[i] ?? ms)));
  });
  return {
    workspaces: ids.size,
    events: arrivals.length,
    lost: arrivals.filter(({ takenMs }) => takenMs.length === 0).length,
    repeated: arrivals.filter(({ takenMs }) => takenMs.length > 1).length,
    repeatMs: arrivals.flatMap(({ takenMs }) =>
      takenMs.slice(1).map((ms, i) => ms - (takenMs[i] ?? ms)),
    ),
    freshnessMs: arrivals.flatMap(({ addedMs, takenMs: [first] }) =>
      first === undefined ? [] : [first - addedMs],
    ),
    gapMs,
  };
}

/** `p50 / p99 / most`, in seconds. */
export function spread(ms: readonly number[]): string {
  const at = (share: number) => (quantile(ms, share) / 1000).toFixed(1);
  return `${at(0.5)} / ${at(0.99)} / ${(Math.max(...ms) / 1000).toFixed(1)}`;
}

/** workerd's process: what this one has started. */
export function children(): number[] {
  const { pid } = process;
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .split(" ")
    .filter(Boolean)
    .map(Number);
}
