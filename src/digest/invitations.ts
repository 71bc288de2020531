// Invitations that wait for an answer. Each is open when its last sending lies after whatever closed it last, so that it does not
// matter in which digest an event that came late is read.
import { createHash } from "node:crypto";
import type { AuditEvent, Person } from "../event/event.ts";
import { emptyMemory, type Invitation, type Memory, mostInvitations } from "./memory.ts";
import { type Actor, type KeyOf, told, toldAddress } from "./people.ts";

const day = 86_400_000;
/** For how long it is known what closed one: an event may come a day late, and a digest be a week. */
const closedMs = 14 * day;

type Deed = "sent" | "changed" | "accepted" | "declined" | "canceled" | "ended";

const deeds: ReadonlyMap<string, Deed> = new Map([
  ["workspace_invitation.invite_sent", "sent"],
  ["workspace_invitation.invite_updated", "changed"],
  ["workspace_invitation.invite_accepted", "accepted"],
  ["workspace_invitation.invite_declined", "declined"],
  ["workspace_invitation.invite_canceled", "canceled"],
] as const);

/** Types of tomorrow are read by their names. */
function deedOf(type: string): Deed | undefined {
  const known = deeds.get(type);
  if (known || !type.startsWith("workspace_invitation.invite_")) return known;
  if (/resent|resend/.test(type)) return "sent";
  return /expire|revoke|delete|withdraw/.test(type) ? "ended" : undefined;
}

export function isInvitation({ type }: AuditEvent): boolean {
  return deedOf(type) !== undefined;
}

export interface OpenInvitation {
  readonly person: Person;
  readonly role: string | null;
  readonly userType: string | null;
  readonly by: Actor | null;
  readonly sentMs: number;
  /** Its sending was not seen: it is open for longer. */
  readonly older: boolean;
  readonly resent: number;
}

export interface Invitations {
  /** The oldest first. */
  readonly open: readonly OpenInvitation[];
  /** Open ones that are no longer followed, as there were too many. */
  readonly forgotten: number;
  /** Events of invitations whose receiver is hidden or not told: whether these are open is not known. */
  readonly unnamed: number;
  /** How many events of each kind the period has. */
  readonly deeds: Readonly<Partial<Record<Deed, number>>>;
}

/** `events` in the order of time; `untilMs` is the end of the period. */
export function toInvitations(
  events: readonly AuditEvent[],
  keyOf: KeyOf,
  before: Memory,
  untilMs: number,
): { invitations: Invitations; after: Memory } {
  const all = new Map(before.invitations.map((one) => [one.key, { ...one }]));
  const counts: Partial<Record<Deed, number>> = {};
  const addressOf = toAddressOf(events, keyOf);
  let unnamed = 0;
  for (const event of events) {
    // Who is in, in whatever way, is not waited for.
    const joined = event.type === "workspace_membership.user_added";
    const deed = deedOf(event.type);
    if (!deed && !joined) continue;
    if (deed) counts[deed] = (counts[deed] ?? 0) + 1;
    const people = inviteesOf(event, deed).map((person) => [person, addressOf(person)] as const);
    if (deed && !people.some(([, who]) => who !== null)) unnamed += 1;
    for (const [person, who] of people) {
      if (who === null) continue;
      const key = hashOf(JSON.stringify([event.workspace.id, who]));
      const invitation = all.get(key) ?? newOf(key);
      all.set(key, invitation);
      if (deed === "sent" || deed === "changed") open(invitation, event, person, deed);
      else close(invitation, orderOf(event));
    }
  }
  const after = remembered([...all.values()], before.forgotten, untilMs);
  const { forgotten } = after;
  return {
    invitations: { open: openOf(after), forgotten, unnamed, deeds: counts },
    after,
  };
}

/** By address, which is what is invited; by id where none is told of that person. */
function toAddressOf(events: readonly AuditEvent[], keyOf: KeyOf) {
  const addresses = new Map<string, string>();
  for (const person of events.flatMap(({ actor, targets }) => [actor, ...targets])) {
    const [key, address] = [keyOf(person), toldAddress(person)];
    if (key !== null && address !== null) addresses.set(key, address);
  }
  return (person: Person): string | null => {
    const key = keyOf(person);
    return toldAddress(person) ?? (key === null ? null : (addresses.get(key) ?? key));
  };
}

/** Who answers is who was invited, where the event does not say. */
function inviteesOf({ actor, targets }: AuditEvent, deed: Deed | undefined): readonly Person[] {
  const answers = deed === "accepted" || deed === "declined";
  return targets.length === 0 && answers && actor.type !== "token" ? [actor] : targets;
}

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 32);
const orderOf = ({ time, id }: AuditEvent) => `${time} ${id}`.slice(0, 200);
const msOf = (order: string) => Date.parse(order.split(" ", 1)[0] ?? "");
const isAfter = (order: string, other: string | null) => other === null || order > other;
const cut = (text: string | null) => text?.slice(0, 120).toWellFormed() ?? null;

/** Of one that is closed, nobody's name is kept. */
const nobody = { email: null, id: null, role: null, userType: null, by: null, toldAt: "" };

const newOf = (key: string): Invitation => ({
  ...nobody,
  key,
  sentAt: null,
  older: false,
  sendings: 0,
  lastSentAt: null,
  closedAt: null,
});

function open(to: Invitation, event: AuditEvent, person: Person, deed: "sent" | "changed"): void {
  const order = orderOf(event);
  if (isAfter(order, to.lastSentAt)) to.lastSentAt = order;
  if (!isAfter(order, to.closedAt)) return;
  if (order > to.toldAt) {
    const { type, id, email } = event.actor;
    to.toldAt = order;
    to.email = cut(told(person.email));
    to.id = cut(told(person.id));
    to.role = cut(told(event.role));
    to.userType = cut(told(event.userType));
    if (deed === "sent" || to.by === null) to.by = { type, id: cut(id), email: cut(email) };
  }
  if (deed === "sent") to.sendings += 1;
  if (to.sentAt !== null && order > to.sentAt) return;
  to.sentAt = order;
  // A change tells that there is one, not since when.
  to.older = deed === "changed";
}

function close(to: Invitation, order: string): void {
  if (isAfter(order, to.closedAt)) to.closedAt = order;
  if (to.sentAt === null || order < to.sentAt) return;
  const again = to.lastSentAt !== null && order < to.lastSentAt;
  to.sentAt = again ? to.lastSentAt : null;
  to.older = false;
  to.sendings = again ? 1 : 0;
  if (!again) Object.assign(to, nobody);
}

/** What is kept: of the open ones the newest, of the closed ones those that an event that comes late may still be about. */
function remembered(all: readonly Invitation[], before: number, untilMs: number): Memory {
  const orderedBy = (one: Invitation, at: string | null) => `${at} ${one.key}`;
  const opened = all
    .filter(({ sentAt }) => sentAt !== null)
    .sort((a, b) => (orderedBy(b, b.sentAt) < orderedBy(a, a.sentAt) ? -1 : 1));
  const closed = all
    .filter(({ sentAt, closedAt }) => !sentAt && closedAt && msOf(closedAt) > untilMs - closedMs)
    .sort((a, b) => (orderedBy(b, b.closedAt) < orderedBy(a, a.closedAt) ? -1 : 1));
  return {
    ...emptyMemory,
    invitations: [...opened.slice(0, mostInvitations), ...closed.slice(0, mostInvitations)],
    forgotten: before + Math.max(0, opened.length - mostInvitations),
  };
}

function openOf({ invitations }: Memory): OpenInvitation[] {
  return invitations
    .flatMap(({ sentAt, email, id, role, userType, by, older, sendings }) =>
      sentAt === null
        ? []
        : {
            person: { email, id },
            role,
            userType,
            by,
            sentMs: msOf(sentAt),
            older,
            resent: Math.max(0, sendings - (older ? 0 : 1)),
          },
    )
    .reverse();
}
