// One workspace at a glance, for the dashboard: how it stands, its last day in numbers, its last days in receipts.
import type { Config } from "./config.ts";
import type { KeptFinding } from "./ledger/findings.ts";
import type { Counts } from "./ledger/statistics.ts";
import type { Measured } from "./metrics.ts";
import type { Mute } from "./mutes/mute.ts";
import type { Ports } from "./ports.ts";
import type { SignedReceipt } from "./proof/receipts.ts";
import type { RunReport } from "./report.ts";
import type { Pipeline } from "./run.ts";
import { type WorkspaceStatus, workspaceStatus } from "./status.ts";
import { dayMs, hourMs, hourOf, toShortIso } from "./time.ts";

/** What is quick to tell. */
export interface Standing {
  readonly status: WorkspaceStatus;
  /** Null before the first run since the Worker started. */
  readonly lastRun: RunReport | null;
  /** Of this workspace, since midnight UTC. */
  readonly kvWritesToday: number;
}

export interface Overview extends Standing {
  /** The last 24 hours, oldest first; the last one is under way. Each is there, also when nothing happened. */
  readonly hours: readonly HourOverview[];
  /** Of the last three days, oldest first. */
  readonly receipts: readonly SignedReceipt[];
  /** Mutes under way, and those that ended within the last day; the newest first. */
  readonly mutes: readonly Mute[];
  /** The newest, the very newest first. */
  readonly findings: readonly KeptFinding[];
  /** From an event's time to its reading: the median of the youngest events; null when there is none to tell. */
  readonly sourceLagMs: number | null;
}

export interface HourOverview {
  /** Its first instant, ISO 8601. */
  readonly from: string;
  /** How many events happened in it, by type. */
  readonly events: Readonly<Record<string, number>>;
  /** By destination: requests made in it, how many of them did not deliver, and the mean seconds to an answer. */
  readonly destinations: Readonly<
    Record<
      string,
      { readonly requests: number; readonly failed: number; readonly seconds: number | null }
    >
  >;
}

const newestFindings = 20;
const receiptDays = 3;
const delaysLookedAt = 20;

export function overview(
  ports: Ports,
  pipeline: Pipeline,
  config: Config,
  workspace: string,
): Overview {
  const { ledger, clock } = ports;
  const nowMs = clock.now();
  const now = hourOf(nowMs);
  const names = pipeline.members.map(({ lane }) => lane.name);
  const counted = ledger.statistics.between(now - 23, now);
  return {
    ...standing(ports, pipeline, config, workspace),
    hours: Array.from({ length: 24 }, (_, i) => now - 23 + i).map((hour) =>
      toHour(hour, counted.get(hour) ?? {}, names),
    ),
    receipts: pipeline.receipts.between(nowMs - receiptDays * dayMs, nowMs),
    mutes: pipeline.mutes
      .all()
      .filter(({ endedMs }) => endedMs === null || endedMs > nowMs - dayMs),
    findings: ledger.findings.newest(newestFindings),
    // An hour or more is a backlog that was read at last, and says nothing of how quick the reading is.
    sourceLagMs: median(ledger.events.delaysMs(delaysLookedAt).filter((ms) => ms < hourMs)),
  };
}

function standing(ports: Ports, pipeline: Pipeline, config: Config, workspace: string): Standing {
  const { ledger, clock } = ports;
  const nowMs = clock.now();
  return {
    status: workspaceStatus(ports, pipeline, config, workspace),
    lastRun: pipeline.lastRun ?? null,
    kvWritesToday: ledger.statistics.since(nowMs - (nowMs % dayMs), nowMs, "kv_writes"),
  };
}

/** For the metrics, which are asked for every few seconds: no receipts, which each take some statements. */
export function measure(
  ports: Ports,
  pipeline: Pipeline,
  config: Config,
  workspace: string,
): Measured {
  const { totals } = ports.ledger.statistics;
  return { workspace, totals, standing: standing(ports, pipeline, config, workspace) };
}

/** Of no numbers: null. */
function median(numbers: readonly number[]): number | null {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? null;
}

function toHour(hour: number, counts: Counts, names: readonly string[]): HourOverview {
  const of = (prefix: string) =>
    Object.entries(counts)
      .filter(([series]) => series.startsWith(`${prefix} `))
      .map(([series, n]) => [series.slice(prefix.length + 1), n] as const);
  const sum = (entries: readonly (readonly [string, number])[]) =>
    entries.reduce((total, [, n]) => total + n, 0);
  return {
    from: toShortIso(hour * hourMs),
    events: Object.fromEntries(of("events")),
    destinations: Object.fromEntries(
      names.map((name) => {
        const outcomes = of(`requests ${name}`);
        const requests = sum(outcomes);
        const failed = sum(outcomes.filter(([outcome]) => failures.has(outcome)));
        const seconds = counts[`request_seconds ${name} sum`] ?? 0;
        return [name, { requests, failed, seconds: requests > 0 ? seconds / requests : null }];
      }),
    ),
  };
}

const failures: ReadonlySet<string> = new Set(["retry", "reject", "halt"]);
