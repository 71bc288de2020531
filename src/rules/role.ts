// Rules about custom roles, whose name says nothing of what they may do.
import { firstOf, grants, moreRoles, regrant } from "./grants.ts";
import { hourMs } from "./person.ts";
import { rule, whole } from "./rule.ts";
import type { Moment } from "./story.ts";
import { actorName, nameOf, quoted, span } from "./words.ts";

const change = (at: string, by: string, role: string, was: string): Moment => ({
  at,
  is: "custom_role.role_updated",
  by,
  role,
  was,
});

export const renamedThenGranted = rule({
  name: "role.renamed_then_granted",
  title: "Role renamed, then granted",
  severity: "medium",
  attack: moreRoles,
  check: "See what the role may do under its new name, and who holds it.",
  on: grants,
  parameters: { hours: whole(24, 1, 720, "How soon after it was renamed") },
  examples: {
    fires: [
      {
        what: "a role is renamed to something harmless and granted",
        story: [
          change("1 10:00", "ann", "Reader", "Publisher"),
          regrant("1 10:30", "ben", "Reader", "Designer"),
        ],
      },
    ],
    silent: [
      {
        what: "a role is granted that was changed, but not renamed",
        story: [
          change("1 10:00", "ann", "Publisher", "Publisher"),
          regrant("1 10:30", "ben", "Publisher", "Designer"),
        ],
      },
      {
        what: "a role is granted a month after it was renamed",
        story: [
          change("1 10:00", "ann", "Reader", "Publisher"),
          regrant("31 10:30", "ben", "Reader", "Designer"),
        ],
      },
    ],
  },
  evaluate: ({ event, ms, facts }, { hours }) => {
    const renamed = facts.role(event.role)?.renamed;
    if (!renamed || ms - renamed.ms > hours * hourMs || renamed.ms > ms) return null;
    return firstOf(event, (person) => ({
      subject: event.role?.toLowerCase() ?? "",
      reason: `${actorName(event)} gave ${nameOf(person)} the role ${quoted(event.role)}, which was called ${quoted(renamed.from)} until ${span(ms - renamed.ms)} before`,
      evidence: [renamed.id],
    }));
  },
});

export const changedThenGained = rule({
  name: "role.changed_then_gained",
  title: "Custom role changed by someone who then gains it",
  severity: "high",
  attack: moreRoles,
  check: "See what was added to the role, and who agreed to it.",
  on: grants,
  parameters: { hours: whole(168, 1, 720, "How soon after they changed it") },
  examples: {
    fires: [
      {
        what: "someone changes a role and gives it to themselves",
        story: [
          change("1 10:00", "ben", "Launch manager", "Launch manager"),
          regrant("2 11:00", "ben", "Launch manager", "Designer", { by: "ben" }),
        ],
      },
    ],
    silent: [
      {
        what: "an admin changes a role and gives it to another",
        story: [
          change("1 10:00", "ann", "Launch manager", "Launch manager"),
          regrant("2 11:00", "ben", "Launch manager", "Designer"),
        ],
      },
    ],
  },
  evaluate: ({ event, ms, facts, key }, { hours }) => {
    const changed = facts.role(event.role)?.changed;
    if (!changed || ms - changed.ms > hours * hourMs || changed.ms > ms) return null;
    return firstOf(event, (person) => {
      if (facts.keyOf(person) !== changed.by) return null;
      return {
        subject: changed.by,
        reason: `${nameOf(person)} gained the role ${quoted(event.role)} from ${key === changed.by ? "their own hand" : actorName(event)}, ${span(ms - changed.ms)} after changing it`,
        evidence: [changed.id],
      };
    });
  },
});
