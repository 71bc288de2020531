// Who gained or lost access, by person and place: the workspace, a site, a CMS collection of a site.
import type { AuditEvent, Person } from "../event/event.ts";
import { type Move, type Net, toNet } from "./net.ts";
import { type KeyOf, told } from "./people.ts";

/** How somebody is in a place; null: not at all. What is not told, or hidden, is null in it. */
export type Standing = { readonly role: string | null; readonly userType: string | null } | null;

interface Place {
  readonly person: Person;
  readonly scope: "workspace" | "site";
  /** Null for the workspace, and where the site is not told. */
  readonly site: AuditEvent["site"];
}

interface Collection extends Place {
  readonly name: string | null;
}

export type Membership = Net<Place, Standing>;
/** Whether the collection is restricted; null where that is not told. */
export type Restriction = Net<Collection, boolean | null>;

const membership = /^(?:workspace|site)_membership\.user_(?:added|removed|role_updated)$/;
const restriction = "site_membership.user_granular_access_updated";

export function isAccess({ type }: AuditEvent): boolean {
  return membership.test(type) || type === restriction;
}

/** Whoever it was done to; of an event that names nobody, nobody. */
const targetsOf = ({ targets }: AuditEvent): readonly Person[] =>
  targets.length > 0 ? targets : [{ id: null, email: null }];

const scopeOf = ({ type }: AuditEvent) => (type.startsWith("site_") ? "site" : "workspace");

/** What is not named is told apart from everything else. */
function keyFor(event: AuditEvent, ...parts: readonly (string | null)[]): string {
  const known = parts.every((part) => part !== null);
  return JSON.stringify([
    scopeOf(event),
    event.workspace.id,
    ...(known ? parts : [event.id, ...parts]),
  ]);
}

/** Of the site, null where it is hidden; a workspace's own memberships have none. */
function siteKey(event: AuditEvent): string | null {
  return scopeOf(event) === "site" ? (told(event.site?.id) ?? told(event.site?.slug)) : "";
}

/** `events` in the order of time. */
export function toMemberships(
  events: readonly AuditEvent[],
  keyOf: KeyOf,
  sent: ReadonlySet<string>,
): Membership[] {
  const moves = events
    .filter(({ type }) => membership.test(type))
    .flatMap((event) =>
      targetsOf(event).map((person, n): Move<Place, Standing> => {
        const who = keyOf(person);
        return {
          key: keyFor(event, who, siteKey(event)) + (who === null ? n : ""),
          thing: { person, scope: scopeOf(event), site: event.site },
          person: who,
          event,
          ...stepOf(event),
        };
      }),
    );
  return toNet(moves, sameStanding, keyOf, sent);
}

function stepOf({ type, role, previousRole, userType }: AuditEvent): {
  before: Standing;
  after: Standing;
} {
  const standing = { role: told(role), userType: told(userType)?.toLowerCase() ?? null };
  if (type.endsWith(".user_added")) return { before: null, after: standing };
  if (type.endsWith(".user_removed")) return { before: standing, after: null };
  return { before: { role: told(previousRole), userType: null }, after: standing };
}

/** Where a role is not told, it may be another. */
function sameStanding(before: Standing, after: Standing): boolean {
  if (before === null || after === null) return before === after;
  const { role, userType } = before;
  if (role === null || role !== after.role) return false;
  return userType === null || after.userType === null || userType === after.userType;
}

/** `events` in the order of time. */
export function toRestrictions(
  events: readonly AuditEvent[],
  keyOf: KeyOf,
  sent: ReadonlySet<string>,
): Restriction[] {
  const moves = events
    .filter(({ type }) => type === restriction)
    .flatMap((event) =>
      targetsOf(event).map((person, n): Move<Collection, boolean | null> => {
        const who = keyOf(person);
        const name = told(event.granularAccess?.name);
        const collection = told(event.granularAccess?.id) ?? name;
        const after = event.granularAccess?.restricted ?? null;
        return {
          key: keyFor(event, who, siteKey(event), collection) + (who === null ? n : ""),
          thing: { person, scope: "site", site: event.site, name: name ?? collection },
          person: who,
          event,
          before: after === null ? null : !after,
          after,
        };
      }),
    );
  return toNet(moves, (before, after) => before !== null && before === after, keyOf, sent);
}
