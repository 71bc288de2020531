// The event in the Open Cybersecurity Schema Framework: https://schema.ocsf.io/1.8.0
// What OCSF has no place for stands in `unmapped`, the item as received in `raw_data`.
import type { AuditEvent, Person, Severity } from "../event/event.ts";
import { isObject } from "../source/record.ts";
import { findingsOn, toFindingFacts } from "./finding.ts";
import type { Document, Format } from "./format.ts";
import { detectionFinding, toDetection } from "./ocsf/finding.ts";
import { baseEvent, type Class, type Row, rowOf, version } from "./ocsf/mapping.ts";
import { toActor, toEndpoint } from "./ocsf/objects.ts";
import { compact, type Fields, isSystem, toFlags } from "./parts.ts";

export const ocsf: Format = {
  name: "ocsf",
  title: "[OCSF](https://schema.ocsf.io/1.8.0) 1.8.0; of several people, one document each",
  toDocuments: (event) => {
    const row = rowOf(event.type);
    if (!row) return [toFinding(event) ?? toUnmapped(event)];
    // OCSF has room for one person: of several, each gets a document of their own.
    const people = row.about.takes.includes("targets") ? event.targets : [];
    if (people.length < 2) return [toMapped(event, row, people[0])];
    return people.map((person, index) =>
      toMapped(event, row, person, `${event.id}-${index + 1}`, event.id),
    );
  },
};

function toMapped(
  event: AuditEvent,
  { class: own, activity, about }: Row,
  person: Person | undefined,
  id = event.id,
  correlationUid?: string,
): Document {
  const activityName = typeof activity === "string" ? activity : activity(event);
  const fields = {
    ...toCommon(event, own, activityName),
    // Webflow logs what was done, never what failed.
    status_id: 1,
    status: "Success",
    metadata: { ...toMetadata(event), uid: id, correlation_uid: correlationUid },
    actor: toActor(event),
    src_endpoint: toEndpoint(event),
    ...about.attributes(event, person),
    unmapped: toRest(event, about.takes),
  };
  return { id, content: compact({ ...fields, observables: toObservables(fields) }) };
}

/** What a rule found; undefined for any other event. */
function toFinding(event: AuditEvent): Document | undefined {
  const finding = toFindingFacts(event);
  if (!finding) return undefined;
  const fields = {
    ...toCommon(event, detectionFinding, "Create"),
    metadata: { ...toMetadata(event), uid: event.id },
    ...toDetection(event, finding),
    unmapped: { ...toRest(event, []), heldBack: finding.heldBack },
  };
  return { id: event.id, content: compact(fields) };
}

/** Of a type that nobody has mapped: whether it went well is not known, and the whole item is unmapped. */
function toUnmapped(event: AuditEvent): Document {
  const fields = {
    ...toCommon(event, baseEvent, event.type || "Other"),
    status_id: 0,
    status: "Unknown",
    metadata: { ...toMetadata(event), uid: event.id },
    unmapped: { ...event.raw, ...compact({ flags: toFlags(event) }) },
  };
  return { id: event.id, content: compact(fields) };
}

const severities: Readonly<Record<Severity, readonly [id: number, caption: string]>> = {
  info: [1, "Informational"],
  low: [2, "Low"],
  medium: [3, "Medium"],
  high: [4, "High"],
  critical: [5, "Critical"],
};

function toCommon(event: AuditEvent, own: Class, activity: string): Fields {
  const known = Object.hasOwn(own.activities, activity);
  const activityId = (known && own.activities[activity]) || 99;
  const [severityId, severity] = severities[event.severity];
  return {
    activity_id: activityId,
    activity_name: activity,
    category_uid: own.category.uid,
    category_name: own.category.name,
    class_uid: own.uid,
    class_name: own.name,
    type_uid: own.uid * 100 + activityId,
    type_name: `${own.name}: ${known ? activity : "Other"}`,
    severity_id: severityId,
    severity,
    time: Date.parse(event.time),
    timezone_offset: 0,
    message: event.summary,
    raw_data: JSON.stringify(event.raw),
    enrichments: toEnrichments(event),
  };
}

/** What rules say of it, as something known beyond the log: https://schema.ocsf.io/1.8.0/objects/enrichment */
function toEnrichments(event: AuditEvent): Fields[] {
  return findingsOn(event).map(({ rule, title, severity, reason, technique }) => ({
    name: "metadata.event_code",
    value: event.type,
    type: "Finding",
    provider: "Tidemark",
    short_desc: title,
    desc: reason,
    data: { rule, severity, technique },
  }));
}

function toMetadata(event: AuditEvent): Fields {
  const [maker, log] = isSystem(event)
    ? ["Tidemark", "tidemark"]
    : ["Webflow", "workspace_audit_log"];
  const { timestamp } = event.raw;
  return {
    version,
    event_code: event.type,
    log_name: log,
    log_provider: maker,
    original_time: typeof timestamp === "string" ? timestamp : null,
    tenant_uid: event.workspace.id,
    product: { name: maker, vendor_name: maker },
  };
}

/** What has no place in the class, in Webflow's words. */
function toRest(event: AuditEvent, takes: Row["about"]["takes"]): Fields {
  const { source } = event;
  const endpoint = toEndpoint(event);
  return {
    method: event.method,
    userType: event.userType,
    roleName: takes.includes("role") ? null : event.role,
    previousRoleName: event.previousRole,
    targetUsers: takes.includes("targets") ? null : event.targets,
    site: event.site,
    granularAccess: event.granularAccess,
    setting: takes.includes("setting") ? null : event.setting,
    ipAddress: endpoint ? null : source?.ip,
    location: endpoint?.location ? null : source?.location,
    flags: toFlags(event),
  };
}

const observed = [
  ["actor.user.email_addr", 5, "Email Address"],
  ["user.email_addr", 5, "Email Address"],
  ["entity.user.email_addr", 5, "Email Address"],
  ["src_endpoint.ip", 2, "IP Address"],
] as const;

/** What to search for, by the path of its attribute. */
function toObservables(fields: Fields): Fields[] {
  return observed.flatMap(([name, typeId, type]) => {
    const value = name
      .split(".")
      .reduce<unknown>((node, key) => (isObject(node) ? node[key] : undefined), fields);
    return value ? [{ name, type_id: typeId, type, value }] : [];
  });
}
