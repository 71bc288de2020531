// What wrangler.toml binds; all else in the environment is read by config.ts.
import type { Register } from "./register.ts";
import type { Relay } from "./relay.ts";
import type { Job } from "./stored/rounds.ts";

export interface Env extends Record<string, unknown> {
  readonly RELAY: DurableObjectNamespace<Relay>;
  readonly MARKS: KVNamespace;
  /** Keeps the roll of the workspaces that are stored beside wrangler.toml; without it there are none. */
  readonly REGISTER?: DurableObjectNamespace<Register>;
  /** Where one invocation cannot look at all that are due: others do it. */
  readonly FANOUT?: Queue<Job>;
  /** Counts failed sign-ins for all isolates of a place; without it each counts for itself. */
  readonly SIGN_IN_LIMIT?: RateLimit;
}
