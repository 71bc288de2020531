// The events of a period as a digest tells them: what is different from before, what is waited for, the rest in numbers.
import type { AuditEvent, Severity } from "../event/event.ts";
import { bySeverity, isSevere } from "../event/rank.ts";
import {
  isAccess,
  type Membership,
  type Restriction,
  toMemberships,
  toRestrictions,
} from "./access.ts";
import { type Invitations, isInvitation, toInvitations } from "./invitations.ts";
import { isLogin, type Logins, toLogins } from "./logins.ts";
import type { Memory } from "./memory.ts";
import { toKeyOf, worstOf } from "./people.ts";
import {
  isOfWorkspace,
  type RoleChange,
  type SettingChange,
  toRoles,
  toSettings,
} from "./settings.ts";

export interface Period {
  readonly fromMs: number;
  /** The end, which does not belong to it. */
  readonly untilMs: number;
  /** In which times are told. */
  readonly zone: string;
  /** Its name, as the destination may see it. */
  readonly workspace: string;
  /** Ids of the events that were sent by themselves. */
  readonly sent: ReadonlySet<string>;
}

/** What became of an event: each stands in one list. */
interface Accounted {
  /** Part of a change that is told. */
  readonly change: readonly string[];
  /** Part of changes that came to nothing. */
  readonly cancelled: readonly string[];
  readonly invitation: readonly string[];
  readonly login: readonly string[];
  readonly other: readonly string[];
}

interface Told {
  readonly id: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly type: string;
  readonly sent: boolean;
}

export interface Summary {
  readonly period: Omit<Period, "sent">;
  readonly events: number;
  /** Of all events, also of those that came to nothing. */
  readonly worst: Severity;
  /** The worst first; then in the order of time. */
  readonly memberships: readonly Membership[];
  readonly restrictions: readonly Restriction[];
  readonly roles: readonly RoleChange[];
  readonly settings: readonly SettingChange[];
  /** Events that came to nothing; how many of them are high or critical. */
  readonly cancelled: { readonly events: number; readonly severe: number; readonly sent: boolean };
  readonly invitations: Invitations;
  readonly logins: Logins;
  /** All that is told nowhere else, by type, the worst first. */
  readonly others: readonly { readonly type: string; readonly count: number; severity: Severity }[];
  /** The most severe of them, if they are medium at least. */
  readonly severest: readonly Told[];
  readonly accounted: Accounted;
}

const mostTold = 20;

/**
 * `events` are those of the period, in any order, and those that came late, as the destination may see them; `before` is what the
 * digest before left.
 */
export function toSummary(
  events: readonly AuditEvent[],
  before: Memory,
  { sent, ...period }: Period,
): { summary: Summary; after: Memory } {
  const all = inOrder(events);
  const keyOf = toKeyOf(all);
  const memberships = toMemberships(all, keyOf, sent).sort(bySeverity);
  const restrictions = toRestrictions(all, keyOf, sent).sort(bySeverity);
  const roles = toRoles(all, keyOf, sent).sort(bySeverity);
  const settings = toSettings(all, keyOf, sent).sort(bySeverity);
  const { invitations, after } = toInvitations(all, keyOf, before, period.untilMs);
  const changed = new Set(
    [...memberships, ...restrictions, ...roles, ...settings].flatMap((net) => net.events),
  );
  const groups = { change: [], cancelled: [], invitation: [], login: [], other: [] } as Record<
    keyof Accounted,
    AuditEvent[]
  >;
  for (const event of all) groups[groupOf(event, changed)].push(event);
  const { cancelled, other } = groups;
  const severe = cancelled.filter(isSevere);
  const summary: Summary = {
    period,
    events: all.length,
    worst: worstOf(all),
    memberships,
    restrictions,
    roles,
    settings,
    cancelled: {
      events: cancelled.length,
      severe: severe.length,
      sent: severe.length > 0 && severe.every(({ id }) => sent.has(id)),
    },
    invitations,
    logins: toLogins(all, keyOf),
    others: byType(other),
    severest: other
      .filter(({ severity }) => severity !== "info" && severity !== "low")
      .sort(bySeverity)
      .slice(0, mostTold)
      .map(({ id, severity, summary, type }) => ({
        id,
        severity,
        summary,
        type,
        sent: sent.has(id),
      })),
    accounted: idsOf(groups),
  };
  return { summary, after };
}

/** By time, then id; each once. */
function inOrder(events: readonly AuditEvent[]): AuditEvent[] {
  const byId = new Map(events.map((event) => [event.id, event]));
  return [...byId.values()].sort((a, b) =>
    a.time === b.time ? (a.id < b.id ? -1 : 1) : a.time < b.time ? -1 : 1,
  );
}

function groupOf(event: AuditEvent, changed: ReadonlySet<string>): keyof Accounted {
  if (isAccess(event) || isOfWorkspace(event))
    return changed.has(event.id) ? "change" : "cancelled";
  if (isInvitation(event)) return "invitation";
  return isLogin(event) ? "login" : "other";
}

function idsOf(groups: Readonly<Record<keyof Accounted, readonly AuditEvent[]>>): Accounted {
  const ids = (events: readonly AuditEvent[]) => events.map(({ id }) => id);
  return {
    change: ids(groups.change),
    cancelled: ids(groups.cancelled),
    invitation: ids(groups.invitation),
    login: ids(groups.login),
    other: ids(groups.other),
  };
}

function byType(events: readonly AuditEvent[]): Summary["others"] {
  const types = new Map<string, AuditEvent[]>();
  for (const event of events) {
    const same = types.get(event.type);
    if (same) same.push(event);
    else types.set(event.type, [event]);
  }
  return [...types]
    .map(([type, same]) => ({ type, count: same.length, severity: worstOf(same) }))
    .sort((a, b) => bySeverity(a, b) || b.count - a.count || (a.type < b.type ? -1 : 1));
}
