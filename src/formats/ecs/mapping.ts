// ECS 9.4.0: what sort of event each type is.
// https://www.elastic.co/docs/reference/ecs/ecs-category-field-values-reference
import type { KnownType } from "../../event/catalogue.ts";

export const version = "9.4.0";

export interface Row {
  /** `event.category` */
  readonly category: string;
  /** `event.type`; of identity management two: what is managed, and what was done. */
  readonly type: readonly string[];
  /** Whether the role is new to its person, and so among `user.changes`. */
  readonly newRole?: true;
}

// biome-ignore format: one table, to be read down its columns
const table: Readonly<Record<KnownType, Row>> = {
  "user_access.login":                            { category: "authentication", type: ["start"] },
  "user_access.logout":                           { category: "authentication", type: ["end"] },

  "custom_role.role_created":                     { category: "iam", type: ["admin", "creation"] },
  "custom_role.role_updated":                     { category: "iam", type: ["admin", "change"] },
  "custom_role.role_deleted":                     { category: "iam", type: ["admin", "deletion"] },

  "workspace_membership.user_added":              { category: "iam", type: ["user", "creation"] },
  "workspace_membership.user_removed":            { category: "iam", type: ["user", "deletion"] },
  "workspace_membership.user_role_updated":       { category: "iam", type: ["user", "change"], newRole: true },

  "site_membership.user_added":                   { category: "iam", type: ["user", "change"] },
  "site_membership.user_removed":                 { category: "iam", type: ["user", "change"] },
  "site_membership.user_role_updated":            { category: "iam", type: ["user", "change"], newRole: true },
  "site_membership.user_granular_access_updated": { category: "iam", type: ["user", "change"] },

  "workspace_invitation.invite_sent":             { category: "iam", type: ["user", "creation"] },
  "workspace_invitation.invite_accepted":         { category: "iam", type: ["user", "change"] },
  "workspace_invitation.invite_updated":          { category: "iam", type: ["user", "change"], newRole: true },
  "workspace_invitation.invite_canceled":         { category: "iam", type: ["user", "deletion"] },
  "workspace_invitation.invite_declined":         { category: "iam", type: ["user", "info"] },
  "workspace_invitation.access_request_accepted": { category: "iam", type: ["user", "change"] },

  "workspace_setting.setting_updated":            { category: "configuration", type: ["change"] },
};

/** What a rule found. */
export const alert: Row = { category: "intrusion_detection", type: ["info"] };

/** A type that this version does not know: the log is about access. */
export const unknownType: Row = { category: "iam", type: ["info"] };

const rows: Readonly<Record<string, Row>> = table;

/** The table's row; undefined for a type that it does not know. */
export function rowOf(type: string): Row | undefined {
  return Object.hasOwn(rows, type) ? rows[type] : undefined;
}
