// One event as one embed of a Discord message. https://discord.com/developers/docs/resources/message#embed-object
import type { AuditEvent } from "../../event/event.ts";
import { toDigestOf } from "../chat/digest.ts";
import { joined, type Pen, penOf, plain } from "../chat/text.ts";
import { colours, toLineWords, toWords } from "../chat/words.ts";
import type { Link } from "../destination.ts";

export interface Embed {
  readonly description: string;
  readonly color: number;
  readonly fields: readonly {
    readonly name: string;
    readonly value: string;
    readonly inline: true;
  }[];
  /** No Markdown here, unlike above. */
  readonly footer: { readonly text: string };
  /** Shown behind the footer, in each reader's own zone. */
  readonly timestamp?: string;
}

// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
const longestDescription = 4096;

// https://support.discord.com/hc/articles/210298617
const escaped = penOf((char) => (/[\\*_~`|<>[\]()#@:-]/.test(char) ? `\\${char}` : char));
/** In a code span nothing can be escaped. */
const inSpan = penOf((char) => (char === "`" ? "ˋ" : char));

export const markdown: Pen = {
  text: escaped.text,
  code(text, max) {
    const inside = inSpan.text(text, max);
    return inside && `\`${inside}\``;
  },
  time: (iso) => `<t:${Math.floor(Date.parse(iso) / 1000)}:f>`,
};

export function toEmbed(event: AuditEvent): Embed {
  const { severity, said, facts } = toWords(event, markdown);
  const { workspace, type, flags, id } = toWords(event, plain);
  return {
    description: `**${severity}** · ${said}`,
    color: Number.parseInt(colours[event.severity].slice(1), 16),
    fields: facts.map(([name, value]) => ({ name, value, inline: true })),
    footer: { text: joined([workspace, type, ...flags, id]) },
    timestamp: event.time,
  };
}

/** What counts towards the 6,000 characters that the embeds of a message may have together. */
export function charsOf({ description, fields, footer }: Embed): number {
  const texts = [description, footer.text, ...fields.flatMap(({ name, value }) => [name, value])];
  return texts.reduce((sum, text) => sum + text.length, 0);
}

/** The event as bare text. */
export function toContent(event: AuditEvent): string {
  const { time, severity, said, flags, id } = toLineWords(event, markdown);
  return joined([`${time}  **${severity}**  ${said}`, ...flags, id]);
}

/** Many events as one embed: as many lines as it holds, and the link to all of them. */
export function toDigest(events: readonly AuditEvent[], link: Link): Embed {
  const { headline, groups, shown, tally, worst, more } = toDigestOf(events, markdown, link);
  const lines = [`**${headline}**`, ...groups.map((group) => `- ${group}`)];
  const last = more ? `**[${more.label}](${more.url})**, until ${more.until}` : "";
  for (const event of shown) {
    const next = [...lines, toContent(event), last].join("\n");
    if (next.length <= longestDescription) lines.push(toContent(event));
  }
  return {
    description: [...lines, last].join("\n"),
    color: Number.parseInt(colours[worst].slice(1), 16),
    fields: [],
    footer: { text: tally },
  };
}
