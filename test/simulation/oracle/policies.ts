// What each destination is owed: since when, and by which filter. It follows what the operator did and what the log
// of the pipeline says it noticed of that; everything else about a position is judged, not believed.
import type { DrawnDestination } from "../draw.ts";

export interface Policy {
  /** Events before this are not owed now; undefined as long as the ledger knows no position. */
  sinceMs: number | undefined;
  /** The least that it ever was: what lies before was never owed. */
  everSinceMs: number;
  /** The mark as last seen. */
  through: number;
  /** Each configuration that a process ran with, from when on. */
  readonly filters: { readonly fromMs: number; readonly drawn: DrawnDestination }[];
  /** Marks that the operator wrote to KV by hand and that were not noticed yet. */
  readonly edits: Set<number>;
  /** An operator's pause, and when it ends by the Worker's clock; undefined when there is none. */
  hold: { readonly untilMs: number | null } | undefined;
  /** Re-syncs that were applied: their events, owed or not, and whether they are sent a second time. */
  readonly plans: { readonly atMs: number; readonly again: boolean; readonly ids: Set<string> }[];
  /** Where the destination went on after each loss of the ledger. */
  readonly wipes: { readonly atMs: number; sinceMs: number }[];
}

export class Policies {
  readonly #byName = new Map<string, Policy>();

  of(name: string): Policy {
    const known = this.#byName.get(name);
    if (known) return known;
    const policy: Policy = {
      sinceMs: undefined,
      everSinceMs: Number.POSITIVE_INFINITY,
      through: Number.NEGATIVE_INFINITY,
      filters: [],
      edits: new Set(),
      hold: undefined,
      plans: [],
      wipes: [],
    };
    this.#byName.set(name, policy);
    return policy;
  }

  /** A process begins with this configuration. */
  deployed(destinations: readonly DrawnDestination[], nowMs: number): void {
    for (const drawn of destinations) {
      const { filters } = this.of(drawn.name);
      if (filters.at(-1)?.drawn !== drawn) filters.push({ fromMs: nowMs, drawn });
    }
  }

  owedSince(name: string, sinceMs: number): void {
    const policy = this.of(name);
    policy.sinceMs = sinceMs;
    policy.everSinceMs = Math.min(policy.everSinceMs, sinceMs);
    for (const wipe of policy.wipes) wipe.sinceMs = Math.min(wipe.sinceMs, sinceMs);
  }

  /** Reads again from then on: all that lies after it is owed, if it was not before. */
  rewound(names: readonly string[], fromMs: number): void {
    for (const name of names) {
      const { sinceMs } = this.of(name);
      if (sinceMs !== undefined) this.owedSince(name, Math.min(sinceMs, fromMs));
    }
  }

  /** The ledger is lost: each destination goes on from its mark in KV less the overlap, or from its start. */
  wiped(nowMs: number): void {
    for (const policy of this.#byName.values()) {
      policy.sinceMs = undefined;
      policy.through = Number.NEGATIVE_INFINITY;
      policy.hold = undefined;
      policy.wipes.push({ atMs: nowMs, sinceMs: Number.POSITIVE_INFINITY });
    }
  }
}
