// The event in the Elastic Common Schema: https://www.elastic.co/docs/reference/ecs
// What ECS has no field for stands under `webflow.audit`, the item as received in `event.original`.
import type { AuditEvent, Person, Severity } from "../event/event.ts";
import { toPlace } from "../event/place.ts";
import { alert, type Row, rowOf, unknownType, version } from "./ecs/mapping.ts";
import { type FindingFacts, findingsOn, toAttack, toFindingFacts } from "./finding.ts";
import type { Format } from "./format.ts";
import { compact, type Fields, isIp, isSystem, toFlags } from "./parts.ts";

export const ecs: Format = {
  name: "ecs",
  title: "[Elastic Common Schema](https://www.elastic.co/docs/reference/ecs) 9.4.0",
  toDocuments: (event) => {
    const row = rowOf(event.type);
    const finding = toFindingFacts(event);
    const maker = isSystem(event) ? "Tidemark" : "Webflow";
    const content = {
      "@timestamp": event.time,
      ecs: { version },
      message: event.summary,
      event: toEvent(event, row, finding),
      ...(finding ? toThreat(finding) : toThreats(event)),
      user: toUsers(event, row),
      organization: { id: event.workspace.id, name: event.workspace.slug },
      source: toSource(event),
      related: toRelated(event),
      observer: { vendor: maker, product: maker },
      cloud: { service: { name: "Webflow" } },
      webflow: { audit: toCustom(event, finding) },
    };
    return [{ id: event.id, content: compact(content) }];
  },
};

// Elastic's own scale, that of its detection rules; it has no number for what is no risk.
// https://www.elastic.co/docs/solutions/security/detect-and-alert/create-detection-rule
const severities: Readonly<Record<Severity, number>> = {
  info: 0,
  low: 21,
  medium: 47,
  high: 73,
  critical: 99,
};

function toEvent(event: AuditEvent, row: Row | undefined, finding: FindingFacts | null): Fields {
  // What happens to Tidemark itself is in no category: the fields stay empty, as ECS asks.
  const { category, type } = finding ? alert : (row ?? (isSystem(event) ? {} : unknownType));
  return {
    kind: finding ? "alert" : "event",
    reason: finding?.reason,
    category: [category],
    type,
    // Webflow logs what was done, never what failed; of a type not known yet nobody can tell.
    outcome: finding ? null : row ? "success" : "unknown",
    action: event.type,
    id: event.id,
    module: "webflow",
    dataset: "webflow.audit",
    provider: isSystem(event) ? "tidemark" : "webflow",
    severity: severities[event.severity],
    original: JSON.stringify(event.raw),
  };
}

/** Which rule, and which technique of MITRE ATT&CK. */
function toThreat({ rule, title, check, attack }: FindingFacts): Fields {
  return {
    rule: { id: rule, name: title, category: rule.split(".")[0], description: check },
    threat: attack && {
      framework: "MITRE ATT&CK",
      technique: {
        id: [attack.technique.id],
        name: [attack.technique.name],
        subtechnique: attack.sub && { id: [attack.sub.id], name: [attack.sub.name] },
      },
    },
  };
}

/** An event stays an event, whatever rules say of it. ECS has room for one rule: the most severe finding's. */
function toThreats(event: AuditEvent): Fields {
  const findings = findingsOn(event);
  const [worst] = findings;
  if (!worst) return {};
  const attacks = findings.flatMap(({ technique }) =>
    technique === null ? [] : (toAttack(technique.id, technique.name) ?? []),
  );
  const all = (found: readonly ({ id: string; name: string | null } | null)[]): Fields => {
    const named = [...new Map(found.flatMap((one) => (one ? [[one.id, one.name]] : [])))];
    return { id: named.map(([id]) => id), name: named.map(([, name]) => name) };
  };
  return {
    rule: { id: worst.rule, name: worst.title, category: worst.rule.split(".")[0] },
    threat:
      attacks.length === 0
        ? null
        : {
            framework: "MITRE ATT&CK",
            technique: {
              ...all(attacks.map(({ technique }) => technique)),
              subtechnique: all(attacks.map(({ sub }) => sub)),
            },
          },
  };
}

/** `user.target` is one person: several are under `webflow.audit.targets`. */
function toUsers(event: AuditEvent, row: Row | undefined): Fields {
  const { actor, targets, role } = event;
  const [target] = targets.length === 1 ? targets : [];
  return {
    ...toUser(actor),
    target: target && { ...toUser(target), roles: [role] },
    changes: target && row?.newRole ? { roles: [role] } : null,
  };
}

const toUser = ({ id, email }: Person): Fields => ({ id, name: email, email });

function toSource({ source }: AuditEvent): Fields {
  const { ip, location } = source ?? {};
  const place = location ? toPlace(location) : null;
  return {
    address: ip,
    ip: ip && isIp(ip) ? ip : null,
    geo: { name: location, city_name: place?.city, country_iso_code: place?.country },
  };
}

function toRelated({ actor, targets, source }: AuditEvent): Fields {
  const users = [actor, ...targets].flatMap(({ id, email }) => [id, email]);
  const ip = source?.ip;
  return { user: [...new Set(users)], ip: ip && isIp(ip) ? [ip] : [] };
}

// In lower case with underscores, as ECS asks of fields of one's own:
// https://www.elastic.co/docs/reference/ecs/ecs-guidelines
function toCustom(event: AuditEvent, finding: FindingFacts | null): Fields {
  return {
    severity: event.severity,
    actor: { type: event.actor.type },
    targets: event.targets.length > 1 ? event.targets : [],
    role_name: event.role,
    previous_role_name: event.previousRole,
    user_type: event.userType,
    method: event.method,
    site: event.site,
    granular_access: event.granularAccess,
    setting: event.setting && {
      name: event.setting.name,
      value: event.setting.value,
      previous_value: event.setting.previousValue,
    },
    evidence: finding?.evidence,
    held_back: finding?.heldBack,
    findings: findingsOn(event).map(({ technique, ...finding }) => ({
      ...finding,
      technique: technique?.id,
    })),
    flags: toFlags(event),
  };
}
