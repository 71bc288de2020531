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

const documented = new Set([
  ...Object.values(fields).flatMap((names) => [...names]),
  ...["name", "restricted"],
]);

/** Whether Webflow's own descriptions name a field so, wherever it stands. */
export function isDocumented(field: string): boolean {
  return documented.has(field);
}

/** No list is declared closed: a further value is news, not a mistake. */
const values = {
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
} as const;

/** Names from outside, short enough for a sentence. */
const name = (text: string) => text.replace(/[^\w.-]+/g, "_").slice(0, 64);

/** In words, each the same for the same thing: `the type a.b`, `the field payload.c`, `the method d`. */
export function driftOf({ raw }: AuditRecord): string[] {
  const type = toType(raw.eventType, raw.eventSubType);
  const payload = isObject(raw.payload) ? raw.payload : {};
  // Of a type that is not known, no field and no value can be.
  const known = kindOf(type) !== undefined;
  return [
    ...(known ? [] : [`the type ${type}`]),
    ...strangers(raw, "item", ""),
    ...strangers(raw.actor, "actor", "actor."),
    ...strangers(raw.workspace, "workspace", "workspace."),
    ...(known ? strangers(payload, "payload", "payload.") : []),
    ...(known ? newValues(payload) : []),
  ];
}

function strangers(value: unknown, what: keyof typeof fields, prefix: string): string[] {
  if (!isObject(value)) return [];
  return Object.keys(value)
    .filter((field) => !fields[what].has(field))
    .map((field) => `the field ${prefix}${name(field)}`);
}

function newValues(payload: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).flatMap(([field, known]) => {
    const value = toText(payload[field])?.toLowerCase();
    return value === undefined || (known as ReadonlySet<string>).has(value)
      ? []
      : [`the ${field} ${name(value)}`];
  });
}
