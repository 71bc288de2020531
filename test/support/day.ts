// Days of the pipeline on a virtual clock, as Cloudflare runs it: the cron each minute, alarms as they are set. What is
// used of the plan is counted from outside: at the SQL, KV, the alarm, the source and the receivers; never by the meter.
import type { Site } from "../../sandbox/site.ts";
import type { Metered } from "../../src/governor/meter.ts";
import { type Resource, resources } from "../../src/governor/plans.ts";
import { Watch } from "../../src/watch.ts";
import { login, startMs, World, type WorldOptions, workspaceId } from "./world.ts";

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** The first midnight after the world's start. */
const midnightMs = Math.ceil(startMs / dayMs) * dayMs;
/** How long an answer takes. */
const answerMs = 120;
/** An object that nobody asks is let go after this long, and takes 128 MB until then. */
const idleMs = 10_000;
const gb = 0.125;

/** Used in a day that begins at 00:00 UTC. */
export type Used = Record<Resource, number> & {
  outgoing: number;
  /** Requests of one run. */
  mostInRun: number;
};

interface Day {
  readonly used: Used;
  /** What the meter says of it at its end. */
  readonly metered: Metered;
  /** Events that have not come to an end everywhere. */
  readonly left: number;
  readonly longestPollMs: number;
}

export interface Lived {
  readonly world: World;
  readonly days: readonly Day[];
  /** From the first midnight until all was settled; null where that never was. */
  readonly settledMs: number | null;
}

const nothing = (): Used => ({
  ...(Object.fromEntries(resources.map((name) => [name, 0])) as Record<Resource, number>),
  outgoing: 0,
  mostInRun: 0,
});

export interface DayOptions extends WorldOptions {
  /** On each of the days, spread evenly, or all within an hour from the sixth on. */
  readonly events: number;
  readonly within?: "day" | "hour";
  /** With events, and at most as many more until all is settled. */
  readonly days?: number;
  readonly mostDays?: number;
}

export async function liveDays(options: DayOptions): Promise<Lived> {
  const { events, within = "day", days: eventful = 1, mostDays = eventful, sites } = options;
  const counts = { outgoing: 0 };
  const world = new World({
    rateLimit: 60,
    ...options,
    sites: (clock) => ({
      ...receivers(Object.keys(options.destinations ?? {}), counts, (ms) => clock.sleep(ms)),
      ...sites?.(clock),
    }),
  });
  const { clock, api } = world;
  let used = nothing();
  countRows(world, (rows) => {
    used.rowsWritten += rows;
  });
  const { kv } = world;
  const read = kv.read.bind(kv);
  kv.read = () => {
    used.kvReads += 1;
    return read();
  };
  await clock.runUntil(midnightMs - minuteMs);
  world.restart();
  const firstMs = midnightMs + 1000;
  for (let day = 0; day < eventful; day++)
    for (let i = 0; i < events; i++) {
      const spread = Math.floor((i * (within === "day" ? dayMs - 120_000 : 3_600_000)) / events);
      const beginMs = firstMs + day * dayMs + (within === "hour" ? 6 * 3_600_000 : 0);
      world.log.add(login(beginMs + spread));
    }
  const total = events * eventful;
  const days: Day[] = [];
  const watch = new Watch(
    world.ports,
    world.pipeline.notices,
    workspaceId,
    world.pipeline.governor,
  );
  const requests = () => counts.outgoing + api.counts.requests;
  let kvBefore = kv.writes;
  let outgoingBefore = requests();
  let alarmMs: number | null = clock.now();
  let cronMs = clock.now();
  let awakeMs = clock.now();
  let longestPollMs = 0;
  let settledMs: number | null = null;
  const left = () => total - settledBy(world);
  /** A request to the object. */
  const beat = async (trigger: "cron" | "alarm") => {
    const { governor } = world.pipeline;
    used.objectRequests += 1;
    used.gbSeconds += (Math.min(clock.now() - awakeMs, idleMs) / 1000) * gb;
    const beganMs = clock.now();
    governor.asked();
    if (trigger === "cron") watch.cron(alarmMs);
    else watch.alarm();
    const arm = (atMs: number) => {
      used.rowsWritten += 1;
      governor.alarmSet();
      alarmMs = atMs;
    };
    const armedMs = beganMs + governor.pollMs;
    arm(armedMs);
    const before = requests();
    await clock.run(world.pipeline.run(trigger, Math.min(5000, governor.pollMs)));
    used.mostInRun = Math.max(used.mostInRun, requests() - before);
    const nextMs = world.pipeline.nextMs();
    if (nextMs < armedMs) arm(nextMs);
    used.gbSeconds += ((clock.now() - beganMs) / 1000) * gb;
    awakeMs = clock.now();
    longestPollMs = Math.max(longestPollMs, governor.pollMs);
  };
  for (let endMs = midnightMs; days.length <= mostDays; endMs += dayMs) {
    for (;;) {
      const atMs: number = Math.min(alarmMs ?? Number.POSITIVE_INFINITY, cronMs);
      if (Math.max(atMs, clock.now()) >= endMs) break;
      await clock.runUntil(Math.max(atMs, clock.now()));
      if (cronMs <= clock.now()) {
        cronMs += minuteMs;
        await beat("cron");
      } else {
        alarmMs = null;
        await beat("alarm");
      }
      // Counting takes longer than living.
      if (settledMs === null && total > 0 && cronMs % (10 * minuteMs) === 0 && left() === 0)
        settledMs = clock.now() - midnightMs;
    }
    used.kvWrites = kv.writes - kvBefore;
    used.outgoing = requests() - outgoingBefore;
    kvBefore = kv.writes;
    outgoingBefore = requests();
    const metered = world.pipeline.governor.meter.today(endMs - 1);
    // What comes before the first midnight is the warm-up.
    if (endMs > midnightMs) days.push({ used, metered, left: left(), longestPollMs });
    used = nothing();
    longestPollMs = 0;
    if (days.length >= eventful && (left() === 0 || days.length >= mostDays)) break;
  }
  return { world, days, settledMs: settledMs ?? (left() === 0 ? clock.now() - midnightMs : null) };
}

/** Counts what each statement has changed. */
function countRows(world: World, count: (rows: number) => void): void {
  const { sql } = world;
  world.sql = {
    exec: (query, ...bindings) => {
      const rows = sql.exec(query, ...bindings);
      if (!/^\s*SELECT/.test(query)) count(Number(sql.exec("SELECT changes() AS n")[0]?.n ?? 0));
      return rows;
    },
    transaction: (work) => sql.transaction(work),
    used: () => sql.used(),
  };
}

function receivers(
  names: readonly string[],
  counts: { outgoing: number },
  sleep: (ms: number) => Promise<void>,
): Record<string, Site> {
  const site: Site = {
    fetch: async () => {
      counts.outgoing += 1;
      await sleep(answerMs);
      return new Response("ok");
    },
  };
  const hosts = names.map((name) => `${name}.example.com`);
  return Object.fromEntries([...hosts, "hooks.slack.com"].map((host) => [host, site]));
}

/** Events that have an outcome at the destination that has the fewest. */
function settledBy({ sql, pipeline }: World): number {
  const rows = sql.exec("SELECT destination, count(*) AS n FROM settled GROUP BY destination");
  const counts = new Map(rows.map(({ destination, n }) => [destination, Number(n)]));
  return Math.min(...pipeline.members.map(({ lane }) => counts.get(lane.name) ?? 0));
}
