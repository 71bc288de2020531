// What an event is about, in the attributes of its OCSF class.
// https://schema.ocsf.io/1.8.0/classes/authentication, …/entity_management and …/user_access
import type { AuditEvent, Person } from "../../event/event.ts";
import type { Fields } from "../parts.ts";
import { toActingUser, toNamed, toOrg, toResource, toUser } from "./objects.ts";

export interface Subject {
  /** The event's fields that have their place here; the rest is unmapped. Of `targets`, one a document. */
  readonly takes: readonly ("role" | "setting" | "targets")[];
  readonly attributes: (event: AuditEvent, target: Person | undefined) => Fields;
}

// What stands behind `sso` (SAML, OpenID, …) is not told: the method is its own name for a protocol.
export const logon: Subject = {
  takes: [],
  attributes: (event) => ({
    user: toActingUser(event),
    service: { name: "Webflow" },
    is_remote: true,
    auth_protocol_id: event.method ? 99 : null,
    auth_protocol: event.method,
  }),
};

export const customRole: Subject = {
  takes: ["role"],
  attributes: (event) => ({ entity: toRole(event, event.role || event.previousRole) }),
};

/** The role as it was, and under its new name where it got one. */
export const changedRole: Subject = {
  takes: ["role"],
  attributes: (event) => {
    const { role, previousRole } = event;
    return {
      entity: toRole(event, previousRole || role),
      entity_result: previousRole && role ? toRole(event, role) : null,
    };
  },
};

function toRole(event: AuditEvent, name: string | null): Fields {
  return { ...toNamed(name), type_id: 99, type: "Custom Role", org: toOrg(event) };
}

export const membership: Subject = {
  takes: ["role", "targets"],
  attributes: (event, target) => ({
    user: toUser(target, event),
    privileges: [event.role || event.userType || "unknown"],
    resources: toPlaces(event),
  }),
};

export const collectionAccess: Subject = {
  takes: ["targets"],
  attributes: (event, target) => {
    const { id, name, type } = event.granularAccess ?? {};
    const kind = !type || type === "cms" ? "CMS Collection" : type;
    return {
      user: toUser(target, event),
      privileges: [`${type || "cms"}:${name || id || "unknown"}`],
      resources: [...toResource(kind, id, name), ...toPlaces(event)],
    };
  },
};

export function toPlaces({ site, workspace }: AuditEvent): Fields[] {
  return [
    ...toResource("Site", site?.id, site?.slug),
    ...toResource("Workspace", workspace.id, workspace.slug),
  ];
}

export const invitation: Subject = {
  takes: ["role", "targets"],
  attributes: (event, target) => ({
    entity: {
      ...toNamed(target?.email, target?.id),
      type_id: 99,
      type: "Workspace Invitation",
      user: target && toUser(target, event),
      org: toOrg(event),
      data: {
        roleName: event.role,
        previousRoleName: event.previousRole,
        userType: event.userType,
      },
    },
  }),
};

/** The setting as it was, and as it is now. */
export const setting: Subject = {
  takes: ["setting"],
  attributes: (event) => {
    const { name, value, previousValue } = event.setting ?? {};
    const entity = {
      ...toNamed(name),
      type_id: 99,
      type: "Workspace Setting",
      org: toOrg(event),
    };
    return {
      entity: { ...entity, data: { value: previousValue } },
      entity_result: value ? { ...entity, data: { value } } : null,
    };
  },
};
