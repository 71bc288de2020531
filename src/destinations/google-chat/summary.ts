// A digest as one card of Google Chat, a paragraph for each of its sections.
import { Buffer } from "node:buffer";
import type { Summary } from "../../digest/summary.ts";
import { fitted } from "../chat/summary-fit.ts";
import { type Extras, toDigestWords, toLink } from "../chat/summary-lines.ts";
import { bare, html, paragraph, toMessage } from "./card.ts";

const maxBytes = 30_000;

export function toSummaryMessage(summary: Summary, { looks, more }: Extras = {}) {
  const { headline, tally, sections } = toDigestWords(summary, html, looks);
  const [text, until] = more ? toLink(summary, more, html) : [];
  const plain = toDigestWords(summary, bare, looks);
  return fitted(
    sections,
    (shown) =>
      toMessage(
        [
          paragraph([`<b>${headline}</b>`, ...(tally ? [tally] : [])].join("<br>")),
          ...shown.map(({ title, lines }) =>
            paragraph(
              title
                ? [`<b>${title}</b>`, ...lines.map((line) => `• ${line}`)].join("<br>")
                : lines.join("<br>"),
            ),
          ),
          ...(more ? [paragraph(`<a href="${escapedUrl(more.url)}">${text}</a>${until}`)] : []),
        ],
        plain.tally ? `${plain.headline}: ${plain.tally}` : plain.headline,
      ),
    (message) => Buffer.byteLength(JSON.stringify(message)) <= maxBytes,
  );
}

function escapedUrl(url: string): string {
  return new URL(url).href.replaceAll("&", "&amp;").replaceAll('"', "%22");
}
