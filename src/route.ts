// Which destination wants which event.
import { catalogue } from "./event/catalogue.ts";
import { type AuditEvent, type Severity, severities } from "./event/event.ts";
import { toPattern } from "./event/pattern.ts";
import type { KnownGood } from "./filter/known-good.ts";
import { takes, type Where, whyNotTaken } from "./filter/where.ts";

/** Every type that Webflow documents today. */
export const knownTypes = Object.keys(catalogue);

export interface Filter {
  /** Patterns on the type, `*` for any run of characters; empty = all. */
  readonly only: readonly string[];
  readonly except: readonly string[];
  readonly minSeverity: Severity;
  /** On any field of the event. */
  readonly where?: Where | undefined;
  /** What is kept out of it as known good. */
  readonly knownGood?: readonly KnownGood[] | undefined;
}

/** A predicate made once per destination: patterns are compiled here, not per event. */
export function router(filter: Filter): (event: AuditEvent) => boolean {
  const { only, except, minSeverity, where, knownGood = [] } = filter;
  const wanted = only.map(toPattern);
  const unwanted = except.map(toPattern);
  const least = severities.indexOf(minSeverity);
  const fits = ({ type, severity }: AuditEvent) =>
    severities.indexOf(severity) >= least &&
    (wanted.length === 0 || wanted.some((matches) => matches(type))) &&
    !unwanted.some((matches) => matches(type));
  const told = (event: AuditEvent) => !knownGood.some((one) => takes(one.where, event));
  if (!where) return knownGood.length > 0 ? (event) => fits(event) && told(event) : fits;
  return (event) => fits(event) && takes(where, event) && told(event);
}

/** Why a filter does not take an event, in words; null when it does. */
export function whyNot(filter: Filter, event: AuditEvent): string | null {
  const { only, except, minSeverity, where, knownGood = [] } = filter;
  const all: Filter = { only: [], except: [], minSeverity: "info" };
  if (!router({ ...all, minSeverity })(event))
    return `its severity is ${event.severity}, and minSeverity = "${minSeverity}"`;
  if (!router({ ...all, only })(event))
    return `its type is ${event.type}, and only = ${JSON.stringify(only)}`;
  const hit = except.find((pattern) => !router({ ...all, except: [pattern] })(event));
  if (hit !== undefined) return `its type is ${event.type}, and except has ${JSON.stringify(hit)}`;
  const reason = where ? whyNotTaken(where, event) : null;
  const good = knownGood.find((one) => takes(one.where, event));
  if (reason !== null || !good) return reason;
  return `it is known good, as ${JSON.stringify(good.name)} in KNOWN_GOOD, which keeps it out of here`;
}

/** Whether any of the patterns takes the name. */
export function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => toPattern(pattern)(name));
}

/** Webflow may name new types tomorrow, so a pattern that matches none of today's is told, not refused. */
export function matchesKnownType(pattern: string): boolean {
  return knownTypes.some(toPattern(pattern));
}
