// A whole world in one process: the sandbox's audit log, receivers that record, and the pipeline on a virtual clock.

import { VirtualClock } from "../../sandbox/clock.ts";
import { seeded } from "../../sandbox/random.ts";
import type { Site } from "../../sandbox/site.ts";
import { nodeSql } from "../../sandbox/sql.ts";
import { webflowApi } from "../../sandbox/webflow/api.ts";
import { AuditLog } from "../../sandbox/webflow/audit-log.ts";
import { defaultQuirks, Faults } from "../../sandbox/webflow/quirks.ts";
import { Tokens } from "../../sandbox/webflow/tokens.ts";
import { type Config, parseConfig } from "../../src/config.ts";
import type { Clock } from "../../src/http.ts";
import { Ledger } from "../../src/ledger.ts";
import type { Log } from "../../src/log.ts";
import type { Ports } from "../../src/ports.ts";
import type { RunReport } from "../../src/report.ts";
import { Pipeline } from "../../src/run.ts";
import type { Sql } from "../../src/sql.ts";

export const workspaceId = "6621ccb459b561c69f29d57c";
export const token = "ws-test-token-of-the-workspace";
const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAbCdEfGh";
export const startMs = Date.parse("2026-06-01T12:00:00Z");

/** What a receiver answers to one request; undefined = 204, taken. */
type Answer = (ids: readonly string[]) => Response | "cut" | "hang" | undefined;

/** A webhook receiver that takes whatever it is sent and remembers it in order. */
export class Inbox {
  readonly received: { id: string; type: string; atMs: number; body: Record<string, unknown> }[] =
    [];
  requests = 0;
  /** Asked for each request before it is taken. */
  answer: Answer = () => undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get ids(): string[] {
    return this.received.map(({ id }) => id);
  }

  /** From each event's time to its arrival. */
  get delaysMs(): number[] {
    return this.received.map(({ body, atMs }) => atMs - Date.parse(String(body.time)));
  }

  async fetch(request: Request): Promise<Response> {
    this.requests += 1;
    const body = (await request.json()) as { id: string; type: string; data: unknown };
    const messages = (body.type === "tidemark.batch" ? body.data : [body]) as (typeof body)[];
    const answer = this.answer(messages.map(({ id }) => id));
    if (answer === "cut") throw new TypeError("connection reset");
    if (answer instanceof Response) return answer;
    const atMs = this.#clock.now();
    for (const { id, type, data } of messages) {
      this.received.push({ id, type, atMs, body: data as Record<string, unknown> });
    }
    if (answer === "hang") await this.#clock.sleep(3_600_000, request.signal);
    return new Response(null, { status: 204 });
  }
}

/** KV with what KV does to people: stale reads, refused writes. */
export class Kv {
  value: string | null = null;
  writes = 0;
  failing = false;
  /** What a read gives instead of the value, while it is set. */
  stale: string | null | undefined;

  async read(): Promise<string | null> {
    if (this.failing) throw new Error("KV GET failed: 500");
    return this.stale === undefined ? this.value : this.stale;
  }

  async write(value: string): Promise<void> {
    if (this.failing) throw new Error("KV PUT failed: 429 Too Many Requests");
    this.writes += 1;
    this.value = value;
  }
}

interface Entry {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

export interface WorldOptions {
  /** By host, or by the name of a binding: what stands there instead of an inbox. */
  readonly sites?: (clock: Clock) => Readonly<Record<string, Site>>;
  /** By name: options over those of a plain webhook. */
  readonly destinations?: Record<string, Record<string, unknown>>;
  readonly env?: Record<string, unknown>;
  readonly rateLimit?: number;
  /** So many rows a day in the place of the free plan's. */
  readonly rows?: number;
  readonly seed?: number;
}

/** Everything that outlives the process stays in the world; `pipeline` is what a restart makes anew. */
export class World {
  readonly clock = new VirtualClock(startMs);
  readonly log = new AuditLog();
  readonly tokens = new Tokens();
  readonly quirks = { ...defaultQuirks };
  readonly random;
  readonly faults: Faults;
  readonly api;
  readonly kv = new Kv();
  readonly inboxes: Record<string, Inbox> = {};
  readonly sites: Readonly<Record<string, Site>>;
  readonly entries: Entry[] = [];
  sql: Sql = nodeSql();
  /** By how much the pipeline's clock is ahead of the source's; behind, where negative. */
  skewMs = 0;
  config: Config;
  ports: Ports;
  pipeline: Pipeline;
  #options: WorldOptions;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.sites = options.sites?.(this.clock) ?? {};
    this.random = seeded(options.seed ?? 1);
    this.faults = new Faults(this.random);
    this.tokens.issue(token);
    this.api = webflowApi({
      log: this.log,
      clock: this.clock,
      random: this.random,
      tokens: this.tokens,
      workspace: { id: workspaceId, slug: "heart-of-gold" },
      quirks: this.quirks,
      faults: this.faults,
      rateLimit: options.rateLimit ?? Number.POSITIVE_INFINITY,
    });
    ({ config: this.config, ports: this.ports, pipeline: this.pipeline } = this.#open());
  }

  /** Ends the process and starts another, with other options if given. */
  restart(options: Partial<WorldOptions> = {}): void {
    this.#options = { ...this.#options, ...options };
    ({ config: this.config, ports: this.ports, pipeline: this.pipeline } = this.#open());
  }

  inbox(name = "siem"): Inbox {
    const inbox = this.inboxes[name];
    if (!inbox) throw new Error(`no inbox ${name}`);
    return inbox;
  }

  run(): Promise<RunReport> {
    return this.clock.run(this.pipeline.run("alarm", 5000));
  }

  /** Runs whenever the pipeline wants to, for so long. */
  async runFor(ms: number): Promise<void> {
    const endMs = this.clock.now() + ms;
    let atOnce = 0;
    while (this.clock.now() < endMs) {
      const beforeMs = this.clock.now();
      await this.run();
      await this.clock.runUntil(Math.min(this.pipeline.nextMs() - this.skewMs, endMs));
      atOnce = this.clock.now() === beforeMs ? atOnce + 1 : 0;
      if (atOnce > 500) throw new Error("the pipeline runs and runs without time passing");
    }
    await this.run();
  }

  warnings(message: string): Entry[] {
    return this.entries.filter((entry) => entry.message === message);
  }

  mark(name = "siem"): string | undefined {
    return JSON.parse(this.kv.value ?? "{}")[name]?.through;
  }

  #open(): { config: Config; ports: Ports; pipeline: Pipeline } {
    const destinations = this.#options.destinations ?? { siem: {} };
    const parsed = parseConfig({
      WEBFLOW_TOKEN: token,
      WORKSPACES: [{ id: workspaceId, token: "$WEBFLOW_TOKEN" }],
      DESTINATIONS: Object.entries(destinations).map(([name, options]) => ({
        name,
        type: "webhook",
        ...((options.type ?? "webhook") === "webhook"
          ? { url: `https://${name}.example.com/in`, secret: signingSecret }
          : {}),
        ...options,
      })),
      ...this.#options.env,
    });
    if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
    for (const name of Object.keys(destinations)) this.inboxes[name] ??= new Inbox(this.clock);
    const write =
      (level: keyof Log) =>
      (message: string, fields: Record<string, unknown> = {}) => {
        this.entries.push({ level, message, fields });
      };
    const ports: Ports = {
      fetch: (request, binding) => this.#fetch(request, binding),
      clock: {
        now: () => this.clock.now() + this.skewMs,
        sleep: (ms, signal) => this.clock.sleep(ms, signal),
      },
      random: this.random,
      marks: this.kv,
      ledger: new Ledger(this.sql),
      log: { info: write("info"), warn: write("warn"), error: write("error") },
    };
    const [workspace] = parsed.config.workspaces;
    if (!workspace) throw new Error("no workspace");
    const { rows } = this.#options;
    const { plan } = parsed.config;
    const perDay = { ...plan.perDay, ...(rows !== undefined && { rowsWritten: rows }) };
    const config = { ...parsed.config, plan: { ...plan, perDay } };
    return { config, ports, pipeline: new Pipeline(ports, config, workspace) };
  }

  async #fetch(request: Request, binding?: string): Promise<Response> {
    const { host } = new URL(request.url);
    const site = this.sites[binding ?? host];
    if (site) return site.fetch(request);
    if (host === "api.webflow.com") return this.api.fetch(request);
    return this.inbox(host.split(".")[0]).fetch(request);
  }
}

let serial = 0;

/** A login at a time, one second after the world's start unless told otherwise; each has an address of its own. */
export function login(atMs = startMs + 1000, overrides: Record<string, unknown> = {}) {
  serial += 1;
  return {
    timestamp: new Date(atMs).toISOString(),
    eventType: "user_access",
    eventSubType: "login",
    actor: { type: "person", id: "6661ccb359b561c69f29d554", email: "trillian@example.com" },
    workspace: { id: workspaceId, slug: "heart-of-gold" },
    payload: { method: "sso", ipAddress: `192.0.2.${serial % 250}`, location: `Lane ${serial}` },
    ...overrides,
  };
}
