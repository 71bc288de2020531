// A digest cut to what a chat takes, the longest of its lists first.
import { counted } from "../../digest/clock.ts";
import type { Section } from "./summary-lines.ts";

/** Of a list, however much room there is. */
const mostLines = 15;

/** The fullest message that fits. Of no lines at all, numbers are left: some ten short ones. */
export function fitted<Message>(
  sections: readonly Section[],
  make: (sections: readonly Section[]) => Message,
  fits: (message: Message) => boolean,
): Message {
  const lists = sections.map(
    (section): List => ({
      section,
      lines: Math.min(mostLines, section.lines.length),
    }),
  );
  for (;;) {
    const message = make(lists.map(({ section, lines }) => cut(section, lines)));
    const [longest] = lists
      .filter(({ lines }) => lines > 0)
      .sort((a, b) => lengthOf(b) - lengthOf(a));
    if (!longest || fits(message)) return message;
    longest.lines -= 1;
  }
}

interface List {
  readonly section: Section;
  /** So many of its lines are shown. */
  lines: number;
}

const lengthOf = ({ section, lines }: List) =>
  section.lines.slice(0, lines).reduce((sum, { length }) => sum + length, 0);

function cut({ title, lines }: Section, most: number): Section {
  if (lines.length <= most) return { title, lines };
  // A line may be about several people.
  const more = counted(lines.length - most, "more line", "more lines");
  return {
    title,
    lines:
      most === 0
        ? [`… ${counted(lines.length, "line")} in all`]
        : [...lines.slice(0, most), `… and ${more}`],
  };
}
