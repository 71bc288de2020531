// Mutes: made, listed, ended.
import * as z from "zod";
import { isActive } from "../mutes/mute.ts";
import { rulePattern } from "../rules/pattern.ts";
import { parseSpanMs, toIso } from "../time.ts";
import type { Api } from "./api.ts";
import { listMutes, mute, type PlacedMute, unmute } from "./muting.ts";
import { workspaceIn } from "./plans.ts";
import { Problem } from "./problem.ts";
import { moment, time } from "./schemas.ts";
import { chooseWorkspaces, knowing } from "./workspace.ts";

const aSpan = 'expected a span like "30m", "2h" or "7d", at most 30 days';
const aReason = "expected at most 300 characters";

const texts = (expected: string) =>
  z
    .array(z.string(expected).min(1, expected).max(200, expected), expected)
    .max(50, "expected at most 50");

const muteSchema = z.object({
  id: z.string().describe("For DELETE /mutes/{id}"),
  workspace: z.string(),
  state: z.enum(["active", "ended"]),
  only: z.array(z.string()),
  where: z.record(z.string(), z.unknown()),
  rules: z.array(z.string()),
  destinations: z.array(z.string()),
  includeHigh: z.boolean(),
  by: z.string().describe("Who made it"),
  reason: z.string().nullable(),
  since: z.string(),
  until: z.string(),
  ended: time.describe("When it ended; null while it is under way"),
  endedBy: z.string().nullable().describe("Who ended it; null: its time was over"),
  keptBack: z
    .record(z.string(), z.number().int())
    .describe("By destination: events and findings kept back so far"),
});

export function addMuteRoutes(api: Api): void {
  api.route(
    {
      id: "mute",
      method: "post",
      path: "/mutes",
      auth: "admin",
      summary:
        "Keep events or findings from destinations for a time: they are settled as filtered, counted, and not sent when it is over; its beginning and end are told",
      body: z.strictObject({
        only: texts('expected a list of types, e.g. ["workspace_membership.*"]')
          .default([])
          .describe("Types, `*` as wildcard"),
        where: z
          .record(
            z.string(),
            z.unknown(),
            'expected an object, e.g. {"actor.email": "ci@example.com"}',
          )
          .default({})
          .describe("Conditions on fields, as a destination's `where`"),
        rules: z
          .array(rulePattern, 'expected a list, e.g. ["login.*"]')
          .max(50, "expected at most 50")
          .default([])
          .describe("Rules whose findings are muted; with them, only findings are"),
        destinations: texts('expected a list of names, e.g. ["team"]')
          .default([])
          .describe("By name; default: every chat"),
        for: z
          .string({ error: aSpan })
          .regex(/^\d{1,6}[mhd]$/, { error: aSpan })
          .optional()
          .describe('How long, e.g. "2h"; this or `until`'),
        until: moment.optional().describe("Until when, within 30 days"),
        reason: z.string().trim().max(300, aReason).optional().describe("Why, for the others"),
        includeHigh: z
          .boolean()
          .default(false)
          .describe("Whether high and critical severity are muted, too"),
        workspace: z.string().optional().describe("Only in this workspace; default: in all"),
      }),
      success: "The mutes: one for each workspace that is concerned",
      answer: z.object({ mutes: z.array(muteSchema) }),
      problems: { 404: "No such workspace", 409: "There are 100 mutes in a workspace already" },
    },
    async ({ env, body, config, caller }) => {
      const nowMs = Date.now();
      const { for: span, until, workspace, reason = "", ...what } = body;
      const settled = await knowing(env, config(), workspace);
      if ((span === undefined) === (until === undefined))
        throw new Problem(422, 'body.for: expected how long, e.g. "2h", or else `until`');
      const made = await mute(
        env,
        settled,
        caller,
        {
          ...what,
          reason: reason === "" ? null : reason,
          untilMs: until === undefined ? nowMs + (parseSpanMs(span ?? "") ?? 0) : Date.parse(until),
          workspaces: workspace === undefined ? [] : chooseWorkspaces(settled, workspace),
        },
        nowMs,
        "body.",
      );
      return { data: { mutes: made.map((one) => toView(one, nowMs)) } };
    },
  );

  api.route(
    {
      id: "listMutes",
      method: "get",
      path: "/mutes",
      auth: "admin",
      summary:
        "The mutes, the newest first: what, who, until when, why, and how much each kept back",
      query: z.strictObject({
        workspace: z.string().optional().describe("Only this workspace"),
        state: z.enum(["active", "ended"]).optional().describe("Only these; default: all"),
      }),
      success: "The mutes",
      answer: z.object({ mutes: z.array(muteSchema) }),
      problems: { 404: "No such workspace" },
    },
    async ({ env, query, config }) => {
      const known = await knowing(env, config(), query.workspace);
      const all = await listMutes(env, chooseWorkspaces(known, query.workspace));
      const views = all.map((one) => toView(one, Date.now()));
      const wanted = ({ state }: (typeof views)[number]) =>
        query.state === undefined || state === query.state;
      return { data: { mutes: views.filter(wanted) } };
    },
  );

  api.route(
    {
      id: "unmute",
      method: "delete",
      path: "/mutes/{id}",
      auth: "admin",
      summary: "End a mute now; what it kept back stays filtered",
      params: z.object({ id: z.string().describe("The mute's id in GET /mutes") }),
      success: "It has ended",
      answer: muteSchema,
      problems: { 404: "No mute of that id is under way" },
    },
    async ({ env, params, config, caller }) => {
      const named = params.id.includes(":") ? workspaceIn(params.id) : undefined;
      const known = await knowing(env, config(), named);
      const ended = await unmute(env, known, caller, params.id);
      return { data: toView(ended, Date.now()) };
    },
  );
}

function toView(one: PlacedMute, nowMs: number): z.infer<typeof muteSchema> {
  const { id, workspace, only, where, rules, destinations, includeHigh, by, reason } = one;
  const active = isActive(one, nowMs);
  return {
    id: `${workspace}:${id}`,
    workspace,
    state: active ? "active" : "ended",
    only: [...only],
    where: { ...where },
    rules: [...rules],
    destinations: [...destinations],
    includeHigh,
    by,
    reason,
    since: toIso(one.sinceMs),
    until: toIso(one.untilMs),
    ended: active ? null : toIso(one.endedMs ?? one.untilMs),
    endedBy: one.endedBy,
    keptBack: { ...one.keptBack },
  };
}
