// Events as an Adaptive Card: all text in runs, where nothing is Markdown, unlike in TextBlocks and FactSets.
// https://adaptivecards.io/explorer/TextRun.html
import type { AuditEvent, Severity } from "../../event/event.ts";
import { toDigestOf } from "../chat/digest.ts";
import { joined, penOf } from "../chat/text.ts";
import { toLineWords, toWords, type Words } from "../chat/words.ts";
import type { Link } from "../destination.ts";

interface Style {
  readonly weight?: "Bolder";
  readonly color?: "Accent" | "Warning" | "Attention";
  readonly fontType?: "Monospace";
  readonly isSubtle?: true;
  readonly selectAction?: { readonly type: "Action.OpenUrl"; readonly url: string };
}

export const run = (text: string, style: Style = {}) => ({
  type: "TextRun" as const,
  text,
  ...style,
});
type Run = ReturnType<typeof run>;

export const paragraph = (...inlines: readonly Run[]) => ({
  type: "RichTextBlock" as const,
  inlines,
});
export type Paragraph = ReturnType<typeof paragraph>;

// `{{DATE(…)}}` would become a date: https://learn.microsoft.com/adaptive-cards/authoring-cards/text-features
export const pen = penOf((char) => (char === "{" ? "❴" : char));

// Cards have no colours of one's own.
const styles: Readonly<Record<Severity, Style>> = {
  info: { weight: "Bolder" },
  low: { weight: "Bolder", color: "Accent" },
  medium: { weight: "Bolder", color: "Warning" },
  high: { weight: "Bolder", color: "Attention" },
  critical: { weight: "Bolder", color: "Attention" },
};

export function toParagraphs(event: AuditEvent): Paragraph[] {
  const { severity, said, facts, time, workspace, type, flags, id } = toWords(event, pen);
  return [
    paragraph(run(severity, styles[event.severity]), run(` · ${said}`)),
    ...facts.map(([label, value]) =>
      paragraph(run(label, { weight: "Bolder" }), run(`  ${value}`)),
    ),
    paragraph(
      run(`${joined([time, workspace, type, ...flags])} · `, { isSubtle: true }),
      idRun(id),
    ),
  ];
}

export function toLine(event: AuditEvent): Paragraph {
  const { time, severity, said, flags, id } = toLineWords(event, pen);
  return paragraph(
    run(`${time}  `, { isSubtle: true }),
    run(severity, styles[event.severity]),
    run(`  ${joined([said, ...flags])} · `),
    idRun(id),
  );
}

export interface Digest {
  readonly before: readonly Paragraph[];
  readonly lines: readonly Paragraph[];
  readonly after: readonly Paragraph[];
}

/** With a link some lines may be left out. */
export function toDigest(events: readonly AuditEvent[], link?: Link): Digest {
  const { headline, groups, shown, tally, more } = toDigestOf(events, pen, link);
  const open = more && { type: "Action.OpenUrl" as const, url: more.url };
  return {
    before: [
      paragraph(run(headline, { weight: "Bolder" })),
      ...groups.map((group) => paragraph(run(`• ${group}`))),
    ],
    lines: shown.map(toLine),
    after: [
      ...(more && open
        ? [
            paragraph(
              run(more.label, { weight: "Bolder", color: "Accent", selectAction: open }),
              run(`, until ${more.until}`),
            ),
          ]
        : []),
      paragraph(run(tally, { isSubtle: true })),
    ],
  };
}

function idRun(id: Words["id"]): Run {
  return run(id, { fontType: "Monospace", isSubtle: true });
}

export function toMessage(body: readonly Paragraph[]) {
  return {
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        contentUrl: null,
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body,
        },
      },
    ],
  };
}
