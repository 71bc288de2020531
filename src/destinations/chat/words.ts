// What a chat says of an event, in the order in which every chat says it; how it looks is each chat's own.
import type { AuditEvent, EventFinding, Person, Severity } from "../../event/event.ts";
import { findingsOn } from "../../formats/finding.ts";
import { joined, type Pen } from "./text.ts";

// In UTF-16 units after escaping: they bound the ugliest message, in every chat.
const max = { sentence: 1000, line: 300, name: 100, targets: 3, target: 70, id: 64 };

export const colours: Readonly<Record<Severity, string>> = {
  info: "#8A94A6",
  low: "#2F80ED",
  medium: "#ECB22E",
  high: "#E8702A",
  critical: "#E01E5A",
};

type Fact = readonly [label: string, value: string];

/** The parts of the message of a single event. */
export interface Words {
  readonly severity: string;
  /** Who did what to whom. */
  readonly said: string;
  readonly facts: readonly Fact[];
  readonly time: string;
  readonly workspace: string;
  readonly type: string;
  /** What a reader should know of how it came. */
  readonly flags: readonly string[];
  readonly id: string;
}

export function toWords(event: AuditEvent, pen: Pen): Words {
  return {
    severity: word(event.severity),
    said: sentence(event, max.sentence, pen),
    facts: toFacts(event, pen),
    time: pen.time(event.time),
    workspace: workspaceName([event], pen),
    type: pen.text(event.type, max.name),
    flags: flags(event),
    id: pen.code(event.id, max.id),
  };
}

/** The parts of an event's line in a digest. */
export function toLineWords(
  event: AuditEvent,
  pen: Pen,
): Omit<Words, "facts" | "workspace" | "type"> {
  return {
    time: pen.time(event.time),
    severity: word(event.severity),
    said: sentence(event, max.line, pen),
    flags: flags(event),
    id: pen.code(event.id, max.id),
  };
}

/** The workspace that the events have in common, or how many there are. */
export function workspaceName(events: readonly AuditEvent[], pen: Pen): string {
  const names = new Set(
    events.map(({ workspace }) => firstOf(pen, max.name, workspace.slug, workspace.id)),
  );
  const [name] = names;
  return names.size > 1 ? `${names.size} workspaces` : name || "unknown workspace";
}

export function word(severity: Severity): string {
  return severity.charAt(0).toUpperCase() + severity.slice(1);
}

function sentence({ summary, type }: AuditEvent, length: number, pen: Pen): string {
  return firstOf(pen, length, summary, type) || "an event without a name";
}

/** At most six, and a line of findings before them; always in this order, only those that say something. */
function toFacts(event: AuditEvent, pen: Pen): readonly Fact[] {
  const { actor, granularAccess, setting, site, source } = event;
  const name = (...texts: readonly (string | null | undefined)[]) =>
    firstOf(pen, max.name, ...texts);
  const finding = ({ title, severity }: EventFinding) => name(`${title} (${severity})`);
  const person = ({ email, id }: Person) => firstOf(pen, max.target, email, id);
  const findings = findingsOn(event);
  const facts = [
    [findings.length > 1 ? "Findings" : "Finding", listed(findings.map(finding))],
    ["Actor", (actor.type === "token" ? "API token " : "") + person(actor)],
    [event.targets.length > 1 ? "Targets" : "Target", listed(event.targets.map(person))],
    ["Role", change(name(event.previousRole), name(event.role))],
    [
      "Setting",
      titled(name(setting?.name), change(name(setting?.previousValue), name(setting?.value))),
    ],
    [
      "CMS collection",
      titled(name(granularAccess?.name ?? granularAccess?.id), access(granularAccess)),
    ],
    ["Site", name(site?.slug, site?.id)],
    ["From", joined([pen.code(source?.ip ?? null, max.name), name(source?.location)])],
    ["Method", name(event.method)],
  ] as const;
  return facts.filter(([, value]) => value !== "").slice(0, findings.length > 0 ? 7 : 6);
}

function listed(all: readonly string[]): string {
  const names = all.filter((name) => name !== "");
  const more = names.length - max.targets;
  return names.slice(0, max.targets).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function change(from: string, to: string): string {
  if (from === "" || from === to) return to;
  return to === "" ? `was ${from}` : `${from} → ${to}`;
}

function access(granted: AuditEvent["granularAccess"]): string {
  if (granted?.restricted === true) return "restricted";
  return granted?.restricted === false ? "open" : "";
}

function titled(title: string, value: string): string {
  return title && value ? `${title}: ${value}` : title || value;
}

function flags({ flags }: AuditEvent): string[] {
  return [
    ...(flags.late ? ["late"] : []),
    ...(flags.backfilled ? ["backfilled"] : []),
    ...(flags.unknown ? ["unknown type"] : []),
  ];
}

function firstOf(
  pen: Pen,
  length: number,
  ...texts: readonly (string | null | undefined)[]
): string {
  for (const text of texts) {
    const safe = pen.text(text ?? null, length);
    if (safe !== "") return safe;
  }
  return "";
}
