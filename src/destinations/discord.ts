// Discord, through a channel's webhook: the URL is the secret.
// https://discord.com/developers/docs/resources/webhook#execute-webhook
import * as z from "zod";
import type { Answer } from "../http.ts";
import { isObject } from "../source/record.ts";
import { toEvents, toExtras } from "./chat/digest.ts";
import type { DestinationType } from "./destination.ts";
import { charsOf, toContent, toDigest, toEmbed } from "./discord/embed.ts";
import { toSummaryMessage } from "./discord/summary.ts";
import { batches } from "./kit/batches.ts";
import { jsonOf, judgeBy } from "./kit/outcome.ts";
import { postJson } from "./kit/post.ts";
import { hookUrl } from "./kit/url.ts";

const options = z.object({
  url: hookUrl(
    "expected the URL of a Discord webhook, https://discord.com/api/webhooks/…/…; make one under Integrations > Webhooks of the channel's settings",
    ({ hostname, pathname }) =>
      /^discord(app)?\.com$/.test(hostname) &&
      /^\/api(\/v\d+)?\/webhooks\/\d+\/[\w-]+$/.test(pathname),
  ).describe("URL of the channel's webhook (a secret)"),
});

export const discord: DestinationType<z.output<typeof options>> = {
  type: "discord",
  title: "Discord: one embed an event, up to ten in a message",
  docs: "https://discord.com/developers/docs/resources/webhook#execute-webhook",
  options,
  idempotency: "none: the event's id stands in each embed",
  limits: { events: 10 },
  chat: true,
  maxPerMinute: 6,
  digests: true,
  minIntervalMs: 1000,
  pacedBy: ({ url }) => url,
  pack: (letters) =>
    batches(letters, { events: 10, bytes: 6000 }, ({ event }) => charsOf(toEmbed(event))),
  encode(letters, { url }, attempt) {
    const { link, digest } = attempt;
    if (digest) return post(url, toSummaryMessage(digest.summary, toExtras(attempt)));
    const events = toEvents(letters);
    return post(url, { embeds: link ? [toDigest(events, link)] : events.map(toEmbed) });
  },
  encodePlain: ({ event }, { url }) => post(url, { content: toContent(event) }),
  judge: judgeBy({
    delivered: [200],
    proof: { name: "the message that was made", in: (body) => isObject(body) && !!body.id },
    // A forum wants to know the thread: https://discord.com/developers/docs/topics/opcodes-and-status-codes
    refusesUs: /"code": ?220001\b/,
    advice: {
      401: "The token in the URL is not the webhook's: copy the URL anew.",
      404: "Is the webhook still there? Copy its URL anew.",
    },
    retryAfterMs,
  }),
};

/** Without `wait` an error in the message would never be told; without `allowed_mentions` a text could ping. */
function post(url: string, message: Readonly<Record<string, unknown>>) {
  const target = new URL(url);
  target.searchParams.set("wait", "true");
  return postJson(target.href, { ...message, allowed_mentions: { parse: [] } });
}

/** https://discord.com/developers/docs/topics/rate-limits#header-format */
function retryAfterMs(answer: Extract<Answer, { kind: "answer" }>): number | undefined {
  const body = jsonOf(answer);
  if (isObject(body) && body.retry_after !== undefined) {
    return Math.ceil(Number(body.retry_after) * 1000);
  }
  // After a ban, which is longer than any limit, there is but the first, and a page.
  const headers = ["retry-after", "x-ratelimit-reset-after"];
  const seconds = headers.flatMap((name) => answer.headers.get(name) || []).map(Number);
  return seconds.length === 0 ? undefined : Math.ceil(Math.max(...seconds) * 1000);
}
