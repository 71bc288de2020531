// Google Chat, through a space's webhook: the URL is the secret.
// https://developers.google.com/workspace/chat/quickstart/webhooks
import { Buffer } from "node:buffer";
import * as z from "zod";
import { isObject } from "../source/record.ts";
import { toEvents, toExtras } from "./chat/digest.ts";
import type { DestinationType } from "./destination.ts";
import { toDigest, toLine, toMessage, toText, toWidgets, type Widget } from "./google-chat/card.ts";
import { toSummaryMessage } from "./google-chat/summary.ts";
import { batches, fill } from "./kit/batches.ts";
import { judgeBy } from "./kit/outcome.ts";
import { postJson } from "./kit/post.ts";
import { hookUrl } from "./kit/url.ts";

const options = z.object({
  url: hookUrl(
    "expected the URL of a Google Chat webhook, https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…; make one under Apps & integrations > Webhooks of the space",
    ({ hostname, pathname, searchParams }) =>
      hostname === "chat.googleapis.com" &&
      /^\/v1\/spaces\/[\w-]+\/messages$/.test(pathname) &&
      !!searchParams.get("key") &&
      !!searchParams.get("token"),
  ).describe("URL of the space's webhook (a secret)"),
});

const bytes = 32_000;
/** What stands around the lines. */
const frameBytes = 5000;
/** A card shows no more than 100 widgets. */
const mostEvents = 85;

const gone = "Is the webhook still there? Copy its URL anew from the space.";

export const googleChat: DestinationType<z.output<typeof options>> = {
  type: "google-chat",
  title: "Google Chat: one card an event, a digest when many come together",
  docs: "https://developers.google.com/workspace/chat/quickstart/webhooks",
  options,
  idempotency: "none: the event's id stands in each card",
  limits: { events: mostEvents, bytes },
  chat: true,
  maxPerMinute: 6,
  digests: true,
  // https://developers.google.com/workspace/chat/limits: one a second, for all webhooks of a space
  minIntervalMs: 1000,
  pacedBy: ({ url }) => new URL(url).pathname,
  pack: (letters) => batches(letters, fitting, ({ event }) => bytesOf(toLine(event))),
  encode(letters, { url }, attempt) {
    const { link, digest } = attempt;
    if (digest) return postJson(url, toSummaryMessage(digest.summary, toExtras(attempt)));
    const events = toEvents(letters);
    const [only, ...more] = events;
    if (only && more.length === 0) return postJson(url, toMessage(toWidgets(only), toText(events)));
    const { before, lines, after } = toDigest(events, link);
    const shown = link ? (fill(lines, fitting, bytesOf)[0] ?? []) : lines;
    return postJson(url, toMessage([...before, ...shown, ...after], toText(events)));
  },
  encodePlain: ({ event }, { url }) => postJson(url, { text: toText([event]) }),
  judge: judgeBy({
    delivered: [200],
    proof: { name: "the message's name", in: (body) => isObject(body) && !!body.name },
    // Google says 400 to a key that it does not know: https://cloud.google.com/apis/design/errors
    refusesUs: /API_KEY_INVALID|API key not valid/,
    advice: { 401: gone, 403: gone, 404: gone },
  }),
};

const fitting = { events: mostEvents, bytes: bytes - frameBytes };
const bytesOf = (line: Widget) => Buffer.byteLength(JSON.stringify(line)) + 1;
