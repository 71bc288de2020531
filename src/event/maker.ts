// How a workspace's records become events, wherever that is done: what the operator says of all of them counts everywhere.
import type { AuditRecord } from "../source/record.ts";
import type { AuditEvent, EventFinding } from "./event.ts";
import { toAuditEvent } from "./normalize.ts";
import type { Override } from "./severity.ts";

/** `late` is what the ledger knows of it. The id does not depend on what the operator says. */
export type EventMaker = (record: AuditRecord, id: string, late: boolean) => AuditEvent;

/** What rules say of an event by itself: the same event, the same findings. */
export type FindingsOf = (event: AuditEvent) => EventFinding[];

export function eventMaker(
  workspaceId: string,
  severityOf: Override,
  findingsOf: FindingsOf = () => [],
): EventMaker {
  const workspace = { id: workspaceId };
  return (record, id, late) => {
    const made = toAuditEvent(record, { id, workspace, flags: { late, backfilled: false } });
    const severity = severityOf(made.type);
    const event = severity === undefined ? made : { ...made, severity };
    const findings = findingsOf(event);
    return findings.length === 0 ? event : { ...event, findings };
  };
}
