// Many events as few messages: what is said of all of them together, and which of them have a line of their own.
import { type AuditEvent, type Severity, severities } from "../../event/event.ts";
import type { Attempt, Letter, Link } from "../destination.ts";
import { type EventGroup, toGroups } from "./groups.ts";
import type { Extras } from "./summary-lines.ts";
import type { Pen } from "./text.ts";
import { word, workspaceName } from "./words.ts";

/** Groups that are named and counted; the others are counted with the rest. */
const mostGroups = 5;
/** A group of fewer is read faster line by line. */
const leastOfGroup = 3;
/** Where a page lists all, a message has so many lines, and so many of one group. */
const mostLines = 12;
const mostOfGroup = 3;
const nameless = "an event without a name";
const max = { name: 60, type: 50, types: 2 };

export interface Digest {
  readonly headline: string;
  /** What belongs together, in a line each, the most severe first. */
  readonly groups: readonly string[];
  /** Events with a line of their own: all of them, where there is no page. */
  readonly shown: readonly AuditEvent[];
  /** How many there are of each severity, the worst first. */
  readonly tally: string;
  readonly worst: Severity;
  readonly more?: { readonly label: string; readonly until: string; readonly url: string };
}

export function toDigestOf(
  events: readonly AuditEvent[],
  pen: Pen,
  link: Link | undefined,
): Digest {
  const counts = [...severities]
    .reverse()
    .map((severity) => ({ severity, count: events.filter((e) => e.severity === severity).length }))
    .filter(({ count }) => count > 0);
  const worst = counts[0]?.severity ?? "info";
  const groups = toGroups(events);
  return {
    headline: `${number(events.length)} events in ${workspaceName(events, pen)} · most severe: ${worst}`,
    groups: groups
      .filter((group) => group.events.length >= leastOfGroup)
      .slice(0, mostGroups)
      .map((group) => titleOf(group, pen)),
    shown: link ? samplesOf(groups) : events,
    tally: counts.map(({ severity, count }) => `${number(count)} ${word(severity)}`).join(" · "),
    worst,
    ...(link && {
      more: {
        label: `All ${number(events.length)} events`,
        until: pen.time(new Date(link.untilMs).toISOString()),
        url: link.url,
      },
    }),
  };
}

/** What stands beside a digest's summary. */
export function toExtras({ link, digest }: Attempt): Extras {
  return {
    ...(digest && { looks: digest.looks }),
    ...(link && { more: { url: link.url, untilIso: new Date(link.untilMs).toISOString() } }),
  };
}

export function toEvents(letters: readonly Letter[]): AuditEvent[] {
  return letters.map(({ event }) => event);
}

/** Some of each group, the most severe groups first. */
function samplesOf(groups: readonly EventGroup[]): AuditEvent[] {
  return groups.flatMap(({ events }) => events.slice(0, mostOfGroup)).slice(0, mostLines);
}

/** `okta-scim · 4,997 events: 4,210 × workspace_membership.user_added, 780 × …` */
function titleOf({ by, events }: EventGroup, pen: Pen): string {
  const [first] = events;
  if (!first) return "";
  const { actor, targets, site } = first;
  const who = pen.code(actor.email ?? actor.id, max.name);
  const whom = pen.code(targets[0]?.email ?? targets[0]?.id ?? site?.slug ?? null, max.name);
  const types = [...Map.groupBy(events, ({ type }) => type)]
    .map(([type, { length }]) => ({ type, length }))
    .sort((a, b) => b.length - a.length);
  const listed = types
    .slice(0, max.types)
    .map(({ type, length }) => `${number(length)} × ${pen.text(type, max.type) || nameless}`)
    .join(", ");
  const others = types.length - max.types;
  const what = others > 0 ? `${listed} and ${others} other type${others > 1 ? "s" : ""}` : listed;
  switch (by) {
    case "bulk":
      return `${who || "Somebody"} in bulk: ${what}`;
    case "repeat":
      return `${who || "Somebody"}: ${what}`;
    case "target":
      return `About ${whom || "one target"}: ${what}`;
    case "single":
      return what;
  }
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}
