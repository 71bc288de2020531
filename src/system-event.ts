// Tidemark's own events: the same schema as Webflow's, with a type of their own and no actor.
import { createHash } from "node:crypto";
import type { AuditEvent, Severity } from "./event/event.ts";
import { idPrefix } from "./event/identity.ts";
import { isObject } from "./source/record.ts";

export interface SystemEventFields {
  /** Without the `tidemark.`. */
  readonly name: string;
  readonly severity: Severity;
  /** What happened and what to do about it, in a sentence or two. */
  readonly summary: string;
  /** Facts for a machine to read. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** What in it others said: a receiver may repeat what it was sent, a log may name anybody. */
  readonly quotes?: readonly string[];
}

/** For a destination that is not to see everything: of what others said, a status is left. */
export function withoutQuotes(event: AuditEvent, quotes: readonly string[]): AuditEvent {
  const long = quotes.filter((quote) => quote !== "").sort((a, b) => b.length - a.length);
  const strike = (text: string) =>
    long.reduce((rest, quote) => rest.replaceAll(quote, () => headOf(quote)), text);
  const struck = (value: unknown): unknown => {
    if (typeof value === "string") return strike(value);
    if (Array.isArray(value)) return value.map(struck);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, struck(inner)]));
  };
  const { payload } = event.raw;
  return {
    ...event,
    summary: strike(event.summary),
    raw: { ...event.raw, payload: struck(payload) },
  };
}

function headOf(quote: string): string {
  const [status] = /^HTTP \d{3}\b/.exec(quote) ?? [];
  const left = "[left out here for privacy: see GET /status and the Worker's log]";
  return status ? `${status} ${left}` : left;
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
