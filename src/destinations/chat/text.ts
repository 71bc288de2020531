// Untrusted strings on their way into a chat: one visible line, cut and escaped. What must be escaped, each chat knows.

// Controls, bidi overrides, zero-width and private-use characters, fillers that look like nothing.
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;
const stackedMarks = /(\p{M}{3})\p{M}+/gu;
const lookalikes: Readonly<Record<string, string>> = { "*": "∗", _: "ˍ", "~": "∼", "`": "ˋ" };

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

/** A pen for chats that take text as it is, but for single characters. */
export function penOf(escapeChar: (char: string) => string, time: Pen["time"] = utc): Pen {
  const text = (text: string | null, max: number) =>
    cutAndEscape(breakUrls(flatten(text, max)), max, escapeChar);
  return { text, code: text, time };
}

/** Where nothing that is written means anything but itself. */
export const plain: Pen = penOf((char) => char);

/**
 * Without the marks that format in Slack and Google Chat, which know no escaping of them: look-alikes. `_` inside a word
 * formats nothing, and e-mail addresses and setting names are full of it. A quote is only one at the start of a line, also
 * when escaped. `:100:` in an IPv6 address would be an emoji.
 */
export function unmark(text: string): string {
  return text
    .replace(/[*~`]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])/g, (mark) => lookalikes[mark] ?? "")
    .replace(/:(?=[\w+'-]+:)/g, "∶")
    .replace(/^>/, "›");
}

/** What looks like a URL and would be linked; `acme.com` and `ann@acme.com` stay as they are. */
function breakUrls(text: string): string {
  return text.replaceAll("://", ":∕∕").replace(/(?<![\p{L}\p{N}])(www)\./giu, "$1․");
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
