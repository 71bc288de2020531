// What life.ts is to the platform: one process at a time, runs by cron and alarm, the alarm set before each run.
import type { VirtualClock } from "../../sandbox/clock.ts";
import { Budget } from "../../src/budget.ts";
import type { Trigger } from "../../src/report.ts";
import type { Applied, PlanReport, ResyncRequest } from "../../src/resync/resync.ts";
import type { Process } from "./process.ts";

const runMs = 5000;
const syncMs = 20_000;

export interface Watcher {
  onRunBegins(process: Process): void;
  /** Besides the runs so many requests may be made. */
  onBudget(requests: number): void;
  onRunEnds(process: Process, trigger: Trigger): void;
}

export class DurableObject {
  /** Alarms that are due while this is set never ring. */
  alarmsLost = false;
  #process: Process | undefined;
  #alarm = 0;
  /** When it is to ring, by the Worker's clock; null when none is set. */
  #alarmMs: number | null = null;
  readonly #clock: VirtualClock;
  readonly #start: () => Process;
  readonly #watcher: Watcher;

  constructor(clock: VirtualClock, start: () => Process, watcher: Watcher) {
    this.#clock = clock;
    this.#start = start;
    this.#watcher = watcher;
  }

  /** The process; a new one when the last has died. */
  get process(): Process {
    if (!this.#process?.alive) this.#process = this.#start();
    return this.#process;
  }

  kill(): void {
    this.#process?.die();
    this.#process = undefined;
  }

  /** Resolves when the run is over; never, when the process dies on the way. */
  async beat(trigger: "cron" | "alarm"): Promise<void> {
    const { process } = this;
    const { pipeline } = process;
    pipeline.governor.asked();
    if (trigger === "cron") process.watch.cron(this.#alarmMs);
    else process.watch.alarm();
    await this.#armed(process, trigger, () =>
      pipeline.run(trigger, Math.min(runMs, pipeline.governor.pollMs)),
    );
  }

  async sync(fromMs?: number): Promise<void> {
    const { process } = this;
    const { pipeline } = process;
    if (fromMs !== undefined) pipeline.rewind(fromMs);
    await this.#armed(process, "sync", () => pipeline.sync(runMs, syncMs));
  }

  plan(request: ResyncRequest): Promise<PlanReport> {
    const { pipeline } = this.process;
    this.setAlarm(0);
    return this.#byHand((budget) => pipeline.resync.plan(request, budget));
  }

  apply(plan: string): Promise<Applied> {
    const { pipeline } = this.process;
    this.setAlarm(1000);
    return this.#byHand((budget) => pipeline.resync.apply(plan, budget));
  }

  /** With a budget of its own, beside the run's; under way from its beginning to its end. */
  async #byHand<T>(work: (budget: Budget) => Promise<T>): Promise<T> {
    const { process } = this;
    const { requestBudget } = process.config;
    this.#watcher.onBudget(requestBudget);
    process.underWay += 1;
    try {
      const answer = await work(new Budget(requestBudget));
      // Who died on the way answers nothing.
      return process.alive ? answer : await new Promise<never>(() => undefined);
    } finally {
      process.underWay -= 1;
    }
  }

  async #armed(process: Process, trigger: Trigger, run: () => Promise<unknown>): Promise<void> {
    const { pipeline, ports } = process;
    const armedMs = ports.clock.now() + pipeline.governor.pollMs;
    this.setAlarm(armedMs - ports.clock.now());
    this.#watcher.onRunBegins(process);
    await run();
    if (!process.alive) return;
    const nextMs = pipeline.nextMs();
    if (nextMs < armedMs) this.setAlarm(nextMs - ports.clock.now());
    this.#watcher.onRunEnds(process, trigger);
  }

  /** One alarm at a time: a new one replaces the last. */
  setAlarm(inMs: number): void {
    this.#alarm += 1;
    this.process.pipeline.governor.alarmSet();
    const mine = this.#alarm;
    this.#alarmMs = this.process.ports.clock.now() + inMs;
    this.#clock.sleep(Math.max(inMs, 1)).then(() => {
      if (mine !== this.#alarm || this.alarmsLost) return;
      this.#alarmMs = null;
      this.beat("alarm");
    });
  }
}
