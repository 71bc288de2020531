// Which destination wants which event.
import { type AuditEvent, type Severity, severities } from "./event/event.ts";

export interface Filter {
  /** Patterns on the type, `*` for any run of characters; empty = all. */
  readonly only: readonly string[];
  readonly except: readonly string[];
  readonly minSeverity: Severity;
}

/** A predicate made once per destination: patterns are compiled here, not per event. */
export function router({ only, except, minSeverity }: Filter): (event: AuditEvent) => boolean {
  const wanted = only.map(toPattern);
  const unwanted = except.map(toPattern);
  const least = severities.indexOf(minSeverity);
  return ({ type, severity }) =>
    severities.indexOf(severity) >= least &&
    (wanted.length === 0 || wanted.some((pattern) => pattern.test(type))) &&
    !unwanted.some((pattern) => pattern.test(type));
}

/** `workspace_membership.*` as a regular expression over the whole type, in any case. */
export function toPattern(wildcard: string): RegExp {
  const source = wildcard
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`, "i");
}
