// Events as a card of Google Chat, whose text is a subset of HTML: nothing in it can ping, unlike in a message's text.
// https://developers.google.com/workspace/chat/format-messages#card-formatting
import type { AuditEvent } from "../../event/event.ts";
import { toDigestOf } from "../chat/digest.ts";
import { joined, type Pen, penOf, unlink, unmark } from "../chat/text.ts";
import { colours, toLineWords, toWords } from "../chat/words.ts";
import type { Link } from "../destination.ts";

export type Widget =
  | { readonly textParagraph: { readonly text: string } }
  | {
      readonly decoratedText: {
        readonly topLabel: string;
        readonly text: string;
        readonly wrapText: true;
      };
    };

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
export const html = penOf((char) => entities[char] ?? char);

// The text of a message knows no escaping: `<users/all>` would ping.
const lookalikes: Readonly<Record<string, string>> = { "<": "‹", ">": "›" };
const inText = penOf((char) => lookalikes[char] ?? char);
const bareText: Pen["text"] = (text, max) => unlink(unmark(inText.text(text, max)));
export const bare: Pen = { ...inText, text: bareText, code: bareText };

export const paragraph = (text: string): Widget => ({ textParagraph: { text } });

const coloured = (severity: string, event: AuditEvent) =>
  `<b><font color="${colours[event.severity]}">${severity}</font></b>`;

export function toWidgets(event: AuditEvent): Widget[] {
  const { severity, said, facts, time, workspace, type, flags, id } = toWords(event, html);
  return [
    paragraph(`${coloured(severity, event)} · ${said}`),
    ...facts.map(([topLabel, text]) => ({
      decoratedText: { topLabel, text, wrapText: true as const },
    })),
    paragraph(joined([time, workspace, type, ...flags, id])),
  ];
}

export function toLine(event: AuditEvent): Widget {
  const { time, severity, said, flags, id } = toLineWords(event, html);
  return paragraph(joined([`${time}  ${coloured(severity, event)}  ${said}`, ...flags, id]));
}

export interface Digest {
  readonly before: readonly Widget[];
  readonly lines: readonly Widget[];
  readonly after: readonly Widget[];
}

/** With a link some lines may be left out. */
export function toDigest(events: readonly AuditEvent[], link?: Link): Digest {
  const { headline, groups, shown, tally, more } = toDigestOf(events, html, link);
  return {
    before: [paragraph(`<b>${headline}</b>`), ...groups.map((group) => paragraph(`• ${group}`))],
    lines: shown.map(toLine),
    after: [
      ...(more
        ? [paragraph(`<b><a href="${more.url}">${more.label}</a></b>, until ${more.until}`)]
        : []),
      paragraph(tally),
    ],
  };
}

/** `text` is for notifications and for clients without cards. */
export function toMessage(widgets: readonly Widget[], text: string) {
  return {
    fallbackText: text,
    cardsV2: [{ cardId: "tidemark", card: { sections: [{ widgets }] } }],
  };
}

/** Events as one line of bare text. */
export function toText(events: readonly AuditEvent[]): string {
  const [only] = events;
  if (!only || events.length > 1) return toDigestOf(events, bare, undefined).headline;
  const { time, severity, said, flags, id } = toLineWords(only, bare);
  return joined([`${time}  ${severity}  ${said}`, ...flags, id]);
}
