// Rules about who is let in.
import { domainOf } from "./facts.ts";
import { dayMs, minuteMs } from "./person.ts";
import { rule, texts, whole } from "./rule.ts";
import type { Moment } from "./story.ts";
import { actorName, nameOf, quoted, span } from "./words.ts";

const sent = ["workspace_invitation.invite_sent", "workspace_invitation.invite_updated"] as const;
const newAccount = { id: "T1136.003", name: "Create Account: Cloud Account" };

const invite = (at: string, to: string, of: Partial<Moment> = {}): Moment => ({
  at,
  is: "workspace_invitation.invite_sent",
  by: "ann",
  to: [to],
  role: "Designer",
  ...of,
});
/** So many people, a minute apart. */
const series = (count: number, make: (n: number) => Moment): Moment[] =>
  Array.from({ length: count }, (_, n) => make(n));
/** A week in which the workspace's own people come and go. */
const week = series(25, (n) => ({
  at: `${1 + (n % 6)} 09:${10 + n}`,
  is: "user_access.login",
  by: `p${n}`,
  method: "sso",
}));

export const massInvitations = rule({
  name: "invitation.mass",
  title: "Many invitations at once",
  severity: "high",
  attack: newAccount,
  check: "Ask whoever sent them; cancel those that nobody expects before they are accepted.",
  on: ["workspace_invitation.invite_sent"],
  quietHours: 1,
  parameters: {
    people: whole(10, 2, 50, "Different people"),
    minutes: whole(10, 1, 60, "within so many minutes, by one actor"),
  },
  examples: {
    fires: [
      {
        what: "ten people within ten minutes",
        story: series(10, (n) => invite(`1 09:0${n}`, `new${n}`)),
      },
    ],
    silent: [
      {
        what: "nine people within ten minutes",
        story: series(9, (n) => invite(`1 09:0${n}`, `new${n}`)),
      },
      {
        what: "ten people in a day",
        story: series(10, (n) => invite(`1 ${10 + n}:00`, `new${n}`)),
      },
      { what: "one person ten times", story: series(10, (n) => invite(`1 09:0${n}`, "new")) },
    ],
  },
  evaluate: ({ event, ms, facts, key, actor }, { people, minutes }) => {
    const sinceMs = ms - minutes * minuteMs;
    const before = (actor?.invited ?? []).filter(([at]) => at > sinceMs && at <= ms);
    const all = new Set([
      ...before.map(([, , whom]) => whom),
      ...event.targets.map((one) => facts.keyOf(one) ?? ""),
    ]);
    if (all.size < people) return null;
    return {
      subject: key,
      reason: `${actorName(event)} invited ${all.size} people within ${minutes} minutes`,
      evidence: before.map(([, id]) => id),
    };
  },
});

export const newDomain = rule({
  name: "invitation.new_domain",
  title: "Invitation to a domain never seen",
  severity: "medium",
  attack: newAccount,
  check: "See whom the domain belongs to, and ask who invited them; a letter may be off.",
  on: sent,
  quietHours: 24,
  parameters: {
    learnDays: whole(3, 0, 90, "Days of the log that are read before it judges"),
    mostNew: whole(
      3,
      1,
      20,
      "Where so many new domains came up in the last 7 days, a further one is nothing new",
    ),
  },
  examples: {
    fires: [
      {
        what: "an invitation to a domain that nobody has",
        story: [...week, invite("8 10:00", "eve@acrne.example")],
      },
    ],
    silent: [
      {
        what: "an invitation to the workspace's own domain",
        story: [...week, invite("8 10:00", "new")],
      },
      { what: "an invitation on the first day", story: [invite("1 10:00", "eve@acrne.example")] },
      {
        what: "an agency that invites new clients all the time",
        story: [
          ...week,
          ...series(3, (n) =>
            invite(`7 1${n}:00`, `eve@client${n}.example`, {
              by: "token x",
              is: "workspace_invitation.access_request_accepted",
            }),
          ),
          invite("8 10:00", "eve@other.example"),
        ],
      },
    ],
  },
  evaluate: ({ event, ms, facts }, { learnDays, mostNew }) => {
    if (facts.ageMs(ms) < learnDays * dayMs) return null;
    const person = event.targets.find(({ email }) => {
      const domain = domainOf(email);
      return domain !== null && !facts.domains.get(domain);
    });
    const domain = domainOf(person?.email ?? null);
    if (!person || domain === null) return null;
    const recent = (facts.log.get("log")?.domains ?? []).filter((at) => at > ms - 7 * dayMs);
    if (recent.length >= mostNew) return null;
    return {
      subject: domain,
      reason: `${actorName(event)} invited ${nameOf(person)}, the first address at ${quoted(domain)} in this workspace`,
      evidence: [],
    };
  },
});

export const untrustedDomain = rule({
  name: "invitation.untrusted_domain",
  title: "Invitation outside the trusted domains",
  severity: "high",
  attack: newAccount,
  check:
    "Ask who invited them; add the domain to trustedDomains if it is a partner's, else cancel the invitation.",
  on: sent,
  atOnce: true,
  parameters: {
    trustedDomains: texts(
      [],
      "Domains whose addresses may be invited, with those below them; empty = the rule is off",
    ),
  },
  examples: {
    fires: [
      {
        what: "an invitation to another domain than the trusted",
        parameters: { trustedDomains: ["acme.example"] },
        story: [invite("1 10:00", "eve@notacme.example")],
      },
    ],
    silent: [
      { what: "no domains are named", story: [invite("1 10:00", "eve@notacme.example")] },
      {
        what: "a trusted domain, and one below it",
        parameters: { trustedDomains: ["Acme.example"] },
        story: [invite("1 10:00", "ben"), invite("1 10:05", "kim@eu.acme.example")],
      },
    ],
  },
  evaluate: ({ event }, { trustedDomains }) => {
    if (trustedDomains.length === 0) return null;
    const person = event.targets.find(({ email }) => {
      const domain = domainOf(email);
      return (
        domain !== null &&
        !trustedDomains.some((one) => domain === one || domain.endsWith(`.${one}`))
      );
    });
    if (!person) return null;
    const domain = domainOf(person.email) ?? "";
    return {
      subject: domain,
      reason: `${actorName(event)} invited ${nameOf(person)}, and ${quoted(domain)} is none of the trusted domains`,
      evidence: [],
    };
  },
});

export const invitedAfterRemoval = rule({
  name: "invitation.after_removal",
  title: "Re-invited after removal",
  severity: "medium",
  attack: newAccount,
  check: "Ask why they were removed, and who agreed that they come back.",
  on: ["workspace_invitation.invite_sent"],
  parameters: { days: whole(90, 1, 730, "How long after the removal") },
  examples: {
    fires: [
      {
        what: "someone is removed and invited again a week later",
        story: [
          { at: "1 10:00", is: "workspace_membership.user_removed", by: "ann", to: ["ben"] },
          invite("8 10:00", "ben"),
        ],
      },
    ],
    silent: [
      {
        what: "someone leaves a site, but not the workspace",
        story: [
          { at: "1 10:00", is: "site_membership.user_removed", by: "ann", to: ["ben"] },
          invite("8 10:00", "ben"),
        ],
      },
      {
        what: "someone is invited a year later",
        story: [
          { at: "1 10:00", is: "workspace_membership.user_removed", by: "ann", to: ["ben"] },
          invite("370 10:00", "ben"),
        ],
      },
    ],
  },
  evaluate: ({ event, ms, facts }, { days }) => {
    for (const person of event.targets) {
      const known = facts.of(person);
      const removed = known?.removed;
      if (!removed || removed.ms > ms || ms - removed.ms > days * dayMs) continue;
      if ((known.joined?.ms ?? 0) > removed.ms) continue;
      return {
        subject: facts.keyOf(person) ?? "",
        reason: `${actorName(event)} invited ${nameOf(person)}, who was removed ${span(ms - removed.ms)} before`,
        evidence: [removed.id],
      };
    }
    return null;
  },
});

export const selfApproved = rule({
  name: "invitation.self_approved",
  title: "Access request approved by the requester",
  severity: "high",
  attack: { id: "T1098", name: "Account Manipulation" },
  check: "See what access was asked for, and have somebody else decide.",
  on: ["workspace_invitation.access_request_accepted"],
  atOnce: true,
  parameters: {},
  examples: {
    fires: [
      {
        what: "someone approves a request of theirs, among others",
        story: [
          {
            at: "1 10:00",
            is: "workspace_invitation.access_request_accepted",
            by: "ben",
            to: ["kim", "ben"],
          },
        ],
      },
    ],
    silent: [
      {
        what: "an admin approves the requests of others",
        story: [
          {
            at: "1 10:00",
            is: "workspace_invitation.access_request_accepted",
            by: "ann",
            to: ["kim", "ben"],
          },
        ],
      },
    ],
  },
  evaluate: ({ event }) => {
    const { actor, targets } = event;
    const own = targets.some(
      ({ id, email }) =>
        (id !== null && id === actor.id) ||
        (email !== null && email.toLowerCase() === actor.email?.toLowerCase()),
    );
    if (!own || actor.type === "token") return null;
    return {
      subject: actor.id ?? actor.email ?? "",
      reason: `${actorName(event)} accepted an access request that is their own`,
      evidence: [],
    };
  },
});
