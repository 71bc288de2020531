// One destination's way: what it still has to send, at its own pace, stopping for nobody else.
// A lane keeps what it was offered in memory while it waits to try again; the ledger alone is the truth.
import type { Budget } from "./budget.ts";
import type { BoundDestination } from "./destinations/bind.ts";
import type { Letter, Outcome, Stop, Verdict } from "./destinations/destination.ts";
import { Dispatch } from "./dispatch.ts";
import { DestinationHealth } from "./health.ts";
import { Fifo, type Group, type Load, Outbox, type Parcel, packed, type Queue } from "./outbox.ts";
import { Pace } from "./pace.ts";
import type { Ports } from "./ports.ts";
import { Progress } from "./progress.ts";
import { Settling } from "./settling.ts";
import type { Health } from "./tables.ts";
import { sort } from "./verdicts.ts";

/** Half a minute to a minute of backoff: beyond a receiver's hiccup. */
export const stuckAfterFailures = 8;

export class Lane {
  readonly name: string;
  readonly destination: BoundDestination;
  readonly #ports: Ports;
  readonly #dispatch: Dispatch;
  /** What travels together, and when. */
  readonly queue: Queue;
  readonly outbox: Outbox;
  #active = false;
  #draining: Promise<void> = Promise.resolve();
  /** How sending goes, and what an operator says of it. */
  readonly condition: DestinationHealth;
  readonly settling: Settling;
  /** It broke off, and waits for a run to let it go on. */
  #halted = false;
  #failures = 0;
  #epoch = 0;
  /** The epoch of what is being sent. */
  #sent = 0;
  /** How far it was shown the log. */
  readonly progress = new Progress();

  constructor(
    name: string,
    destination: BoundDestination,
    ports: Ports,
    pace = new Pace(ports.clock, destination.minIntervalMs),
    calm?: (lane: Lane, pack: BoundDestination["pack"]) => Queue,
  ) {
    this.name = name;
    this.destination = destination;
    this.#ports = ports;
    this.settling = new Settling(name, destination, ports);
    this.condition = new DestinationHealth(name, destination.fingerprint, ports);
    const broken = (error: unknown) =>
      ports.log.error("a letter could not be packed", { destination: name, error });
    const pack = (letters: Group) => packed(destination.pack, letters, broken);
    this.queue = calm?.(this, pack) ?? new Fifo(pack);
    this.outbox = new Outbox(this.queue);
    const parts = { name, destination, pace, condition: this.condition, queue: this.queue };
    this.#dispatch = new Dispatch(parts, ports);
  }

  /** Delivered, dead-lettered, sent and failed since the lane was made; for reports. */
  get counts() {
    return { ...this.settling.counts, requests: this.#dispatch.requests, failures: this.#failures };
  }

  /** Grows with each reset: what was read for an earlier epoch is no longer taken. */
  get epoch(): number {
    return this.#epoch;
  }

  /** An operator pauses it: nothing is sent until then, or until it is resumed. The backlog is held at the source. */
  pause(by: string, untilMs: number | null): void {
    this.condition.hold(by, untilMs);
    this.reset();
  }

  /** An operator lets it go on: their own pause is over, and whatever it waits for, it is tried at once. */
  goOn(): void {
    this.condition.release();
    this.condition.hurry();
  }

  /** Something of ours broke: the lane waits before it goes on. */
  fault(reason: string): void {
    this.#failures += 1;
    this.condition.fail(reason);
  }

  get health(): Health {
    return this.condition.state;
  }

  get busy(): boolean {
    return this.#active || this.progress.following;
  }

  /** A run may go on with it. One that lets letters wait is read for while it sends, unless it has forgotten what. */
  get open(): boolean {
    const sends = this.#active && (!this.queue.patient || this.#sent !== this.#epoch);
    return !sends && !this.progress.following;
  }

  /** It may be read for. */
  get free(): boolean {
    return this.outbox.free;
  }

  /** Something is left to send that should be on its way, but is not. */
  get stopped(): boolean {
    return !this.#active && (this.#halted || this.outbox.isDue(this.#ports.clock.now()));
  }

  get empty(): boolean {
    return this.outbox.empty;
  }

  /** The log goes on beyond what it was offered, and is being read or will be. */
  get reading(): boolean {
    return this.progress.following || this.progress.waypoint !== null;
  }

  /**
   * The second from which it will still be shown the log: what comes to light before that, it must be shown
   * otherwise. Undefined while it has no position.
   */
  get nextSecond(): number | undefined {
    const waiting = this.outbox.position ?? this.#ports.ledger.position(this.name);
    return this.progress.waypoint?.cursor ?? waiting?.resume;
  }

  /** It is at the head of the log, or cannot go on: either way it is not about to read. */
  get settled(): boolean {
    return (
      this.progress.atHead || this.condition.paused || this.health.failures >= stuckAfterFailures
    );
  }

  /** Goes on with what is left from an earlier run. Resolves when all is sent or the lane has stopped. */
  resume(budget: Budget): Promise<void> {
    this.#dispatch.budget = budget;
    this.#halted = false;
    return this.#start();
  }

  /** Takes a parcel to send; false when the lane has stopped, was reset, or has too much to do already. */
  offer(parcel: Parcel, budget: Budget, epoch: number): boolean {
    if (epoch !== this.#epoch || this.stopped || this.outbox.full) return false;
    this.#dispatch.budget = budget;
    this.outbox.add(parcel);
    this.#start();
    return true;
  }

  /** A read for it is over: what waited for more of the log waits no longer. */
  readOver(budget: Budget): void {
    this.progress.unfollow();
    if (this.progress.atHead) this.queue.caughtUp();
    if (this.queue.patient && !this.#halted) this.resume(budget);
  }

  /** Resolves when nothing is being sent. */
  idle(): Promise<void> {
    return this.#draining;
  }

  /** Forgets what is in memory: the next read starts from the ledger's position. */
  reset(): void {
    this.#epoch += 1;
    this.#halted = false;
    this.outbox.reset();
    this.progress.reset();
  }

  #start(): Promise<void> {
    if (this.#active) return this.#draining;
    this.#active = true;
    this.#draining = this.#drain().catch((error: unknown) => {
      this.#ports.log.error("a destination's lane broke off", { destination: this.name, error });
      this.fault(`internal error: ${String(error)}`);
    });
    return this.#draining;
  }

  async #drain(): Promise<void> {
    try {
      for (;;) {
        this.#advance();
        const load = this.outbox.next();
        if (!load) return;
        this.#sent = this.#epoch;
        const outcome = await this.#dispatch.send(load);
        if (outcome === "spent") return;
        const goOn = await this.#apply(load, outcome);
        if (!goOn || this.#sent !== this.#epoch) return;
      }
    } finally {
      this.#active = false;
    }
  }

  #advance(): void {
    const passed = this.outbox.passed();
    if (!passed) return;
    const deliveredMs = this.settling.takeDeliveredMs();
    this.#ports.ledger.advance(this.name, passed.through, passed.resume, deliveredMs);
  }

  /** One letter by itself, outside the ledger. */
  try(letter: Letter): Promise<Verdict> {
    return this.#dispatch.try(letter);
  }

  /** Does what the outcome asks for; true when the lane may go on. */
  async #apply(load: Load, outcome: Outcome): Promise<boolean> {
    load.confirmation = undefined;
    switch (outcome.kind) {
      case "confirm":
        load.confirmation = outcome;
        this.condition.wait(outcome.afterMs);
        return false;
      case "each":
        return this.#applyEach(load, outcome.verdicts);
      case "delivered":
        this.#settle(load, load.letters);
        // Only now: what the ledger could not note is sent again, under the same id, rather than lost.
        this.outbox.keep(load, []);
        return true;
      case "retry":
      case "halt":
        this.settling.attempted(load.letters, outcome);
        return this.#stop(outcome);
      case "reject":
        this.settling.attempted(load.letters, outcome);
        if (load.letters.length > 1) {
          this.outbox.split(load, outcome.at);
          return true;
        }
        return this.#reject(load, outcome.reason);
    }
  }

  /** Each letter by its own verdict. What is to be tried again stays first in line. */
  #applyEach(load: Load, verdicts: readonly Verdict[]): boolean {
    const { delivered, refused, left, stop } = sort(load.letters, verdicts);
    const [first] = delivered.length === 0 ? refused : [];
    const all = first && this.settling.refusesAll(first.verdict.reason);
    if (all) return this.#stop(all);
    this.#settle(load, delivered);
    this.settling.attemptedEach([...refused, ...left]);
    for (const { letter, verdict } of refused) this.#bury(load, [letter], verdict.reason);
    this.outbox.keep(
      load,
      left.map(({ letter }) => letter),
    );
    return stop === undefined || this.#stop(stop);
  }

  #stop(verdict: Stop): false {
    // What was forgotten meanwhile is read again: there is nothing to go on with.
    this.#halted = !this.empty;
    this.#failures += 1;
    if (verdict.kind === "retry") this.condition.fail(verdict.reason, verdict.retryAfterMs);
    else {
      this.condition.pause(verdict.reason, verdict.final === true);
      // The backlog is held where it lies: at the source.
      this.reset();
    }
    return false;
  }

  /** One letter that the receiver refuses: once more in plain form where there is one, then dead. */
  async #reject(load: Load, reason: string): Promise<boolean> {
    if (this.destination.encodePlain) {
      const outcome = await this.#dispatch.send(load, "plain");
      if (outcome === "spent") return false;
      if (outcome.kind !== "reject") return this.#apply(load, outcome);
      this.settling.attempted(load.letters, outcome);
    }
    const all = this.settling.refusesAll(reason);
    if (all) return this.#stop(all);
    this.#bury(load, load.letters, reason);
    this.outbox.keep(load, []);
    return true;
  }

  #settle(load: Load, letters: Group): void {
    if (letters.length === 0 && !load.digest) return;
    this.settling.delivered(load, letters);
    this.condition.recover();
  }

  #bury(load: Load, letters: Group, reason: string): void {
    this.settling.refused(load, letters, reason);
    // The receiver answers: it is not down, it does not want this one.
    this.condition.answered();
  }
}
