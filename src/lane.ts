// One destination's way: what it still has to send, at its own pace, stopping for nobody else.
// A lane keeps what it was offered in memory while it waits to try again; the ledger alone is the truth.
import type { Budget } from "./budget.ts";
import { deliver } from "./deliver.ts";
import type { BoundDestination, Letter, Outcome } from "./destinations/destination.ts";
import { DestinationHealth } from "./health.ts";
import { Pace } from "./pace.ts";
import type { Ports } from "./ports.ts";
import { Progress } from "./progress.ts";
import { type Kind, settleDelivered, settleRefused } from "./settling.ts";
import type { Health } from "./tables.ts";

/** Letters of a stretch of the log, and where the destination stands once they are settled. */
export interface Parcel {
  readonly letters: readonly Letter[];
  /** Null for what is sent beside the walk (errands, dead letters again, notices): it moves no mark. */
  readonly position: { readonly through: number; readonly resume: number } | null;
  /** Tidemark's own events, which the ledger keeps itself until they are taken. */
  readonly notices?: true;
}

interface Open extends Omit<Parcel, "letters"> {
  /** The requests to come, in order. */
  groups: (readonly Letter[])[];
}

/** Half a minute to a minute of backoff: beyond a receiver's hiccup. */
export const stuckAfterFailures = 8;
/** Who falls this many parcels behind leaves the shared read and catches up on its own. */
const maxParcels = 2;

export class Lane {
  readonly name: string;
  readonly destination: BoundDestination;
  readonly #ports: Ports;
  #budget: Budget | undefined;
  #parcels: Open[] = [];
  #active = false;
  #draining: Promise<void> = Promise.resolve();
  readonly #health: DestinationHealth;
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
    this.#health = new DestinationHealth(name, destination.fingerprint, ports);
  }

  /** Grows with each reset: what was read for an earlier epoch is no longer taken. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The operator knows it to be well again. */
  revive(): void {
    this.#health.recover();
  }

  /** Something of ours broke: the lane waits before it goes on. */
  hold(reason: string): void {
    this.counts.failures += 1;
    this.#health.fail(reason);
  }

  get health(): Health {
    return this.#health.state;
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
    const { pausedMs, failures } = this.health;
    return this.progress.atHead || pausedMs !== null || failures >= stuckAfterFailures;
  }

  /** When the lane may next send: now or earlier, later, or null for only by hand. */
  readyAtMs(): number | null {
    return this.#health.readyAtMs();
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
    const { letters, ...rest } = parcel;
    this.#parcels.push({ ...rest, groups: this.#pack(letters) });
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
    this.#parcels = [];
    this.progress.reset();
  }

  /** A letter that breaks the packing travels alone, so that it breaks nothing but itself. */
  #pack(letters: readonly Letter[]): (readonly Letter[])[] {
    if (letters.length === 0) return [];
    try {
      return [...this.destination.pack(letters)];
    } catch (error) {
      this.#ports.log.error("letters could not be packed", { destination: this.name, error });
      return letters.map((letter) => [letter]);
    }
  }

  #start(): Promise<void> {
    if (this.#active) return this.#draining;
    this.#active = true;
    this.#draining = this.#drain().catch((error: unknown) => {
      this.#ports.log.error("a destination's lane broke off", { destination: this.name, error });
      this.hold(`internal error: ${String(error)}`);
    });
    return this.#draining;
  }

  async #drain(): Promise<void> {
    try {
      for (let parcel = this.#parcels[0]; parcel; parcel = this.#parcels[0]) {
        for (let group = parcel.groups[0]; group; group = parcel.groups[0]) {
          const { epoch } = this;
          const outcome = await this.#send(group, "usual");
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

  #finish(parcel: Open): void {
    const { position } = parcel;
    if (position) {
      const { through, resume } = position;
      this.#ports.ledger.advance(this.name, through, resume, this.#deliveredMs);
      this.#deliveredMs = null;
    }
    this.#parcels.shift();
  }

  /** One request at the receiver's pace; "spent" when the run has none left. */
  async #send(group: readonly Letter[], form: "usual" | "plain"): Promise<Outcome | "spent"> {
    const { fetch, clock } = this.#ports;
    if (!this.#budget?.take()) return "spent";
    this.counts.requests += 1;
    return this.#pace.turn(() => deliver(fetch, clock, this.destination, group, form));
  }

  /** One letter by itself, outside the ledger. Where it arrives, the destination is well again. */
  async try(letter: Letter): Promise<Outcome> {
    const { fetch, clock } = this.#ports;
    const outcome = await this.#pace.turn(() =>
      deliver(fetch, clock, this.destination, [letter], "usual"),
    );
    if (outcome.kind === "delivered") this.#health.recover();
    return outcome;
  }

  /** Does what the outcome asks for; true when the lane may go on. */
  async #apply(parcel: Open, group: readonly Letter[], outcome: Outcome): Promise<boolean> {
    if (outcome.kind !== "delivered") this.#noteAttempt(group, outcome);
    switch (outcome.kind) {
      case "delivered":
        this.#settle(parcel, group);
        return true;
      case "retry":
        this.counts.failures += 1;
        this.#health.fail(outcome.reason, outcome.retryAfterMs);
        return false;
      case "halt":
        this.counts.failures += 1;
        this.#health.pause(outcome.reason, outcome.final === true);
        // The backlog is held where it lies: at the source.
        this.reset();
        return false;
      case "reject": {
        if (group.length > 1) {
          const half = Math.ceil(group.length / 2);
          parcel.groups.splice(0, 1, group.slice(0, half), group.slice(half));
          return true;
        }
        return this.#reject(parcel, group, outcome.reason);
      }
    }
  }

  /** One letter that the receiver refuses: once more in plain form where there is one, then dead. */
  async #reject(parcel: Open, group: readonly Letter[], reason: string): Promise<boolean> {
    if (this.destination.encodePlain) {
      const outcome = await this.#send(group, "plain");
      if (outcome === "spent") return false;
      if (outcome.kind !== "reject") return this.#apply(parcel, group, outcome);
      this.#noteAttempt(group, outcome);
    }
    this.#bury(parcel, group, reason);
    return true;
  }

  #noteAttempt(
    group: readonly Letter[],
    { kind, reason }: Exclude<Outcome, { kind: "delivered" }>,
  ) {
    const { ledger, clock } = this.#ports;
    const ids = group.map(({ event }) => event.id);
    ledger.attempts.note(this.name, ids, kind, reason, clock.now());
  }

  #settle(parcel: Open, group: readonly Letter[]): void {
    const { ledger, clock } = this.#ports;
    const ids = group.map(({ event }) => event.id);
    const nowMs = clock.now();
    ledger.transaction(() => settleDelivered(ledger, this.name, kindOf(parcel), ids, nowMs));
    // Only now: what the ledger could not note is sent again, under the same id, rather than lost.
    parcel.groups.shift();
    this.#deliveredMs = nowMs;
    this.#health.recover();
    if (!parcel.notices) this.counts.delivered += ids.length;
  }

  #bury(parcel: Open, group: readonly Letter[], reason: string): void {
    const events = group.map(({ event }) => event);
    settleRefused(this.#ports, this.name, kindOf(parcel), events, reason);
    parcel.groups.shift();
    // The receiver answers: it is not down, it does not want this one.
    this.#health.answered();
    if (!parcel.notices) this.counts.dead += group.length;
  }
}

function kindOf({ position, notices }: Open): Kind {
  if (notices) return "notices";
  return position === null ? "aside" : "walk";
}
