// A believable month of a workspace of 90 people, 50,000 events that mean no harm, and incidents hidden in it, two for
// each rule: to measure what the rules find, and how often they cry wolf.
import { integer, pick, type Random, seeded } from "../../sandbox/random.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { identify } from "../../src/event/identity.ts";
import { toAuditEvent } from "../../src/event/normalize.ts";
import { type AuditRecord, isUnusable, parseRecord } from "../../src/source/record.ts";
import { incidents } from "./incidents.ts";

const minute = 60_000;
const hour = 60 * minute;
export const day = 24 * hour;
export const fromMs = Date.parse("2026-03-02T00:00:00Z");
export const monthDays = 30;

export interface Someone {
  readonly id: string;
  readonly email: string;
  readonly place: string;
  readonly network: string;
  /** First hour of the working day, UTC. */
  readonly begins: number;
  readonly habit: "sso" | "mixed" | "google" | "nomad" | "vpn";
  readonly admin: boolean;
}

type Payload = Readonly<Record<string, unknown>>;

/** Collects items; those of an incident under its name. */
export class Tale {
  readonly random: Random;
  readonly people: readonly Someone[];
  readonly items: { item: Record<string, unknown>; incident: string | null }[] = [];
  readonly scim = { type: "person", id: "scim-1", email: "scim@harborline.example" };
  readonly token = { type: "token", id: "token-known" };
  incident: string | null = null;
  #newcomers = 0;

  constructor(random: Random) {
    this.random = random;
    this.people = Array.from({ length: 90 }, (_, n) => this.#cast(n));
  }

  say(ms: number, kind: string, actor: unknown, payload: Payload): void {
    const [eventType, eventSubType] = kind.split(".");
    const timestamp = new Date(ms).toISOString();
    const workspace = { id: "6621ccb459b561c69f29d57c", slug: "harborline" };
    const item = { timestamp, eventType, eventSubType, actor, workspace, payload };
    this.items.push({ item, incident: this.incident });
  }

  login(ms: number, who: Someone, of: Payload = {}): void {
    this.say(ms, "user_access.login", actorOf(who), {
      method: this.#method(who),
      location: who.place,
      ipAddress: this.#address(who),
      ...of,
    });
  }

  newcomer(domain = "harborline.example") {
    this.#newcomers += 1;
    const email = `new${this.#newcomers}@${domain}`;
    return { id: `new-${this.#newcomers}`, email };
  }

  get admins(): Someone[] {
    return this.people.filter(({ admin }) => admin);
  }

  /** Some with a habit, who are no admins. */
  those(habit: Someone["habit"]): Someone[] {
    return this.people.filter((one) => one.habit === habit && !one.admin);
  }

  /** A weekday of the month, in the working hours of somebody. */
  workday(from = 1, to = monthDays - 1, begins = 8): number {
    for (;;) {
      const ms = fromMs + integer(this.random, from, to) * day + begins * hour;
      const at = ms + integer(this.random, 0, 9 * hour);
      if (new Date(at).getUTCDay() % 6 !== 0) return at;
    }
  }

  #cast(n: number): Someone {
    const homes = ["Lisbon PT", "Madrid ES", "Lyon FR", "Dublin IE", "Ashburn US", "Osaka JP"];
    const habits = ["sso", "sso", "sso", "mixed", "google"] as const;
    const habit = n % 30 === 7 ? "nomad" : n % 30 === 19 ? "vpn" : (habits[n % 5] ?? "sso");
    const place = homes[n % homes.length] ?? "Lisbon PT";
    const begins = place.endsWith("US") ? 13 : place.endsWith("JP") ? 0 : 7;
    const email = `p${n}@${n % 9 === 8 ? "partner.example" : "harborline.example"}`;
    const network = `192.0.${n}`;
    return { id: `user-${n}`, email, place, network, begins, habit, admin: n % 15 === 0 };
  }

  #method({ habit }: Someone): string {
    if (habit === "mixed") return pick(this.random, ["sso", "dashboard"]);
    if (habit === "google") return pick(this.random, ["google", "google", "dashboard"]);
    return "sso";
  }

  #address({ habit, network }: Someone): string {
    const last = integer(this.random, 1, 250);
    return habit === "nomad"
      ? `100.64.${integer(this.random, 0, 250)}.${last}`
      : `${network}.${last}`;
  }
}

export const actorOf = ({ id, email }: { id: string; email: string }) => ({
  type: "person",
  id,
  email,
});

export interface Month {
  /** In the order of (time, id). */
  readonly events: readonly AuditEvent[];
  /** By incident, the ids of its events. */
  readonly incidents: ReadonlyMap<string, ReadonlySet<string>>;
}

export function month(seed: number, oddHours = 0.0002, harmless = 50_000): Month {
  const tale = new Tale(seeded(seed));
  daily(tale, harmless, oddHours);
  for (const [name, happen] of Object.entries(incidents)) {
    for (const nth of [1, 2]) {
      tale.incident = `${name} ${nth}`;
      happen(tale, nth);
    }
  }
  const incidentOf = new Map<AuditRecord["raw"], string>();
  const records = tale.items.map(({ item, incident }) => {
    const record = parseRecord(item);
    if (isUnusable(record)) throw new Error(record.reason);
    if (incident !== null) incidentOf.set(record.raw, incident);
    return record;
  });
  const found = new Map<string, Set<string>>();
  const workspace = { id: "6621ccb459b561c69f29d57c" };
  const events = identify(records, workspace.id).map(({ id, record }) => {
    const incident = incidentOf.get(record.raw);
    if (incident !== undefined) found.set(incident, (found.get(incident) ?? new Set()).add(id));
    return toAuditEvent(record, { id, workspace, flags: { late: false, backfilled: false } });
  });
  return { events, incidents: found };
}

/** What goes on all the time. */
function daily(tale: Tale, wanted: number, oddHours: number): void {
  const { random } = tale;
  affairs(tale);
  while (tale.items.length < wanted) {
    const who = pick(random, tale.people);
    const early = random() < oddHours ? integer(random, -2, 12) * hour : 0;
    const ms = tale.workday(0, monthDays - 1, who.begins) + early;
    const away = who.habit === "vpn" && random() < 0.5;
    tale.login(ms, who, away ? { location: "Amsterdam NL", ipAddress: "100.65.1.1" } : {});
    if (random() < 0.4) {
      const payload = { method: "sso", location: who.place, ipAddress: `${who.network}.1` };
      tale.say(ms + integer(random, minute, 4 * hour), "user_access.logout", actorOf(who), payload);
    }
  }
}

/** The rest: people come, change and go, admins do what admins do. */
function affairs(tale: Tale): void {
  const { random, scim, token } = tale;
  const admin = () => actorOf(pick(random, tale.admins));
  const manager = () => actorOf(pick(random, tale.people.slice(1, 4)));
  const site = { id: "site-1", slug: "harborline-www" };
  const about = (targetUser: unknown, of: Payload = {}) => ({
    targetUser,
    method: "dashboard",
    userType: "member",
    roleName: "Designer",
    ...of,
  });
  for (let n = 0; n < 60; n += 1) {
    const ms = tale.workday();
    const by = admin();
    const one = tale.newcomer(n % 4 === 3 ? "brightside.example" : undefined);
    tale.say(ms, "workspace_invitation.invite_sent", by, about({ email: one.email }));
    if (n % 6 === 5) {
      tale.say(ms + hour, "workspace_invitation.invite_canceled", by, about({ email: one.email }));
      continue;
    }
    const joinedMs = ms + integer(random, minute, 3 * day);
    tale.say(joinedMs, "workspace_invitation.invite_accepted", actorOf(one), about(one));
    tale.say(joinedMs + 40, "workspace_membership.user_added", actorOf(one), about(one));
    tale.say(joinedMs + 60, "site_membership.user_added", by, {
      site,
      ...about(one, { method: "invite" }),
    });
    if (n % 3 === 0) {
      const leftMs = joinedMs + integer(random, 2 * day, 9 * day);
      tale.say(leftMs, "site_membership.user_removed", by, { site, ...about(one) });
      tale.say(leftMs + minute, "workspace_membership.user_removed", by, about(one));
    }
  }
  for (let n = 0; n < 400; n += 1) {
    const target = pick(random, tale.people);
    const roles = {
      roleName: pick(random, ["Designer", "Marketer"]),
      previousRoleName: "Site manager",
    };
    tale.say(tale.workday(), "site_membership.user_role_updated", n % 2 === 0 ? manager() : token, {
      site,
      ...about(target, { ...roles, method: n % 2 === 0 ? "dashboard" : "admin" }),
    });
    const granularAccess = { id: "c-1", name: "Blog posts", type: "cms", restricted: n % 10 !== 0 };
    tale.say(tale.workday(), "site_membership.user_granular_access_updated", manager(), {
      site,
      ...about(target),
      granularAccess,
    });
  }
  // The token is at work from the first day on; the directory puts many in and out within a second.
  for (let n = 0; n < monthDays; n += 1)
    tale.say(fromMs + n * day + hour, "site_membership.user_role_updated", token, {
      site,
      ...about(pick(random, tale.people)),
    });
  for (let n = 0; n < 6; n += 1) {
    const ms = tale.workday();
    const group = Array.from({ length: 8 }, () => tale.newcomer());
    group.forEach((one, i) => {
      tale.say(ms + i, "workspace_membership.user_added", scim, about(one, { method: "sso" }));
      if (n % 2 === 0)
        tale.say(
          ms + 2 * day + i,
          "workspace_membership.user_removed",
          scim,
          about(one, { method: "sso" }),
        );
    });
  }
  for (let n = 0; n < 10; n += 1) {
    const by = admin();
    const role = { roleName: `Role ${n}` };
    const ms = tale.workday();
    tale.say(ms, "custom_role.role_created", by, role);
    tale.say(
      ms + hour,
      "workspace_membership.user_role_updated",
      by,
      about(pick(random, tale.people.slice(20)), { ...role, previousRoleName: "Designer" }),
    );
    if (n % 2 === 0)
      tale.say(ms + 2 * hour, "custom_role.role_updated", by, {
        roleName: `Role ${n}b`,
        previousRoleName: `Role ${n}`,
      });
    const guests = [tale.newcomer("studio.example"), tale.newcomer("studio.example")];
    tale.say(tale.workday(), "workspace_invitation.access_request_accepted", by, {
      method: "dashboard",
      userType: "guest",
      roleName: "Guest",
      targetUsers: guests,
    });
  }
  tale.say(tale.workday(), "workspace_setting.setting_updated", admin(), {
    setting: "ai_toggle",
    previousValue: "true",
    value: "false",
  });
  // Honest surprises: an admin is made, an admin travels, others do, somebody forgets their SSO.
  tale.say(
    tale.workday(9),
    "workspace_membership.user_role_updated",
    admin(),
    about(tale.people[21], { roleName: "Admin", previousRoleName: "Designer" }),
  );
  const traveller = tale.admins[1];
  if (traveller)
    tale.login(saturday(2, traveller), traveller, {
      location: "Oslo NO",
      ipAddress: "203.0.113.5",
    });
  for (const one of tale.those("mixed").slice(0, 5))
    tale.login(saturday(3, one), one, {
      location: "Oslo NO",
      ipAddress: "203.0.113.6",
    });
  for (const one of tale.those("sso").slice(0, 3))
    tale.login(tale.workday(10, 28, one.begins), one, { method: "dashboard" });
}

/** A day without other logins: long enough after the last to have travelled. */
const saturday = (week: number, { begins }: Someone) =>
  fromMs + (7 * week + 5) * day + (begins + 3) * hour;
