// An incident for each rule, as it would stand in the log: what the rules are there to find.
import { pick } from "../../sandbox/random.ts";
import { actorOf, day, fromMs, type Someone, type Tale } from "./month.ts";

const minute = 60_000;
const hour = 60 * minute;

const about = (targetUser: unknown, of: Readonly<Record<string, unknown>> = {}) => ({
  targetUser,
  method: "dashboard",
  userType: "member",
  roleName: "Designer",
  ...of,
});
const site = { id: "site-1", slug: "harborline-www" };
const admin = (tale: Tale) => actorOf(pick(tale.random, tale.admins));
/** Another one for each, so that no incident is in another's way. */
const nth = (people: readonly Someone[], n: number): Someone => {
  const one = people.at(-n);
  if (!one) throw new Error("too few people");
  return one;
};
/** A login in the working hours of somebody. */
const atWork = (tale: Tale, from: number, who: Someone, of: Readonly<Record<string, unknown>>) =>
  tale.login(tale.workday(from, 28, who.begins), who, of);
const join = (tale: Tale, ms: number, one: { id: string; email: string }, of = {}) =>
  tale.say(ms, "workspace_membership.user_added", admin(tale), about(one, of));
const leave = (tale: Tale, ms: number, one: { id: string; email: string }) =>
  tale.say(ms, "workspace_membership.user_removed", admin(tale), about(one));

/** By the name of the rule that is to find it. */
export const incidents: Readonly<Record<string, (tale: Tale, n: number) => void>> = {
  "privilege.admin_granted": (tale, n) =>
    tale.say(
      tale.workday(8),
      "workspace_membership.user_role_updated",
      admin(tale),
      about(nth(tale.those("google"), n), {
        roleName: n === 1 ? "Owner" : "Admin",
        previousRoleName: "Designer",
      }),
    ),
  "privilege.admin_after_joining": (tale) => {
    const one = tale.newcomer();
    const ms = tale.workday(8);
    join(tale, ms, one);
    tale.say(
      ms + 25 * minute,
      "workspace_membership.user_role_updated",
      admin(tale),
      about(one, { roleName: "Admin", previousRoleName: "Designer" }),
    );
  },
  "login.password_instead_of_sso": (tale, n) =>
    atWork(tale, 18, nth(tale.those("sso"), n), { method: "dashboard" }),
  "login.new_country": (tale, n) =>
    atWork(tale, 18, nth(tale.admins, n), {
      location: "Recife BR",
      ipAddress: "203.0.113.77",
    }),
  "login.new_network": (tale, n) =>
    atWork(tale, 18, nth(tale.admins, n + 2), { ipAddress: "198.51.100.9" }),
  "login.impossible_travel": (tale, n) => {
    const who = nth(tale.those("mixed"), n);
    const ms = tale.workday(8, 28, who.begins);
    tale.login(ms, who);
    tale.login(ms + n * 40 * minute, who, { location: "Singapore SG", ipAddress: "203.0.113.250" });
  },
  "login.unusual_hours": (tale, n) => {
    // Of those who hold to their hours: whoever logs in at night anyway gives nothing to go by.
    const who = nth(
      tale.those("sso").filter(({ begins }) => begins === 7),
      n + 3,
    );
    const nights = tale.items.filter(({ item }) => {
      const { id } = item.actor as { id: string };
      const at = new Date(String(item.timestamp)).getUTCHours();
      return id === who.id && item.eventSubType === "login" && (at >= 22 || at < 6);
    });
    for (const one of nights) tale.items.splice(tale.items.indexOf(one), 1);
    tale.login(fromMs + (20 + n) * day + 2 * hour, who);
  },
  "access.after_removal": (tale) => {
    const one = tale.newcomer();
    const ms = tale.workday(8);
    join(tale, ms - 3 * day, one);
    leave(tale, ms, one);
    tale.say(ms + 3 * hour, "user_access.login", actorOf(one), {
      method: "dashboard",
      location: "Lyon FR",
      ipAddress: "203.0.113.8",
    });
  },
  "access.token_first_seen": (tale, n) =>
    tale.say(
      tale.workday(8),
      "site_membership.user_role_updated",
      { type: "token", id: `token-new-${n}` },
      { site, ...about(pick(tale.random, tale.people), { method: "admin" }) },
    ),
  "login.api": (tale, n) => atWork(tale, 8, nth(tale.those("mixed"), n + 4), { method: "api" }),
  "privilege.guest_became_member": (tale) => {
    const one = tale.newcomer("studio.example");
    const ms = tale.workday(12);
    join(tale, ms - 5 * day, one, { userType: "guest", roleName: "Guest" });
    tale.say(
      ms,
      "workspace_membership.user_role_updated",
      admin(tale),
      about(one, { previousRoleName: "Guest" }),
    );
  },
  "role.renamed_then_granted": (tale, n) => {
    const ms = tale.workday(8);
    const by = admin(tale);
    tale.say(ms, "custom_role.role_updated", by, {
      roleName: `Reader ${n}`,
      previousRoleName: `Publisher ${n}`,
    });
    tale.say(
      ms + 2 * hour,
      "workspace_membership.user_role_updated",
      by,
      about(nth(tale.those("google"), n + 3), {
        roleName: `Reader ${n}`,
        previousRoleName: "Designer",
      }),
    );
  },
  "role.changed_then_gained": (tale, n) => {
    const ms = tale.workday(8);
    const who = nth(tale.those("google"), n + 6);
    tale.say(ms, "custom_role.role_updated", actorOf(who), {
      roleName: `Builder ${n}`,
      previousRoleName: `Builder ${n}`,
    });
    tale.say(
      ms + 5 * hour,
      "workspace_membership.user_role_updated",
      actorOf(who),
      about(who, { roleName: `Builder ${n}`, previousRoleName: "Designer" }),
    );
  },
  "invitation.mass": (tale) => {
    const ms = tale.workday(8);
    const by = admin(tale);
    for (let i = 0; i < 15; i += 1)
      tale.say(
        ms + i * 20_000,
        "workspace_invitation.invite_sent",
        by,
        about({ email: tale.newcomer().email }),
      );
  },
  "access.mass_removal": (tale) => {
    const ms = tale.workday(8);
    const by = admin(tale);
    for (let i = 0; i < 7; i += 1)
      tale.say(ms + i * 30_000, "workspace_membership.user_removed", by, about(tale.newcomer()));
  },
  "invitation.new_domain": (tale, n) =>
    tale.say(
      tale.workday(12),
      "workspace_invitation.invite_sent",
      admin(tale),
      about({ email: `x@harborIine${n}.example` }),
    ),
  "access.cms_restriction_lifted": (tale, n) =>
    tale.say(
      tale.workday(8),
      "site_membership.user_granular_access_updated",
      actorOf(nth(tale.those("sso"), n + 8)),
      {
        site,
        ...about(pick(tale.random, tale.people)),
        granularAccess: { id: "c-9", name: "Payroll", type: "cms", restricted: false },
      },
    ),
  "setting.ai_switched_on": (tale) =>
    tale.say(tale.workday(8), "workspace_setting.setting_updated", admin(tale), {
      setting: "ai_toggle",
      previousValue: "false",
      value: "true",
    }),
  "invitation.after_removal": (tale) => {
    const one = tale.newcomer();
    const ms = tale.workday(12);
    join(tale, ms - 9 * day, one);
    leave(tale, ms - 5 * day, one);
    tale.say(ms, "workspace_invitation.invite_sent", admin(tale), about({ email: one.email }));
  },
  "invitation.self_approved": (tale, n) => {
    const who = nth(tale.those("mixed"), n + 7);
    tale.say(tale.workday(8), "workspace_invitation.access_request_accepted", actorOf(who), {
      method: "dashboard",
      roleName: "Guest",
      userType: "guest",
      targetUsers: [{ id: who.id, email: who.email }],
    });
  },
  "login.dormant_account": (tale) => {
    const one = {
      ...tale.newcomer(),
      place: "Lyon FR",
      network: "203.0.113",
      begins: 7,
      habit: "sso",
      admin: false,
    } as const;
    const ms = tale.workday(8);
    tale.login(ms - 100 * day, one);
    tale.login(ms, one);
  },
};
