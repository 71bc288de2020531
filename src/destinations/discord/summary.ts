// A digest as one embed of a Discord message, a field for each of its sections.
// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
import type { Summary } from "../../digest/summary.ts";
import { fitted } from "../chat/summary-fit.ts";
import { type Extras, toDigestWords, toLink } from "../chat/summary-lines.ts";
import { colours } from "../chat/words.ts";
import { markdown } from "./embed.ts";

const max = { value: 1024, description: 4096, all: 6000 };

interface SummaryEmbed {
  readonly description: string;
  readonly color: number;
  readonly fields: readonly {
    readonly name: string;
    readonly value: string;
    readonly inline: false;
  }[];
}

/** The whole body: nobody can be pinged. */
export function toSummaryMessage(summary: Summary, { looks, more }: Extras = {}) {
  const { headline, tally, sections } = toDigestWords(summary, markdown, looks);
  const [text, until] = more ? toLink(summary, more, markdown) : [];
  const link = more ? [`[${text}](${escapedUrl(more.url)})${until}`] : [];
  const embed = fitted<SummaryEmbed>(
    sections,
    (shown) => ({
      description: [
        `**${headline}**`,
        ...(tally ? [tally] : []),
        ...shown.filter(({ title }) => !title).flatMap(({ lines }) => lines),
        ...link,
      ].join("\n"),
      color: Number.parseInt(colours[summary.worst].slice(1), 16),
      fields: shown
        .filter(({ title }) => title)
        .map(({ title, lines }) => ({
          name: title,
          value: lines.map((line) => `• ${line}`).join("\n"),
          inline: false,
        })),
    }),
    ({ description, fields }) =>
      description.length <= max.description &&
      fields.every(({ value }) => value.length <= max.value) &&
      fields.reduce(
        (sum, { name, value }) => sum + name.length + value.length,
        description.length,
      ) <= max.all,
  );
  return { embeds: [embed], allowed_mentions: { parse: [] } };
}

/** A parenthesis would end the link. */
function escapedUrl(url: string): string {
  return new URL(url).href.replaceAll("(", "%28").replaceAll(")", "%29");
}
