// Slack's mrkdwn as HTML, as far as Tidemark writes it: bold, italic, strike, code, dates, links and mentions.
// https://docs.slack.dev/messaging/formatting-message-text
import { type Html, html, time } from "./html.ts";

// A code span, something in angle brackets, or text between two equal marks that stand at the edges of words.
const pattern =
  /`([^`\n]+)`|<([^<>\n]+)>|(?<![\p{L}\p{N}])([*_~])(?=[^\s*_~])(.*?[^\s*_~]|)\3(?![\p{L}\p{N}])/gu;

/** Untrusted text in, escaped HTML out: what is no mark-up of Slack's stays text. */
export function mrkdwn(text: string): Html[] {
  const parts: Html[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    const [all, code, bracketed, mark, inner] = match;
    parts.push(plain(text.slice(end, match.index)));
    if (code !== undefined) parts.push(html`<code>${decoded(code)}</code>`);
    else if (bracketed !== undefined) parts.push(special(bracketed));
    else if (mark && inner) parts.push(marked(mark, mrkdwn(inner)));
    else parts.push(plain(all));
    end = match.index + all.length;
  }
  parts.push(plain(text.slice(end)));
  return parts;
}

/** Text without any mark-up. */
export function plain(text: string): Html {
  return html`${decoded(text)}`;
}

function marked(mark: string, inner: Html[]): Html {
  if (mark === "*") return html`<strong>${inner}</strong>`;
  return mark === "_" ? html`<em>${inner}</em>` : html`<s>${inner}</s>`;
}

/** What stands between < and >. */
function special(inside: string): Html {
  const date = /^!date\^(\d{1,12})\^([^|^]+)(?:\^[^|]*)?\|(.*)$/.exec(inside);
  if (date) {
    const [, seconds, format = "", fallback = ""] = date;
    return time(Number(seconds) * 1000, format, decoded(fallback));
  }
  const [target = "", label] = split(inside);
  if (/^[!@#]/.test(target)) {
    // Drawn as loudly as Slack would: a mention that slips through must be seen here.
    const name = (label ?? target.split("^")[0] ?? "").replace(/^[!@#]/, "");
    return html`<mark>${target.startsWith("#") ? "#" : "@"}${decoded(name)}</mark>`;
  }
  if (/^(https?:\/\/|mailto:)/i.test(target)) {
    const href = decoded(target);
    return html`<a href="${href}" target="_blank" rel="noreferrer">${decoded(label ?? target)}</a>`;
  }
  return plain(`<${inside}>`);
}

function split(inside: string): [target: string, label?: string] {
  const at = inside.indexOf("|");
  return at < 0 ? [inside] : [inside.slice(0, at), inside.slice(at + 1)];
}

const entities: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/** The three entities that Slack knows, once. */
function decoded(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity);
}
