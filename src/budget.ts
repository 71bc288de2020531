// How many outgoing requests one run may make: the free plan allows 50 in one invocation.

export class Budget {
  #left: number;

  constructor(requests: number) {
    this.#left = requests;
  }

  /** Takes one request out of the budget; false when none is left. */
  take(): boolean {
    if (this.#left <= 0) return false;
    this.#left -= 1;
    return true;
  }
}
