// The life of a workspace's Durable Object: runs by cron and alarm, one at a time; a configuration that is stored,
// replaced and removed; and what all of it works with.
import { parseConfig } from "./config.ts";
import type { Env } from "./env.ts";
import { internet, systemClock } from "./http.ts";
import { Ledger } from "./ledger.ts";
import { jsonLog, redactor } from "./log.ts";
import type { RunReport } from "./report.ts";
import { workspaceSeen } from "./status.ts";
import { toSql } from "./storage.ts";
import { outletsOf } from "./stored/outlets.ts";
import { nextMoment } from "./stored/phase.ts";
import type { Draft, StoredRecord } from "./stored/record.ts";
import type { Seen } from "./stored/roll.ts";
import type { Look } from "./stored/rounds.ts";
import { type Changed, Tenancy } from "./stored/tenancy.ts";
import { hourMs } from "./time.ts";
import { openWorks, quiet, type Works } from "./works.ts";

/** A run waits this long for slow destinations before it leaves them to themselves. */
const runMs = 5000;
/** A sync that somebody waits for waits longer. */
const syncMs = 20_000;

/** An alarm that is later than this is lost. */
const lateMs = 20_000;
/** When something is tried again that could not be said to KV or the roll. */
const againMs = 60_000;

export class Life {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  #works: Works | undefined;
  /** What is kept; undefined once it was erased, until there is something to keep again. */
  #kept: { id: string; ledger: Ledger; tenancy: Tenancy } | undefined;
  /** Under way. */
  readonly #runs = new Set<Promise<unknown>>();
  /** Ends when a change of the configuration has taken the place of what ran before. */
  #changing: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    this.#ctx = ctx;
    this.#env = env;
    void ctx.blockConcurrencyWhile(() => this.#tenancy.load());
  }

  /** The heartbeat: runs at once, and re-arms an alarm that was lost. */
  async beat(): Promise<void> {
    const alarmMs = await this.#ctx.storage.getAlarm();
    this.works()?.watch.cron(alarmMs);
    await this.#run("cron");
  }

  async alarm(): Promise<void> {
    if (this.#tenancy.eraseMs !== null) return this.#leave();
    this.works()?.watch.alarm();
    await this.#run("alarm");
    await this.#publish();
  }

  /** A stored workspace's configuration is replaced, and holds at once. */
  async configure(draft: Draft, expected?: number): Promise<Changed> {
    const changed = await this.#tenancy.change(draft, expected, systemClock.now());
    if (changed.kind === "conflict") return changed;
    await this.#changeOver();
    // At once: where it begins now, it begins with this change. From then on it keeps to its own moments.
    if (this.#tryOpen()) await this.#setAlarm(systemClock.now());
    await this.#publish();
    return changed;
  }

  /** It is read no more. What it knows is erased after so many days, 0 for now. False where it is not stored. */
  async retire(keepDays: number): Promise<boolean> {
    if (!this.#tenancy.remove(keepDays, systemClock.now())) return false;
    await this.#changeOver();
    await this.#leave();
    return true;
  }

  /** Sealed as it is, and how it is. Null where it is not stored. */
  stored(): { record: StoredRecord; seen: Omit<Seen, "id"> } | null {
    const { record } = this.#tenancy;
    return record && { record, seen: this.#seen() };
  }

  /** The cron's visit to a stored workspace, which polls by its alarm: one that is lost is set again. */
  async glance({ version, total, everyMs }: Look): Promise<Omit<Seen, "id">> {
    if (this.#tenancy.isOlderThan(version) && (await this.#tenancy.recover()))
      await this.#changeOver();
    this.#tenancy.share(total);
    const works = this.works();
    if (works) {
      const alarmMs = await this.#ctx.storage.getAlarm();
      const nowMs = systemClock.now();
      const { id } = works.workspace;
      works.watch.cron(alarmMs, everyMs);
      if (alarmMs === null || nowMs - alarmMs > lateMs)
        await this.#setAlarm(nextMoment(id, nowMs, works.config.pollMs, true));
    }
    return this.#seen();
  }

  /** Pulls and delivers now; with `fromMs`, reads again from there. */
  async sync(fromMs?: number): Promise<RunReport> {
    await this.#changing;
    const works = this.open();
    if (fromMs !== undefined) works.pipeline.rewind(fromMs);
    return this.#armed(works, () => works.pipeline.sync(runMs, syncMs));
  }

  async #run(trigger: "cron" | "alarm"): Promise<void> {
    await this.#changing;
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

  async #armed<T>(works: Works, run: () => Promise<T>): Promise<T> {
    const running = this.#runArmed(works, run);
    this.#runs.add(running);
    try {
      return await running;
    } finally {
      this.#runs.delete(running);
    }
  }

  /** With the alarm set before, so that a run that dies on the way is followed by another. */
  async #runArmed<T>({ pipeline, workspace }: Works, run: () => Promise<T>): Promise<T> {
    const nowMs = systemClock.now();
    const { pollMs } = pipeline.governor;
    const isStored = this.#tenancy.record !== null;
    const nextPollMs = isStored ? nextMoment(workspace.id, nowMs, pollMs) : nowMs + pollMs;
    await this.#setAlarm(nextPollMs);
    const result = await run();
    // Each setting is a row written, of which the free plan has 100,000 a day.
    const nextMs = pipeline.nextMs();
    if (nextMs < Math.min(nextPollMs, nowMs + pollMs)) await this.#setAlarm(nextMs);
    return result;
  }

  async #setAlarm(atMs: number): Promise<void> {
    this.#tryOpen()?.pipeline.governor.alarmSet();
    await this.#ctx.storage.setAlarm(atMs);
  }

  /** Runs now, and looks at the destination whatever it has read. */
  async wake(destination?: string): Promise<void> {
    if (destination !== undefined) this.#tryOpen()?.pipeline.wake(destination);
    await this.#setAlarm(systemClock.now());
  }

  /** Requests under way are let through first, and their outcomes noted; then the new configuration is opened. */
  async #changeOver(): Promise<void> {
    const before = this.#works;
    if (!before) return;
    this.#changing = this.#changing.then(async () => {
      await quiet(before, this.#runs);
      if (this.#works === before) this.#works = undefined;
    });
    await this.#changing;
  }

  /** What KV or the roll does not take now is told with the next alarm. */
  async #publish(): Promise<void> {
    try {
      await this.#tenancy.publish();
    } catch (error) {
      jsonLog(redactor([])).warn("stored workspace not published yet", { error });
    }
  }

  /** On the way out: KV and the roll are told, the ledger stays for its time. */
  async #leave(): Promise<void> {
    await this.#publish();
    const nowMs = systemClock.now();
    const eraseMs = this.#tenancy.eraseMs ?? nowMs;
    if (!this.#tenancy.published) return this.#ctx.storage.setAlarm(nowMs + againMs);
    if (eraseMs > nowMs) return this.#ctx.storage.setAlarm(eraseMs);
    await this.#env.MARKS.delete(`marks:${this.#keep().id}`);
    await this.#ctx.storage.deleteAlarm();
    await this.#ctx.storage.deleteAll();
    this.#kept = undefined;
  }

  #seen(): Omit<Seen, "id"> {
    const works = this.#tryOpen();
    if (!works) return { state: "misconfigured", problem: this.#tenancy.problem };
    const { ports, pipeline, config } = works;
    const { state, problem } = workspaceSeen(ports, pipeline, config);
    return { state, problem: problem && redactor(config.secrets)(problem) };
  }

  /** Undefined where it is not configured. Each call is a request that Cloudflare counts. */
  works(): Works | undefined {
    const works = this.#tryOpen();
    works?.pipeline.governor.asked();
    return works;
  }

  open(): Works {
    const works = this.works();
    if (!works) throw new Error(`workspace ${this.#ctx.id.name} is not configured`);
    return works;
  }

  /** What stands in wrangler.toml goes before what is stored under the same id. */
  #tryOpen(): Works | undefined {
    if (this.#works) return this.#works;
    const { id, ledger, tenancy } = this.#keep();
    const parsed = parseConfig(this.#env);
    const inFile = parsed.ok && parsed.config.workspaces.some((one) => one.id === id);
    const config = inFile ? parsed.config : tenancy.config;
    const workspace = config?.workspaces.find((one) => one.id === id);
    if (!config || !workspace) return undefined;
    // A stored one is visited in rotation, and nobody has told yet how long that is.
    const everyMs = inFile ? undefined : hourMs;
    this.#works = openWorks(this.#env, ledger, config, workspace, internet, everyMs);
    return this.#works;
  }

  get #tenancy(): Tenancy {
    return this.#keep().tenancy;
  }

  #keep() {
    this.#kept ??= this.#begin();
    return this.#kept;
  }

  #begin() {
    const ledger = new Ledger(toSql(this.#ctx.storage));
    const id = nameOf(this.#ctx, ledger);
    return { id, ledger, tenancy: new Tenancy(id, ledger, this.#env, outletsOf(this.#env, id)) };
  }
}

/** The workspace's id is the object's name, which is kept in case an alarm does not bring it along. */
function nameOf({ id: { name } }: DurableObjectState, ledger: Ledger): string {
  const key = "workspace";
  const kept = ledger.get(key);
  if (name !== undefined && kept !== name) ledger.set(key, name);
  return name ?? String(kept);
}
