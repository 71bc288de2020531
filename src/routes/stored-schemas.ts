// What the routes of stored workspaces take and answer.
import * as z from "zod";
import type { Summary } from "../stored/roll.ts";
import { isWellOnTheWhole } from "../stored/rounds.ts";
import { toIso } from "../time.ts";
import { time } from "./schemas.ts";

const anId = "expected a workspace's id or slug: 1 to 100 letters, digits, -, _ or .";
export const storedId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,99}$/i, anId)
  .describe("The workspace's id or slug");

const token = z
  .unknown()
  .meta({ oneOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] })
  .describe("The workspace token, or a list of them while one is replaced");
const destinations = z
  .unknown()
  .meta({ type: "array", minItems: 1, items: { type: "object" } })
  .describe(
    "As in `[[vars.DESTINATIONS]]` (see GET /destinations/types), with each secret itself where wrangler.toml has `$NAME`",
  );

/** What is in it is checked with the rest of the configuration, so that every mistake is told together. */
export const bodySchema = z.strictObject({
  token: token.optional(),
  destinations: destinations.optional(),
  pollSeconds: z
    .unknown()
    .meta({ type: "integer", minimum: 1, maximum: 3600 })
    .optional()
    .describe("Seconds between two reads of its audit log; default: POLL_SECONDS"),
  id: z.string().optional().describe("As in the path"),
  version: z
    .number({ error: "expected the version that this replaces, a whole number" })
    .int()
    .min(0)
    .optional()
    .describe("The version that this replaces; 0: only if there is none"),
  updatedAt: z.unknown().optional().describe("Not read"),
  status: z.unknown().optional().describe("Not read"),
});

const state = z
  .string()
  .describe(
    "starting, active, quiet, throttled, refused, blind, undelivered, misconfigured (its key is lost, or it does not fit wrangler.toml), unreachable, or unseen: not looked at yet",
  );

const states = z.record(z.string(), z.number().int()).describe("How many are in each state");

export const answerSchema = z.object({
  id: z.string(),
  version: z.number().int(),
  updatedAt: z.string(),
  token,
  destinations,
  pollSeconds: z.number().int().optional(),
  status: z.object({ state, problem: z.string().nullable() }),
});

export const listedSchema = z.object({
  id: z.string(),
  version: z.number().int(),
  updatedAt: z.string(),
  destinations: z.array(z.string()).describe("Their names"),
  state,
  problem: z.string().nullable(),
  since: z.string().describe("Since when it is in that state"),
  shadowed: z.boolean().describe("One of the same id stands in wrangler.toml, and goes before it"),
});

export const pageSchema = z.object({
  inFile: z.array(z.string()).describe("Those of wrangler.toml: see GET /status"),
  total: z.number().int(),
  states,
  roundMinutes: z.number().optional().describe("In so many minutes each is looked at once"),
  lookedAt: time.describe("When one was last looked at"),
  workspaces: z.array(listedSchema),
  next: z.string().nullable().describe("Go on with `after` = this; null at the end"),
});

export const storedSummary = z.object({
  total: z.number().int(),
  states,
  well: z
    .boolean()
    .describe(
      "false: none of them is read well, or nobody has looked at any for a round and five minutes. That some are not well, which of many is always so, is in `states`",
    ),
  lookedAt: time.describe("When one was last looked at"),
});

/** From what is kept of the last looks: no workspace is asked, however many there are. */
export function toSummary(summary: Summary, nowMs = Date.now()): z.infer<typeof storedSummary> {
  const { total, states, lookedMs } = summary;
  return {
    total,
    states,
    well: isWellOnTheWhole(summary, nowMs),
    lookedAt: lookedMs === null ? null : toIso(lookedMs),
  };
}
