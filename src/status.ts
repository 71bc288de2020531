// How a workspace stands, in words: every claim rests on something that was seen.
import type { Config } from "./config.ts";
import { idPrefix } from "./event/identity.ts";
import { type BudgetStatus, budgetStatus } from "./governor/status.ts";
import { whyWaiting } from "./health.ts";
import { type Lane, stuckAfterFailures } from "./lane.ts";
import type { Ledger } from "./ledger.ts";
import type { Ports } from "./ports.ts";
import { type RuleStatus, ruleStatuses } from "./rule-status.ts";
import type { Pipeline } from "./run.ts";
import { toIsoSecond } from "./source/client.ts";
import type { Hold, Position } from "./tables.ts";
import { hourMs, toIso } from "./time.ts";

export const workspaceStates = [
  "starting",
  "active",
  "quiet",
  "throttled",
  "refused",
  "blind",
] as const;
type WorkspaceState = (typeof workspaceStates)[number];
export const destinationStates = ["starting", "ok", "behind", "waiting", "paused"] as const;

export interface WorkspaceStatus {
  readonly workspace: string;
  /** starting: not read yet since the start; active: an event within the last hour; quiet: read well, none. */
  readonly state: WorkspaceState;
  readonly since: string | null;
  /** What is wrong and what to do about it; null when nothing is. */
  readonly problem: string | null;
  readonly lastRead: string | null;
  /** When the log is read again that could not be read; null when nothing is to be waited for. */
  readonly nextRead: string | null;
  readonly newestEvent: string | null;
  readonly deadLetters: number;
  /** Under way. */
  readonly mutes: number;
  /** Of Cloudflare's plan. */
  readonly budget: BudgetStatus;
  readonly destinations: readonly DestinationStatus[];
  /** The rules that are on here, and what they found this week. */
  readonly rules: readonly RuleStatus[];
}

export interface DestinationStatus {
  readonly name: string;
  readonly type: string;
  /** ok: at the head of the log; behind: catching up; waiting: a retry is due; paused: by its receiver, or by hand. */
  readonly state: (typeof destinationStates)[number];
  /** Everything that the log showed up to here is settled. */
  readonly through: string | null;
  /** Seconds between the mark and the youngest event; null while the log cannot be read, for nobody knows. */
  readonly lagSeconds: number | null;
  readonly failures: number;
  readonly lastError: string | null;
  readonly lastErrorAt: string | null;
  readonly lastDelivered: string | null;
  /**
   * Events that were seen and have not come to an end here, whether its filter takes them or not; counted up to
   * 10,000. Where every destination is paused, nobody reads ahead: there may be more.
   */
  readonly backlog: number;
  /** Why nothing goes out, and what to do about it; null while all is well. */
  readonly problem: string | null;
  /** An operator's pause; null when there is none. */
  readonly hold: {
    readonly since: string;
    /** Null: until it is resumed. */
    readonly until: string | null;
    readonly by: string;
  } | null;
  /** When the next digest is due; null where it is sent none. */
  readonly nextDigest: string | null;
  /** When it is tried again, for waiting and paused; null for only by hand. */
  readonly nextAttempt: string | null;
  /** Events that were older than the receiver takes them at their own time; null where there were none. */
  readonly tooOld: { readonly count: number; readonly last: string } | null;
}

const activeForMs = hourMs;
/** Counting on would say no more. */
const mostBacklog = 10_000;
/** Without a good read for this long, nothing is known of the source any more. */
const blindAfterMs = 300_000;

export function workspaceStatus(
  ports: Ports,
  pipeline: Pipeline,
  config: Config,
  workspace: string,
): WorkspaceStatus {
  const { newest } = pipeline.positions;
  const { health } = pipeline.source;
  const { state, sinceMs, problem } = judge(ports, pipeline, config);
  const readable = state === "active" || state === "quiet";
  return {
    workspace,
    state,
    since: toIsoOrNull(sinceMs),
    problem,
    lastRead: toIsoOrNull(pipeline.source.lastOkMs),
    nextRead: toIsoOrNull(health && health.kind !== "ok" ? health.notBeforeMs : null),
    newestEvent: newest === undefined ? null : toIsoSecond(newest),
    deadLetters: ports.ledger.countDeadLetters(),
    mutes: pipeline.mutes.active().length,
    budget: budgetStatus(pipeline.governor, ports.clock.now(), config.requestBudget),
    destinations: pipeline.members.map((member) =>
      // Where the log shows nothing, nothing lies behind a mark.
      destinationStatus(ports, member, readable ? (newest ?? 0) : undefined),
    ),
    rules: ruleStatuses(ports, pipeline.members, config.rules.bound),
  };
}

/** The workspace's state, or that events do not reach a destination: for monitors, cheap, without a name. */
export function workspaceHealth(
  ports: Ports,
  pipeline: Pipeline,
  config: Config,
): WorkspaceState | "undelivered" {
  const { state } = judge(ports, pipeline, config);
  if (state === "refused" || state === "blind") return state;
  if (!pipeline.governor.mayRead) return "undelivered";
  return stuck(pipeline).length > 0 ? "undelivered" : state;
}

/** The same with what is wrong, for the list of many workspaces. */
export function workspaceSeen(ports: Ports, pipeline: Pipeline, config: Config) {
  const state = workspaceHealth(ports, pipeline, config);
  if (state !== "undelivered") return { state, problem: judge(ports, pipeline, config).problem };
  // Without how often it was tried: a text that stays the same is not written anew.
  const waiting = stuck(pipeline).map(({ name, health }) => `${name}: ${health.lastError}`);
  const { problem } = budgetStatus(pipeline.governor, ports.clock.now(), config.requestBudget);
  return { state, problem: [...waiting, problem ?? ""].filter(Boolean).join("; ") };
}

function stuck({ members }: Pipeline): Lane[] {
  return members.flatMap(({ lane }) => {
    // What an operator paused is no news to them.
    if (lane.condition.held) return [];
    const { pausedMs, failures } = lane.health;
    const waits = !lane.empty || lane.progress.behind;
    return pausedMs !== null || (failures >= stuckAfterFailures && waits) ? [lane] : [];
  });
}

/** What GET /health and the heartbeat make of it. */
export function isWell(state: ReturnType<typeof workspaceHealth>): boolean {
  return state !== "refused" && state !== "blind" && state !== "undelivered";
}

function judge(
  { clock }: Ports,
  { source, positions, madeMs }: Pipeline,
  { pollMs }: Config,
): { state: WorkspaceState; sinceMs: number | null; problem: string | null } {
  const { health, lastOkMs } = source;
  const nowMs = clock.now();
  if (health && health.kind !== "ok") {
    return { state: health.kind, sinceMs: health.sinceMs, problem: health.text };
  }
  if (nowMs - (lastOkMs ?? madeMs) > blindAfterMs + pollMs) {
    const problem =
      "The audit log has not been read for more than 5 minutes. See the Worker's logs: npx wrangler tail";
    return { state: "blind", sinceMs: lastOkMs ?? madeMs, problem };
  }
  if (lastOkMs === null) return { state: "starting", sinceMs: null, problem: null };
  const active = nowMs - (positions.newest ?? Number.NEGATIVE_INFINITY) * 1000 < activeForMs;
  return { state: active ? "active" : "quiet", sinceMs: health?.sinceMs ?? null, problem: null };
}

function destinationStatus(
  { ledger, clock }: Ports,
  { lane }: Pipeline["members"][number],
  newest: number | undefined,
): DestinationStatus {
  const position = ledger.position(lane.name);
  const { health } = lane;
  const { tooOld } = lane.settling;
  const state = stateOf(lane, position !== undefined, clock.now());
  return {
    name: lane.name,
    type: lane.destination.type,
    state,
    through: position ? toIsoSecond(position.through) : null,
    lagSeconds:
      position && newest !== undefined ? lagOf(lane, position, newest, clock.now()) : null,
    failures: health.failures,
    lastError: health.lastError,
    lastErrorAt: toIsoOrNull(health.lastErrorMs),
    lastDelivered: toIsoOrNull(position?.lastDeliveredMs ?? null),
    backlog: backlogOf(ledger, lane.name, position),
    problem: problemOf(lane, clock.now()),
    hold: lane.condition.held && health.hold ? toHold(health.hold) : null,
    nextDigest: toIsoOrNull(lane.queue.nextMs ?? null),
    nextAttempt:
      state === "paused" || state === "waiting" ? toIsoOrNull(lane.condition.readyAtMs()) : null,
    tooOld: tooOld && { count: tooOld.count, last: toIso(tooOld.lastMs) },
  };
}

/** A digest that is not due yet lags behind nothing. */
function lagOf({ queue }: Lane, { through }: Position, newest: number, nowMs: number): number {
  return queue.nextMs !== undefined && queue.nextMs > nowMs ? 0 : Math.max(0, newest - through);
}

function toHold({ sinceMs, untilMs, by }: Hold): DestinationStatus["hold"] {
  return { since: toIso(sinceMs), until: toIsoOrNull(untilMs), by };
}

/** Behind the mark all is settled, but for what is owed beside the walk. */
function backlogOf(ledger: Ledger, name: string, position: Position | undefined): number {
  if (!position) return 0;
  const lowMs = Math.max((position.through + 1) * 1000, position.sinceMs);
  const walk = ledger.events.countUnsettled(name, idPrefix(lowMs), mostBacklog);
  return Math.min(mostBacklog, walk + ledger.errands.countBefore(name, idPrefix(lowMs)));
}

function problemOf({ condition, health, name }: Lane, nowMs: number): string | null {
  const why = whyWaiting(health, nowMs);
  if (why === null) return null;
  return `${why.replace(/[.…]?$/, ".").replace(/^./, (first) => first.toUpperCase())} ${remedyOf(condition, name)}`;
}

/** What an operator can do about it. */
function remedyOf({ held, state: { pausedMs, probeMs } }: Lane["condition"], name: string): string {
  if (held) return "Its backlog is held; resume it when you like.";
  if (pausedMs === null)
    return "Nothing is lost: it is tried again by itself. If its receiver is not down, check its options in wrangler.toml.";
  const again =
    probeMs === null ? "It is not tried again by itself" : "It is tried again each hour";
  return `Its backlog is held. Check its URL and keys in wrangler.toml and its secrets, then test it (POST /destinations/${name}/test). ${again}.`;
}

function stateOf(lane: Lane, placed: boolean, nowMs: number): DestinationStatus["state"] {
  if (!placed) return "starting";
  if (lane.condition.paused) return "paused";
  if (lane.health.notBeforeMs > nowMs) return "waiting";
  const waits = lane.queue.nextMs !== undefined && lane.queue.nextMs > nowMs;
  return !waits && (lane.progress.behind || !lane.empty) ? "behind" : "ok";
}

function toIsoOrNull(ms: number | null): string | null {
  return ms === null ? null : toIso(ms);
}
