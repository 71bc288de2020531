// What one run did, for the log line and for whoever asked for it.
import type { Member } from "./member.ts";
import type { Sightings } from "./sightings.ts";
import type { Source, SourceHealth } from "./source/source.ts";

export type Trigger = "cron" | "alarm" | "sync";

/** The counts are of this run, the rest is how things stand at its end. */
export interface RunReport {
  readonly trigger: Trigger;
  readonly startedMs: number;
  readonly tookMs: number;
  readonly sourceRequests: number;
  /** Events read, those known already included. */
  readonly read: number;
  /** Events seen for the first time. */
  readonly fresh: number;
  /** Of these, only when the log had been read past their time. */
  readonly late: number;
  readonly unusable: number;
  /** Outgoing requests of the run, of so many allowed. */
  readonly budget: { readonly used: number; readonly of: number };
  readonly source: SourceHealth["kind"] | "unknown";
  readonly destinations: Readonly<Record<string, LaneReport>>;
}

type LaneReport = Readonly<Member["lane"]["counts"]>;

interface Counted {
  readonly broken: boolean;
  readonly source: Source;
  readonly sightings: Sightings;
  readonly members: readonly Member[];
}

/** Starts counting; the function returned tells what was counted since. */
export function tally(
  pipeline: Counted,
  startedMs: number,
): (trigger: Trigger, nowMs: number, budget: RunReport["budget"]) => RunReport {
  const { source, sightings, members } = pipeline;
  const requests = source.requests;
  const seen = { ...sightings.counts };
  const lanes = members.map(({ lane }) => ({ ...lane.counts }));
  return (trigger, nowMs, budget) => ({
    trigger,
    startedMs,
    tookMs: nowMs - startedMs,
    sourceRequests: source.requests - requests,
    ...since(sightings.counts, seen),
    budget,
    source: pipeline.broken ? "unknown" : (source.health?.kind ?? "unknown"),
    destinations: Object.fromEntries(
      members.map(({ lane }, i) => [lane.name, since(lane.counts, lanes[i] ?? lane.counts)]),
    ),
  });
}

function since<Counts extends Record<string, number>>(now: Counts, before: Counts): Counts {
  const entries = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)]);
  return Object.fromEntries(entries) as Counts;
}
