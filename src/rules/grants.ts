// What the rules about roles have in common: the events that give one, and how their stories are told.
import type { AuditEvent, Person } from "../event/event.ts";
import { rankOf } from "./facts.ts";
import type { Verdict } from "./rule.ts";
import type { Moment } from "./story.ts";
import { quoted } from "./words.ts";

export const grants = [
  "workspace_membership.user_added",
  "workspace_membership.user_role_updated",
  "site_membership.user_added",
  "site_membership.user_role_updated",
] as const;
export const moreRoles = { id: "T1098.003", name: "Account Manipulation: Additional Cloud Roles" };

/** Raised to Owner or Admin: a step down from Owner is none. */
export const isRaised = ({ role, previousRole }: AuditEvent) => rankOf(role) > rankOf(previousRole);

export const where = ({ site }: AuditEvent) =>
  site === null ? "in the workspace" : `on the site ${quoted(site.slug ?? site.id)}`;

/** The first of the event's people of whom something is to be said. */
export function firstOf(
  event: AuditEvent,
  say: (person: Person) => Verdict | null,
): Verdict | null {
  for (const person of event.targets) {
    const verdict = say(person);
    if (verdict) return verdict;
  }
  return null;
}

// For the examples: by ann, unless told otherwise.

export const add = (at: string, to: string, role: string, of: Partial<Moment> = {}): Moment => ({
  at,
  is: "workspace_membership.user_added",
  by: "ann",
  to: [to],
  role,
  ...of,
});

export const regrant = (
  at: string,
  to: string,
  role: string,
  was: string,
  of: Partial<Moment> = {},
): Moment => ({
  ...add(at, to, role, of),
  is: "workspace_membership.user_role_updated",
  was,
});
