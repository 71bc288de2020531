// A finding as a Detection Finding: https://schema.ocsf.io/1.8.0/classes/detection_finding
import type { AuditEvent } from "../../event/event.ts";
import type { FindingFacts } from "../finding.ts";
import type { Fields } from "../parts.ts";
import type { Class } from "./mapping.ts";
import { toActor, toEndpoint, toUser } from "./objects.ts";
import { toPlaces } from "./subjects.ts";

export const detectionFinding: Class = {
  uid: 2004,
  name: "Detection Finding",
  category: { uid: 2, name: "Findings" },
  activities: { Create: 1 },
};

/** The attributes that the class has beyond those of every event. Who did it, and from where, is evidence. */
export function toDetection(event: AuditEvent, finding: FindingFacts): Fields {
  const { rule, title, reason, check, evidence, attack } = finding;
  const timeMs = Date.parse(event.time);
  return {
    status_id: 1,
    status: "New",
    is_alert: true,
    start_time: timeMs,
    end_time: timeMs,
    finding_info: {
      uid: event.id,
      title,
      desc: reason,
      types: [rule.split(".")[0]],
      created_time: timeMs,
      analytic: { type_id: 1, type: "Rule", name: title, uid: rule },
      attacks: attack && [
        {
          technique: { uid: attack.technique.id, name: attack.technique.name },
          sub_technique: attack.sub && { uid: attack.sub.id, name: attack.sub.name },
        },
      ],
      related_events: evidence.map((uid) => ({ uid })),
    },
    evidences: [
      { actor: toActor(event), src_endpoint: toEndpoint(event) },
      ...event.targets.map((person) => ({ user: toUser(person, event) })),
    ],
    remediation: check && { desc: check },
    resources: toPlaces(event),
  };
}
