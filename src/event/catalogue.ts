// Every type that Webflow documents, on one screen: how severe it is and how its sentence is made.
// https://developers.webflow.com/data/reference/enterprise/workspace-audit-logs/event-types
import { toText } from "../source/record.ts";
import type { Severity } from "./event.ts";

/** The parts of a sentence, made by summary.ts. A part that starts with a space may also be empty. */
export interface Phrases {
  /** `ford@example.com`, `User 6661ccb3…`, `An API token (5581…9a5786)`, `Someone` */
  readonly actor: string;
  /** `kai@example.com`, `a@x, b@x and 3 others`, `someone` */
  readonly target: string;
  /** ` of kai@example.com`; empty when the actor did it to themselves, or nobody is named */
  readonly ofOther: string;
  /** `access request`, in the number of the targets */
  readonly requests: string;
  /** `site heartofgold`, `a site` */
  readonly site: string;
  /** ` from Designer to Site manager` */
  readonly change: string;
  /** ` as Designer (guest)` */
  readonly as: string;
  /** ` (Designer)`: the role that ends */
  readonly was: string;
  /** `the custom role Launch manager`, `a custom role` */
  readonly customRole: string;
  /** `renamed the custom role A to B`, `changed the custom role B` */
  readonly editedRole: string;
  /** `restricted kai@example.com's access to the CMS collection Blogs` */
  readonly setAccess: string;
  /** `turned AI features on`, `changed the workspace setting x from 1 to 2` */
  readonly setSetting: string;
  /** ` from Dublin IE (2001:db8::17)` */
  readonly from: string;
  /** ` by SSO`, ` through SCIM`; the dashboard, being the usual way, only when it is given words. */
  how(dashboard?: string): string;
}

interface Kind {
  readonly severity: Severity;
  /** The severity when the role is Owner or Admin. */
  readonly forAdmin?: Severity;
  readonly sentence: (p: Phrases) => string;
  /** The sentence when the actor is the only target. */
  readonly self?: (p: Phrases) => string;
}

// biome-ignore format: one table, to be read down its columns
export const catalogue = {
  "user_access.login": { severity: "info",
    sentence: (p) => `${p.actor} logged in${p.how("on the dashboard")}${p.from}` },
  "user_access.logout": { severity: "info",
    sentence: (p) => `${p.actor} logged out${p.how()}${p.from}` },

  "custom_role.role_created": { severity: "low",
    sentence: (p) => `${p.actor} created ${p.customRole}${p.how()}` },
  "custom_role.role_updated": { severity: "low",
    sentence: (p) => `${p.actor} ${p.editedRole}${p.how()}` },
  "custom_role.role_deleted": { severity: "low",
    sentence: (p) => `${p.actor} deleted ${p.customRole}${p.how()}` },

  "workspace_membership.user_added": { severity: "low", forAdmin: "high",
    sentence: (p) => `${p.actor} added ${p.target} to the workspace${p.as}${p.how()}`,
    self: (p) => `${p.actor} joined the workspace${p.how()}${p.as}` },
  "workspace_membership.user_removed": { severity: "low",
    sentence: (p) => `${p.actor} removed ${p.target}${p.was} from the workspace${p.how()}`,
    self: (p) => `${p.actor}${p.was} left the workspace${p.how()}` },
  "workspace_membership.user_role_updated": { severity: "medium", forAdmin: "high",
    sentence: (p) => `${p.actor} changed the workspace role of ${p.target}${p.change}${p.how()}`,
    self: (p) => `${p.actor} changed their own workspace role${p.change}${p.how()}` },

  "site_membership.user_added": { severity: "low", forAdmin: "high",
    sentence: (p) => `${p.actor} added ${p.target} to ${p.site}${p.as}${p.how()}`,
    self: (p) => `${p.actor} joined ${p.site}${p.how()}${p.as}` },
  "site_membership.user_removed": { severity: "low",
    sentence: (p) => `${p.actor} removed ${p.target}${p.was} from ${p.site}${p.how()}`,
    self: (p) => `${p.actor}${p.was} left ${p.site}${p.how()}` },
  "site_membership.user_role_updated": { severity: "low", forAdmin: "high",
    sentence: (p) => `${p.actor} changed the role of ${p.target} on ${p.site}${p.change}${p.how()}`,
    self: (p) => `${p.actor} changed their own role on ${p.site}${p.change}${p.how()}` },
  "site_membership.user_granular_access_updated": { severity: "low",
    sentence: (p) => `${p.actor} ${p.setAccess} on ${p.site}${p.how()}` },

  "workspace_invitation.invite_sent": { severity: "low", forAdmin: "medium",
    sentence: (p) => `${p.actor} invited ${p.target} to the workspace${p.as}${p.how()}` },
  "workspace_invitation.invite_accepted": { severity: "low", forAdmin: "high",
    sentence: (p) => `${p.actor} accepted the invitation${p.ofOther} to the workspace${p.as}${p.how()}` },
  "workspace_invitation.invite_updated": { severity: "info", forAdmin: "medium",
    sentence: (p) => `${p.actor} changed the invitation of ${p.target}${p.change}${p.how()}` },
  "workspace_invitation.invite_canceled": { severity: "info",
    sentence: (p) => `${p.actor} canceled the invitation of ${p.target}${p.was}${p.how()}` },
  "workspace_invitation.invite_declined": { severity: "info",
    sentence: (p) => `${p.actor} declined the invitation${p.ofOther} to the workspace${p.as}${p.how()}` },
  "workspace_invitation.access_request_accepted": { severity: "medium",
    sentence: (p) => `${p.actor} accepted the ${p.requests} of ${p.target}${p.as}${p.how()}` },

  "workspace_setting.setting_updated": { severity: "medium",
    sentence: (p) => `${p.actor} ${p.setSetting}${p.how("from the dashboard")}` },
} as const satisfies Record<string, Kind>;

/** A documented `eventType.eventSubType`. A `Record<KnownType, …>` stays complete by compiling. */
export type KnownType = keyof typeof catalogue;

const kinds: Readonly<Record<string, Kind>> = catalogue;

/** The table's row; undefined for a type that this version does not know. */
export function kindOf(type: string): Kind | undefined {
  return Object.hasOwn(kinds, type) ? kinds[type] : undefined;
}

// One changelog entry says `workspace_settings`, all of Webflow's other pages `workspace_setting`:
// https://developers.webflow.com/home/changelog/2026/3/4
const aliases = new Map([["workspace_settings", "workspace_setting"]]);

/**
 * The canonical `eventType.eventSubType` of an item. One that is not in the table keeps its name, in lower
 * case and in the characters that Standard Webhooks allows: https://www.standardwebhooks.com
 */
export function toType(eventType: unknown, eventSubType: unknown): string {
  const asSent = `${toText(eventType)}.${toText(eventSubType)}`;
  if (Object.hasOwn(kinds, asSent)) return asSent;
  const type = toName(eventType);
  return `${aliases.get(type) ?? type}.${toName(eventSubType)}`;
}

function toName(value: unknown): string {
  const name =
    toText(value)
      ?.toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .slice(0, 64) ?? "";
  return name.replace(/^_|_$/g, "") || "unknown";
}
