// One event as one Slack message: the sentence first, then what is known of it beside a bar of colour.
// The sentence is in top-level blocks, which Slack shows whole; attachments, the only ones with a colour,
// may be folded. `text` is then only the notification (it would be shown above blocks in an attachment).
// https://docs.slack.dev/messaging/formatting-message-text#attachments
import type { KnownBlock, MessageAttachment, MrkdwnElement } from "@slack/types";
import type { AuditEvent, Person, Severity } from "../../event/event.ts";
import { code, date, mrkdwn, unlink } from "./text.ts";

export interface SlackMessage {
  readonly text: string;
  readonly blocks?: KnownBlock[];
  readonly attachments?: MessageAttachment[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

export const colours: Readonly<Record<Severity, string>> = {
  info: "#8A94A6",
  low: "#2F80ED",
  medium: "#ECB22E",
  high: "#E8702A",
  critical: "#E01E5A",
};

// In UTF-16 units after escaping. Together they keep the ugliest message below 11,000 bytes of blocks
// (at most 3 bytes a unit); Slack allows 3,000 a section and 2,000 a field.
const max = { sentence: 1000, line: 300, name: 100, targets: 3, target: 70, id: 64 };

export const verbatim = (text: string): MrkdwnElement => ({ type: "mrkdwn", text, verbatim: true });

export const quiet = { unfurl_links: false, unfurl_media: false } as const;

/** The message of a single event. */
export function toMessage(event: AuditEvent): SlackMessage {
  const said = sentence(event, max.sentence);
  const text = `${word(event.severity)}: ${said}`;
  const fields = toFields(event).map(([label, value]) => verbatim(`*${label}*\n${value}`));
  const context = [
    date(event.time),
    workspaceName([event]),
    mrkdwn(event.type, max.name),
    ...flags(event),
    code(event.id, max.id),
  ];
  const details: KnownBlock[] = [
    ...(fields.length > 0 ? [{ type: "section" as const, fields }] : []),
    { type: "context", elements: [verbatim(joined(context))] },
  ];
  return {
    text,
    blocks: [
      {
        type: "section",
        expand: true,
        text: verbatim(`*${word(event.severity)}* · ${said}`),
      },
    ],
    attachments: [{ color: colours[event.severity], fallback: text, blocks: details }],
    ...quiet,
  };
}

/** The same event as bare text, for the case that Slack refuses the blocks. */
export function toPlainMessage(event: AuditEvent): SlackMessage {
  return { text: unlink(toLine(event)), ...quiet };
}

/** One event as one line that ends with its id in a code span. */
export function toLine(event: AuditEvent): string {
  const said = `${date(event.time)}  *${word(event.severity)}*  ${sentence(event, max.line)}`;
  return joined([said, ...flags(event), code(event.id, max.id)]);
}

/** The workspace that the events have in common, or how many there are. */
export function workspaceName(events: readonly AuditEvent[]): string {
  const names = new Set(
    events.map(({ workspace }) => firstOf(max.name, workspace.slug, workspace.id)),
  );
  const [name] = names;
  return names.size > 1 ? `${names.size} workspaces` : name || "unknown workspace";
}

export function word(severity: Severity): string {
  return severity.charAt(0).toUpperCase() + severity.slice(1);
}

function sentence({ summary, type }: AuditEvent, length: number): string {
  return firstOf(length, summary, type) || "an event without a name";
}

/** At most six, always in this order, only those that say something. */
function toFields(event: AuditEvent): readonly (readonly [label: string, value: string])[] {
  const { actor, granularAccess, setting, site, source } = event;
  const fields = [
    ["Actor", (actor.type === "token" ? "API token " : "") + personName(actor)],
    [event.targets.length > 1 ? "Targets" : "Target", targetNames(event.targets)],
    ["Role", change(event.previousRole, event.role)],
    ["Setting", titled(setting?.name, change(setting?.previousValue, setting?.value))],
    ["CMS collection", titled(granularAccess?.name ?? granularAccess?.id, access(granularAccess))],
    ["Site", firstOf(max.name, site?.slug, site?.id)],
    [
      "From",
      joined([code(source?.ip ?? null, max.name), mrkdwn(source?.location ?? null, max.name)]),
    ],
    ["Method", mrkdwn(event.method, max.name)],
  ] as const;
  return fields.filter(([, value]) => value !== "").slice(0, 6);
}

function personName({ email, id }: Person): string {
  return firstOf(max.target, email, id);
}

function targetNames(targets: readonly Person[]): string {
  const names = targets.map(personName).filter((name) => name !== "");
  const more = names.length - max.targets;
  return names.slice(0, max.targets).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function change(before: string | null | undefined, after: string | null | undefined): string {
  const [from, to] = [firstOf(max.name, before), firstOf(max.name, after)];
  if (from === "" || from === to) return to;
  return to === "" ? `was ${from}` : `${from} → ${to}`;
}

function access(granted: AuditEvent["granularAccess"]): string {
  if (granted?.restricted === true) return "restricted";
  return granted?.restricted === false ? "open" : "";
}

function titled(name: string | null | undefined, value: string): string {
  const title = firstOf(max.name, name);
  return title && value ? `${title}: ${value}` : title || value;
}

function flags({ flags }: AuditEvent): string[] {
  return [
    flags.late ? "late" : "",
    flags.backfilled ? "backfilled" : "",
    flags.unknown ? "unknown type" : "",
  ];
}

function firstOf(length: number, ...texts: readonly (string | null | undefined)[]): string {
  for (const text of texts) {
    const safe = mrkdwn(text ?? null, length);
    if (safe !== "") return safe;
  }
  return "";
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}
