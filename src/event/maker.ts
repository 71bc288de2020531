// How a workspace's records become events, wherever that is done: what the operator says of all of them counts everywhere.
import type { AuditRecord } from "../source/record.ts";
import type { AuditEvent } from "./event.ts";
import { toAuditEvent } from "./normalize.ts";
import type { Override } from "./severity.ts";

/** `late` is what the ledger knows of it. The id does not depend on what the operator says. */
export type EventMaker = (record: AuditRecord, id: string, late: boolean) => AuditEvent;

export function eventMaker(workspaceId: string, severityOf: Override): EventMaker {
  const workspace = { id: workspaceId };
  return (record, id, late) => {
    const event = toAuditEvent(record, { id, workspace, flags: { late, backfilled: false } });
    const severity = severityOf(event.type);
    return severity === undefined ? event : { ...event, severity };
  };
}
