// Keeps a workspace inside its part of the account's plan: how often it polls, what a run may do, when to hold back.
import type { Config } from "../config.ts";
import type { Member } from "../member.ts";
import type { Ports } from "../ports.ts";
import type { RunReport } from "../report.ts";
import type { Source } from "../source/source.ts";
import { toShortIso } from "../time.ts";
import { estimateCpuMs, type RunWork, workWithin } from "./cpu.ts";
import { Meter } from "./meter.ts";
import { forecast, hasRoom, midnightAfter, plan, type RunPlan, type Situation } from "./plan.ts";
import { type Plan, shareOf } from "./plans.ts";

interface Parts {
  readonly members: readonly Member[];
  readonly source: Source;
}

const unbounded: RunWork = {
  sends: Number.POSITIVE_INFINITY,
  events: Number.POSITIVE_INFINITY,
};

const usedUp = "The rows that Cloudflare's free plan allows this workspace today are used up.";

export class Governor {
  readonly meter: Meter;
  /** What a run may do for the sake of the CPU. */
  readonly work: RunWork;
  /** As decided for the last run. */
  decided: RunPlan | undefined;
  readonly #parts: Parts;
  readonly #ports: Ports;
  readonly #config: Config;
  #share: Plan;
  #sharers: number;
  #happenedMs: number | null = null;
  #byHand = false;
  /** Of the last run, estimated. */
  cpuMs: number | null = null;

  constructor(parts: Parts, ports: Ports, config: Config) {
    this.#parts = parts;
    this.#ports = ports;
    this.meter = new Meter(ports.ledger);
    this.#config = config;
    this.#sharers = config.sharers;
    this.#share = shareOf(config.plan, config.sharers);
    this.work = config.plan.hard && config.budgetByPlan ? workWithin(config.plan.cpuMs) : unbounded;
  }

  /** This workspace's share, which changes with the number of those who share. */
  get share(): Plan {
    const { plan, sharers } = this.#config;
    if (sharers !== this.#sharers) this.#share = shareOf(plan, sharers);
    this.#sharers = sharers;
    return this.#share;
  }

  /** POLL_SECONDS. */
  get promisedMs(): number {
    return this.#config.pollMs;
  }

  /** To the next poll. */
  get pollMs(): number {
    return this.decided?.pollMs ?? this.promisedMs;
  }

  /** A request to the object: a call, the cron's beat, an alarm. */
  asked(): void {
    const nowMs = this.#ports.clock.now();
    this.meter.count("object_requests", 1, nowMs);
    this.meter.touch(nowMs);
  }

  /** The alarm was set, which is a row. */
  alarmSet(): void {
    this.meter.count("rows_written", 1, this.#ports.clock.now());
  }

  /** A run begins: what it may do. `byHand`: somebody waits for it, for whom the source's last requests are kept. */
  begin(byHand: boolean): RunPlan {
    const nowMs = this.#ports.clock.now();
    this.#byHand = byHand;
    this.meter.touch(nowMs);
    this.meter.count("runs", 1, nowMs);
    this.meter.count("kv_reads", 1, nowMs);
    this.meter.rows(nowMs);
    this.decided = plan(this.situation());
    return this.decided;
  }

  /** Whether anything new may be read; false until midnight UTC when the day's rows are used up. */
  get mayRead(): boolean {
    return this.decided?.mayRead ?? true;
  }

  /** Whether a walk that has read so many events in this run may read one more page, by what is used up to now. */
  mayReadOn(events: number): boolean {
    if (events >= this.work.events || (this.#parts.source.low && !this.#byHand)) return false;
    return this.hasRoom();
  }

  /** Whether today's rows bear something new, beside so many. */
  hasRoom(rows = 0): boolean {
    const { share } = this;
    const nowMs = this.#ports.clock.now();
    this.meter.rows(nowMs);
    if (!share.hard) return true;
    const { use } = this.meter.today(nowMs);
    const used = { ...use, rowsWritten: use.rowsWritten + rows };
    const { length: destinations } = this.#parts.members;
    return hasRoom({ nowMs, plan: share, used, destinations, waiting: this.#waiting });
  }

  get heldText(): string {
    return `${usedUp} It goes on by itself after ${this.#midnight}.`;
  }

  /** Why so many rows may not be written today for what somebody orders; null when they may. */
  refusal(rows: number): string | null {
    if (this.hasRoom(rows)) return null;
    const otherwise = `take a shorter period at a time, or the paid plan, with PLAN = "paid" in wrangler.toml, and a deploy.`;
    const wholeDay = this.share.perDay.rowsWritten;
    return rows > wholeDay / 2
      ? `That takes ${rows} rows at once, and this workspace's part of Cloudflare's free plan is ${wholeDay} a day: ${otherwise}`
      : `${usedUp} Wait until ${this.#midnight}, ${otherwise}`;
  }

  get #midnight(): string {
    return toShortIso(midnightAfter(this.#ports.clock.now()));
  }

  get #waiting(): number {
    return this.#parts.members.reduce((sum, { lane }) => sum + lane.outbox.size, 0);
  }

  /** A run is over: when the next poll is. */
  end({ fresh, read, budget, destinations }: RunReport): void {
    const nowMs = this.#ports.clock.now();
    if (fresh > 0) this.#happenedMs = nowMs;
    const delivered = Object.values(destinations).reduce((sum, one) => sum + one.delivered, 0);
    this.cpuMs = estimateCpuMs({ requests: budget.used, read, delivered });
    this.meter.count("cpu_us", Math.round(this.cpuMs * 1000), nowMs);
    this.meter.count("outgoing", budget.used, nowMs);
    this.meter.touch(nowMs, true);
    this.meter.rows(nowMs);
    this.decided = plan(this.situation());
  }

  /** With the polls as they are planned now. */
  forecast() {
    return forecast(this.situation(), this.pollMs);
  }

  situation(): Situation {
    const nowMs = this.#ports.clock.now();
    const lately = this.meter.lately(nowMs);
    return {
      nowMs,
      plan: this.share,
      used: this.meter.today(nowMs).use,
      lately: lately.use,
      latelyRuns: lately.runs,
      pollMs: this.promisedMs,
      happenedMs: this.#happenedMs,
      destinations: this.#parts.members.length,
      waiting: this.#waiting,
      sourceRate: this.#parts.source.rate?.limit ?? 60,
      before: this.decided?.standing ?? "ok",
    };
  }
}
