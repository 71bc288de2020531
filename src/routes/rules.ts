// Trying rules on what has happened, before they are switched on.
import * as z from "zod";
import { severities } from "../event/event.ts";
import { asWritten, knownGood } from "../known-good.ts";
import { rulePatterns } from "../rules/pattern.ts";
import { settings } from "../rules/settings.ts";
import { dayMs } from "../time.ts";
import type { Api } from "./api.ts";
import { Problem } from "./problem.ts";
import { moment } from "./schemas.ts";
import { relayOf } from "./stub.ts";
import { chooseWorkspace, knowing } from "./workspace.ts";

const monthDays = 30;
const count = z.number().int();

export function addRuleRoutes(api: Api): void {
  api.route(
    {
      id: "backtestRules",
      method: "post",
      path: "/rules/backtest",
      auth: "admin",
      summary:
        "How often each rule would have fired in a time past, and on what: nothing is sent, and KNOWN_GOOD counts. A long time is read in parts: ask again with the same body until `complete`",
      body: z.strictObject({
        from: moment.optional().describe("Findings from this time on; default: 30 days ago"),
        to: moment
          .optional()
          .describe("Up to this time; default: now, less `settleMinutes`, to the minute"),
        learnDays: z
          .number("expected a whole number from 0 to 90")
          .int("expected a whole number from 0 to 90")
          .min(0, "expected a whole number from 0 to 90")
          .max(90, "expected a whole number from 0 to 90")
          .default(7)
          .describe("Days before `from` that are read, too, for the rules to learn from"),
        rules: rulePatterns.default(["*"]).describe("Rules to try, `*` as wildcard"),
        parameters: settings
          .omit({ settleMinutes: true })
          .prefault({})
          .describe(
            "Options of rules and `severity`, as in RULES; where a rule has none here, those of RULES",
          ),
        knownGood: knownGood
          .optional()
          .describe("Entries to try, as in KNOWN_GOOD and in its place; [] for none"),
        workspace: z.string().optional().describe("Default: the only one"),
      }),
      success: "What each rule would have found",
      answer: z.object({
        workspace: z.string(),
        from: z.string(),
        to: z.string(),
        readTo: z.string().describe("Judged up to here"),
        complete: z.boolean().describe("false: ask again with the same body, and it goes on"),
        events: count.describe("Events judged, those that were only learned from aside"),
        problem: z.string().nullable().describe("Why the log could not be read on"),
        rules: z.array(
          z.object({
            rule: z.string(),
            severity: z.enum(severities),
            findings: count,
            heldBack: count.describe("So many more its `mostAWeek` held back"),
            examples: z
              .array(
                z.object({ time: z.string(), reason: z.string(), evidence: z.array(z.string()) }),
              )
              .describe("The newest five"),
          }),
        ),
      }),
      alsoAnswers: {
        202: "Not all of the time is read yet: ask again",
        502: "The audit log could not be read; `problem` says why",
      },
      problems: { 404: "No such workspace" },
    },
    async ({ env, body, config }) => {
      const settled = config();
      const known = await knowing(env, settled, body.workspace);
      const workspace = chooseWorkspace(known, body.workspace, "body");
      const nowMs = Date.now();
      // To the minute: the same body, asked again, is the same question.
      const lastMs = Math.floor((nowMs - settled.rules.settleMs) / 60_000) * 60_000;
      const toMs = body.to === undefined ? lastMs : Date.parse(body.to);
      const fromMs = body.from === undefined ? toMs - monthDays * dayMs : Date.parse(body.from);
      if (toMs > nowMs) throw new Problem(422, "body.to: is in the future");
      if (fromMs > toMs) throw new Problem(422, "body.from: is after to");
      const report = await relayOf(env, workspace).backtest(
        {
          fromMs: Math.max(0, fromMs),
          toMs,
          learnDays: body.learnDays,
          rules: body.rules,
          parameters: { ...settled.rules.options, ...body.parameters },
          ...(body.knownGood && { knownGood: body.knownGood.map(asWritten) }),
        },
        JSON.stringify(body),
      );
      const data = { workspace, ...report };
      if (report.problem !== null) return { status: 502, data };
      return report.complete ? { data } : { status: 202, data };
    },
  );
}
