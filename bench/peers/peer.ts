// Who does the work: the same job, by each in its own way.
import type { ChildProcess } from "node:child_process";
import type { World } from "../world/world.ts";

/** How events travel: one signed request each, 100 a signed request, or by a bulk API. */
export type Mode = "single" | "batch" | "splunk" | "elastic";

export interface Job {
  readonly mode: Mode;
  /** `d1` to `d5`: the same kind of receiver each. */
  readonly destinations: number;
  readonly world: World;
  /** Of this peer alone; what it keeps there outlives it. */
  readonly folder: string;
  /** The job begins with events of this time. */
  readonly sinceMs: number;
}

/** A peer at work. */
export interface Running {
  readonly processes: readonly ChildProcess[];
  /** Lets it begin, or go on; returns at once. */
  go(): void;
}

export interface Peer {
  readonly name: string;
  readonly modes: readonly Mode[];
  /** It can send to several receivers. */
  readonly fansOut: boolean;
  /** It may read far ahead of what it sends: measured is all from its first request on, with the warm-up. */
  readonly readsAhead?: true;
  /** Why it cannot run here, and how it could; undefined when it can. */
  missing(): string | undefined;
  start(job: Job): Promise<Running>;
}

export const workspace = "6621ccb459b561c69f29d57c";
export const sourceToken = "the-token-of-the-benchmark";

export const names = ({ destinations }: Job) =>
  Array.from({ length: destinations }, (_, i) => `d${i + 1}`);
