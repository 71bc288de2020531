// What rules say of an event by itself, for the event to show: no history, no limit, so that an event that is read again,
// by whomever and whenever, shows the same.
import type { FindingsOf } from "../event/maker.ts";
import type { KnownGood } from "../filter/known-good.ts";
import { Engine } from "./engine.ts";
import type { BoundRule } from "./rule.ts";

export function findingsBy(
  rules: readonly BoundRule[],
  knownGood: readonly KnownGood[] = [],
): FindingsOf {
  const own = rules.filter(({ rule }) => rule.atOnce);
  if (own.length === 0) return () => [];
  const engine = new Engine(own, undefined, knownGood);
  return (event) => {
    try {
      return engine.atOnce(event).map(({ rule, severity, reason }) => {
        const { name, title, attack = null } = rule;
        return { rule: name, title, severity, reason, technique: attack };
      });
    } catch {
      // Whatever is wrong with a rule, the event goes its way. It is told where the event is judged: see findings.ts.
      return [];
    }
  };
}
