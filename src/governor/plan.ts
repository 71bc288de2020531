// How a run is planned, so that the day stays inside the plan: a pure function of what was used and what is to come.
import { dayMs } from "../time.ts";
import { type Plan, type Resource, resources, type Use } from "./plans.ts";

/** `slow`: polls less often than promised. `held`: nothing new is read until midnight UTC. */
export const standings = ["ok", "slow", "held"] as const;
export type Standing = (typeof standings)[number];

export interface Situation {
  readonly nowMs: number;
  /** This workspace's share. */
  readonly plan: Plan;
  /** Since midnight UTC. */
  readonly used: Use;
  /** In the last 24 hours, and in how many runs. */
  readonly lately: Use;
  readonly latelyRuns: number;
  /** POLL_SECONDS: what was promised. */
  readonly pollMs: number;
  /** When something new was last seen; null for never. */
  readonly happenedMs: number | null;
  readonly destinations: number;
  /** Letters that destinations have taken over: each writes a row when it comes to its end. */
  readonly waiting: number;
  /** Requests a minute that the source allows. */
  readonly sourceRate: number;
  readonly before: Standing;
}

export interface RunPlan {
  /** To the next poll. */
  readonly pollMs: number;
  readonly standing: Standing;
  /** Whether anything new may be read; what a destination has taken over goes out in any case. */
  readonly mayRead: boolean;
  /** What was too short for what was promised. */
  readonly short: readonly Resource[];
  /** At midnight UTC, with polls as planned. */
  readonly forecast: Use;
}

/** Faster for so long after something happened … */
const eagerForMs = 300_000;
/** … but never than this. */
const fastestMs = 2000;
/** The cron polls each minute, so the alarm need not: it is set anew before it rings. */
const slowestMs = 70_000;
const minuteMs = 60_000;
/** Left for what is not counted: the last minute of a process that died, and whatever else the account runs. */
const usable = 0.95;
/** Once short, polls are as promised again only where they leave so much more. */
const ease = 0.9;
/** An object is awake for so long after the last request. */
export const drowsyMs = 10_000;
const runMs = 500;
/** The memory of an object that is awake. */
export const gb = 0.125;

/** What each poll takes, and each minute, when nothing happens: the alarm's row; the cron, the last read, the hour's polls, the numbers twice. */
const perPoll = { objectRequests: 1, rowsWritten: 1, rowsRead: 10, kvReads: 1 } as const;
const perMinute = { objectRequests: 0, rowsWritten: 5, rowsRead: 10 } as const;
/** Rows of an hour's worth of minutes in which nothing is read, with something to spare. */
const housekeepingPerMinute = 9;
/** Events that a read may bring, and their letters at each destination, when the day's rows come to their end. */
const inHand = 200;

export function plan(situation: Situation): RunPlan {
  const { pollMs, nowMs, happenedMs, before, plan } = situation;
  const at = (ms: number) => forecast(situation, ms);
  const eagerMs = Math.max(Math.min(fastestMs, pollMs), Math.floor(pollMs / 2));
  const mayRead = !plan.hard || hasRoom(situation);
  const fits = (ms: number, part: number) => shortOf(situation, at(ms), part).length === 0;
  const eager = happenedMs !== null && Math.abs(nowMs - happenedMs) < eagerForMs;
  // A quarter of the source's requests is left to polls; the rest is for reading on, recounts and whoever syncs by hand.
  const bearable = minuteMs / eagerMs <= situation.sourceRate / 4;
  if (mayRead && eager && bearable && before === "ok" && fits(eagerMs, ease))
    return { pollMs: eagerMs, standing: "ok", mayRead, short: [], forecast: at(eagerMs) };
  const promised = shortOf(situation, at(pollMs), before === "ok" ? 1 : ease);
  if (mayRead && (!plan.hard || promised.length === 0))
    return { pollMs, standing: "ok", mayRead, short: [], forecast: at(pollMs) };
  const slowMs = mayRead ? fitting(pollMs, (ms) => fits(ms, 1)) : Math.max(pollMs, slowestMs);
  const short = mayRead ? promised : lacking(situation);
  const standing = mayRead ? "slow" : "held";
  return { pollMs: slowMs, standing, mayRead, short, forecast: at(slowMs) };
}

/** The shortest interval that fits, in whole seconds. */
function fitting(pollMs: number, fits: (ms: number) => boolean): number {
  for (let ms = pollMs; ms < minuteMs; ms += 1000) if (fits(ms)) return ms;
  return Math.max(pollMs, slowestMs);
}

/** Whether the day's rows bear one more read of the log: all that it leads to, and a quiet rest of the day. */
export function hasRoom(
  situation: Pick<Situation, "nowMs" | "plan" | "used" | "destinations" | "waiting">,
): boolean {
  return lacking(situation).length === 0;
}

function lacking(situation: Parameters<typeof hasRoom>[0]): Resource[] {
  const { nowMs, plan, used, destinations, waiting } = situation;
  const left = leftMs(nowMs);
  const rows = plan.perDay.rowsWritten * usable;
  // Many workspaces on one plan have no room for more than to look: half of what is left is for events in any case.
  const quiet = Math.min((left / minuteMs) * housekeepingPerMinute, (rows * left) / dayMs / 2);
  // Nor may a destination that cannot let go of them hold all others.
  const reserve = quiet + inHand * (1 + destinations) + Math.min(waiting, rows / 4);
  const reads = plan.perDay.rowsRead * usable - (left / minuteMs) * 200;
  return [
    ...(used.rowsWritten + reserve > rows ? (["rowsWritten"] as const) : []),
    ...(used.rowsRead > reads ? (["rowsRead"] as const) : []),
  ];
}

function shortOf({ plan }: Situation, expected: Use, part: number): Resource[] {
  return resources.filter(
    (name) => name !== "kvWrites" && expected[name] > plan.perDay[name] * usable * part,
  );
}

/**
 * What will have been used at midnight UTC: what is used, the polls that are left, and beside them as much as in the last
 * 24 hours. A burst so counts for what it was, and not as the day's pace.
 */
export function forecast(situation: Situation, pollMs: number): Use {
  const { used, nowMs } = situation;
  const left = leftMs(nowMs);
  const polls = Math.max(1, left / pollMs);
  const minutes = left / minuteMs;
  const beside = besidePolls(situation);
  const awake = Math.min(left, polls * Math.min(pollMs, drowsyMs + runMs));
  const more: Use = {
    objectRequests: polls * perPoll.objectRequests + minutes,
    rowsWritten: polls * perPoll.rowsWritten + minutes * perMinute.rowsWritten,
    rowsRead: polls * perPoll.rowsRead + minutes * perMinute.rowsRead,
    kvWrites: 0,
    kvReads: polls,
    gbSeconds: (awake / 1000) * gb,
  };
  return Object.fromEntries(
    resources.map((name) => [
      name,
      Math.round(used[name] + more[name] + (beside[name] * left) / dayMs),
    ]),
  ) as unknown as Use;
}

/** Of the last 24 hours, without what quiet polls take. */
function besidePolls({ lately, latelyRuns }: Situation): Use {
  // While it was polled at all; how long that was, its runs tell only roughly.
  const minutes = Math.min(1440, latelyRuns);
  return {
    objectRequests: Math.max(0, lately.objectRequests - latelyRuns),
    rowsWritten: Math.max(
      0,
      lately.rowsWritten - latelyRuns * perPoll.rowsWritten - minutes * perMinute.rowsWritten,
    ),
    rowsRead: Math.max(
      0,
      lately.rowsRead - latelyRuns * perPoll.rowsRead - minutes * perMinute.rowsRead,
    ),
    kvWrites: lately.kvWrites,
    kvReads: Math.max(0, lately.kvReads - latelyRuns),
    gbSeconds: 0,
  };
}

function leftMs(nowMs: number): number {
  return midnightAfter(nowMs) - nowMs;
}

/** When Cloudflare begins to count anew. */
export function midnightAfter(nowMs: number): number {
  return (Math.floor(nowMs / dayMs) + 1) * dayMs;
}
