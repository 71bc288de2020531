// What wrangler.toml binds; all else in the environment is read by config.ts.
import type { Relay } from "./relay.ts";

export interface Env extends Record<string, unknown> {
  readonly RELAY: DurableObjectNamespace<Relay>;
  readonly MARKS: KVNamespace;
  /** Counts failed sign-ins for all isolates of a place; without it each counts for itself. */
  readonly SIGN_IN_LIMIT?: RateLimit;
}
