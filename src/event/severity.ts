// How severe an event is: the catalogue's word, raised where the role is Owner or Admin, unless the operator has one.
// Both may do anything in a workspace: https://help.webflow.com/hc/en-us/articles/41015530193811
import { kindOf } from "./catalogue.ts";
import type { Severity } from "./event.ts";
import { toPattern } from "./pattern.ts";

const adminRoles = new Set(["owner", "admin", "administrator"]);

/** The operator's own word for types: patterns, `*` as wildcard, each with its severity. */
export type Severities = Readonly<Record<string, Severity>>;
/** The operator's word for a type; undefined where they have none. */
export type Override = (type: string) => Severity | undefined;

/**
 * - info: logins, logouts, invitations that change or end, and every type not known yet
 * - low: all else
 * - medium: a workspace role changes, access requests are accepted, a setting changes, or an invitation
 *   (sent, updated) offers Owner or Admin
 * - high: a membership (added, role updated, invitation accepted) grants Owner or Admin
 *
 * `critical` is left to what happens to Tidemark itself. The catalogue is the source, this is its reading.
 */
export function toSeverity(type: string, role: string | null): Severity {
  const kind = kindOf(type);
  if (kind?.forAdmin && role !== null && adminRoles.has(role.trim().toLowerCase())) {
    return kind.forAdmin;
  }
  return kind?.severity ?? "info";
}

/** Of the patterns that match, the most specific: without `*`, then the longest beginning, then the most letters. */
export function toOverride(table: Severities): Override {
  const rows = Object.entries(table)
    .map(([pattern, severity]) => ({ pattern, severity, matches: toPattern(pattern) }))
    .sort((a, b) => compare(rankOf(b.pattern), rankOf(a.pattern)));
  return (type) => rows.find(({ matches }) => matches(type))?.severity;
}

/** To be compared number by number. */
function rankOf(pattern: string): readonly number[] {
  const star = pattern.indexOf("*");
  return star < 0 ? [1] : [0, star, pattern.replaceAll("*", "").length];
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, i) => value - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
