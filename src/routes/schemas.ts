// What several routes take or answer.
import * as z from "zod";
import { eventFindingSchema, severities } from "../event/event.ts";
import { standings } from "../governor/plan.ts";
import { planNames, resources } from "../governor/plans.ts";
import { destinationStates, workspaceStates } from "../status.ts";

export const time = z.string().nullable();
const amount = z.number();
const budgetSchema = z
  .object({
    plan: z.enum(planNames),
    day: z.string().describe("UTC: Cloudflare counts anew at midnight"),
    standing: z
      .enum(standings)
      .describe("slow: polled less often than promised; held: nothing new until midnight UTC"),
    problem: z.string().nullable(),
    pollSeconds: amount.describe("Between two polls, at present"),
    resources: z.record(
      z.enum(resources),
      z.object({
        used: amount.describe("Since midnight UTC"),
        limit: amount.describe("This workspace's part of the plan"),
        forecast: amount.describe("At midnight UTC"),
      }),
    ),
    requests: z.object({
      today: amount.describe("Outgoing"),
      mostInRun: amount.describe("REQUEST_BUDGET"),
    }),
    cpu: z.object({
      lastRunMs: amount.nullable().describe("An estimate: a Worker cannot measure it"),
      limitMs: amount.describe("Of one invocation"),
    }),
  })
  .describe("What today takes of Cloudflare's plan");
export const findingSchema = eventFindingSchema.extend({
  time: z.string().describe("When the event happened that was judged"),
  evidence: z.array(z.string()).describe("Ids of events, the judged one's last"),
});
export const statusSchema = z.object({
  workspace: z.string(),
  state: z.enum(workspaceStates),
  since: time,
  problem: z.string().nullable().describe("What is wrong and what to do about it"),
  lastRead: time,
  nextRead: time.describe("When the log is read again, after a refusal or a throttle"),
  newestEvent: time,
  deadLetters: z.number().int(),
  mutes: z.number().int().describe("Mutes under way: see GET /mutes"),
  budget: budgetSchema,
  destinations: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      state: z.enum(destinationStates),
      through: time.describe("High-water mark: all that the log showed up to here is settled"),
      lagSeconds: z
        .number()
        .nullable()
        .describe("Seconds from the mark to the youngest event; null while the log cannot be read"),
      failures: z.number().int(),
      lastError: z.string().nullable(),
      lastErrorAt: time,
      lastDelivered: time,
      backlog: z
        .number()
        .int()
        .describe("Events seen that have not come to an end here; counted up to 10,000"),
      problem: z.string().nullable().describe("Why nothing goes out, and what to do about it"),
      hold: z
        .object({
          since: z.string(),
          until: time.describe("null: until it is resumed"),
          by: z.string(),
        })
        .nullable()
        .describe("An operator's pause"),
      nextDigest: time.describe("When its next digest is due; null where it is sent none"),
      nextAttempt: time,
      tooOld: z
        .object({ count: z.number().int(), last: time })
        .nullable()
        .describe("Events sent that were older than the receiver takes them at their own time"),
    }),
  ),
  rules: z
    .array(
      z.object({
        rule: z.string(),
        title: z.string(),
        severity: z.enum(severities),
        findings: z.number().int().describe("Of events of the last 7 days"),
        heldBack: z.number().int().describe("Held back by `mostAWeek` in these days"),
        last: time.describe("Time of the newest event of which it found something in these days"),
      }),
    )
    .describe("The rules that some destination asks for, the most severe first"),
});
const count = z.number().int();
export const reportSchema = z.object({
  trigger: z.string(),
  startedMs: z.number(),
  tookMs: z.number(),
  sourceRequests: count,
  read: count.describe("Events read, those known already included"),
  fresh: count.describe("Events seen for the first time"),
  late: count.describe("Of these, only when the log had been read past their time"),
  unusable: count.describe("Items without a usable timestamp"),
  budget: z.object({
    used: count.describe("Outgoing requests of the run"),
    of: count.describe("REQUEST_BUDGET"),
  }),
  source: z.string(),
  destinations: z.record(
    z.string(),
    z.object({ delivered: count, dead: count, requests: count, failures: count }),
  ),
});

/** A time in a query or a body. */
export const moment = z.iso.datetime({
  offset: true,
  error: 'expected a time like "2026-11-23T10:00:00Z"',
});

/** Which workspace is meant, in a query; one that is stored must be named. */
export const oneWorkspace = z.strictObject({
  workspace: z
    .string()
    .optional()
    .describe("Only this workspace; default: all of `wrangler.toml`, and none of the stored ones"),
});
