// A drawn world, alive: everything around the Worker, and the operator's hands.
import { VirtualClock } from "../../sandbox/clock.ts";
import { integer, type Random } from "../../sandbox/random.ts";
import { nodeSql } from "../../sandbox/sql.ts";
import { webflowApi } from "../../sandbox/webflow/api.ts";
import { type FaultKind, Faults, faultKinds } from "../../sandbox/webflow/quirks.ts";
import { Tokens } from "../../sandbox/webflow/tokens.ts";
import { type Config, parseConfig } from "../../src/config.ts";
import type { Log } from "../../src/log.ts";
import { toIsoSecond } from "../../src/source/client.ts";
import type { Sql } from "../../src/sql.ts";
import { type Drawn, type DrawnDestination, minute, streamOf } from "./draw.ts";
import { DurableObject } from "./durable-object.ts";
import { Kv } from "./kv.ts";
import { Notes } from "./notes.ts";
import { Oracle } from "./oracle/oracle.ts";
import { type Platform, Process } from "./process.ts";
import { Receiver } from "./receivers.ts";
import { makeTraffic, startMs } from "./traffic.ts";
import { type Shown, Truths } from "./truth.ts";

export const workspaceId = "6621ccb459b561c69f29d57c";
const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAbCdEfGh";
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
  token = "ws-token-of-the-workspace-1";
  readonly #secondToken = "ws-token-in-reserve";
  readonly #delays: Random;
  #latencyMs: number;
  #config: Config | undefined;
  readonly steps: { readonly atMs: number; readonly byMs: number }[] = [];
  readonly bornMs = startMs;

  constructor(drawn: Drawn, noting = false) {
    this.drawn = drawn;
    this.notes = new Notes(this.clock, noting);
    this.destinations = drawn.destinations;
    this.requestBudget = drawn.requestBudget;
    this.skewMs = drawn.skewMs;
    this.#latencyMs = drawn.latencyMs;
    const stream = (purpose: string) => streamOf(drawn.seed, purpose);
    this.random = stream("pipeline");
    this.#delays = stream("delays");
    this.kv = new Kv(this.clock, stream("kv"), drawn.kv);
    this.truths = new Truths(workspaceId, drawn.traffic.schemaChangeMs);
    const { shown, shifts } = makeTraffic(drawn.seed, drawn.minutes, drawn.traffic, stream("lag"));
    for (const { item, visibleAtMs } of shown) this.truths.add(item, { visibleAtMs });
    const mix = drawn.sourceFaultRate > 0 && { rate: drawn.sourceFaultRate, kinds: sourceFaults };
    this.faults = new NotedFaults(stream("source faults"), mix || null);
    this.tokens.issue(this.token);
    this.tokens.issue(this.#secondToken);
    this.api = webflowApi({
      log: this.truths,
      clock: this.clock,
      random: stream("source"),
      tokens: this.tokens,
      workspace: { id: workspaceId, slug: "harborline" },
      quirks: drawn.quirks,
      faults: this.faults,
      rateLimit: drawn.rateLimit ?? Number.POSITIVE_INFINITY,
      beforeAnswer: this.#shiftPages(shifts, stream("shifts")),
    });
    this.oracle = new Oracle(this);
    for (const destination of drawn.destinations) this.addReceiver(destination);
    this.object = new DurableObject(this.clock, () => this.#startProcess(), this.oracle);
  }

  addReceiver(drawn: DrawnDestination): void {
    if (this.receivers.has(drawn.name)) return;
    const random = streamOf(this.drawn.seed, `receiver ${drawn.name}`);
    const receiver = new Receiver(drawn, this.clock, random, this.truths);
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
    this.#latencyMs = 50;
    for (const receiver of this.receivers.values()) Object.assign(receiver, { healed: true });
  }

  /** The way to the world and back; a request on its way arrives, whatever becomes of who sent it. */
  async send(request: Request, process: Process): Promise<Response> {
    const receiver = [...this.receivers.values()].find(({ url }) => url === request.url);
    this.oracle.onRequest();
    await this.#delay();
    if (request.signal.aborted) return never();
    if (!receiver) return this.#pull(request, process);
    return this.#deliver(receiver, request, process);
  }

  async #deliver(receiver: Receiver, request: Request, process: Process): Promise<Response> {
    const before = receiver.taken.length;
    const work = receiver.fetch(request);
    if (!process.alive) receiver.orphans.add(receiver.requests);
    const { name: destination } = receiver.drawn;
    const note = (said: string) =>
      this.notes.add(() => `${destination} ${receiver.last}: ${said}`, {
        destination,
        jsons: receiver.lastJsons,
      });
    try {
      const answer = await work;
      note(`HTTP ${answer.status}`);
      await this.#delay();
      const heard = process.alive && !request.signal.aborted && answer.status < 300;
      if (heard) this.oracle.onTaken(receiver, before, process);
      return answer;
    } catch (error) {
      note(String(error));
      throw error;
    }
  }

  async #pull(request: Request, process: Process): Promise<Response> {
    this.truths.shown = undefined;
    this.faults.last = null;
    // The answer is made before this returns: no other request comes between.
    const work = this.api.fetch(request);
    const shown = this.truths.shown as Shown | undefined; // set while the answer was made
    const spoilt = this.faults.last !== null;
    const hears = () => process.alive && !request.signal.aborted;
    try {
      const answer = await work;
      await this.#delay();
      const said = `${answer.status}${spoilt ? `, ${this.faults.last}` : ""}${hears() ? "" : ", unheard"}`;
      this.notes.add(
        () => `log ${request.url.split("?")[1]}: ${shown?.jsons.length ?? 0} shown, ${said}`,
        {
          jsons: shown?.jsons ?? [],
        },
      );
      if (hears()) this.oracle.onPulled(answer.status, spoilt ? undefined : shown);
      return answer;
    } catch (error) {
      if (hears()) this.oracle.onPulled(0, undefined);
      throw error;
    }
  }

  async #delay(): Promise<void> {
    await this.clock.sleep(integer(this.#delays, 0, this.#latencyMs));
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
    this.#config ??= this.#parse();
    const process = new Process(this, this.#config);
    this.notes.add(() => "a process starts");
    this.oracle.onStart();
    return process;
  }

  #parse(): Config {
    const parsed = parseConfig({
      WEBFLOW_TOKEN: this.token,
      RESERVE_TOKEN: this.#secondToken,
      WORKSPACES: [
        {
          id: workspaceId,
          token: this.drawn.secondToken ? ["$WEBFLOW_TOKEN", "$RESERVE_TOKEN"] : "$WEBFLOW_TOKEN",
        },
      ],
      DESTINATIONS: this.destinations.map((drawn) => this.#toOptions(drawn)),
      POLL_SECONDS: this.drawn.pollSeconds,
      REQUEST_BUDGET: this.requestBudget,
    });
    if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
    return parsed.config;
  }

  #toOptions({ name, type, batch = false, only, except, minSeverity, start }: DrawnDestination) {
    const webhook = type === "webhook" && { secret: signingSecret, batch };
    const filter = {
      ...(only && { only }),
      ...(except && { except }),
      ...(minSeverity && { minSeverity }),
    };
    return { name, type, url: this.receivers.get(name)?.url, ...webhook, ...filter, start };
  }

  /** Right before an answer, now and then, an event from within the overlap appears. */
  #shiftPages(items: readonly Record<string, unknown>[], random: Random): (nowMs: number) => void {
    const left = items.values();
    const endMs = startMs + this.drawn.minutes * minute;
    return (nowMs) => {
      if (nowMs > endMs || random() > 0.3) return;
      const { done, value } = left.next();
      if (done) return;
      const timestamp = new Date(nowMs - integer(random, 0, 100_000)).toISOString();
      this.truths.add({ ...value, timestamp }, { visibleAtMs: nowMs });
    };
  }
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

/** Errors have no enumerable fields of their own. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Error ? String(value) : value;
}
