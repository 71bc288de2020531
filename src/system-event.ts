// Tidemark's own events: the same schema as Webflow's, with a type of their own and no actor.
import { createHash } from "node:crypto";
import type { AuditEvent, Severity } from "./event/event.ts";
import { idPrefix } from "./event/identity.ts";

export interface SystemEventFields {
  /** Without the `tidemark.`. */
  readonly name: string;
  readonly severity: Severity;
  /** What happened and what to do about it, in a sentence or two. */
  readonly summary: string;
  /** Facts for a machine to read. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** `salt` tells apart two events of one moment that say the same. */
export function toSystemEvent(
  { name, severity, summary, payload = {} }: SystemEventFields,
  nowMs: number,
  workspaceId: string,
  salt = "",
): AuditEvent {
  const time = new Date(nowMs).toISOString();
  const hash = createHash("sha256").update(JSON.stringify([name, summary, workspaceId, salt]));
  return {
    id: `${idPrefix(nowMs)}${hash.digest("hex").slice(0, 16).toUpperCase()}`,
    type: `tidemark.${name}`,
    time,
    severity,
    summary,
    actor: { type: "unknown", id: null, email: null },
    targets: [],
    site: null,
    role: null,
    previousRole: null,
    setting: null,
    granularAccess: null,
    method: null,
    userType: null,
    source: null,
    workspace: { id: workspaceId, slug: null },
    flags: { late: false, backfilled: false, unknown: false },
    raw: { timestamp: time, eventType: "tidemark", eventSubType: name, payload },
  };
}
