// Webflow's item -> the one event that all else sees. Lenient: a field that is missing, null or of another
// type is null here and kept in raw, for no documented field is required and no enum is closed.
import { type AuditRecord, isObject, toText } from "../source/record.ts";
import { kindOf, toType } from "./catalogue.ts";
import type { AuditEvent, Person } from "./event.ts";
import { toSeverity } from "./severity.ts";
import { toSummary } from "./summary.ts";

/** What the item itself does not tell. */
export interface EventContext {
  /** From `identify`. */
  readonly id: string;
  /** The configured workspace, for an item that names none. */
  readonly workspace: { readonly id: string };
  readonly flags: { readonly late: boolean; readonly backfilled: boolean };
}

export function toAuditEvent(record: AuditRecord, context: EventContext): AuditEvent {
  const { raw } = record;
  const payload = toObject(raw.payload);
  const workspace = toObject(raw.workspace);
  const type = toType(raw.eventType, raw.eventSubType);
  const role = toText(payload.roleName);
  const event = {
    id: context.id,
    type,
    time: new Date(Math.min(record.timeMs, lastMs)).toISOString(),
    severity: toSeverity(type, role),
    actor: { ...toPerson(raw.actor), type: toActorType(toObject(raw.actor).type) },
    targets: toTargets(payload),
    site: toSite(payload.site),
    role,
    previousRole: toText(payload.previousRoleName),
    setting: toSetting(payload),
    granularAccess: toGranularAccess(payload.granularAccess),
    method: toText(payload.method),
    userType: toText(payload.userType),
    source: toSource(payload),
    workspace: { id: toText(workspace.id) ?? context.workspace.id, slug: toText(workspace.slug) },
    flags: {
      late: context.flags.late,
      backfilled: context.flags.backfilled,
      unknown: kindOf(type) === undefined,
    },
    raw,
  };
  return { ...event, summary: toSummary(event) };
}

// An offset can push the last hours of year 9999 into one that ISO 8601 writes with a sign.
const lastMs = Date.parse("9999-12-31T23:59:59.999Z");

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? value : {};
}

function toPerson(value: unknown): Person {
  const { id, email } = toObject(value);
  return { id: toText(id), email: toText(email) };
}

// Items from before the summer of 2026 have no actor.type.
function toActorType(value: unknown): AuditEvent["actor"]["type"] {
  const type = toText(value)?.toLowerCase();
  return type === "person" || type === "token" ? type : "unknown";
}

function toTargets({ targetUser, targetUsers }: Readonly<Record<string, unknown>>): Person[] {
  const seen = new Set<string>();
  return [targetUser, ...(Array.isArray(targetUsers) ? targetUsers : [])]
    .map(toPerson)
    .filter(({ id, email }) => {
      const key = id ?? email?.toLowerCase();
      if (key === undefined || seen.has(key)) return false;
      seen.add(key);
      if (email !== null) seen.add(email.toLowerCase());
      return true;
    });
}

function toSite(value: unknown): AuditEvent["site"] {
  const site = toObject(value);
  const id = toText(site.id);
  const slug = toText(site.slug);
  return id === null && slug === null ? null : { id, slug };
}

function toSetting(payload: Readonly<Record<string, unknown>>): AuditEvent["setting"] {
  const name = toText(payload.setting);
  const value = toScalarText(payload.value);
  const previousValue = toScalarText(payload.previousValue);
  return name === null && value === null && previousValue === null
    ? null
    : { name, value, previousValue };
}

/** Webflow documents the strings "true" and "false"; a real boolean would mean the same. */
function toScalarText(value: unknown): string | null {
  return typeof value === "boolean" || typeof value === "number" ? String(value) : toText(value);
}

function toGranularAccess(value: unknown): AuditEvent["granularAccess"] {
  if (!isObject(value)) return null;
  const { restricted } = value;
  return {
    id: toText(value.id),
    name: toText(value.name),
    type: toText(value.type),
    restricted: typeof restricted === "boolean" ? restricted : null,
  };
}

function toSource(payload: Readonly<Record<string, unknown>>): AuditEvent["source"] {
  const ip = toText(payload.ipAddress);
  const location = toText(payload.location);
  return ip === null && location === null ? null : { ip, location };
}
