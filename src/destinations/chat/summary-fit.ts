// A digest cut to what a chat takes: of each section so many lines that the whole fits.
import type { Section } from "./summary-lines.ts";

// Of no lines at all, numbers are left: some ten short ones.
const most = [15, 12, 10, 8, 6, 5, 4, 3, 2, 1, 0] as const;

/** The fullest message that fits. */
export function fitted<Message>(
  sections: readonly Section[],
  make: (sections: readonly Section[]) => Message,
  fits: (message: Message) => boolean,
): Message {
  let message: Message | undefined;
  for (const lines of most) {
    message = make(sections.map((section) => cut(section, lines)));
    if (fits(message)) return message;
  }
  return message ?? make([]);
}

function cut({ title, lines }: Section, most: number): Section {
  const more = (lines.length - most).toLocaleString("en-US");
  if (lines.length <= most) return { title, lines };
  return {
    title,
    lines: most === 0 ? [`… ${more} in all`] : [...lines.slice(0, most), `… and ${more} more`],
  };
}
