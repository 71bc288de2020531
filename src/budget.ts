// How many outgoing requests one run may make: the free plan allows 50 in one invocation.

export class Budget {
  #left: number;
  /** How many requests were taken out of it. */
  taken = 0;
  readonly #whole: Budget | undefined;
  readonly #spent = Promise.withResolvers<void>();

  constructor(requests: number, whole?: Budget) {
    this.#left = requests;
    this.#whole = whole;
  }

  /** Resolves when a request was asked for and none was left. */
  get spent(): Promise<void> {
    return this.#spent.promise;
  }

  /** A budget of its own that takes from this one, and at most so many. */
  part(requests: number): Budget {
    return new Budget(requests, this);
  }

  /** Takes one request out of the budget; false when none is left. */
  take(): boolean {
    if (this.#left <= 0 || this.#whole?.take() === false) {
      this.#spent.resolve();
      return false;
    }
    this.#left -= 1;
    this.taken += 1;
    return true;
  }
}
