// Untrusted strings made safe for Slack's mrkdwn: no name can ping, link, format or break the layout.
// https://docs.slack.dev/messaging/formatting-message-text#escaping
import { cutAndEscape, flatten, type Pen, utc } from "../chat/text.ts";

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const lookalikes: Readonly<Record<string, string>> = { "*": "∗", _: "ˍ", "~": "∼", "`": "ˋ" };

const escaped = (text: string, max: number) =>
  cutAndEscape(text, max, (char) => entities[char] ?? char);

/** For mrkdwn objects with `verbatim: true`, and for top-level `text`, which Slack parses as well. */
export const mrkdwn: Pen = {
  text: (text, max) => escaped(inert(flatten(text, max)), max),

  /** A code span of at most `max` characters inside. */
  code(text, max) {
    const inside = escaped(flatten(text, max).replaceAll("`", "ˋ"), max);
    return inside && `\`${inside}\``;
  },

  /** `<!date^…>`: each reader sees their own time zone; clients that cannot, show UTC. */
  time: (iso) =>
    `<!date^${Math.floor(Date.parse(iso) / 1000)}^{date_short_pretty} {time_secs}|${utc(iso)}>`,
};

// `_` inside a word formats nothing, and e-mail addresses and setting names are full of it. A quote is
// only one at the start of a line, also when escaped. `:100:` in an IPv6 address would be an emoji.
function inert(text: string): string {
  return text
    .replace(/[*~`]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])/g, (mark) => lookalikes[mark] ?? "")
    .replace(/:(?=[\w+'-]+:)/g, "∶")
    .replace(/^>/, "›");
}
