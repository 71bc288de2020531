// What the rules remember of a workspace. It is learned from every event, in the order of (time, id), and the same
// events leave the same facts; no rule keeps anything of its own.
import type { AuditEvent, Person } from "../event/event.ts";
import { type Fact, later, learnLogin, noLogins, type PersonFacts, withDeed } from "./person.ts";
import { type Change, type Kept, Shelf } from "./shelf.ts";

/** A custom role: when it got its name, and who last changed it. */
export interface RoleFacts extends Kept {
  renamed?: Fact & { readonly from: string };
  changed?: Fact & { readonly by: string };
}

/** What a rule has told: by subject, and when it last did. */
export interface ToldFacts extends Kept {
  subjects: Record<string, number>;
  times: number[];
  /** What only its weekly limit held back since it last told something: of how many, and by subject when. */
  held?: { count: number; subjects: Record<string, number> };
}

export interface LogFacts extends Kept {
  /** The first event that was learned from. */
  first: number;
  /** When domains were seen for the first time, the newest few. */
  domains: number[];
}

/** Most that is remembered; what has gone untouched for longest makes room. */
export const most = { people: 5000, roles: 300, domains: 1000, told: 100 } as const;

type Kind = "people" | "roles" | "domains" | "told" | "log";

/** One item as it is saved; null for what was forgotten. */
export interface SavedFact {
  readonly kind: string;
  readonly key: string;
  readonly value: unknown;
}

/** May do anything in a workspace: https://help.webflow.com/hc/en-us/articles/41015530193811 */
const adminRoles = new Map([
  ["owner", 2],
  ["admin", 1],
  ["administrator", 1],
]);

/** 2 for Owner, 1 for Admin, 0 for every other role. */
export const rankOf = (role: string | null) =>
  adminRoles.get(role?.trim().toLowerCase() ?? "") ?? 0;

const isMembership = ({ type }: AuditEvent) =>
  type.startsWith("workspace_membership.") || type.startsWith("site_membership.");

/** A role is given: to somebody who is added, or in the place of another. */
const isGrant = (event: AuditEvent) =>
  isMembership(event) &&
  (event.type.endsWith(".user_added") || event.type.endsWith(".user_role_updated"));

/** Only an admin may do it. */
const isRuling = ({ type }: AuditEvent) =>
  type.startsWith("custom_role.") ||
  type.startsWith("workspace_setting.") ||
  type === "workspace_membership.user_added" ||
  type === "workspace_membership.user_removed" ||
  type === "workspace_membership.user_role_updated" ||
  type === "workspace_invitation.invite_sent";

export class Facts {
  readonly people = new Shelf<PersonFacts>(most.people);
  readonly roles = new Shelf<RoleFacts>(most.roles);
  readonly domains = new Shelf<Kept>(most.domains);
  readonly told = new Shelf<ToldFacts>(most.told);
  readonly log = new Shelf<LogFacts>(1);
  readonly #keys = new Map<string, string>();

  /** From what `changes` gave, the newest of each key. */
  static restored(saved: Iterable<SavedFact>): Facts {
    const facts = new Facts();
    for (const { kind, key, value } of saved) {
      if (value === null) continue;
      // As it was saved: of the shelf's own kind.
      const shelf = facts.#shelf(kind);
      shelf?.restore([[key, value as Kept & PersonFacts & RoleFacts & ToldFacts & LogFacts]]);
    }
    for (const [key, { id }] of facts.people.entries())
      if (id !== undefined) facts.#keys.set(id, key);
    return facts;
  }

  /** What is to be saved since this was last asked. */
  changes(): SavedFact[] {
    const kinds: readonly Kind[] = ["people", "roles", "domains", "told", "log"];
    return kinds.flatMap((kind) =>
      (this.#shelf(kind)?.changes() ?? []).map(([key, value]: Change) => ({ kind, key, value })),
    );
  }

  #shelf(kind: string) {
    if (kind === "people") return this.people;
    if (kind === "roles") return this.roles;
    if (kind === "domains") return this.domains;
    if (kind === "told") return this.told;
    return kind === "log" ? this.log : undefined;
  }

  /** Under which a person is known: the address that they had first, else the id. Null where neither is told. */
  keyOf({ id, email }: Person): string | null {
    const known = id === null ? undefined : this.#known(id);
    const address = email === null ? null : email.trim().toLowerCase().slice(0, 254);
    return known ?? (address || (id === null ? null : `id:${id.slice(0, 64)}`));
  }

  /** Of somebody who is not forgotten. */
  #known(id: string): string | undefined {
    const key = this.#keys.get(id.slice(0, 64));
    return key !== undefined && this.people.get(key)?.id === id.slice(0, 64) ? key : undefined;
  }

  actorKey({ actor }: AuditEvent): string | null {
    if (actor.type !== "token") return this.keyOf(actor);
    return actor.id === null ? null : `token:${actor.id.slice(0, 64)}`;
  }

  of(person: Person): PersonFacts | undefined {
    const key = this.keyOf(person);
    return key === null ? undefined : this.people.get(key);
  }

  actor(event: AuditEvent): PersonFacts | undefined {
    const key = this.actorKey(event);
    return key === null ? undefined : this.people.get(key);
  }

  role(name: string | null): RoleFacts | undefined {
    return name === null ? undefined : this.roles.get(roleKey(name));
  }

  /** For how long the log has been learned from, at a moment. */
  ageMs(ms: number): number {
    return ms - (this.log.get("log")?.first ?? ms);
  }

  /** Takes note of an event that has been judged. */
  learn(event: AuditEvent, ms: number): void {
    const log = this.log.touch("log", ms, () => ({ touched: ms, first: ms, domains: [] }));
    log.first = Math.min(log.first, ms);
    const actor = this.#actor(event, ms);
    if (actor) this.#acted(actor, event, ms);
    const membership = isMembership(event);
    for (const person of event.targets) {
      const target = this.#person(person, ms);
      if (!target) continue;
      if (membership) this.#member(target, event, ms);
      const key = this.keyOf(person) ?? "";
      const deed = [ms, event.id, key] as const;
      if (actor && event.type === "workspace_invitation.invite_sent")
        actor.invited = withDeed(actor.invited, deed);
      if (actor && event.type === "workspace_membership.user_removed")
        actor.removals = withDeed(actor.removals, deed);
      if (actor && event.type === "site_membership.user_removed")
        actor.siteRemovals = withDeed(actor.siteRemovals, deed);
    }
    if (event.type.startsWith("custom_role.")) this.#role(event, ms);
    for (const { email } of [event.actor, ...event.targets]) this.#domain(email, ms, log);
  }

  #actor(event: AuditEvent, ms: number): PersonFacts | undefined {
    if (event.actor.type !== "token") return this.#person(event.actor, ms);
    const key = this.actorKey(event);
    return key === null ? undefined : this.people.touch(key, ms, () => ({ touched: ms }));
  }

  #person(person: Person, ms: number): PersonFacts | undefined {
    const key = this.#settledKey(person);
    if (key === null) return undefined;
    const facts = this.people.touch(key, ms, () => ({ touched: ms }));
    if (person.id !== null && facts.id === undefined) {
      facts.id = person.id.slice(0, 64);
      this.#keys.set(facts.id, key);
      // Of people long forgotten.
      if (this.#keys.size > 2 * most.people)
        for (const [id, of] of this.#keys)
          if (this.people.get(of)?.id !== id) this.#keys.delete(id);
    }
    return facts;
  }

  /** Who was known by the id alone is known by the address from the first event on that tells it. */
  #settledKey(person: Person): string | null {
    const key = this.keyOf(person);
    if (!key?.startsWith("id:") || person.email === null || person.id === null) return key;
    const address = this.keyOf({ id: null, email: person.email });
    if (address === null || this.people.get(address)) return key;
    this.people.rename(key, address);
    this.#keys.set(person.id.slice(0, 64), address);
    return address;
  }

  #acted(actor: PersonFacts, event: AuditEvent, ms: number): void {
    const { id } = event;
    actor.acted = later(actor.acted, { ms, id });
    if (event.type === "user_access.login") {
      actor.logins ??= noLogins();
      learnLogin(actor.logins, event, ms);
    }
    const others = event.targets.some((target) => this.keyOf(target) !== this.actorKey(event));
    if (isRuling(event) && (others || event.targets.length === 0))
      actor.ruled = later(actor.ruled, { ms, id });
    if (event.type === "workspace_invitation.invite_accepted")
      actor.joined = later(actor.joined, { ms, id });
    if (event.granularAccess?.restricted === false)
      actor.lifted = [...(actor.lifted ?? []), ms].slice(-10);
  }

  #member(target: PersonFacts, event: AuditEvent, ms: number): void {
    const { id, type, role } = event;
    if (type === "workspace_membership.user_removed") {
      target.removed = later(target.removed, { ms, id });
      delete target.admin;
      delete target.ruled;
      delete target.kind;
      return;
    }
    if (type === "workspace_membership.user_added")
      target.joined = later(target.joined, { ms, id });
    if (!isGrant(event)) return;
    if (rankOf(role) > 0) target.admin = later(target.admin, { ms, id });
    else if (type === "workspace_membership.user_role_updated") {
      delete target.admin;
      delete target.ruled;
    }
    const kind = event.userType?.toLowerCase();
    if (kind) target.kind = later(target.kind, { ms, id, is: kind.slice(0, 40) });
  }

  #role(event: AuditEvent, ms: number): void {
    const { id, type, role, previousRole } = event;
    const name = role ?? previousRole;
    if (name === null) return;
    if (type === "custom_role.role_deleted") {
      this.roles.delete(roleKey(name));
      return;
    }
    const facts = this.roles.touch(roleKey(name), ms, () => ({ touched: ms }));
    const by = this.actorKey(event);
    if (by !== null) facts.changed = later(facts.changed, { ms, id, by });
    if (type !== "custom_role.role_updated" || role === null || previousRole === null) return;
    if (role === previousRole) return;
    facts.renamed = later(facts.renamed, { ms, id, from: previousRole.slice(0, 120) });
    this.roles.delete(roleKey(previousRole));
  }

  #domain(email: string | null, ms: number, log: LogFacts): void {
    const domain = domainOf(email);
    if (domain === null) return;
    if (!this.domains.get(domain)) log.domains = [...log.domains, ms].slice(-20);
    this.domains.touch(domain, ms, () => ({ touched: ms }));
  }
}

const roleKey = (name: string) => name.trim().toLowerCase().slice(0, 120);

/** What stands behind the `@`, in lower case; null for what is no address. */
export function domainOf(email: string | null): string | null {
  const at = email?.lastIndexOf("@") ?? -1;
  const domain =
    at < 0
      ? ""
      : (email ?? "")
          .slice(at + 1)
          .trim()
          .toLowerCase();
  return domain.length > 0 && domain.length < 254 ? domain : null;
}
