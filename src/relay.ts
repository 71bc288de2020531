// The Durable Object, one per workspace: single-file runs, the alarm, and the ports to the world.
import { DurableObject } from "cloudflare:workers";
import type { BacktestReport, BacktestRequest } from "./backtest.ts";
import { Budget } from "./budget.ts";
import type { List } from "./calm/lists.ts";
import { discardLetter, retryLetter } from "./dead-letters.ts";
import type { Env } from "./env.ts";
import type { Lane } from "./lane.ts";
import { Life } from "./life.ts";
import { type Look, type LookQuery, look } from "./look.ts";
import type { Measured } from "./metrics.ts";
import type { Mute, MuteOrder } from "./mutes/mute.ts";
import { Newest, type NewestEvents } from "./newest.ts";
import { measure, type Overview, overview } from "./overview.ts";
import { type Explained, explain } from "./proof/explain.ts";
import type { SignedReceipt } from "./proof/receipts.ts";
import type { PublicKey } from "./proof/signer.ts";
import type { RunReport } from "./report.ts";
import type { Applied, PlanReport, ResyncRequest } from "./resync/resync.ts";
import { type WorkspaceStatus, workspaceHealth, workspaceStatus } from "./status.ts";
import type { Draft } from "./stored/record.ts";
import type { Seen } from "./stored/roll.ts";
import type { Look as Glance } from "./stored/rounds.ts";
import type { Changed } from "./stored/tenancy.ts";
import { type TestReport, testDestination } from "./test-event.ts";

export class Relay extends DurableObject<Env> {
  readonly #life = new Life(this.ctx, this.env);
  readonly #newest = new Newest();
  /** By destination: what its receiver said to the last test, and when. */
  readonly #tests = new Map<string, TestReport & { readonly atMs: number }>();

  beat(): Promise<void> {
    return this.#life.beat();
  }

  override alarm(): Promise<void> {
    return this.#life.alarm();
  }

  sync(fromMs?: number): Promise<RunReport> {
    return this.#life.sync(fromMs);
  }

  configure(draft: Draft, expected?: number): Promise<Changed> {
    return this.#life.configure(draft, expected);
  }

  retire(keepDays: number): Promise<boolean> {
    return this.#life.retire(keepDays);
  }

  stored(): ReturnType<Life["stored"]> {
    return this.#life.stored();
  }

  glance(glance: Glance): Promise<Omit<Seen, "id">> {
    return this.#life.glance(glance);
  }

  /** For anybody: also where nothing is configured it answers. */
  list(id: string, signature: string): List | null {
    return this.#life.works()?.pipeline.lists.read(id, signature) ?? null;
  }

  /** An admin opened the Worker at this address. */
  visited(origin: string): void {
    this.#life.open().pipeline.lists.visited(origin);
  }

  /** For monitors: one word. */
  health(): ReturnType<typeof workspaceHealth> {
    const { ports, pipeline, config } = this.#life.open();
    return workspaceHealth(ports, pipeline, config);
  }

  status(): WorkspaceStatus {
    const { ports, pipeline, config, workspace } = this.#life.open();
    return workspaceStatus(ports, pipeline, config, workspace.id);
  }

  look(query: LookQuery): Promise<Look> {
    const { ports, pipeline, workspace, config } = this.#life.open();
    return look(ports, pipeline, workspace.id, config.requestBudget, query);
  }

  /** Half a run's requests a call, for the live reads go on beside it. */
  backtest(request: BacktestRequest, asked: string): Promise<BacktestReport> {
    const { backtests, config } = this.#life.open();
    return backtests.run(request, asked, Math.ceil(config.requestBudget / 2));
  }

  /** Null when no destination of this workspace has the name. */
  async test(name: string): Promise<TestReport | null> {
    const { ports, pipeline, workspace } = this.#life.open();
    const member = pipeline.member(name);
    if (!member) return null;
    const report = await testDestination(ports, member, workspace.id);
    this.#tests.set(name, { ...report, atMs: ports.clock.now() });
    await this.#life.wake(name);
    return report;
  }

  /** Nothing is sent to a destination until then, or until it is resumed. False when there is none of the name. */
  async pause(name: string, by: string, untilMs: number | null): Promise<boolean> {
    const lanes = this.#lanesOf(name);
    for (const lane of lanes) lane.pause(by, untilMs);
    if (lanes.length > 0) await this.#life.wake(name);
    return lanes.length > 0;
  }

  /** Ends an operator's pause, and tries at once what waits. False when there is none of the name. */
  async resume(name: string): Promise<boolean> {
    const lanes = this.#lanesOf(name);
    for (const lane of lanes) lane.goOn();
    if (lanes.length > 0) await this.#life.wake(name);
    return lanes.length > 0;
  }

  /** With its digest, which by its own name is held apart. */
  #lanesOf(name: string): Lane[] {
    return this.#life
      .open()
      .pipeline.members.filter(({ config }) => name === config.name || name === config.digest?.live)
      .map(({ lane }) => lane);
  }

  /** Undefined when there are as many mutes as there may be. */
  async mute(order: MuteOrder, by: string): Promise<Mute | undefined> {
    const made = this.#life.open().pipeline.mutes.make(order, by);
    await this.#life.wake();
    return made;
  }

  /** Undefined when none of that number is under way. */
  async unmute(id: number, by: string): Promise<Mute | undefined> {
    const ended = this.#life.open().pipeline.mutes.end(id, by);
    await this.#life.wake();
    return ended;
  }

  mutes(): Mute[] {
    return this.#life.open().pipeline.mutes.all();
  }

  overview(): Overview {
    const { ports, pipeline, config, workspace } = this.#life.open();
    return overview(ports, pipeline, config, workspace.id);
  }

  /** For the metrics. */
  measured(): Measured {
    const { ports, pipeline, config, workspace } = this.#life.open();
    return measure(ports, pipeline, config, workspace.id);
  }

  /** The time of the `nth` youngest event that was seen; null when fewer were. */
  recentMs(nth: number): number | null {
    return this.#life.open().ports.ledger.events.recentMs(nth) ?? null;
  }

  /** The newest events that were seen, at most so many. */
  newest(most: number): Promise<NewestEvents> {
    const { ports, pipeline, config, workspace } = this.#life.open();
    return this.#newest.read(ports, pipeline, config, workspace.id, most);
  }

  /** What receivers said to the last test of each destination, as long as this process lives. */
  tests(): (TestReport & { readonly atMs: number })[] {
    return [...this.#tests.values()];
  }

  /** Takes a destination back into service that another workspace has tried with success. */
  async revive(name: string): Promise<void> {
    const { pipeline } = this.#life.open();
    pipeline.member(name)?.lane.condition.recover();
    await this.#life.wake(name);
  }

  receipts(fromMs: number, toMs: number): SignedReceipt[] {
    return this.#life.open().pipeline.receipts.between(fromMs, toMs);
  }

  /** With which the receipts can be checked. */
  receiptKey(): PublicKey {
    return this.#life.open().pipeline.receipts.signer.publicKey;
  }

  explain(event: string): Promise<Explained> {
    const { ports, pipeline, workspace, config } = this.#life.open();
    return explain(pipeline, ports, { ...config, id: workspace.id }, event);
  }

  async planResync(request: ResyncRequest): Promise<PlanReport> {
    const { pipeline, config } = this.#life.open();
    const report = await pipeline.resync.plan(request, new Budget(config.requestBudget));
    if (report.state === "planning") await this.#life.wake();
    return report;
  }

  async applyResync(plan: string): Promise<Applied> {
    const { pipeline, config } = this.#life.open();
    const applied = await pipeline.resync.apply(plan, new Budget(config.requestBudget));
    if (applied.kind === "applied") await this.#life.wake();
    return applied;
  }

  resync(plan: string): PlanReport | undefined {
    return this.#life.open().pipeline.resync.get(plan);
  }

  deadLetters(limit: number, before?: number) {
    return this.#life.open().ports.ledger.deadLetters(limit, before);
  }

  /** Sends a dead letter again with the next run, which is now. */
  async retryDeadLetter(id: number): Promise<ReturnType<typeof retryLetter>["kind"]> {
    const { ports, pipeline } = this.#life.open();
    const retried = retryLetter(ports, pipeline, id);
    if (retried.kind === "retrying") await this.#life.wake(retried.destination);
    return retried.kind;
  }

  discardDeadLetter(id: number): boolean {
    return discardLetter(this.#life.open().ports, id);
  }
}
