// A pattern that picks rules by their names: one that picks none is a mistake.
import * as z from "zod";
import { closest } from "../event/paths.ts";
import { toPattern } from "../event/pattern.ts";
import { rules } from "./registry.ts";

const names = rules.map(({ name }) => name);

export function picksRules(pattern: string): boolean {
  return names.some(toPattern(pattern));
}

/** What is wrong with a pattern that picks no rule; undefined when it picks some. */
export function problemWith(pattern: string): string | undefined {
  if (picksRules(pattern)) return undefined;
  const [stem = ""] = pattern.split("*");
  // Of a pattern only its beginning can be compared, with beginnings of names.
  const length = stem === pattern ? 99 : stem.length;
  const near = closest(stem, [...new Set(names.map((name) => name.slice(0, length)))]);
  const meant = near.flatMap((one) => names.filter((name) => name.startsWith(one)));
  return `expected the name of a rule, or a pattern that picks some; ${JSON.stringify(pattern.slice(0, 80))} picks none, the closest are ${meant.slice(0, 4).join(", ")}`;
}

export const rulePattern = z
  .string("expected the name of a rule, or a pattern that picks some")
  .refine((pattern) => problemWith(pattern) === undefined, {
    error: ({ input }) => problemWith(String(input)),
  });

/** Patterns of rules, `*` as wildcard. */
export const rulePatterns = z.array(rulePattern, 'expected a list, e.g. ["privilege.*"]');
