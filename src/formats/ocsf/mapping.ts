// OCSF 1.8.0: which class and activity each type is. Another version of OCSF is another such table: from 1.9 on,
// User Management 3007 and Role Management 3008 take over from User Access Management.
// https://schema.ocsf.io/1.8.0/categories/iam
import type { KnownType } from "../../event/catalogue.ts";
import type { AuditEvent } from "../../event/event.ts";
import {
  changedRole,
  collectionAccess,
  customRole,
  invitation,
  logon,
  membership,
  type Subject,
  setting,
} from "./subjects.ts";

export const version = "1.8.0";

export interface Class {
  readonly uid: number;
  readonly name: string;
  readonly category: { readonly uid: number; readonly name: string };
  /** Ids by caption; an activity that has no id there is 99, Other, under its own name. */
  readonly activities: Readonly<Record<string, number>>;
}

export interface Row {
  readonly class: Class;
  readonly activity: string | ((event: AuditEvent) => string);
  readonly about: Subject;
}

const iam = { uid: 3, name: "Identity & Access Management" };

const authentication: Class = {
  uid: 3002,
  name: "Authentication",
  category: iam,
  activities: { Logon: 1, Logoff: 2 },
};

const entityManagement: Class = {
  uid: 3004,
  name: "Entity Management",
  category: iam,
  activities: { Create: 1, Update: 3, Delete: 4, Enroll: 6, Enable: 8, Disable: 9 },
};

const userAccess: Class = {
  uid: 3005,
  name: "User Access Management",
  category: iam,
  activities: { "Assign Privileges": 1, "Revoke Privileges": 2 },
};

/** For a type that this version does not know, and for what happens to Tidemark itself. */
export const baseEvent: Class = {
  uid: 0,
  name: "Base Event",
  category: { uid: 0, name: "Uncategorized" },
  activities: {},
};

const byRestriction = ({ granularAccess }: AuditEvent) => {
  if (granularAccess?.restricted === true) return "Revoke Privileges";
  return granularAccess?.restricted === false ? "Assign Privileges" : "Update Privileges";
};

// Strings: "false" is truthy. https://developers.webflow.com/home/changelog/2026/3/4
const bySwitch = ({ setting }: AuditEvent) => {
  const value = setting?.value?.toLowerCase();
  if (value === "true") return "Enable";
  return value === "false" ? "Disable" : "Update";
};

// biome-ignore format: one table, to be read down its columns
const table: Readonly<Record<KnownType, Row>> = {
  "user_access.login":                            { class: authentication,   activity: "Logon",             about: logon },
  "user_access.logout":                           { class: authentication,   activity: "Logoff",            about: logon },

  "custom_role.role_created":                     { class: entityManagement, activity: "Create",            about: customRole },
  "custom_role.role_updated":                     { class: entityManagement, activity: "Update",            about: changedRole },
  "custom_role.role_deleted":                     { class: entityManagement, activity: "Delete",            about: customRole },

  "workspace_membership.user_added":              { class: userAccess,       activity: "Assign Privileges", about: membership },
  "workspace_membership.user_removed":            { class: userAccess,       activity: "Revoke Privileges", about: membership },
  "workspace_membership.user_role_updated":       { class: userAccess,       activity: "Assign Privileges", about: membership },

  "site_membership.user_added":                   { class: userAccess,       activity: "Assign Privileges", about: membership },
  "site_membership.user_removed":                 { class: userAccess,       activity: "Revoke Privileges", about: membership },
  "site_membership.user_role_updated":            { class: userAccess,       activity: "Assign Privileges", about: membership },
  "site_membership.user_granular_access_updated": { class: userAccess,       activity: byRestriction,       about: collectionAccess },

  "workspace_invitation.invite_sent":             { class: entityManagement, activity: "Create",            about: invitation },
  "workspace_invitation.invite_accepted":         { class: entityManagement, activity: "Enroll",            about: invitation },
  "workspace_invitation.invite_updated":          { class: entityManagement, activity: "Update",            about: invitation },
  "workspace_invitation.invite_canceled":         { class: entityManagement, activity: "Delete",            about: invitation },
  "workspace_invitation.invite_declined":         { class: entityManagement, activity: "Decline",           about: invitation },
  "workspace_invitation.access_request_accepted": { class: entityManagement, activity: "Access Request Accepted", about: invitation },

  "workspace_setting.setting_updated":            { class: entityManagement, activity: bySwitch,            about: setting },
};

const rows: Readonly<Record<string, Row>> = table;

/** The table's row; undefined for a type that it does not know. */
export function rowOf(type: string): Row | undefined {
  return Object.hasOwn(rows, type) ? rows[type] : undefined;
}
