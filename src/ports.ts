// What the pipeline needs of the world: the same code runs in workerd, in Node and in the simulator.
import type { Clock, Fetch } from "./http.ts";
import type { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";
import type { MarkStore } from "./marks.ts";

export interface Ports {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly marks: MarkStore;
  readonly ledger: Ledger;
  readonly log: Log;
}
