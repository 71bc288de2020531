// What is configured of the rules: a delay, and options for each; and which of them a pattern picks.
import * as z from "zod";
import { rules } from "./registry.ts";
import { type BoundRule, strangers, whole } from "./rule.ts";

export const settings = z.strictObject(
  {
    settleMinutes: whole(
      15,
      0,
      1440,
      "Minutes after an event before a rule that needs history judges it: for so long late events still count",
    ),
    ...Object.fromEntries(rules.map(({ name, options }) => [name, options.optional()])),
  },
  strangers("rule", ["settleMinutes", ...rules.map(({ name }) => name)]),
);

/** Of the rules that are wanted, by name, each with its options. */
export function bindAll(
  options: Readonly<Record<string, unknown>>,
  wanted: (name: string) => boolean,
): BoundRule[] {
  return rules.filter(({ name }) => wanted(name)).map((rule) => rule.bind(options[rule.name]));
}
