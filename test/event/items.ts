// Shared by the tests of this folder: one raw item, through identity, to its event.
import type { AuditEvent } from "../../src/event/event.ts";
import { identify } from "../../src/event/identity.ts";
import { toAuditEvent } from "../../src/event/normalize.ts";
import { type AuditRecord, isUnusable, parseRecord } from "../../src/source/record.ts";

export function toRecord(raw: unknown): AuditRecord {
  const parsed = parseRecord(raw);
  if (isUnusable(parsed)) throw new Error(parsed.reason);
  return parsed;
}

export function normalize(raw: unknown): AuditEvent {
  const [identified] = identify([toRecord(raw)], "configured");
  if (!identified) throw new Error("no record came back");
  const { id, record } = identified;
  const flags = { late: false, backfilled: false };
  return toAuditEvent(record, { id, workspace: { id: "configured" }, flags });
}
