// What is configured of the rules: a delay, their severities, and options for each; and which of them a pattern picks.
import * as z from "zod";
import { severities } from "../event/event.ts";
import { toPattern } from "../event/pattern.ts";
import { toOverride } from "../event/severity.ts";
import { pathsOf, type Where } from "../filter/where.ts";
import { problemWith, rulePattern } from "./pattern.ts";
import { rules } from "./registry.ts";
import { type BoundRule, type Rule, strangers, whole } from "./rule.ts";

const names = rules.map(({ name }) => name);

const severityTable = z.record(
  rulePattern,
  z.enum(severities, `expected one of ${severities.join(", ")}`),
  {
    error: ({ code, input }) =>
      code === "invalid_key"
        ? problemWith(String(input))
        : 'expected a table, e.g. severity = { "login.*" = "low" }',
  },
);

export const settings = z.strictObject(
  {
    settleMinutes: whole(
      15,
      0,
      1440,
      "Minutes after an event before a rule that needs history judges it: for so long late events still count",
    ),
    severity: severityTable.optional(),
    ...Object.fromEntries(rules.map(({ name, options }) => [name, options.optional()])),
  },
  strangers("rule", ["settleMinutes", "severity", ...names]),
);

interface Asking {
  readonly rules: readonly string[];
  readonly findings?: boolean;
}

/** Whether any of the destinations is told what a rule finds, or shows it on its events. */
export function isAsked(
  { name, atOnce }: Pick<Rule, "name" | "atOnce">,
  destinations: readonly Asking[],
): boolean {
  return destinations.some(
    ({ rules, findings }) =>
      rules.some((pattern) => toPattern(pattern)(name)) || (atOnce === true && findings === true),
  );
}

/** Whether a filter looks at what rules say of an event by itself: that is on every event, shown or not. */
export const looksAtFindings = (where: Where) =>
  pathsOf(where).some((path) => path.startsWith("findings[]"));

/** Of the rules that are wanted, by name, each with its options. */
export function bindAll(
  options: Readonly<Record<string, unknown>>,
  wanted: (rule: Rule) => boolean,
): BoundRule[] {
  const severityOf = toOverride(severityTable.parse(options.severity ?? {}));
  return rules.filter(wanted).map((rule) => rule.bind(options[rule.name], severityOf(rule.name)));
}
