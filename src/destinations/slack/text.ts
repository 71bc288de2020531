// Untrusted strings made safe for Slack's mrkdwn: no name can ping, link, format or break the layout.
// https://docs.slack.dev/messaging/formatting-message-text#escaping
import { cutAndEscape, flatten, type Pen, unmark, utc } from "../chat/text.ts";

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

const escaped = (text: string, max: number) =>
  cutAndEscape(text, max, (char) => entities[char] ?? char);

/** For mrkdwn objects with `verbatim: true`, and for top-level `text`, which Slack parses as well. */
export const mrkdwn: Pen = {
  text: (text, max) => escaped(unmark(flatten(text, max)), max),

  /** A code span of at most `max` characters inside. */
  code(text, max) {
    const inside = escaped(flatten(text, max).replaceAll("`", "ˋ"), max);
    return inside && `\`${inside}\``;
  },

  /** `<!date^…>`: each reader sees their own time zone; clients that cannot, show UTC. */
  time: (iso) =>
    `<!date^${Math.floor(Date.parse(iso) / 1000)}^{date_short_pretty} {time_secs}|${utc(iso)}>`,
};
