// A day of the pipeline on a virtual clock, counted from outside: what it takes of the free plan's means.
import type { RunReport } from "../../src/report.ts";
import { login, startMs, World, type WorldOptions } from "./world.ts";

const dayMs = 86_400_000;
const minutes = 1440;

/** So many events, spread evenly. `onRun` stands around each run. */
export async function liveDay(
  events: number,
  options: WorldOptions,
  onRun: (run: () => Promise<RunReport>, world: World) => Promise<RunReport> = (run) => run(),
) {
  const world = new World(options);
  const { sql } = world;
  const used = { rows: 0, runs: 0 };
  world.sql = {
    exec: (query, ...bindings) => {
      const rows = sql.exec(query, ...bindings);
      if (!/^\s*SELECT/.test(query))
        used.rows += Number(sql.exec("SELECT changes() AS n")[0]?.n ?? 0);
      return rows;
    },
    transaction: (work) => sql.transaction(work),
    used: () => sql.used(),
  };
  world.restart();
  await world.run();
  for (let i = 0; i < events; i += 1)
    world.log.add(login(startMs + 1000 + Math.floor((i * (dayMs - 60_000)) / events)));
  const run = world.run.bind(world);
  world.run = () => {
    used.runs += 1;
    return onRun(run, world);
  };
  used.rows = 0;
  const kvBefore = world.kv.writes;
  await world.runFor(dayMs);
  return {
    world,
    runs: used.runs,
    // Setting the alarm is a row each run; the watch over the cron is one each minute.
    rows: used.rows + used.runs + minutes,
    kvWrites: world.kv.writes - kvBefore,
    /** Alarms, and the cron each minute. */
    objectRequests: used.runs + minutes,
  };
}
