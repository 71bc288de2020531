// How a workspace stands, in words: every claim rests on something that was seen.
import type { Config } from "./config.ts";
import type { Ports } from "./ports.ts";
import type { Pipeline } from "./run.ts";
import { toIsoSecond } from "./source/client.ts";

export const workspaceStates = [
  "starting",
  "active",
  "quiet",
  "throttled",
  "refused",
  "blind",
] as const;
type WorkspaceState = (typeof workspaceStates)[number];

export interface WorkspaceStatus {
  readonly workspace: string;
  /** starting: not read yet since the start; active: an event within the last hour; quiet: read well, none. */
  readonly state: WorkspaceState;
  readonly since: string | null;
  /** What is wrong and what to do about it; null when nothing is. */
  readonly problem: string | null;
  readonly lastRead: string | null;
  readonly newestEvent: string | null;
  readonly deadLetters: number;
  readonly destinations: readonly DestinationStatus[];
}

interface DestinationStatus {
  readonly name: string;
  readonly type: string;
  /** ok: at the head of the log; behind: catching up; waiting: a retry is due; paused: the receiver refuses us. */
  readonly state: "starting" | "ok" | "behind" | "waiting" | "paused";
  /** Everything that the log showed up to here is settled. */
  readonly through: string | null;
  /** Seconds between the mark and the youngest event known. */
  readonly lagSeconds: number;
  readonly failures: number;
  readonly lastError: string | null;
  readonly lastErrorAt: string | null;
  readonly lastDelivered: string | null;
  /** When it is tried again, for waiting and paused; null for only by hand. */
  readonly nextAttempt: string | null;
}

const activeForMs = 3_600_000;
/** Without a good read for this long, nothing is known of the source any more. */
const blindAfterMs = 300_000;

export function workspaceStatus(
  ports: Ports,
  pipeline: Pipeline,
  config: Config,
  workspace: string,
): WorkspaceStatus {
  const { newest } = pipeline.positions;
  const { state, sinceMs, problem } = judge(ports, pipeline, config);
  return {
    workspace,
    state,
    since: toIso(sinceMs),
    problem,
    lastRead: toIso(pipeline.source.lastOkMs),
    newestEvent: newest === undefined ? null : toIsoSecond(newest),
    deadLetters: ports.ledger.countDeadLetters(),
    destinations: pipeline.members.map((member) => destinationStatus(ports, member, newest)),
  };
}

function judge(
  { clock }: Ports,
  { source, positions }: Pipeline,
  { pollMs }: Config,
): { state: WorkspaceState; sinceMs: number | null; problem: string | null } {
  const { health, lastOkMs } = source;
  const nowMs = clock.now();
  if (health && health.kind !== "ok") {
    return { state: health.kind, sinceMs: health.sinceMs, problem: health.text };
  }
  if (lastOkMs === null) return { state: "starting", sinceMs: null, problem: null };
  if (nowMs - lastOkMs > blindAfterMs + pollMs) {
    const problem =
      "The audit log has not been read for more than 5 minutes. See the Worker's logs: npx wrangler tail";
    return { state: "blind", sinceMs: lastOkMs, problem };
  }
  const newestMs = positions.newest === undefined ? 0 : positions.newest * 1000;
  const active = nowMs - newestMs < activeForMs;
  return { state: active ? "active" : "quiet", sinceMs: health?.sinceMs ?? null, problem: null };
}

function destinationStatus(
  { ledger, clock }: Ports,
  { lane }: Pipeline["members"][number],
  newest: number | undefined,
): DestinationStatus {
  const position = ledger.position(lane.name);
  const { health } = lane;
  const waiting = health.notBeforeMs > clock.now();
  const behind = lane.behind || !lane.empty;
  const state = !position
    ? "starting"
    : health.pausedMs !== null
      ? "paused"
      : waiting
        ? "waiting"
        : behind
          ? "behind"
          : "ok";
  return {
    name: lane.name,
    type: lane.destination.type,
    state,
    through: position ? toIsoSecond(position.through) : null,
    lagSeconds: position && newest !== undefined ? Math.max(0, newest - position.through) : 0,
    failures: health.failures,
    lastError: health.lastError,
    lastErrorAt: toIso(health.lastErrorMs),
    lastDelivered: toIso(position?.lastDeliveredMs ?? null),
    nextAttempt: state === "paused" || state === "waiting" ? toIso(lane.readyAtMs()) : null,
  };
}

function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
