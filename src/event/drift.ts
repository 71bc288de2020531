// What of an item this version does not know: types, fields, values of closed-looking lists. All of it passes through.
// https://developers.webflow.com/data/reference/enterprise/workspace-audit-logs/event-types
import { type AuditRecord, isObject, toText } from "../source/record.ts";
import { kindOf, toType } from "./catalogue.ts";

const fields = {
  item: new Set(["timestamp", "eventType", "eventSubType", "actor", "workspace", "payload"]),
  actor: new Set(["type", "id", "email"]),
  workspace: new Set(["id", "slug"]),
  payload: new Set([
    ...["method", "location", "ipAddress", "roleName", "previousRoleName", "targetUser"],
    ...["targetUsers", "userType", "site", "granularAccess", "setting", "previousValue", "value"],
  ]),
} as const;

const closedLooking = ["method", "userType", "setting"] as const;
const documented = new Set([
  ...Object.values(fields).flatMap((names) => [...names]),
  ...["name", "restricted"],
]);

/** Whether Webflow's own descriptions name a field so, wherever it stands. */
export function isDocumented(field: string): boolean {
  return documented.has(field);
}

/** No list is declared closed: a further value is news, not a mistake. */
const values: Readonly<Record<(typeof closedLooking)[number], ReadonlySet<string>>> = {
  method: new Set([
    "dashboard",
    "sso",
    "api",
    "google",
    "admin",
    "access_request",
    "invite",
    "scim",
  ]),
  userType: new Set(["member", "guest", "reviewer", "client"]),
  setting: new Set(["ai_toggle"]),
};

/** Names from outside, short enough for a sentence; those of types are so already. */
const name = (text: string) => text.replace(/[^\w.-]+/g, "_").slice(0, 64);

/** In words, each the same for the same thing: `the type a.b`, `the field payload.c`, `the method d`. */
export function driftOf({ raw }: AuditRecord): string[] {
  const type = toType(raw.eventType, raw.eventSubType);
  const known = kindOf(type) !== undefined;
  const found = known ? [] : [`the type ${type}`];
  addStrangers(found, raw, "item", "");
  addStrangers(found, raw.actor, "actor", "actor.");
  addStrangers(found, raw.workspace, "workspace", "workspace.");
  // Of a type that is not known, no field and no value can be.
  if (!known || !isObject(raw.payload)) return found;
  addStrangers(found, raw.payload, "payload", "payload.");
  for (const field of closedLooking) {
    const value = toText(raw.payload[field])?.toLowerCase();
    if (value !== undefined && !values[field].has(value)) found.push(`the ${field} ${name(value)}`);
  }
  return found;
}

function addStrangers(found: string[], value: unknown, what: keyof typeof fields, prefix: string) {
  if (!isObject(value)) return;
  for (const field of Object.keys(value))
    if (!fields[what].has(field)) found.push(`the field ${prefix}${name(field)}`);
}
