// What this version does not know of the log, told once for each thing: remembered for good, up to a number.
import { driftOf } from "./event/drift.ts";
import type { Ledger } from "./ledger.ts";
import type { AuditRecord } from "./source/record.ts";

/** Of more, nobody would read a list. */
const most = 200;
const key = "drift";

export class Drift {
  readonly #ledger: Ledger;
  readonly #known: Set<string>;
  readonly #fresh = new Set<string>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    const known = ledger.get(key);
    this.#known = new Set(Array.isArray(known) ? known.map(String) : []);
  }

  note(record: AuditRecord): void {
    for (const thing of driftOf(record))
      if (!this.#known.has(thing) && this.#known.size + this.#fresh.size < most)
        this.#fresh.add(thing);
  }

  /** What has come to light since it was last told. It counts as known once `note` is called, with what tells it. */
  tell(told: (things: readonly string[], note: () => void) => void): void {
    if (this.#fresh.size === 0) return;
    const things = [...this.#fresh];
    told(things, () => this.#ledger.set(key, [...this.#known, ...things]));
    for (const thing of things) this.#known.add(thing);
    this.#fresh.clear();
  }
}
