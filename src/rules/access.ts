// Rules about what is done with access, and by whom: the removed, tokens, mass removals, collections, settings.
import { dayMs, minuteMs } from "./person.ts";
import { rule, texts, whole } from "./rule.ts";
import type { Moment } from "./story.ts";
import { actorName, nameOf, quoted, span } from "./words.ts";

const remove = (at: string, who: string, of: Partial<Moment> = {}): Moment => ({
  at,
  is: "workspace_membership.user_removed",
  by: "ann",
  to: [who],
  role: "Designer",
  ...of,
});
const lift = (at: string, by: string, of: Partial<Moment> = {}): Moment => ({
  at,
  is: "site_membership.user_granular_access_updated",
  by,
  to: ["kim"],
  restricted: false,
  ...of,
});

export const afterRemoval = rule({
  name: "access.after_removal",
  title: "Action by someone removed",
  severity: "critical",
  attack: { id: "T1078.004", name: "Valid Accounts: Cloud Accounts" },
  check: "See what they did and through what: a session, a token or another account may be left.",
  on: "all",
  parameters: { graceMinutes: whole(0, 0, 1440, "Minutes after the removal that do not count") },
  examples: {
    fires: [
      {
        what: "someone logs in an hour after being removed",
        story: [remove("1 10:00", "ben"), { at: "1 11:00", is: "user_access.login", by: "ben" }],
      },
      {
        what: "someone invites a friend after being removed",
        story: [
          remove("1 10:00", "ben"),
          { at: "2 11:00", is: "workspace_invitation.invite_sent", by: "ben", to: ["eve"] },
        ],
      },
    ],
    silent: [
      {
        what: "the end of a session after the removal",
        story: [remove("1 10:00", "ben"), { at: "1 10:01", is: "user_access.logout", by: "ben" }],
      },
      {
        what: "someone who came back by invitation",
        story: [
          remove("1 10:00", "ben"),
          { at: "9 11:00", is: "workspace_invitation.invite_accepted", by: "ben", to: ["ben"] },
          { at: "9 11:05", is: "user_access.login", by: "ben" },
        ],
      },
      {
        what: "someone who left one site only",
        story: [
          remove("1 10:00", "ben", { is: "site_membership.user_removed" }),
          { at: "1 11:00", is: "user_access.login", by: "ben" },
        ],
      },
    ],
  },
  evaluate: ({ event, ms, facts, key, actor }, { graceMinutes }) => {
    const removed = actor?.removed;
    if (!removed || removed.ms + graceMinutes * minuteMs >= ms) return null;
    // Joined again since; a tie is the act of one moment.
    if ((actor.joined?.ms ?? -1) >= removed.ms) return null;
    if (
      event.type === "user_access.logout" ||
      event.type.startsWith("workspace_invitation.invite_")
    ) {
      if (event.type !== "workspace_invitation.invite_sent") return null;
    }
    const self = event.targets.some((one) => facts.keyOf(one) === facts.actorKey(event));
    if (self && event.type.endsWith("_membership.user_added")) return null;
    return {
      subject: key,
      reason: `${actorName(event)} was removed from the workspace ${span(ms - removed.ms)} before, and still: ${event.summary.slice(0, 200).replace(/\.$/, "")}`,
      evidence: [removed.id],
    };
  },
});

export const tokenFirstSeen = rule({
  name: "access.token_first_seen",
  title: "API token acts for the first time",
  severity: "medium",
  attack: { id: "T1098.001", name: "Account Manipulation: Additional Cloud Credentials" },
  check: "See in the workspace's settings who made the token, what for, and with which scopes.",
  on: "all",
  parameters: { learnDays: whole(1, 0, 90, "Days of the log that are read before it judges") },
  examples: {
    fires: [
      {
        what: "a token that was never seen changes a role",
        story: [
          { at: "1 10:00", is: "user_access.login", by: "ann" },
          {
            at: "3 10:00",
            is: "site_membership.user_role_updated",
            by: "token 5581",
            to: ["ben"],
            role: "Designer",
          },
        ],
      },
    ],
    silent: [
      {
        what: "a token that has always been there",
        story: [
          {
            at: "1 10:00",
            is: "site_membership.user_role_updated",
            by: "token 5581",
            to: ["ben"],
            role: "Designer",
            days: 9,
          },
        ],
      },
    ],
  },
  evaluate: ({ event, ms, facts, key, actor }, { learnDays }) => {
    if (event.actor.type !== "token" || event.actor.id === null) return null;
    if (actor || facts.ageMs(ms) < learnDays * dayMs) return null;
    return {
      subject: key,
      reason: `${actorName(event)} was never seen before: ${event.summary.slice(0, 200).replace(/\.$/, "")}`,
      evidence: [],
    };
  },
});

export const massRemoval = rule({
  name: "access.mass_removal",
  title: "Many people removed at once",
  severity: "high",
  attack: { id: "T1531", name: "Account Access Removal" },
  check:
    "Ask whoever did it; if it was not meant, invite the people again and look at the actor's logins.",
  on: ["workspace_membership.user_removed", "site_membership.user_removed"],
  quietHours: 1,
  parameters: {
    people: whole(5, 2, 50, "Different people removed from the workspace, or"),
    sitePeople: whole(10, 2, 50, "different people removed from sites,"),
    minutes: whole(10, 1, 60, "within so many minutes, by one actor"),
    except: texts(["scim", "sso"], "Ways that do not count: a directory removes many at once"),
  },
  examples: {
    fires: [
      {
        what: "five people within five minutes",
        story: [1, 2, 3, 4, 5].map((n) => remove(`1 10:0${n}`, `p${n}`)),
      },
    ],
    silent: [
      {
        what: "four people within five minutes",
        story: [1, 2, 3, 4].map((n) => remove(`1 10:0${n}`, `p${n}`)),
      },
      {
        what: "five guests from a site when a project ends",
        story: [1, 2, 3, 4, 5].map((n) =>
          remove(`1 10:0${n}`, `p${n}`, { is: "site_membership.user_removed" }),
        ),
      },
      {
        what: "one person from ten sites",
        story: Array.from({ length: 10 }, (_, n) =>
          remove(`1 10:0${n}`, "ben", { is: "site_membership.user_removed" }),
        ),
      },
      {
        what: "a directory's sync",
        story: [1, 2, 3, 4, 5, 6].map((n) => remove(`1 10:0${n}`, `p${n}`, { method: "scim" })),
      },
    ],
  },
  evaluate: ({ event, ms, facts, key, actor }, { people, sitePeople, minutes, except }) => {
    if (except.includes(event.method?.toLowerCase() ?? "")) return null;
    const site = event.type.startsWith("site_");
    const sinceMs = ms - minutes * minuteMs;
    const deeds = (site ? actor?.siteRemovals : actor?.removals) ?? [];
    const before = deeds.filter(([at]) => at > sinceMs && at <= ms);
    const all = new Set([
      ...before.map(([, , whom]) => whom),
      ...event.targets.map((one) => facts.keyOf(one) ?? ""),
    ]);
    if (all.size < (site ? sitePeople : people)) return null;
    return {
      subject: key,
      reason: `${actorName(event)} removed ${all.size} people from ${site ? "sites" : "the workspace"} within ${minutes} minutes`,
      evidence: before.map(([, id]) => id),
    };
  },
});

export const restrictionLifted = rule({
  name: "access.cms_restriction_lifted",
  title: "CMS restriction lifted",
  severity: "medium",
  attack: { id: "T1098", name: "Account Manipulation" },
  check: "Ask whether this person is meant to edit the collection.",
  on: ["site_membership.user_granular_access_updated"],
  parameters: {
    routine: whole(
      2,
      1,
      10,
      "Who has lifted so many in 30 days does it as a matter of course, and is not told",
    ),
  },
  examples: {
    fires: [{ what: "someone who never did lifts a restriction", story: [lift("1 10:00", "ben")] }],
    silent: [
      { what: "a restriction is set", story: [lift("1 10:00", "ben", { restricted: true })] },
      {
        what: "a site manager does so all the time",
        story: [lift("1 10:00", "ben", { days: 3 }), lift("5 10:00", "ben")],
      },
    ],
  },
  evaluate: ({ event, ms, key, actor }, { routine }) => {
    if (event.granularAccess?.restricted !== false) return null;
    const before = (actor?.lifted ?? []).filter((at) => ms - at < 30 * dayMs && at <= ms);
    if (before.length >= routine) return null;
    const [person = { id: null, email: null }] = event.targets;
    const { name, id } = event.granularAccess;
    return {
      subject: key,
      reason: `${actorName(event)} lifted the restriction of ${nameOf(person)} on the collection ${quoted(name ?? id)}`,
      evidence: [],
    };
  },
});

export const aiSwitchedOn = rule({
  name: "setting.ai_switched_on",
  title: "AI switched on",
  severity: "medium",
  check: "Ask whether your policy allows it, and who decided.",
  on: ["workspace_setting.setting_updated"],
  atOnce: true,
  parameters: {},
  examples: {
    fires: [
      {
        what: "AI is turned on",
        story: [
          { at: "1 10:00", is: "workspace_setting.setting_updated", by: "ann", value: "true" },
        ],
      },
    ],
    silent: [
      {
        what: "AI is turned off",
        story: [
          { at: "1 10:00", is: "workspace_setting.setting_updated", by: "ann", value: "false" },
        ],
      },
    ],
  },
  evaluate: ({ event }) => {
    const { name, value } = event.setting ?? {};
    if (name?.toLowerCase() !== "ai_toggle" || value?.toLowerCase() !== "true") return null;
    return {
      subject: "ai_toggle",
      reason: `${actorName(event)} turned AI features on`,
      evidence: [],
    };
  },
});
