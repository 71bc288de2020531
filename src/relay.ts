// The Durable Object, one per workspace: single-file runs, the alarm, and the ports to the world.
import { DurableObject } from "cloudflare:workers";
import { type BacktestReport, type BacktestRequest, Backtests } from "./backtest.ts";
import { Budget } from "./budget.ts";
import type { List } from "./calm/lists.ts";
import { type Config, parseConfig, type WorkspaceConfig } from "./config.ts";
import { discardLetter, retryLetter } from "./dead-letters.ts";
import type { Env } from "./env.ts";
import { type Fetch, systemClock } from "./http.ts";
import { Ledger } from "./ledger.ts";
import { jsonLog, redactor } from "./log.ts";
import { type Look, type LookQuery, look } from "./look.ts";
import type { Measured } from "./metrics.ts";
import type { Mute, MuteOrder } from "./mutes/mute.ts";
import { Newest, type NewestEvents } from "./newest.ts";
import { measure, type Overview, overview } from "./overview.ts";
import type { Ports } from "./ports.ts";
import { type Explained, explain } from "./proof/explain.ts";
import type { SignedReceipt } from "./proof/receipts.ts";
import type { PublicKey } from "./proof/signer.ts";
import { putObject } from "./r2.ts";
import type { RunReport } from "./report.ts";
import type { Applied, PlanReport, ResyncRequest } from "./resync/resync.ts";
import { Pipeline } from "./run.ts";
import { type WorkspaceStatus, workspaceHealth, workspaceStatus } from "./status.ts";
import { toSql } from "./storage.ts";
import { type TestReport, testDestination } from "./test-event.ts";
import { Watch } from "./watch.ts";

/** A run waits this long for slow destinations before it leaves them to themselves. */
const runMs = 5000;
/** A sync that somebody waits for waits longer. */
const syncMs = 20_000;

interface Works {
  readonly config: Config;
  readonly workspace: WorkspaceConfig;
  readonly ports: Ports;
  readonly pipeline: Pipeline;
  readonly watch: Watch;
  readonly backtests: Backtests;
}

export class Relay extends DurableObject<Env> {
  #works: Works | undefined;
  readonly #newest = new Newest();
  /** By destination: what its receiver said to the last test, and when. */
  readonly #tests = new Map<string, TestReport & { readonly atMs: number }>();

  /** The heartbeat: runs at once, and re-arms an alarm that was lost. */
  async beat(): Promise<void> {
    const alarmMs = await this.ctx.storage.getAlarm();
    this.#asked()?.watch.cron(alarmMs);
    await this.#run("cron");
  }

  override async alarm(): Promise<void> {
    this.#asked()?.watch.alarm();
    await this.#run("alarm");
  }

  /** Pulls and delivers now; with `fromMs`, reads again from there. */
  sync(fromMs?: number): Promise<RunReport> {
    const works = this.#open();
    if (fromMs !== undefined) works.pipeline.rewind(fromMs);
    return this.#armed(works, () => works.pipeline.sync(runMs, syncMs));
  }

  list(id: string, signature: string): List | null {
    return this.#open().pipeline.lists.read(id, signature) ?? null;
  }

  /** An admin opened the Worker at this address. */
  visited(origin: string): void {
    this.#open().pipeline.lists.visited(origin);
  }

  /** For monitors: one word. */
  health(): ReturnType<typeof workspaceHealth> {
    const { ports, pipeline, config } = this.#open();
    return workspaceHealth(ports, pipeline, config);
  }

  status(): WorkspaceStatus {
    const { ports, pipeline, config, workspace } = this.#open();
    return workspaceStatus(ports, pipeline, config, workspace.id);
  }

  look(query: LookQuery): Promise<Look> {
    const { ports, pipeline, workspace, config } = this.#open();
    return look(ports, pipeline, workspace.id, config.requestBudget, query);
  }

  /** Half a run's requests a call, for the live reads go on beside it. */
  backtest(request: BacktestRequest, asked: string): Promise<BacktestReport> {
    const { backtests, config } = this.#open();
    return backtests.run(request, asked, Math.ceil(config.requestBudget / 2));
  }

  /** Null when no destination of this workspace has the name. */
  async test(name: string): Promise<TestReport | null> {
    const { ports, pipeline, workspace } = this.#open();
    const member = pipeline.member(name);
    if (!member) return null;
    const report = await testDestination(ports, member, workspace.id);
    this.#tests.set(name, { ...report, atMs: ports.clock.now() });
    await this.#wake(name);
    return report;
  }

  /** Nothing is sent to a destination until then, or until it is resumed. False when there is none of the name. */
  async pause(name: string, by: string, untilMs: number | null): Promise<boolean> {
    const lane = this.#open().pipeline.member(name)?.lane;
    lane?.pause(by, untilMs);
    if (lane) await this.#wake(name);
    return lane !== undefined;
  }

  /** Ends an operator's pause, and tries at once what waits. False when there is none of the name. */
  async resume(name: string): Promise<boolean> {
    const lane = this.#open().pipeline.member(name)?.lane;
    lane?.goOn();
    if (lane) await this.#wake(name);
    return lane !== undefined;
  }

  /** Undefined when there are as many mutes as there may be. */
  async mute(order: MuteOrder, by: string): Promise<Mute | undefined> {
    const made = this.#open().pipeline.mutes.make(order, by);
    await this.#wake();
    return made;
  }

  /** Undefined when none of that number is under way. */
  async unmute(id: number, by: string): Promise<Mute | undefined> {
    const ended = this.#open().pipeline.mutes.end(id, by);
    await this.#wake();
    return ended;
  }

  mutes(): Mute[] {
    return this.#open().pipeline.mutes.all();
  }

  overview(): Overview {
    const { ports, pipeline, config, workspace } = this.#open();
    return overview(ports, pipeline, config, workspace.id);
  }

  /** For the metrics. */
  measured(): Measured {
    const { ports, pipeline, config, workspace } = this.#open();
    return measure(ports, pipeline, config, workspace.id);
  }

  /** The time of the `nth` youngest event that was seen; null when fewer were. */
  recentMs(nth: number): number | null {
    return this.#open().ports.ledger.events.recentMs(nth) ?? null;
  }

  /** The newest events that were seen, at most so many. */
  newest(most: number): Promise<NewestEvents> {
    const { ports, pipeline, config, workspace } = this.#open();
    return this.#newest.read(ports, pipeline, config, workspace.id, most);
  }

  /** What receivers said to the last test of each destination, as long as this process lives. */
  tests(): (TestReport & { readonly atMs: number })[] {
    return [...this.#tests.values()];
  }

  /** Takes a destination back into service that another workspace has tried with success. */
  async revive(name: string): Promise<void> {
    this.#open().pipeline.member(name)?.lane.condition.recover();
    await this.#wake(name);
  }

  receipts(fromMs: number, toMs: number): SignedReceipt[] {
    return this.#open().pipeline.receipts.between(fromMs, toMs);
  }

  receiptKey(): PublicKey {
    return this.#open().pipeline.receipts.signer.publicKey;
  }

  explain(event: string): Promise<Explained> {
    const { ports, pipeline, workspace, config } = this.#open();
    return explain(pipeline, ports, { ...config, id: workspace.id }, event);
  }

  async planResync(request: ResyncRequest): Promise<PlanReport> {
    const { pipeline, config } = this.#open();
    const report = await pipeline.resync.plan(request, new Budget(config.requestBudget));
    if (report.state === "planning") await this.#wake();
    return report;
  }

  async applyResync(plan: string): Promise<Applied> {
    const { pipeline, config } = this.#open();
    const applied = await pipeline.resync.apply(plan, new Budget(config.requestBudget));
    if (applied.kind === "applied") await this.#wake();
    return applied;
  }

  resync(plan: string): PlanReport | undefined {
    return this.#open().pipeline.resync.get(plan);
  }

  deadLetters(limit: number, before?: number) {
    return this.#open().ports.ledger.deadLetters(limit, before);
  }

  /** Sends a dead letter again with the next run, which is now. */
  async retryDeadLetter(id: number): Promise<ReturnType<typeof retryLetter>["kind"]> {
    const { ports, pipeline } = this.#open();
    const retried = retryLetter(ports, pipeline, id);
    if (retried.kind === "retrying") await this.#wake(retried.destination);
    return retried.kind;
  }

  discardDeadLetter(id: number): boolean {
    return discardLetter(this.#open().ports, id);
  }

  async #run(trigger: "cron" | "alarm"): Promise<void> {
    const works = this.#tryOpen();
    // A workspace that is no longer configured, or a broken configuration: nothing is pulled or sent. The cron
    // tells why, and wakes the workspace when it is mended.
    if (!works) return;
    const { pipeline, ports } = works;
    const patienceMs = Math.min(runMs, pipeline.governor.pollMs);
    try {
      await this.#armed(works, () => pipeline.run(trigger, patienceMs));
    } catch (error) {
      ports.log.error("run broke off", { workspace: works.workspace.id, trigger, error });
      if (trigger === "cron") throw error;
    }
  }

  /** With the alarm set before, so that a run that dies on the way is followed by another. */
  async #armed<T>({ pipeline, ports }: Works, run: () => Promise<T>): Promise<T> {
    const armedMs = ports.clock.now() + pipeline.governor.pollMs;
    await this.#setAlarm(armedMs);
    const result = await run();
    // Each setting is a row written, of which the free plan has 100,000 a day.
    const nextMs = pipeline.nextMs();
    if (nextMs < armedMs) await this.#setAlarm(nextMs);
    return result;
  }

  async #setAlarm(atMs: number): Promise<void> {
    this.#tryOpen()?.pipeline.governor.alarmSet();
    await this.ctx.storage.setAlarm(atMs);
  }

  /** Runs now, and looks at the destination whatever it has read. */
  async #wake(destination?: string): Promise<void> {
    if (destination !== undefined) this.#tryOpen()?.pipeline.wake(destination);
    await this.#setAlarm(systemClock.now());
  }

  #open(): Works {
    const works = this.#asked();
    if (!works) throw new Error(`workspace ${this.ctx.id.name} is not configured`);
    return works;
  }

  /** Each call is a request that Cloudflare counts. */
  #asked(): Works | undefined {
    const works = this.#tryOpen();
    works?.pipeline.governor.asked();
    return works;
  }

  #tryOpen(): Works | undefined {
    if (this.#works) return this.#works;
    const parsed = parseConfig(this.env);
    if (!parsed.ok) return undefined;
    const { config } = parsed;
    const ledger = new Ledger(toSql(this.ctx.storage));
    const workspace = config.workspaces.find(({ id }) => id === this.#name(ledger));
    if (!workspace) return undefined;
    const ports: Ports = {
      fetch: ((request, binding) =>
        binding === undefined
          ? fetch(request)
          : // That it is there was checked with the configuration.
            putObject(Reflect.get(this.env, binding) as R2Bucket, request)) as Fetch,
      clock: systemClock,
      random: Math.random,
      marks: {
        // As fresh as KV gives it: an operator's edit is noticed the sooner.
        read: () => this.env.MARKS.get(`marks:${workspace.id}`, { cacheTtl: 30 }),
        write: (value) => this.env.MARKS.put(`marks:${workspace.id}`, value),
      },
      ledger,
      log: jsonLog(redactor(config.secrets)),
    };
    for (const warning of config.warnings) ports.log.warn("configuration", { warning });
    const pipeline = new Pipeline(ports, config, workspace);
    const watch = new Watch(ports, pipeline.notices, workspace.id, pipeline.governor);
    const { source, toEvent } = pipeline;
    const backtests = new Backtests({
      ...{ ports, source, toEvent, workspaceId: workspace.id },
      knownGood: config.knownGood,
    });
    this.#works = { config, workspace, ports, pipeline, watch, backtests };
    return this.#works;
  }

  /** The workspace's id is the object's name, which is kept in case an alarm does not bring it along. */
  #name(ledger: Ledger): string {
    const key = "workspace";
    const name = this.ctx.id.name;
    const kept = ledger.get(key);
    if (name !== undefined && kept !== name) ledger.set(key, name);
    return name ?? String(kept);
  }
}
