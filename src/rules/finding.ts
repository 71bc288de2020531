// A finding as an event, so that it goes every way that an event goes: whoever did it, from where and to whom, as in the
// event that was judged, with what the rule says of it.
import { createHash } from "node:crypto";
import type { AuditEvent } from "../event/event.ts";
import { idPrefix } from "../event/identity.ts";
import { isObject } from "../source/record.ts";
import type { Finding } from "./engine.ts";

/** The type of all findings. */
export const findingType = "tidemark.finding";

/** The same rule on the same event is the same finding, whenever it is found. */
export function toFindingEvent(finding: Finding): AuditEvent {
  const { rule, severity, event, reason, evidence, heldBack } = finding;
  const hash = createHash("sha256").update(JSON.stringify([rule.name, event.id]));
  const { attack = null, name, title, check } = rule;
  const { findings: _, ...about } = event;
  return {
    ...about,
    id: `${idPrefix(Date.parse(event.time))}${hash.digest("hex").slice(0, 16).toUpperCase()}`,
    type: findingType,
    severity,
    summary: `${title}: ${reason} ${check} ${toHeldBack(heldBack)}${toEvidence(evidence)}`
      .slice(0, 1000)
      .toWellFormed(),
    flags: { late: false, backfilled: false, unknown: false },
    raw: {
      timestamp: event.time,
      eventType: "tidemark",
      eventSubType: "finding",
      payload: {
        ...{ rule: name, title, severity, reason, check, attack, evidence, event: event.type },
        ...(heldBack > 0 && { heldBack }),
      },
    },
  };
}

/** The rule of a finding, and the event that was judged, as far as it stands there; undefined for any other event. */
export function readFinding(
  event: AuditEvent,
): { readonly rule: string; readonly judged: AuditEvent } | undefined {
  const { payload } = event.raw;
  if (event.type !== findingType || !isObject(payload)) return undefined;
  return { rule: String(payload.rule), judged: { ...event, type: String(payload.event), raw: {} } };
}

function toHeldBack(n: number): string {
  if (n === 0) return "";
  return `${n} ${n === 1 ? "finding" : "findings"} of this rule before it ${n === 1 ? "was" : "were"} held back by mostAWeek. `;
}

/** The ids in words: the judged event's, and the last of the others. */
function toEvidence(ids: readonly string[]): string {
  const shown = ids.slice(-3);
  const more = ids.length > shown.length ? ` and ${ids.length - shown.length} more` : "";
  return `${ids.length === 1 ? "Event" : "Events"}: ${shown.join(", ")}${more}.`;
}
