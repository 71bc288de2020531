// Which destination wants which event.
import { catalogue } from "./event/catalogue.ts";
import { type AuditEvent, type Severity, severities } from "./event/event.ts";

/** Every type that Webflow documents today. */
export const knownTypes = Object.keys(catalogue);

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
    (wanted.length === 0 || wanted.some((matches) => matches(type))) &&
    !unwanted.some((matches) => matches(type));
}

/** Why a filter does not take an event, in words; null when it does. */
export function whyNot({ only, except, minSeverity }: Filter, event: AuditEvent): string | null {
  const all: Filter = { only: [], except: [], minSeverity: "info" };
  if (!router({ ...all, minSeverity })(event))
    return `its severity is ${event.severity}, and minSeverity = "${minSeverity}"`;
  if (!router({ ...all, only })(event))
    return `its type is ${event.type}, and only = ${JSON.stringify(only)}`;
  const hit = except.find((pattern) => !router({ ...all, except: [pattern] })(event));
  return hit === undefined
    ? null
    : `its type is ${event.type}, and except has ${JSON.stringify(hit)}`;
}

/**
 * `workspace_membership.*` as a predicate on the whole type, in any case. Not a regular expression: one of many
 * stars takes hours to fail.
 */
function toPattern(wildcard: string): (type: string) => boolean {
  const [first = "", ...rest] = wildcard.toLowerCase().split("*");
  const last = rest.pop();
  return (type) => {
    const text = type.toLowerCase();
    if (last === undefined) return text === first;
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

/** Whether any of the patterns takes the name. */
export function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => toPattern(pattern)(name));
}

/** Webflow may name new types tomorrow, so a pattern that matches none of today's is told, not refused. */
export function matchesKnownType(pattern: string): boolean {
  return knownTypes.some(toPattern(pattern));
}
