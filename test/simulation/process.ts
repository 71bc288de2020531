// One life of the Worker: the pipeline with its ports, each call of which may be its last.
import type { VirtualClock } from "../../sandbox/clock.ts";
import type { Config } from "../../src/config.ts";
import type { Clock, Fetch } from "../../src/http.ts";
import { Ledger } from "../../src/ledger.ts";
import type { Log } from "../../src/log.ts";
import type { MarkStore, Ports } from "../../src/ports.ts";
import { Pipeline } from "../../src/run.ts";
import type { Sql } from "../../src/sql.ts";
import { Watch } from "../../src/watch.ts";

/** What outlives a process, and hears of what it does. */
export interface Platform {
  readonly clock: VirtualClock;
  /** How far the Worker's clock is ahead of the world's. */
  readonly skewMs: number;
  readonly random: () => number;
  readonly kv: MarkStore;
  readonly sql: Sql;
  send(request: Request, process: Process): Promise<Response>;
  onDeath(process: Process): void;
  onLog(level: keyof Log, message: string, fields: Record<string, unknown>): void;
  onPosition(process: Process): void;
}

export class Process {
  alive = true;
  /** Requests that it waits for. */
  underWay = 0;
  readonly config: Config;
  readonly pipeline: Pipeline;
  readonly watch: Watch;
  readonly ports: Ports;
  readonly #platform: Platform;
  /** So many more calls of a port until it dies. */
  #left = Number.POSITIVE_INFINITY;

  constructor(platform: Platform, config: Config) {
    this.#platform = platform;
    this.config = config;
    const [workspace] = config.workspaces;
    if (!workspace) throw new Error("no workspace");
    this.ports = {
      fetch: this.#fetch(),
      clock: this.#clock(),
      random: platform.random,
      marks: this.#marks(),
      ledger: new Ledger(this.#sql()),
      log: this.#log(),
    };
    this.pipeline = new Pipeline(this.ports, config, workspace);
    this.watch = new Watch(this.ports, this.pipeline.notices, workspace.id, this.pipeline.governor);
  }

  /** It dies within its next calls: before or after a request, a read of KV, a moment of waiting. */
  dieAfter(calls: number): void {
    this.#left = calls;
  }

  die(): void {
    if (!this.alive) return;
    this.alive = false;
    this.#platform.onDeath(this);
  }

  /** Between any two awaits: what a dead process still waits for never comes. */
  async #passes(): Promise<void> {
    this.#left -= 1;
    if (this.#left < 0) this.die();
    if (!this.alive) return new Promise(() => undefined);
  }

  async #guard<T>(work: () => Promise<T>): Promise<T> {
    await this.#passes();
    try {
      return await work();
    } finally {
      await this.#passes();
    }
  }

  #fetch(): Fetch {
    return (request) => {
      this.underWay += 1;
      // What is given up is waited for no longer.
      const { promise: givenUp, resolve } = Promise.withResolvers<void>();
      request.signal.addEventListener("abort", () => resolve(), { once: true });
      const work = this.#guard(() => this.#platform.send(request, this));
      const settled = work.then(
        () => undefined,
        () => undefined,
      );
      Promise.race([settled, givenUp]).then(() => {
        this.underWay -= 1;
      });
      return work;
    };
  }

  #clock(): Clock {
    const platform = this.#platform;
    return {
      now: () => platform.clock.now() + platform.skewMs,
      sleep: (ms, signal) => this.#guard(() => platform.clock.sleep(ms, signal)),
    };
  }

  #marks(): MarkStore {
    const { kv } = this.#platform;
    return {
      read: () => this.#guard(() => kv.read()),
      write: (text) => this.#guard(() => kv.write(text)),
    };
  }

  /** What a dead process still does by itself reaches no storage. */
  #sql(): Sql {
    const platform = this.#platform;
    const { sql } = platform;
    return {
      exec: (query, ...bindings) => {
        if (!this.alive) return [];
        const rows = sql.exec(query, ...bindings);
        if (movesPosition.test(query)) platform.onPosition(this);
        return rows;
      },
      transaction: (work) => (this.alive ? sql.transaction(work) : work()),
      used: () => sql.used(),
    };
  }

  #log(): Log {
    const write =
      (level: keyof Log) =>
      (message: string, fields: Record<string, unknown> = {}) => {
        if (this.alive) this.#platform.onLog(level, message, fields);
      };
    return { info: write("info"), warn: write("warn"), error: write("error") };
  }
}

const movesPosition = /^\s*(?:UPDATE|INSERT)\b[^(]*\bpositions\b/;
