// How far a lane was shown the log, in memory: what the next walk may leave out, and what it must not.

/** Where a walk began, and how many items the log showed from there on. */
export interface Origin {
  readonly from: number;
  readonly total: number | undefined;
}

/** How far a walk has come that has not reached the head. */
interface Waypoint {
  readonly cursor: number;
  readonly startedMs: number;
  readonly origin: Origin;
}

export class Progress {
  #following = false;
  #followedMs = Number.NEGATIVE_INFINITY;
  #behind = true;
  #woken = false;
  #waypoint: Waypoint | null = null;
  #head: Origin | undefined;

  /** A read is under way that will offer it more: no other may. */
  get following(): boolean {
    return this.#following;
  }

  /** The log goes on beyond what this lane was offered, or there is something else to do. */
  get behind(): boolean {
    return this.#behind || this.#woken;
  }

  /** It was at the head of the log when it was last read for, and nothing has set it back since. */
  get atHead(): boolean {
    return this.#head !== undefined;
  }

  /** Where a walk that has not reached the head goes on; null when the next one starts from the ledger's position. */
  get waypoint(): Waypoint | null {
    return this.#waypoint;
  }

  /** How many items the log showed from this second on when the lane last walked from it to the head. */
  totalFrom(second: number): number | undefined {
    return !this.#behind && this.#head?.from === second ? this.#head.total : undefined;
  }

  /** When the last walk began; before the first one, long ago. */
  get followedMs(): number {
    return this.#followedMs;
  }

  /** A walk begins. */
  follow(nowMs: number): void {
    this.#following = true;
    this.#followedMs = nowMs;
    this.#behind = true;
    this.#woken = false;
  }

  /** Something else than a walk is read for it. */
  reserve(): void {
    this.#following = true;
    this.#woken = false;
  }

  /** The lane has taken all up to here. */
  reached(waypoint: Waypoint): void {
    this.#waypoint = waypoint;
    this.#head = undefined;
  }

  /** The lane has taken all that there is. */
  reachedHead(origin: Origin): void {
    this.#waypoint = null;
    this.#head = origin;
    this.#behind = false;
  }

  /** The walk is over, wherever it ended. */
  unfollow(): void {
    this.#following = false;
  }

  /** There is something to do besides what was read: the next run is due now. */
  wake(): void {
    this.#woken = true;
  }

  /** All is read anew, from the ledger's position. */
  reset(): void {
    this.#waypoint = null;
    this.#head = undefined;
    this.#behind = true;
  }
}
