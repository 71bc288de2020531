// KNOWN_GOOD in the configuration: what it takes, and what is wrong between it and the destinations.
import * as z from "zod";
import type { KnownGood } from "./filter/known-good.ts";
import { where } from "./filter/option.ts";
import { rulePattern } from "./rules/pattern.ts";
import { strangers } from "./rules/rule.ts";
import { isObject } from "./source/record.ts";

const aName = 'expected a name for people to read, e.g. "our SCIM", at most 80 characters';
const someRules = 'expected a list, e.g. rules = ["access.*"]; [] = none';
const someDestinations = 'expected a list of names, e.g. destinations = ["team"]';
const aWhere =
  'expected at least one condition, e.g. where = { "actor.email" = "scim@example.com" }: of nothing at all every event would be known good';
/** What a back-test cannot know, and what is decided by what is known good. */
const notOfIt = [
  {
    holds: (path: string) => ["flags.late", "flags.backfilled"].includes(path),
    says: "how the event came here",
  },
  { holds: (path: string) => path.startsWith("findings[]"), says: "what rules find in it" },
];

const options = {
  name: z
    .string(aName)
    .trim()
    .min(1, aName)
    .max(80, aName)
    .describe("Your name for it: `GET /explain/:event` tells it"),
  where: where
    .superRefine((compiled, context) => {
      if (!compiled) context.addIssue({ code: "custom", message: aWhere });
      for (const { path } of [...(compiled?.all ?? []), ...(compiled?.not.flat() ?? [])])
        for (const { holds, says } of notOfIt)
          if (holds(path)) {
            const message = `expected fields of what happened; ${path} says ${says}`;
            context.addIssue({ code: "custom", message });
          }
    })
    .describe("Which events are known good: conditions as in a destination's `where`"),
  rules: z
    .array(rulePattern, someRules)
    .default(["*"])
    .describe(
      "Rules that find nothing in them, `*` as wildcard; they learn from them all the same. `[]` = none",
    ),
  destinations: z
    .array(z.string(someDestinations), someDestinations)
    .default([])
    .describe("Names of destinations that are not sent these events"),
  quiet: z
    .boolean("expected true or false")
    .default(false)
    .describe("`true`: no chat is sent these events"),
};

export const knownGoodOptions = z.strictObject(options, strangers("option", Object.keys(options)));

export const knownGood = z.array(
  knownGoodOptions.transform(({ where, ...rest }, context): KnownGood => {
    if (where) return { ...rest, where };
    context.addIssue({ code: "custom", path: ["where"], message: aWhere });
    return z.NEVER;
  }),
  "expected a list: add [[vars.KNOWN_GOOD]] to wrangler.toml",
);

/** As it was written: what goes to another process is data. */
export function asWritten({ where, ...rest }: KnownGood): unknown {
  return { ...rest, where: where.table };
}

/** Names that stand there twice, and destinations that there are not; read leniently. */
export function knownGoodMisfits(
  list: readonly unknown[],
  destinations: readonly unknown[],
): string[] {
  const tables = list.map((item) => (isObject(item) ? item : {}));
  const names = tables.map(({ name }) => name);
  return tables.flatMap(({ name, destinations: wanted }, i) => [
    ...(typeof name === "string" && names.indexOf(name) < i
      ? [
          `KNOWN_GOOD[${i}].name: ${JSON.stringify(name)} stands there twice; expected a name of its own for each`,
        ]
      : []),
    ...(Array.isArray(wanted) ? wanted : [])
      .filter((one) => typeof one === "string" && !destinations.includes(one))
      .map(
        (one) =>
          `KNOWN_GOOD[${i}].destinations: ${JSON.stringify(one)} is none of DESTINATIONS; expected one of ${destinations.join(", ")}`,
      ),
  ]);
}
