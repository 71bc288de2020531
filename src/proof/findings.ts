// What rules say of one event: those that judge it by itself, and those that rest on it among others.
import type { AuditEvent } from "../event/event.ts";
import type { KeptFinding } from "../ledger/findings.ts";
import type { Ledger } from "../ledger.ts";

export interface EventFindings extends KeptFinding {
  /** It stands on the event itself, where a destination has `findings = true`. */
  readonly onEvent: boolean;
}

/** Of an event that cannot be read now, only what was found when it could. */
export function findingsOf(
  { findings }: Ledger,
  id: string,
  event: AuditEvent | undefined,
): EventFindings[] {
  const own = event?.findings ?? [];
  const isOwn = ({ rule, evidence }: KeptFinding) =>
    evidence.at(-1) === id && own.some((one) => one.rule === rule);
  const kept = findings.of(id).map((one) => ({ ...one, onEvent: isOwn(one) }));
  const rest = own.filter(({ rule }) => !kept.some((one) => one.onEvent && one.rule === rule));
  return [
    ...rest.map((one) => ({ ...one, time: event?.time ?? "", evidence: [id], onEvent: true })),
    ...kept,
  ];
}
