// How severe one thing is beside another, and what is severe enough to be told at once.
import { type Severity, severities } from "./event.ts";

interface Ranked {
  readonly severity: Severity;
}

/** From here on it goes to a chat at once and alone, beside any storm or digest. */
export const leastSevere = "high";

export function rankOf({ severity }: Ranked): number {
  return severities.indexOf(severity);
}

export function isSevere(one: Ranked): boolean {
  return rankOf(one) >= rankOf({ severity: leastSevere });
}

/** The worst first; else in the order given. */
export function bySeverity(a: Ranked, b: Ranked): number {
  return rankOf(b) - rankOf(a);
}
