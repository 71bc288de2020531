// Rules about who gets more than they had.
import { rankOf } from "./facts.ts";
import { add, firstOf, grants, isRaised, moreRoles, regrant, where } from "./grants.ts";
import { minuteMs } from "./person.ts";
import { rule, texts, whole } from "./rule.ts";
import { actorName, nameOf, quoted, span } from "./words.ts";

export const adminGranted = rule({
  name: "privilege.admin_granted",
  title: "Owner or Admin granted",
  severity: "high",
  attack: moreRoles,
  check: "Ask whoever granted it whether they meant to, and for how long it is needed.",
  on: grants,
  atOnce: true,
  parameters: {
    roles: texts(
      ["owner", "admin", "administrator"],
      "The roles to watch, in any case; add your own that may do as much",
    ),
  },
  examples: {
    fires: [
      {
        what: "a designer becomes Admin",
        story: [regrant("1 10:00", "ben", "Admin", "Designer")],
      },
      {
        what: "someone is added as Owner",
        story: [add("1 10:00", "ben", "Owner")],
      },
    ],
    silent: [
      {
        what: "an Admin becomes a designer",
        story: [regrant("1 10:00", "ben", "Designer", "Admin")],
      },
      {
        what: "an Owner steps down to Admin",
        story: [regrant("1 10:00", "ann", "Admin", "Owner")],
      },
    ],
  },
  evaluate: ({ event, facts }, { roles }) => {
    const role = event.role?.trim().toLowerCase() ?? "";
    const before = event.previousRole?.trim().toLowerCase() ?? "";
    if (!roles.includes(role) || role === before) return null;
    if (rankOf(event.previousRole) > 0 && !isRaised(event)) return null;
    return firstOf(event, (person) => ({
      subject: facts.keyOf(person) ?? "",
      reason: `${actorName(event)} made ${nameOf(person)} ${quoted(event.role)} ${where(event)}`,
      evidence: [],
    }));
  },
});

export const adminAfterJoining = rule({
  name: "privilege.admin_after_joining",
  title: "Admin soon after joining",
  severity: "critical",
  attack: moreRoles,
  check:
    "See who invited them and from where both logged in; take the role away until it is explained.",
  on: ["workspace_membership.user_role_updated", "site_membership.user_role_updated"],
  parameters: { minutes: whole(60, 1, 10_080, "How soon after joining") },
  examples: {
    fires: [
      {
        what: "Admin twenty minutes after being added",
        story: [add("1 10:00", "ben", "Designer"), regrant("1 10:20", "ben", "Admin", "Designer")],
      },
    ],
    silent: [
      {
        what: "Admin a week after being added",
        story: [add("1 10:00", "ben", "Designer"), regrant("8 10:20", "ben", "Admin", "Designer")],
      },
    ],
  },
  evaluate: ({ event, ms, facts }, { minutes }) => {
    if (!isRaised(event)) return null;
    return firstOf(event, (person) => {
      const joined = facts.of(person)?.joined;
      if (!joined || ms - joined.ms > minutes * minuteMs || joined.ms > ms) return null;
      return {
        subject: facts.keyOf(person) ?? "",
        reason: `${actorName(event)} made ${nameOf(person)} ${quoted(event.role)} ${span(ms - joined.ms)} after they joined`,
        evidence: [joined.id],
      };
    });
  },
});

export const guestBecameMember = rule({
  name: "privilege.guest_became_member",
  title: "Guest became member",
  severity: "medium",
  attack: moreRoles,
  check: "Ask whether this outsider was meant to become one of the workspace's own people.",
  on: grants,
  parameters: {
    from: texts(
      ["guest", "reviewer", "client"],
      "What they were before: types of user, in any case",
    ),
  },
  examples: {
    fires: [
      {
        what: "a guest's role is updated to a member's",
        story: [
          regrant("1 10:00", "zoe@studio.example", "Designer", "Guest", { userType: "member" }),
        ],
      },
      {
        what: "a guest of weeks is added as a member",
        story: [
          add("1 10:00", "zoe@studio.example", "Guest", {
            is: "site_membership.user_added",
            userType: "guest",
          }),
          add("15 10:00", "zoe@studio.example", "Designer", { userType: "member" }),
        ],
      },
    ],
    silent: [
      {
        what: "a member gets another role",
        story: [
          add("1 10:00", "ben", "Designer", { userType: "member" }),
          regrant("2 10:00", "ben", "Marketer", "Designer", { userType: "member" }),
        ],
      },
    ],
  },
  evaluate: ({ event, facts }, { from }) => {
    if (event.userType?.toLowerCase() !== "member") return null;
    return firstOf(event, (person) => {
      const kind = facts.of(person)?.kind;
      const before = event.previousRole?.trim().toLowerCase();
      const was = before !== undefined && from.includes(before) ? before : kind?.is;
      if (was === undefined || !from.includes(was)) return null;
      return {
        subject: facts.keyOf(person) ?? "",
        reason: `${actorName(event)} made ${nameOf(person)}, who was a ${was}, a member ${where(event)}`,
        evidence: kind && from.includes(kind.is) ? [kind.id] : [],
      };
    });
  },
});
