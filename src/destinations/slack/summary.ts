// A digest as one Slack message: a section of blocks for each of its sections.
import type { KnownBlock } from "@slack/types";
import type { Summary } from "../../digest/summary.ts";
import { fitted } from "../chat/summary-fit.ts";
import { type Extras, toDigestWords, toLink } from "../chat/summary-lines.ts";
import { section } from "./digest.ts";
import { quiet, type SlackMessage, verbatim } from "./message.ts";
import { mrkdwn } from "./text.ts";

// As in digest.ts: Slack refuses some 12,000 bytes of blocks, and sections near 2,950 characters.
const maxBlockBytes = 11_000;
const maxSectionLength = 2800;

const encoder = new TextEncoder();

export function toSummaryMessage(summary: Summary, { looks, more }: Extras = {}): SlackMessage {
  const { headline, tally, sections } = toDigestWords(summary, mrkdwn, looks);
  const [text, until] = more ? toLink(summary, more, mrkdwn) : [];
  const link: KnownBlock[] = more
    ? [{ type: "context", elements: [verbatim(`<${escapedUrl(more.url)}|${text}>${until}`)] }]
    : [];
  const blocks = fitted<KnownBlock[]>(
    sections,
    (shown) => [
      section([`*${headline}*`, ...(tally ? [tally] : [])].join("\n")),
      ...shown.map(({ title, lines }) =>
        section(
          title ? [`*${title}*`, ...lines.map((line) => `• ${line}`)].join("\n") : lines.join("\n"),
        ),
      ),
      ...link,
    ],
    (blocks) =>
      encoder.encode(JSON.stringify(blocks)).length <= maxBlockBytes &&
      blocks.every(
        (one) => one.type !== "section" || (one.text?.text.length ?? 0) <= maxSectionLength,
      ),
  );
  return { text: tally ? `${headline}: ${tally}` : headline, blocks, ...quiet };
}

function escapedUrl(url: string): string {
  return new URL(url).href.replaceAll("&", "&amp;").replaceAll("|", "%7C");
}
