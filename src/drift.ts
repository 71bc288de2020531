// What this version does not know of the log, told once for each thing: remembered for good, up to a number.
import { driftOf } from "./event/drift.ts";
import type { Ledger } from "./ledger.ts";
import { type AuditRecord, isObject } from "./source/record.ts";

/** Of more, nobody would read a list. */
const most = 200;
const key = "drift";

export class Drift {
  readonly #ledger: Ledger;
  readonly #things: Set<string>;
  /** So many of them, the first, have been told. */
  #told: number;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    const kept = ledger.get(key);
    const { things, told } = isObject(kept) ? kept : {};
    this.#things = new Set(Array.isArray(things) ? things.map(String) : []);
    this.#told = Number(told ?? 0);
  }

  /** Noted at once, together with the event that showed it: that is new only once. */
  note(record: AuditRecord): void {
    const before = this.#things.size;
    for (const thing of driftOf(record)) if (this.#things.size < most) this.#things.add(thing);
    if (this.#things.size > before) this.#save(this.#told);
  }

  /** What has come to light since it was last told. It counts as told once `note` is called, with what tells it. */
  tell(told: (things: readonly string[], note: () => void) => void): void {
    const { size } = this.#things;
    if (size === this.#told) return;
    told([...this.#things].slice(this.#told), () => this.#save(size));
    this.#told = size;
  }

  #save(told: number): void {
    this.#ledger.set(key, { things: [...this.#things], told });
  }
}
