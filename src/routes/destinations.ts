// Trying a destination out.
import * as z from "zod";
import { describedType, describeTypes } from "../destination-types.ts";
import { aPause, parsePauseMs, toIso } from "../time.ts";
import type { Api } from "./api.ts";
import { pauseDestination, resumeDestination, testDestination } from "./operations.ts";
import { Problem } from "./problem.ts";
import { oneWorkspace, time } from "./schemas.ts";
import { knowing } from "./workspace.ts";

const params = z.object({
  name: z.string().describe("The destination's name in the configuration"),
});
const unknown = { 404: "No such destination" };
const aSpan = `expected ${aPause}`;

export function addDestinationRoutes(api: Api): void {
  api.route(
    {
      id: "listDestinationTypes",
      method: "get",
      path: "/destinations/types",
      auth: "none",
      summary: "Every type of destination: its options, defaults, limits and formats",
      success: "The types",
      answer: z.object({ types: z.array(describedType) }),
    },
    () => ({ data: { types: describeTypes() } }),
  );
  api.route(
    {
      id: "testDestination",
      method: "post",
      path: "/destinations/{name}/test",
      auth: "admin",
      summary:
        "Send one clearly marked test event and tell what the receiver said; a paused destination that takes it is back in service",
      params,
      query: oneWorkspace,
      success: "The receiver took the test event",
      answer: z.object({
        destination: z.string(),
        outcome: z.enum(["delivered", "retry", "reject", "halt"]),
        detail: z.string().describe("What the receiver said, and what to do next"),
        event: z.string().describe("Id of the test event"),
      }),
      alsoAnswers: { 502: "The receiver did not take the test event; the same document" },
      problems: unknown,
    },
    async ({ env, params, query, config }) => {
      const known = await knowing(env, config(), query.workspace);
      const report = await testDestination(env, known, params.name);
      return { ...(report.outcome !== "delivered" && { status: 502 }), data: report };
    },
  );
  api.route(
    {
      id: "pauseDestination",
      method: "post",
      path: "/destinations/{name}/pause",
      auth: "admin",
      summary:
        "Send nothing to a destination, for a time or until it is resumed; its backlog is held, and nothing is lost",
      params,
      query: oneWorkspace,
      body: z.strictObject({
        for: z
          .string({ error: aSpan })
          .regex(/^\d{1,6}[mhd]$/, { error: aSpan })
          .optional()
          .describe('How long, e.g. "30m", "2h" or "7d"; default: until it is resumed'),
      }),
      success: "It is paused",
      answer: z.object({ destination: z.string(), paused: z.literal(true), until: time }),
      problems: unknown,
    },
    async ({ env, params, query, body, config, caller }) => {
      const untilMs = body.for === undefined ? null : Date.now() + spanMs(body.for);
      const known = await knowing(env, config(), query.workspace);
      await pauseDestination(env, known, params.name, caller, untilMs);
      const until = untilMs === null ? null : toIso(untilMs);
      return { data: { destination: params.name, paused: true, until } };
    },
  );
  api.route(
    {
      id: "resumeDestination",
      method: "post",
      path: "/destinations/{name}/resume",
      auth: "admin",
      summary:
        "Let a destination go on: a pause by hand is over, and whatever it waits for, it is tried now",
      params,
      query: oneWorkspace,
      success: "It goes on with the next run, which is now",
      answer: z.object({ destination: z.string(), resumed: z.literal(true) }),
      problems: unknown,
    },
    async ({ env, params, query, config }) => {
      await resumeDestination(env, await knowing(env, config(), query.workspace), params.name);
      return { data: { destination: params.name, resumed: true } };
    },
  );
}

function spanMs(text: string): number {
  const ms = parsePauseMs(text);
  if (ms === undefined) throw new Problem(422, `body.for: ${aSpan}`, [`body.for: ${aSpan}`]);
  return ms;
}
