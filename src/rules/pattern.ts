// A pattern that picks rules by their names: one that picks none is a mistake.
import * as z from "zod";
import { toPattern } from "../event/pattern.ts";
import { rules } from "./registry.ts";

const aRule = `expected the name of a rule, or a pattern that picks some: ${rules.map(({ name }) => name).join(", ")}`;

export function picksRules(pattern: string): boolean {
  return rules.map(({ name }) => name).some(toPattern(pattern));
}

export const rulePattern = z.string(aRule).refine(picksRules, aRule);
