// Which events a filter finds: read from the log, the newest first where nothing but the period is asked for.
import { type AuditEvent, severities } from "../event/event.ts";
import { knownTypes, matchesKnownType } from "../route.ts";
import { relayOf } from "../routes/stub.ts";
import { dayMs, hourMs } from "../time.ts";
import { type EventFilter, type Period, periods } from "./events.tsx";
import type { Visit } from "./site.tsx";
import { chosenWorkspace } from "./visit.ts";

const lengths: Readonly<Record<Period, number>> = {
  "1h": hourMs,
  "24h": dayMs,
  "7d": 7 * dayMs,
  "30d": 30 * dayMs,
  "90d": 90 * dayMs,
};
const onPage = 100;
/** Of one look: more than a page, for seconds are never cut. */
const limit = 500;

export interface Found {
  /** Newest first. */
  readonly events: readonly AuditEvent[];
  /** Whether they are the earliest of the period, not the latest. */
  readonly earliest: boolean;
  /** Address of those that have no room here. */
  readonly more: string | null;
  readonly problem: string | null;
}

/** What nobody can have chosen in the form counts as not chosen. */
export function readFilter(visit: Visit): EventFilter {
  const { query } = visit;
  const period = query("period");
  return {
    workspace: chosenWorkspace(visit),
    type: query("type").trim().slice(0, 200),
    person: query("person").trim().slice(0, 200),
    severity: severities.find((severity) => severity === query("severity")) ?? "info",
    period: Object.hasOwn(periods, period) ? (period as Period) : "24h",
  };
}

export async function findEvents(visit: Visit, filter: EventFilter): Promise<Found> {
  const { type, person, severity } = filter;
  const everything = type === "" && person === "" && severity === "info";
  return everything ? newestOf(visit, filter) : matching(visit, filter);
}

/** The ledger knows the times of those that were seen: the page begins at the one that is so many back. */
async function newestOf({ env, nowMs, query }: Visit, filter: EventFilter): Promise<Found> {
  const relay = relayOf(env, filter.workspace);
  const skip = Math.max(0, Math.trunc(Number(query("skip"))) || 0);
  const startMs = startOf(query("from"), nowMs, filter);
  const [firstMs, lastMs] = await Promise.all([
    relay.recentMs(skip + onPage),
    skip === 0 ? null : relay.recentMs(skip + 1),
  ]);
  const fromMs = Math.max(startMs, firstMs ?? startMs);
  const { events, next, problem } = await relay.look({
    ...{ fromMs, ...(lastMs !== null && { toMs: lastMs }), limit },
    ...{ only: [], minSeverity: "info", format: "event" },
  });
  const older = firstMs !== null && firstMs > startMs;
  return {
    events: newestFirst(events),
    earliest: next !== null,
    more: older
      ? address(filter, { skip: String(skip + onPage) })
      : next && address(filter, { from: next }),
    problem,
  };
}

async function matching({ env, nowMs, query }: Visit, filter: EventFilter): Promise<Found> {
  const { type, person, severity } = filter;
  const { events, next, problem } = await relayOf(env, filter.workspace).look({
    fromMs: startOf(query("from"), nowMs, filter),
    limit: onPage,
    only: type === "" ? [] : [type],
    ...(person !== "" && { person }),
    minSeverity: severity,
    format: "event",
  });
  return {
    events: newestFirst(events),
    earliest: next !== null,
    more: next && address(filter, { from: next }),
    problem: problem ?? unknownType(type),
  };
}

/** The format `event` is the event itself. */
function newestFirst(events: readonly unknown[]): readonly AuditEvent[] {
  return (events as readonly AuditEvent[]).toReversed();
}

function startOf(from: string, nowMs: number, { period }: EventFilter): number {
  const startMs = nowMs - lengths[period];
  const given = Date.parse(from);
  return given > startMs && given <= nowMs ? given : startMs;
}

function address(filter: EventFilter, on: Readonly<Record<string, string>>): string {
  return `/dashboard/events?${new URLSearchParams({ ...filter, ...on })}`;
}

function unknownType(pattern: string): string | null {
  if (pattern === "" || matchesKnownType(pattern)) return null;
  return `No type known today fits ${pattern}. Known are: ${knownTypes.join(", ")}.`;
}
