// What the pipeline needs of the world: the same code runs in workerd, in Node and in the simulator.
import type { Clock, Fetch } from "./http.ts";
import type { Ledger } from "./ledger.ts";
import type { Log } from "./log.ts";

export interface Ports {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  readonly marks: MarkStore;
  readonly ledger: Ledger;
  readonly log: Log;
}

/** One value per workspace: `{ "<destination>": { "through": "2026-11-23T10:00:00Z" } }`. */
export interface MarkStore {
  /** The value, or null when there is none. Rejects when KV does not answer. */
  read(): Promise<string | null>;
  /** Rejects when KV refuses, e.g. over its daily quota. */
  write(value: string): Promise<void>;
}
