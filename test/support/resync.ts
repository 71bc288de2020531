// Re-sync in a world: plans and applies as the HTTP routes do, each with a budget of its own.
import { Budget } from "../../src/budget.ts";
import type { Applied, Resync, ResyncRequest } from "../../src/resync/resync.ts";
import { startMs, type World } from "./world.ts";

type PlanReport = Awaited<ReturnType<Resync["plan"]>>;

const hour = 3_600_000;
/** An hour before the world's start, up to its start. */
const lastHour: ResyncRequest = {
  fromMs: startMs - hour,
  toMs: startMs,
  destinations: [],
  redeliver: false,
};

export function plan(world: World, request: Partial<ResyncRequest> = {}): Promise<PlanReport> {
  const budget = new Budget(world.config.requestBudget);
  return world.clock.run(world.pipeline.resync.plan({ ...lastHour, ...request }, budget));
}

export function apply(world: World, id: string): Promise<Applied> {
  const budget = new Budget(world.config.requestBudget);
  return world.clock.run(world.pipeline.resync.apply(id, budget));
}

/** A plan that has been read to its end, however many runs that takes. */
export async function readyPlan(
  world: World,
  request: Partial<ResyncRequest> = {},
): Promise<PlanReport> {
  let report = await plan(world, request);
  for (let runs = 0; report.state === "planning" && report.refused === null; runs++) {
    if (runs > 200) throw new Error("the plan is never ready");
    await world.runFor(10_000);
    report = world.pipeline.resync.get(report.id) ?? report;
  }
  return report;
}

/** Plans and applies; the events go out with the next runs. */
export async function resync(
  world: World,
  request: Partial<ResyncRequest> = {},
): Promise<PlanReport> {
  const planned = await readyPlan(world, request);
  const applied = await apply(world, planned.id);
  if (applied.kind !== "applied") throw new Error(JSON.stringify(applied));
  return applied.report;
}
