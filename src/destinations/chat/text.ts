// Untrusted strings on their way into a chat: one visible line, cut and escaped. What must be escaped, each chat knows.

// Controls, bidi overrides, zero-width and private-use characters, fillers that look like nothing.
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;
const stackedMarks = /(\p{M}{3})\p{M}+/gu;

/** How a chat writes what others wrote: safe, at most `max` UTF-16 units long, empty when nothing is visible. */
export interface Pen {
  text(text: string | null, max: number): string;
  /** To be read letter by letter: an address, an id. */
  code(text: string | null, max: number): string;
  /** A point in time, from ISO 8601. */
  time(iso: string): string;
}

/** One well-formed line of visible characters; empty for null. Far beyond `max` nothing is looked at. */
export function flatten(text: string | null, max: number): string {
  if (text === null) return "";
  const head = text.length > 2 * max ? `${text.slice(0, 2 * max)}…` : text;
  return head
    .toWellFormed()
    .replace(/[\s\u0085]+/g, " ")
    .replace(invisible, "")
    .replace(stackedMarks, "$1")
    .trim();
}

/** Cut between code points, then escaped once; at most `max` UTF-16 units long with what the escaping adds. */
export function cutAndEscape(
  text: string,
  max: number,
  escapeChar: (char: string) => string,
): string {
  let whole = "";
  let cut = "";
  for (const char of text) {
    whole += escapeChar(char);
    if (whole.length < max) cut = whole;
    if (whole.length > max) return `${cut}…`;
  }
  return whole;
}

/** Addresses that a chat would link, written with look-alikes that keep them readable. */
export function unlink(text: string): string {
  return text.replaceAll("://", ":∕∕").replace(/(?<=\S)\.(?=\p{L})/gu, "․");
}

/** `2026-06-04 11:20:07 UTC` */
export function utc(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

export function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}
