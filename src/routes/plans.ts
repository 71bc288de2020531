// Re-sync as an operator's action, whichever way it comes: through the API or the dashboard. Each throws a Problem that
// says what was wrong and what to do next. A plan is named `<workspace>:<id>`.
import type { Env } from "../env.ts";
import type { PlanReport } from "../resync/resync.ts";
import { toIso } from "../time.ts";
import { Problem } from "./problem.ts";
import { relayOf } from "./stub.ts";
import type { Known } from "./workspace.ts";

export interface Period {
  readonly workspace: string;
  readonly fromMs: number;
  /** Null: now, less OVERLAP_SECONDS. */
  readonly toMs: number | null;
  /** Names; empty = all of the workspace. */
  readonly destinations: readonly string[];
  readonly redeliver: boolean;
}

/** `place` stands before the name of what was wrong: `body.` where it came as JSON. */
export async function planResync(
  env: Env,
  config: Known & { readonly overlapSeconds: number },
  place: "body." | "",
  { workspace, fromMs, toMs: wantedMs, destinations, redeliver }: Period,
): Promise<PlanReport> {
  const nowMs = Date.now();
  const toMs = wantedMs ?? nowMs - config.overlapSeconds * 1000;
  if (fromMs > nowMs) throw new Problem(422, `${place}from: is in the future`);
  if (toMs > nowMs) throw new Problem(422, `${place}to: is in the future`);
  if (toMs < fromMs && wantedMs === null)
    throw new Problem(
      422,
      `${place}from: is less than OVERLAP_SECONDS = ${config.overlapSeconds} ago, where events still come in by themselves; give to as well, or wait`,
    );
  if (toMs < fromMs) throw new Problem(422, `${place}to: ${toIso(toMs)} is before from`);
  checkNames(config, workspace, destinations);
  const request = { fromMs: Math.max(0, fromMs), toMs, destinations, redeliver };
  return relayOf(env, workspace).planResync(request);
}

export async function findPlan(
  env: Env,
  config: Known,
  plan: string,
): Promise<{ workspace: string; report: PlanReport }> {
  const { workspace, id } = locate(config, plan);
  const report = await relayOf(env, workspace).resync(id);
  if (!report) throw noPlan(plan);
  return { workspace, report };
}

/** `unread` says why nothing was applied, where the log could not be read; else null. */
export async function applyPlan(
  env: Env,
  config: Known,
  plan: string,
): Promise<{ workspace: string; report: PlanReport; unread: string | null }> {
  const { workspace, id } = locate(config, plan);
  const applied = await relayOf(env, workspace).applyResync(id);
  switch (applied.kind) {
    case "unknown":
      throw noPlan(plan);
    case "refused":
      throw new Problem(409, `${applied.reason} Nothing was sent now.`);
    case "unread":
      return { ...(await findPlan(env, config, plan)), unread: applied.reason };
    case "applied":
      return { workspace, report: applied.report, unread: null };
  }
}

/** The workspace that a plan, or a dead letter, is of. */
export function workspaceIn(id: string): string {
  return id.replace(/:[^:]*$/, "");
}

function noPlan(plan: string): Problem {
  return new Problem(404, `There is no plan ${plan}. Make one with POST /resync and mode "plan".`);
}

function locate({ workspaces }: Known, plan: string): { workspace: string; id: string } {
  const [, workspace = "", id] = /^(.+):(\w+)$/.exec(plan) ?? [];
  if (id === undefined || !workspaces.some((known) => known.id === workspace)) throw noPlan(plan);
  return { workspace, id };
}

function checkNames(config: Known, workspace: string, wanted: readonly string[]): void {
  const names = config.destinations
    .filter(({ workspaces }) => workspaces.length === 0 || workspaces.includes(workspace))
    .map(({ name }) => name);
  const stranger = wanted.find((name) => !names.includes(name));
  if (stranger === undefined) return;
  throw new Problem(
    404,
    `Workspace ${workspace} has no destination ${stranger}. Expected one of: ${names.join(", ")}.`,
  );
}
