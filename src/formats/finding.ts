// What findings say: one, read from the event of its own that carries it (see rules/finding.ts), or those that stand on an
// event of the workspace.
import type { AuditEvent, EventFinding } from "../event/event.ts";
import { bySeverity } from "../event/rank.ts";
import { findingType } from "../rules/finding.ts";
import { isObject, toText } from "../source/record.ts";

export interface FindingFacts {
  readonly rule: string;
  readonly title: string;
  readonly reason: string | null;
  readonly check: string | null;
  /** Ids of events. */
  readonly evidence: readonly string[];
  /** So many of its rule were held back before it. */
  readonly heldBack: number | null;
  /** Of MITRE ATT&CK: a technique, or a sub-technique with the one that it belongs to. */
  readonly attack: { readonly technique: Named; readonly sub: Named | null } | null;
}

interface Named {
  readonly id: string;
  readonly name: string | null;
}

/** Null for any other event. */
export function toFindingFacts({ type, raw }: AuditEvent): FindingFacts | null {
  if (type !== findingType || !isObject(raw.payload)) return null;
  const { rule, title, reason, check, evidence, attack, heldBack } = raw.payload;
  const name = toText(rule) ?? "unknown";
  return {
    rule: name,
    title: toText(title) ?? name,
    reason: toText(reason),
    check: toText(check),
    evidence: (Array.isArray(evidence) ? evidence : []).flatMap((id) => toText(id) ?? []),
    heldBack: typeof heldBack === "number" ? heldBack : null,
    attack: isObject(attack) ? toAttack(toText(attack.id), toText(attack.name)) : null,
  };
}

/** Those on an event, the most severe first. */
export function findingsOn({ findings = [] }: AuditEvent): readonly EventFinding[] {
  return findings.toSorted(bySeverity);
}

/** `T1078.004`, `Valid Accounts: Cloud Accounts` */
export function toAttack(id: string | null, name: string | null): FindingFacts["attack"] {
  if (id === null) return null;
  const [technique = id, part] = id.split(".");
  if (part === undefined) return { technique: { id, name }, sub: null };
  const [whole = null, own = null] = name?.split(": ") ?? [];
  return { technique: { id: technique, name: whole }, sub: { id, name: own } };
}
