// A drawn world, alive: everything around the Worker, and the operator's hands.
import { VirtualClock } from "../../sandbox/clock.ts";
import { integer, type Random } from "../../sandbox/random.ts";
import { nodeSql } from "../../sandbox/sql.ts";
import { webflowApi } from "../../sandbox/webflow/api.ts";
import { type FaultKind, Faults, faultKinds } from "../../sandbox/webflow/quirks.ts";
import { Tokens } from "../../sandbox/webflow/tokens.ts";
import type { Config } from "../../src/config.ts";
import { Ledger } from "../../src/ledger.ts";
import type { Log } from "../../src/log.ts";
import { toIsoSecond } from "../../src/source/client.ts";
import type { Sql } from "../../src/sql.ts";
import { configure, secondToken, workspaceId } from "./configuration.ts";
import { type Drawn, type DrawnDestination, minute, streamOf } from "./draw.ts";
import { DurableObject } from "./durable-object.ts";
import { Kv } from "./kv.ts";
import { Network } from "./network.ts";
import { Notes } from "./notes.ts";
import { Oracle } from "./oracle/oracle.ts";
import { type Platform, Process } from "./process.ts";
import { Receiver } from "./receivers.ts";
import { makeTraffic, shiftPages, startMs } from "./traffic.ts";
import { Truths } from "./truth.ts";

/** Not those that only cost time here: an hour's wait, and 64 MiB a time. */
const sourceFaults = faultKinds.filter(
  (kind) => kind !== "throttled_absurdly" && kind !== "oversized",
);

/** Remembers what it did last, so that the network knows a spoilt answer. */
class NotedFaults extends Faults {
  last: FaultKind | null = null;

  override next(): FaultKind | null {
    this.last = super.next();
    return this.last;
  }
}

export class World implements Platform {
  readonly drawn: Drawn;
  readonly clock = new VirtualClock(startMs);
  readonly notes: Notes;
  readonly truths: Truths;
  readonly kv: Kv;
  readonly receivers = new Map<string, Receiver>();
  readonly random: Random;
  readonly oracle: Oracle;
  readonly object: DurableObject;
  readonly tokens = new Tokens();
  readonly faults: NotedFaults;
  readonly api;
  sql: Sql = nodeSql();
  skewMs: number;
  healed = false;
  destinations: readonly DrawnDestination[];
  requestBudget: number;
  rows: number | null;
  token = "ws-token-of-the-workspace-1";
  readonly #network: Network;
  #config: Config | undefined;
  readonly steps: { readonly atMs: number; readonly byMs: number }[] = [];
  readonly bornMs = startMs;

  constructor(drawn: Drawn, noting = false) {
    this.drawn = drawn;
    this.notes = new Notes(this.clock, noting);
    this.destinations = drawn.destinations;
    this.requestBudget = drawn.requestBudget;
    this.rows = drawn.rows;
    this.skewMs = drawn.skewMs;
    const stream = (purpose: string) => streamOf(drawn.seed, purpose);
    this.random = stream("pipeline");
    this.kv = new Kv(this.clock, stream("kv"), drawn.kv);
    this.truths = new Truths(workspaceId, drawn.traffic.schemaChangeMs);
    this.truths.fingerprintOf = (id) =>
      this.sql.exec("SELECT fingerprint FROM seen WHERE id = ?", id)[0]?.fingerprint;
    const { shown, shifts } = makeTraffic(drawn.seed, drawn.minutes, drawn.traffic, stream("lag"));
    for (const { item, visibleAtMs } of shown) this.truths.add(item, { visibleAtMs });
    const mix = drawn.sourceFaultRate > 0 && { rate: drawn.sourceFaultRate, kinds: sourceFaults };
    this.faults = new NotedFaults(stream("source faults"), mix || null);
    this.tokens.issue(this.token);
    this.tokens.issue(secondToken);
    const endMs = startMs + drawn.minutes * minute;
    this.api = webflowApi({
      log: this.truths,
      clock: this.clock,
      random: stream("source"),
      tokens: this.tokens,
      workspace: { id: workspaceId, slug: "harborline" },
      quirks: drawn.quirks,
      faults: this.faults,
      rateLimit: drawn.rateLimit ?? Number.POSITIVE_INFINITY,
      beforeAnswer: shiftPages(this.truths, shifts, endMs, stream("shifts")),
    });
    this.oracle = new Oracle(this);
    this.#network = new Network(this, stream("delays"));
    for (const destination of drawn.destinations) this.addReceiver(destination);
    this.object = new DurableObject(this.clock, () => this.#startProcess(), this.oracle);
  }

  addReceiver(drawn: DrawnDestination): void {
    if (this.receivers.has(drawn.name)) return;
    const random = streamOf(this.drawn.seed, `receiver ${drawn.name}`);
    const list = (id: string) =>
      new Ledger(this.sql).lists.get(id)?.events.map((event) => event.id) ?? [];
    const receiver = new Receiver(drawn, this.clock, random, this.truths, list);
    this.receivers.set(drawn.name, receiver);
    const wanted = this.truths.events.filter(({ event }) => this.oracle.wants(drawn, event));
    for (let i = 0; i < drawn.poison && wanted.length > 0; i++) {
      const poison = wanted[integer(random, 0, wanted.length - 1)];
      if (poison) receiver.poison.add(poison);
    }
  }

  /** What was deployed last is read by the next process. */
  deploy(): void {
    this.#config = undefined;
    this.object.kill();
  }

  redeploy(destinations: readonly DrawnDestination[]): void {
    for (const destination of destinations) this.addReceiver(destination);
    const names = new Set(destinations.map(({ name }) => name));
    this.destinations = destinations.filter(({ name }) => names.delete(name));
    this.deploy();
  }

  wipe(): void {
    this.object.kill();
    this.sql = nodeSql();
    this.oracle.onWipe();
  }

  /** The Worker's clock is set to so much ahead of the world's. */
  step(skewMs: number): void {
    this.steps.push({ atMs: this.clock.now(), byMs: Math.abs(skewMs - this.skewMs) });
    this.skewMs = skewMs;
  }

  /** How far its clock was set since then, back and forth. */
  steppedMs(sinceMs: number): number {
    return this.steps.reduce((sum, { atMs, byMs }) => (atMs >= sinceMs ? sum + byMs : sum), 0);
  }

  /** As an operator does it: what KV shows, with one mark changed. */
  moveMark(name: string, bySeconds: number): void {
    const marks = JSON.parse(this.kv.text ?? "{}");
    const policy = this.oracle.policies.of(name);
    if (!Number.isFinite(policy.through)) return;
    const second = policy.through + bySeconds;
    policy.edits.add(second);
    this.kv.put(JSON.stringify({ ...marks, [name]: { through: toIsoSecond(second) } }));
  }

  heal(): void {
    this.healed = true;
    this.kv.heal();
    this.faults.mix = null;
    // A calm world's clock may be wrong, but it is not set.
    if (!this.drawn.calm) this.step(0);
    this.#network.latencyMs = 50;
    for (const receiver of this.receivers.values()) Object.assign(receiver, { healed: true });
  }

  send(request: Request, process: Process): Promise<Response> {
    return this.#network.send(request, process);
  }

  onDeath(process: Process): void {
    this.notes.add(() => "the process dies");
    this.oracle.onDeath(process);
  }

  onPosition(process: Process): void {
    this.oracle.onPosition(process);
  }

  onLog(_level: keyof Log, message: string, fields: Record<string, unknown>): void {
    const { destination } = fields;
    if (message !== "run")
      this.notes.add(() => `says "${message}" ${JSON.stringify(fields, plain)}`, {
        ...(typeof destination === "string" && { destination }),
      });
    this.oracle.onLog(message, fields);
  }

  #startProcess(): Process {
    this.#config ??= configure(this);
    const process = new Process(this, this.#config);
    this.notes.add(() => "a process starts");
    this.oracle.onStart();
    return process;
  }
}

/** Errors have no enumerable fields of their own. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Error ? String(value) : value;
}
