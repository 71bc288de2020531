// The way from a route to a workspace's Durable Object.
import type { Env } from "../env.ts";
import type { Relay } from "../relay.ts";

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
  | "discardDeadLetter";

/** The Durable Object's methods as seen from outside: each returns a promise of plain data. */
export type RelayStub = {
  [Name in Methods]: (
    ...args: Parameters<Relay[Name]>
  ) => Promise<Awaited<ReturnType<Relay[Name]>>>;
};

export function relayOf(env: Env, workspaceId: string): RelayStub {
  // workers-types derives stub types that give up on `unknown` fields (an item as received is one); what
  // crosses the border is JSON either way.
  return env.RELAY.getByName(workspaceId) as unknown as RelayStub;
}
