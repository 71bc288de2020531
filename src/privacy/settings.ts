// `privacy`: which values of an event a destination is not to see, as it is written in a table.
import { closest, fieldAt, fields } from "../event/paths.ts";

export const ways = ["mask", "pseudonymize"] as const;
export type Way = (typeof ways)[number];

/** The paths of each way. */
export type PrivacySettings = Readonly<Record<Way, readonly string[]>>;

/** What receivers tell events by, and what our own code says of them, is no secret of anybody. */
const ours = ["id", "type", "time", "severity", "summary"];
const isFinding = (path: string) => path.startsWith("findings[]");
const hideable = fields
  .filter(({ path, kind }) => kind === "text" && !ours.includes(path) && !isFinding(path))
  .map(({ path }) => path);

// Of what the item says twice, or in a way that the event does not take, the event holds but one or nothing.
const origins: Readonly<Record<string, readonly string[]>> = {
  "targets[].id": ["payload.targetUser.id", "payload.targetUsers[].id"],
  "targets[].email": ["payload.targetUser.email", "payload.targetUsers[].email"],
  "site.id": ["payload.site.id"],
  "site.slug": ["payload.site.slug"],
  role: ["payload.roleName"],
  previousRole: ["payload.previousRoleName"],
  "setting.name": ["payload.setting"],
  "setting.value": ["payload.value"],
  "setting.previousValue": ["payload.previousValue"],
  "granularAccess.id": ["payload.granularAccess.id"],
  "granularAccess.name": ["payload.granularAccess.name"],
  "granularAccess.type": ["payload.granularAccess.type"],
  method: ["payload.method"],
  userType: ["payload.userType"],
  "source.ip": ["payload.ipAddress"],
  "source.location": ["payload.location"],
};

/** The path itself, and where in the item as received Webflow writes what stands there. */
export function placesOf(path: string): string[] {
  if (path.startsWith("raw.")) return [path];
  return [path, ...(origins[path] ?? [path]).map((place) => `raw.${place}`)];
}

/** What is wrong with a path; undefined when nothing is. */
export function problemWith(path: string): string | undefined {
  const field = fieldAt(path);
  if (hideable.includes(path) || (field && path.startsWith("raw."))) return undefined;
  if (field) {
    const what =
      path === "summary" || isFinding(path) ? "made anew of what is left" : "of every event";
    return `expected fields that can be hidden; ${JSON.stringify(path)} is ${what}`;
  }
  const near = closest(path, hideable)
    .map((one) => JSON.stringify(one))
    .join(", ");
  return `expected fields of the event; ${JSON.stringify(path.slice(0, 80))} is none of them, the closest are ${near}; of the item as received, e.g. "raw.payload.method"`;
}
