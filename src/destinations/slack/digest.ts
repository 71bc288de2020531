// Many events as few Slack messages: what belongs together, one line an event, pages that Slack accepts.
import type { KnownBlock } from "@slack/types";
import type { AuditEvent } from "../../event/event.ts";
import { toDigestOf } from "../chat/digest.ts";
import { colours } from "../chat/words.ts";
import type { Link } from "../destination.ts";
import { quiet, type SlackMessage, toLine, verbatim } from "./message.ts";
import { mrkdwn } from "./text.ts";

// Slack refuses around 12,000 to 13,000 bytes of blocks (`msg_blocks_too_long`, undocumented) and sections
// near 2,950 characters. Five sections at most, so its 50 blocks a message are never reached.
const maxBlockBytes = 11_000;
const maxSectionLength = 2_800;
/** The headline, the groups, the link and the counts, which stand around the lines. */
const frameBytes = 3_000;

const encoder = new TextEncoder();
const jsonBytes = (value: unknown) => encoder.encode(JSON.stringify(value)).length;

export const section = (text: string): KnownBlock => ({
  type: "section",
  expand: true,
  text: verbatim(text),
});
const sectionBytes = jsonBytes(section("")) + 1;

/** Lines as pages (messages) of sections, each filled before the next is begun. */
export function paginate(lines: readonly string[]): string[][][] {
  const pages: string[][][] = [];
  let bytesLeft = 0;
  let lengthLeft = 0;
  for (const line of lines) {
    const bytes = jsonBytes(line);
    const fitsSection = line.length < lengthLeft;
    const fitsPage = bytes + (fitsSection ? 0 : sectionBytes) <= bytesLeft;
    if (!fitsPage) {
      pages.push([]);
      bytesLeft = maxBlockBytes - frameBytes;
    }
    if (!fitsPage || !fitsSection) {
      pages.at(-1)?.push([]);
      bytesLeft -= sectionBytes;
      lengthLeft = maxSectionLength;
    }
    pages.at(-1)?.at(-1)?.push(line);
    bytesLeft -= bytes;
    lengthLeft -= line.length + 1;
  }
  return pages;
}

/** How many events the first digest takes, the second, and so on. */
export function digestSizes(events: readonly AuditEvent[]): number[] {
  return paginate(events.map(toLine)).map((page) => page.flat().length);
}

/** With a link some lines are left out: as many as one message holds are in it. */
export function toDigest(events: readonly AuditEvent[], link?: Link): SlackMessage {
  const { headline, groups, shown, tally, worst, more } = toDigestOf(events, mrkdwn, link);
  const [first = [], ...others] = paginate(shown.map(toLine));
  const sections = link ? first : [first, ...others].flat();
  const all = more && `*<${more.url}|${more.label}>*, until ${more.until}`;
  return {
    text: headline,
    blocks: [
      section(`*${headline}*`),
      ...(groups.length > 0 ? [section(groups.map((group) => `• ${group}`).join("\n"))] : []),
      ...sections.map((lines) => section(lines.join("\n"))),
      ...(all ? [section(all)] : []),
    ],
    attachments: [
      {
        color: colours[worst],
        fallback: headline,
        blocks: [{ type: "context", elements: [verbatim(tally)] }],
      },
    ],
    ...quiet,
  };
}
