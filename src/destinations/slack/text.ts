// Untrusted strings made safe for Slack's mrkdwn: no name can ping, link, format or break the layout.
// https://docs.slack.dev/messaging/formatting-message-text#escaping

// Controls, bidi overrides, zero-width and private-use characters, fillers that look like nothing.
const invisible = /[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;
const stackedMarks = /(\p{M}{3})\p{M}+/gu;
const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const lookalikes: Readonly<Record<string, string>> = { "*": "∗", _: "ˍ", "~": "∼", "`": "ˋ" };

/** One well-formed line of visible characters; empty for null. Far beyond `max` nothing is looked at. */
function flatten(text: string | null, max: number): string {
  if (text === null) return "";
  const head = text.length > 2 * max ? `${text.slice(0, 2 * max)}…` : text;
  return head
    .toWellFormed()
    .replace(/[\s\u0085]+/g, " ")
    .replace(invisible, "")
    .replace(stackedMarks, "$1")
    .trim();
}

/** Cut between code points, then escaped once; at most `max` UTF-16 units long with its entities. */
function cutAndEscape(text: string, max: number): string {
  let whole = "";
  let cut = "";
  for (const char of text) {
    whole += entities[char] ?? char;
    if (whole.length < max) cut = whole;
    if (whole.length > max) return `${cut}…`;
  }
  return whole;
}

/**
 * Text for a mrkdwn object with `verbatim: true`, and for top-level `text`, which Slack parses as well.
 * At most `max` long; empty when nothing is visible.
 */
export function mrkdwn(text: string | null, max: number): string {
  return cutAndEscape(inert(flatten(text, max)), max);
}

/** A code span of at most `max` characters inside; empty when nothing is visible. */
export function code(text: string | null, max: number): string {
  const inside = cutAndEscape(flatten(text, max).replaceAll("`", "ˋ"), max);
  return inside && `\`${inside}\``;
}

/**
 * Top-level `text` has no `verbatim`: Slack links bare addresses in it. Applied to the finished text;
 * the look-alikes keep it readable.
 */
export function unlink(text: string): string {
  return text.replaceAll("://", ":∕∕").replace(/(?<=\S)\.(?=\p{L})/gu, "․");
}

/** `<!date^…>`: each reader sees their own time zone; clients that cannot, show UTC. */
export function date(iso: string): string {
  const ms = Date.parse(iso);
  const utc = `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
  return `<!date^${Math.floor(ms / 1000)}^{date_short_pretty} {time_secs}|${utc}>`;
}

// `_` inside a word formats nothing, and e-mail addresses and setting names are full of it. A quote is
// only one at the start of a line, also when escaped. `:100:` in an IPv6 address would be an emoji.
function inert(text: string): string {
  return text
    .replace(/[*~`]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])/g, (mark) => lookalikes[mark] ?? "")
    .replace(/:(?=[\w+'-]+:)/g, "∶")
    .replace(/^>/, "›");
}
