// One destination's way: what it still has to send, at its own pace, stopping for nobody else.
// A lane keeps what it was offered in memory while it waits to try again; the ledger alone is the truth.
import type { Budget } from "./budget.ts";
import { type Confirmation, Sender } from "./deliver.ts";
import type { BoundDestination } from "./destinations/bind.ts";
import type { Letter, Outcome, Stop, Verdict } from "./destinations/destination.ts";
import { DestinationHealth } from "./health.ts";
import { Pace } from "./pace.ts";
import { type Group, OpenParcel, type Parcel, packed } from "./parcel.ts";
import type { Ports } from "./ports.ts";
import { Progress } from "./progress.ts";
import { Settling } from "./settling.ts";
import type { Health } from "./tables.ts";
import { ofOne, sort } from "./verdicts.ts";

/** Half a minute to a minute of backoff: beyond a receiver's hiccup. */
export const stuckAfterFailures = 8;
/** Who falls this many parcels behind leaves the shared read and catches up on its own. */
const maxParcels = 2;

export class Lane {
  readonly name: string;
  readonly destination: BoundDestination;
  readonly #ports: Ports;
  #budget: Budget | undefined;
  readonly #sender: Sender;
  #parcels: OpenParcel[] = [];
  #active = false;
  #draining: Promise<void> = Promise.resolve();
  /** How sending goes, and what an operator says of it. */
  readonly condition: DestinationHealth;
  readonly settling: Settling;
  readonly #pace: Pace;
  /** The last delivery that the ledger does not know yet. */
  #deliveredMs: number | null = null;
  #epoch = 0;
  /** How far it was shown the log. */
  readonly progress = new Progress();
  /** Delivered, dead-lettered and failed since the lane was made; for reports. */
  readonly counts = { delivered: 0, dead: 0, requests: 0, failures: 0 };

  constructor(
    name: string,
    destination: BoundDestination,
    ports: Ports,
    pace = new Pace(ports.clock, destination.minIntervalMs),
  ) {
    this.name = name;
    this.destination = destination;
    this.#ports = ports;
    this.#pace = pace;
    this.#sender = new Sender(ports, destination);
    this.settling = new Settling(name, destination, ports);
    this.condition = new DestinationHealth(name, destination.fingerprint, ports);
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
    this.counts.failures += 1;
    this.condition.fail(reason);
  }

  get health(): Health {
    return this.condition.state;
  }

  get busy(): boolean {
    return this.#active || this.progress.following;
  }

  /** Something is left to send, but nothing is being sent. */
  get stopped(): boolean {
    return !this.#active && this.#parcels.length > 0;
  }

  get empty(): boolean {
    return this.#parcels.length === 0;
  }

  /**
   * The second from which it will still be shown the log: what comes to light before that, it must be shown
   * otherwise. Undefined while it has no position.
   */
  get nextSecond(): number | undefined {
    const pending = this.#parcels.findLast(({ position }) => position !== null)?.position?.resume;
    const { waypoint } = this.progress;
    return waypoint?.cursor ?? pending ?? this.#ports.ledger.position(this.name)?.resume;
  }

  /** It is at the head of the log, or cannot go on: either way it is not about to read. */
  get settled(): boolean {
    return (
      this.progress.atHead || this.condition.paused || this.health.failures >= stuckAfterFailures
    );
  }

  /** Goes on with what is left from an earlier run. Resolves when all is sent or the lane has stopped. */
  resume(budget: Budget): Promise<void> {
    this.#budget = budget;
    return this.#start();
  }

  /** Takes a parcel to send; false when the lane has stopped, was reset, or has too much to do already. */
  offer(parcel: Parcel, budget: Budget, epoch: number): boolean {
    if (epoch !== this.#epoch || this.stopped || this.#parcels.length >= maxParcels) return false;
    this.#budget = budget;
    const broken = (error: unknown) =>
      this.#ports.log.error("a letter could not be packed", { destination: this.name, error });
    const groups = packed(this.destination.pack, parcel.letters, broken);
    this.#parcels.push(new OpenParcel(parcel, groups));
    this.#start();
    return true;
  }

  /** Resolves when nothing is being sent. */
  idle(): Promise<void> {
    return this.#draining;
  }

  /** Forgets what is in memory: the next read starts from the ledger's position. */
  reset(): void {
    this.#epoch += 1;
    // What a receiver has taken is not sent again as long as it may turn out to be safe.
    this.#parcels = this.#parcels.flatMap((parcel) => parcel.pending ?? []);
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
      for (let parcel = this.#parcels[0]; parcel; parcel = this.#parcels[0]) {
        for (let { group } = parcel; group; { group } = parcel) {
          const { epoch } = this;
          const outcome = await this.#send(group, parcel.confirmation ?? "usual");
          if (outcome === "spent") return;
          const goOn = await this.#apply(parcel, group, outcome);
          if (!goOn || epoch !== this.#epoch) return;
        }
        this.#finish(parcel);
      }
    } finally {
      this.#active = false;
    }
  }

  #finish({ position }: OpenParcel): void {
    if (position) {
      const { through, resume } = position;
      this.#ports.ledger.advance(this.name, through, resume, this.#deliveredMs);
      this.#deliveredMs = null;
    }
    this.#parcels.shift();
  }

  /** One request at the receiver's pace; "spent" when the run has none left, or an operator has paused it. */
  async #send(group: Group, what: "usual" | "plain" | Confirmation): Promise<Outcome | "spent"> {
    const take = () => this.#take();
    if (!take()) return "spent";
    const { clock, ledger } = this.#ports;
    return this.#pace.turn(async () => {
      if (this.condition.held) return "spent";
      const startedMs = clock.now();
      const outcome = await (typeof what === "object"
        ? this.#sender.ask(what)
        : this.#sender.send(group, what, take));
      if (outcome !== "spent")
        ledger.statistics.request(this.name, outcome.kind, startedMs, clock.now());
      return outcome;
    });
  }

  #take(): boolean {
    if (!this.#budget?.take()) return false;
    this.counts.requests += 1;
    return true;
  }

  /** One letter by itself, outside the ledger. Where it arrives, the destination is well again. */
  async try(letter: Letter): Promise<Verdict> {
    const outcome = await this.#pace.turn(() => this.#sender.send([letter], "usual", () => true));
    // Never "spent": its requests are not counted.
    const verdict = ofOne(outcome as Outcome);
    if (verdict.kind === "delivered") this.condition.recover();
    return verdict;
  }

  /** Does what the outcome asks for; true when the lane may go on. */
  async #apply(parcel: OpenParcel, group: Group, outcome: Outcome): Promise<boolean> {
    parcel.confirmation = undefined;
    switch (outcome.kind) {
      case "confirm":
        parcel.confirmation = outcome;
        this.condition.wait(outcome.afterMs);
        return false;
      case "each":
        return this.#applyEach(parcel, group, outcome.verdicts);
      case "delivered":
        this.#settle(parcel, group);
        // Only now: what the ledger could not note is sent again, under the same id, rather than lost.
        parcel.keep([]);
        return true;
      case "retry":
      case "halt":
        this.settling.attempted(group, outcome);
        return this.#stop(outcome);
      case "reject":
        this.settling.attempted(group, outcome);
        if (group.length > 1) {
          parcel.split(outcome.at);
          return true;
        }
        return this.#reject(parcel, group, outcome.reason);
    }
  }

  /** Each letter by its own verdict. What is to be tried again stays first in line. */
  #applyEach(parcel: OpenParcel, group: Group, verdicts: readonly Verdict[]): boolean {
    const { delivered, refused, left, stop } = sort(group, verdicts);
    const [first] = delivered.length === 0 ? refused : [];
    const all = first && this.settling.refusesAll(first.verdict.reason);
    if (all) return this.#stop(all);
    this.#settle(parcel, delivered);
    const failed = Map.groupBy([...refused, ...left], ({ verdict }) => verdict.reason);
    for (const [first, ...more] of failed.values()) {
      const letters = [first, ...more].flatMap((one) => one?.letter ?? []);
      if (first) this.settling.attempted(letters, first.verdict);
    }
    for (const { letter, verdict } of refused) this.#bury(parcel, [letter], verdict.reason);
    parcel.keep(left.map(({ letter }) => letter));
    return stop === undefined || this.#stop(stop);
  }

  #stop(verdict: Stop): false {
    this.counts.failures += 1;
    if (verdict.kind === "retry") this.condition.fail(verdict.reason, verdict.retryAfterMs);
    else {
      this.condition.pause(verdict.reason, verdict.final === true);
      // The backlog is held where it lies: at the source.
      this.reset();
    }
    return false;
  }

  /** One letter that the receiver refuses: once more in plain form where there is one, then dead. */
  async #reject(parcel: OpenParcel, group: Group, reason: string): Promise<boolean> {
    if (this.destination.encodePlain) {
      const outcome = await this.#send(group, "plain");
      if (outcome === "spent") return false;
      if (outcome.kind !== "reject") return this.#apply(parcel, group, outcome);
      this.settling.attempted(group, outcome);
    }
    const all = this.settling.refusesAll(reason);
    if (all) return this.#stop(all);
    this.#bury(parcel, group, reason);
    parcel.keep([]);
    return true;
  }

  #settle(parcel: OpenParcel, letters: Group): void {
    if (letters.length === 0) return;
    const nowMs = this.#ports.clock.now();
    this.settling.delivered(parcel, letters, nowMs);
    this.#deliveredMs = nowMs;
    this.condition.recover();
    if (!parcel.notices) this.counts.delivered += letters.length;
  }

  #bury(parcel: OpenParcel, letters: Group, reason: string): void {
    this.settling.refused(parcel, letters, reason);
    // The receiver answers: it is not down, it does not want this one.
    this.condition.answered();
    if (!parcel.notices) this.counts.dead += letters.length;
  }
}
