// Sending a past period again, with a plan that says first what would be sent.
import * as z from "zod";
import type { Env } from "../env.ts";
import type { PlanReport } from "../resync/resync.ts";
import { toIso } from "../time.ts";
import type { Api } from "./api.ts";
import { applyPlan, findPlan, planResync, workspaceIn } from "./plans.ts";
import { Problem } from "./problem.ts";
import { moment, time } from "./schemas.ts";
import { chooseWorkspace, type Known, knowing } from "./workspace.ts";

const count = z.number().int();
const planSchema = z.object({
  plan: z.string().describe("Give this to apply it"),
  workspace: z.string(),
  state: z
    .enum(["planning", "ready", "applied", "refused"])
    .describe("planning: the log is still being read for it; it goes on by itself"),
  from: z.string(),
  to: z.string(),
  redeliver: z.boolean(),
  createdAt: z.string(),
  expiresAt: z.string().describe("Until then it can be applied"),
  appliedAt: time,
  events: count.describe("Events of the period"),
  sourceTotal: count
    .nullable()
    .describe("What the source counts for the period, perhaps with the seconds around it"),
  send: count.describe("Deliveries in all"),
  remaining: count.describe("Of an applied plan: deliveries to come"),
  destinations: z.record(
    z.string(),
    z.object({
      send: count.describe("Would be sent"),
      delivered: count.describe("Was delivered before"),
      filtered: count.describe("Not taken by its filter"),
      deadLettered: count.describe("Was refused, or discarded"),
      onTheirWay: count.describe("Not reached yet: comes by itself"),
    }),
  ),
  warnings: z.array(z.string()),
  problem: z
    .string()
    .nullable()
    .describe("Why it cannot be applied, or why reading has not come to its end"),
});

export function addResyncRoutes(api: Api): void {
  api.route(
    {
      id: "resync",
      method: "post",
      path: "/resync",
      auth: "admin",
      summary:
        'Send a period again: `mode` "plan" says per destination what would be sent, "apply" with that plan sends exactly that; no mark moves',
      body: z.strictObject({
        mode: z.enum(["plan", "apply"]).default("plan"),
        plan: z
          .union(
            [z.string(), z.looseObject({ plan: z.string() }).transform(({ plan }) => plan)],
            "expected a plan, as POST /resync answers it",
          )
          .optional()
          .describe('With mode "apply": the plan to apply, as answered'),
        from: moment.optional().describe('With mode "plan": events from this time on'),
        to: moment
          .optional()
          .describe("Events up to this time; default: now, less OVERLAP_SECONDS"),
        destinations: z
          .array(z.string())
          .optional()
          .describe("Names; default: all of the workspace"),
        redeliver: z
          .boolean()
          .optional()
          .describe("Also what was delivered before; default: only what is missing"),
        workspace: z.string().optional().describe("Default: the only one"),
      }),
      success: "The plan, complete; or accepted and being sent",
      answer: planSchema,
      alsoAnswers: {
        202: "Accepted: being sent, or the plan is still being made; look with GET /resync/{plan}",
        502: "The audit log could not be read; `problem` says why",
      },
      problems: {
        404: "No such plan, workspace or destination",
        409: "The plan cannot be applied: `detail` says why, and nothing was sent",
      },
    },
    async ({ env, body, config }) => {
      const named = body.workspace ?? (body.plan && workspaceIn(body.plan));
      const settings = await knowing(env, config(), named);
      if (body.mode === "apply") {
        const { mode: _, plan, ...rest } = body;
        const [other] = Object.keys(rest);
        if (other !== undefined)
          throw new Problem(
            422,
            `body.${other}: is part of the plan, and cannot be changed when it is applied`,
          );
        return apply(env, settings, plan);
      }
      const workspace = chooseWorkspace(settings, body.workspace, "body");
      if (body.plan !== undefined)
        throw new Problem(
          422,
          'body.plan: belongs to mode "apply"; say mode = "apply" to apply it',
        );
      if (body.from === undefined)
        throw new Problem(
          422,
          'body.from: is missing; expected a time like "2026-11-23T10:00:00Z"',
        );
      const report = await planResync(env, settings, "body.", {
        workspace,
        fromMs: Date.parse(body.from),
        toMs: body.to === undefined ? null : Date.parse(body.to),
        destinations: body.destinations ?? [],
        redeliver: body.redeliver ?? false,
      });
      const data = toAnswer(workspace, report);
      if (report.problem !== null) return { status: 502, data };
      return report.state === "planning" ? { status: 202, data } : { data };
    },
  );

  api.route(
    {
      id: "resyncPlan",
      method: "get",
      path: "/resync/{plan}",
      auth: "admin",
      summary: "How a re-sync stands: what was planned, and what is still to be sent",
      params: z.object({ plan: z.string().describe("A plan, as POST /resync answers") }),
      success: "The plan",
      answer: planSchema,
      problems: { 404: "No such plan" },
    },
    async ({ env, params, config }) => {
      const known = await knowing(env, config(), workspaceIn(params.plan));
      const { workspace, report } = await findPlan(env, known, params.plan);
      return { data: toAnswer(workspace, report) };
    },
  );
}

async function apply(env: Env, config: Known, plan: string | undefined) {
  if (plan === undefined)
    throw new Problem(422, 'body.plan: is missing; expected the plan that mode "plan" answered');
  const { workspace, report, unread } = await applyPlan(env, config, plan);
  const data = toAnswer(workspace, report);
  return unread === null
    ? { status: 202 as const, data }
    : { status: 502 as const, data: { ...data, problem: unread } };
}

function toAnswer(workspace: string, report: PlanReport): z.infer<typeof planSchema> {
  return {
    plan: `${workspace}:${report.id}`,
    workspace,
    state: report.refused === null ? report.state : "refused",
    from: toIso(report.fromMs),
    to: toIso(report.toMs),
    redeliver: report.redeliver,
    createdAt: toIso(report.createdMs),
    expiresAt: toIso(report.expiresMs),
    appliedAt: report.appliedMs === null ? null : toIso(report.appliedMs),
    events: report.events,
    sourceTotal: report.sourceTotal,
    send: Object.values(report.counts).reduce((sum, { send }) => sum + send, 0),
    remaining: report.remaining,
    destinations: { ...report.counts },
    warnings: [...report.warnings],
    problem: report.problem ?? report.refused,
  };
}
