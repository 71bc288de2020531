// The event in a CloudEvents envelope, structured JSON: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
import type { AuditEvent } from "../event/event.ts";
import type { Format } from "./format.ts";
import { isSystem } from "./parts.ts";

export const cloudevents: Format = {
  name: "cloudevents",
  title: "Tidemark's own event as a [CloudEvent](https://cloudevents.io) 1.0",
  media: {
    one: "application/cloudevents+json; charset=utf-8",
    many: "application/cloudevents-batch+json; charset=utf-8",
  },
  toDocuments: (event) => {
    const subject = toSubject(event);
    const content = {
      specversion: "1.0",
      id: event.id,
      source: toSource(event),
      type: toType(event),
      ...(subject && { subject }),
      time: event.time,
      datacontenttype: "application/json",
      data: event,
    };
    return [{ id: event.id, content }];
  },
};

/** `com.webflow.audit.custom_role.role_created`; of Tidemark itself `dev.tidemark.source_refused`. */
function toType(event: AuditEvent): string {
  const type = toAttribute(event.type);
  return isSystem(event) ? `dev.${type}` : `com.webflow.audit.${type}`;
}

function toSource({ workspace }: AuditEvent): string {
  const name = workspace.id || workspace.slug;
  const place = "/webflow/workspaces";
  return name ? `${place}/${encodeURIComponent(name.toWellFormed())}` : place;
}

/** The one person it was done to, else the site; empty when it is about neither. */
function toSubject({ targets, site }: AuditEvent): string {
  const [target] = targets.length === 1 ? targets : [];
  const candidates = [target?.id, target?.email, site?.id, site?.slug];
  return candidates.map((name) => toAttribute(name ?? "")).find((name) => name !== "") ?? "";
}

/** Text without what the specification keeps out of attributes: controls, lone surrogates, noncharacters. */
function toAttribute(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu, "").trim();
}
