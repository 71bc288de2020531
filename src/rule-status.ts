// How the rules of a workspace stand: which are on, and what each found in the last seven days.
import { type Severity, severities } from "./event/event.ts";
import { idPrefix, idTimeMs } from "./event/identity.ts";
import type { Member } from "./member.ts";
import type { Ports } from "./ports.ts";
import type { BoundRule } from "./rules/rule.ts";
import { isAsked } from "./rules/settings.ts";
import { dayMs, hourOf, toIso } from "./time.ts";

export interface RuleStatus {
  readonly rule: string;
  readonly title: string;
  readonly severity: Severity;
  /** Of events of the last seven days. */
  readonly findings: number;
  /** Held back by its weekly limit in these days. */
  readonly heldBack: number;
  /** Time of the newest event of which it found something in these days; null where there is none. */
  readonly last: string | null;
}

const weekMs = 7 * dayMs;

/** Of the rules that some destination of the workspace asks for, the most severe first. */
export function ruleStatuses(
  { ledger, clock }: Ports,
  members: readonly Member[],
  bound: readonly BoundRule[],
): RuleStatus[] {
  const configs = members.map(({ config }) => config);
  const on = bound.filter(({ rule }) => isAsked(rule, configs));
  if (on.length === 0) return [];
  const nowMs = clock.now();
  const found = ledger.findings.since(idPrefix(Math.max(0, nowMs - weekMs)));
  const held = ledger.findings.heldSince(hourOf(nowMs - weekMs));
  return on
    .map(({ rule: { name, title }, severity }) => {
      const own = found.get(name);
      return {
        ...{ rule: name, title, severity },
        findings: own?.count ?? 0,
        heldBack: held.get(name) ?? 0,
        last: own ? toIso(idTimeMs(own.lastId)) : null,
      };
    })
    .sort((a, b) => severities.indexOf(b.severity) - severities.indexOf(a.severity));
}
