// One event as one Slack message: the sentence first, then what is known of it beside a bar of colour.
// The sentence is in top-level blocks, which Slack shows whole; attachments, the only ones with a colour,
// may be folded. `text` is then only the notification (it would be shown above blocks in an attachment).
// https://docs.slack.dev/messaging/formatting-message-text#attachments
import type { KnownBlock, MessageAttachment, MrkdwnElement } from "@slack/types";
import type { AuditEvent } from "../../event/event.ts";
import { joined, unlink } from "../chat/text.ts";
import { colours, toLineWords, toWords } from "../chat/words.ts";
import { mrkdwn } from "./text.ts";

export interface SlackMessage {
  readonly text: string;
  readonly blocks?: KnownBlock[];
  readonly attachments?: MessageAttachment[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

export const verbatim = (text: string): MrkdwnElement => ({ type: "mrkdwn", text, verbatim: true });

export const quiet = { unfurl_links: false, unfurl_media: false } as const;

/**
 * The message of a single event. The ugliest stays below 11,000 bytes of blocks (3 bytes a unit at most); Slack allows
 * 3,000 characters a section and 2,000 a field.
 */
export function toMessage(event: AuditEvent): SlackMessage {
  const { severity, said, facts, time, workspace, type, flags, id } = toWords(event, mrkdwn);
  const text = `${severity}: ${said}`;
  const fields = facts.map(([label, value]) => verbatim(`*${label}*\n${value}`));
  const details: KnownBlock[] = [
    ...(fields.length > 0 ? [{ type: "section" as const, fields }] : []),
    { type: "context", elements: [verbatim(joined([time, workspace, type, ...flags, id]))] },
  ];
  return {
    text,
    blocks: [{ type: "section", expand: true, text: verbatim(`*${severity}* · ${said}`) }],
    attachments: [{ color: colours[event.severity], fallback: text, blocks: details }],
    ...quiet,
  };
}

/**
 * The same event as bare text, for the case that Slack refuses the blocks: `text` has no `verbatim`, and Slack links bare
 * addresses in it.
 */
export function toPlainMessage(event: AuditEvent): SlackMessage {
  return { text: unlink(toLine(event)), ...quiet };
}

/** One event as one line that ends with its id in a code span. */
export function toLine(event: AuditEvent): string {
  const { time, severity, said, flags, id } = toLineWords(event, mrkdwn);
  return joined([`${time}  *${severity}*  ${said}`, ...flags, id]);
}
