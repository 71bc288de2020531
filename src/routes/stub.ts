// The way from a route to a workspace's Durable Object.
import type { Env } from "../env.ts";
import type { Register } from "../register.ts";
import type { Relay } from "../relay.ts";
import { configKeys } from "../secrets.ts";

type Methods =
  | "beat"
  | "sync"
  | "status"
  | "health"
  | "look"
  | "backtest"
  | "overview"
  | "recentMs"
  | "measured"
  | "newest"
  | "tests"
  | "list"
  | "visited"
  | "pause"
  | "resume"
  | "mute"
  | "unmute"
  | "mutes"
  | "test"
  | "revive"
  | "receipts"
  | "receiptKey"
  | "explain"
  | "planResync"
  | "applyResync"
  | "resync"
  | "deadLetters"
  | "retryDeadLetter"
  | "discardDeadLetter"
  | "configure"
  | "retire"
  | "stored"
  | "glance";

/** The Durable Object's methods as seen from outside: each returns a promise of plain data. */
export type RelayStub = {
  [Name in Methods]: (
    ...args: Parameters<Relay[Name]>
  ) => Promise<Awaited<ReturnType<Relay[Name]>>>;
};

type RollMethods = "put" | "remove" | "get" | "list" | "turn" | "note" | "summary";

export type RollStub = {
  [Name in RollMethods]: (
    ...args: Parameters<Register[Name]>
  ) => Promise<Awaited<ReturnType<Register[Name]>>>;
};

/** Undefined where no workspaces are stored beside wrangler.toml, as the Worker has no binding for them. */
export function rollOf(env: Env): RollStub | undefined {
  return env.REGISTER?.getByName("roll") as unknown as RollStub | undefined;
}

/** The same for what asks each minute: where no key is set nothing is stored, and the object is left asleep. */
export function rollInUse(env: Env): RollStub | undefined {
  return configKeys(env).length > 0 ? rollOf(env) : undefined;
}

export function relayOf(env: Env, workspaceId: string): RelayStub {
  // workers-types derives stub types that give up on `unknown` fields (an item as received is one); what
  // crosses the border is JSON either way.
  return env.RELAY.getByName(workspaceId) as unknown as RelayStub;
}
