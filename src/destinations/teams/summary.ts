// A digest as an Adaptive Card, with a button to all of its events.
import { Buffer } from "node:buffer";
import type { Summary } from "../../digest/summary.ts";
import { fitted } from "../chat/summary-fit.ts";
import { type Extras, toDigestWords, toLink } from "../chat/summary-lines.ts";
import { paragraph, pen, run, toMessage } from "./card.ts";

// Teams takes some 28 KB, in practice 21.
const maxBytes = 20_000;

export function toSummaryMessage(summary: Summary, { looks, more }: Extras = {}) {
  const { headline, tally, sections } = toDigestWords(summary, pen, looks);
  const [text = "", until = ""] = more ? toLink(summary, more, pen) : [];
  // https://adaptivecards.io/explorer/Action.OpenUrl.html
  const actions = more
    ? { actions: [{ type: "Action.OpenUrl", title: text, url: new URL(more.url).href }] }
    : {};
  return fitted(
    sections,
    (shown) => {
      const message = toMessage([
        paragraph(run(headline, { weight: "Bolder" })),
        ...(tally ? [paragraph(run(tally, { isSubtle: true }))] : []),
        ...shown.flatMap(({ title, lines }) => [
          ...(title ? [paragraph(run(title, { weight: "Bolder" }))] : []),
          ...lines.map((line) => paragraph(run(title ? `• ${line}` : line))),
        ]),
        ...(more ? [paragraph(run(`${text}${until}`, { isSubtle: true }))] : []),
      ]);
      const attachments = message.attachments.map((one) => ({
        ...one,
        content: { ...one.content, ...actions },
      }));
      return { ...message, attachments };
    },
    (message) => Buffer.byteLength(JSON.stringify(message)) <= maxBytes,
  );
}
