// What the bench and its world tell each other.
import type { Load } from "./events.ts";

/** What the world does to whoever reads and sends. */
export interface Rules {
  /** The receivers answer 500 for so long, once they have taken so many events. */
  readonly outage?: { readonly afterEvents: number; readonly ms: number };
  /** The source allows so many requests in a window, then answers 429. */
  readonly limit?: { readonly requests: number; readonly windowMs: number };
}

export type Command =
  | { readonly do: "reset"; readonly destinations: number; readonly rules: Rules }
  | { readonly do: "load"; readonly load: Load }
  /** Holds the next answer of the source until `go`: the moment at which measuring begins. */
  | { readonly do: "hold" }
  | { readonly do: "go" }
  /** Tells when the receivers have taken so many events in all. */
  | { readonly do: "watch"; readonly events: number }
  | { readonly do: "counts" };

export interface Counts {
  /** Requests to the source, of these refused with 429. */
  readonly source: number;
  readonly throttled: number;
  /** Requests to receivers, of these refused with 500. */
  readonly requests: number;
  readonly refused: number;
  readonly connections: number;
  readonly kvReads: number;
  readonly kvWrites: number;
  /** Of all destinations together: different events taken, and how many were taken again. */
  readonly taken: number;
  readonly repeated: number;
  /** Signed requests looked at, of these with a wrong signature. */
  readonly signed: number;
  readonly forged: number;
  /** From an event's time to its first arrival, at the first destination, in milliseconds. */
  readonly lagsMs: readonly number[];
}

export type Told =
  | { readonly tell: "listening"; readonly port: number; readonly kvPort: number }
  | { readonly tell: "held" }
  | { readonly tell: "reached" }
  | { readonly tell: "done"; readonly of: Command["do"] }
  | { readonly tell: "counts"; readonly counts: Counts };

/** What the Standard Webhooks are signed with; the world looks at one signature in fifty. */
export const signingSecret = `whsec_${Buffer.from("the signing secret of the benchmark").toString("base64")}`;
