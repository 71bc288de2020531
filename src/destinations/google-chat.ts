// Google Chat, through a space's webhook: the URL is the secret.
// https://developers.google.com/workspace/chat/quickstart/webhooks
import { Buffer } from "node:buffer";
import * as z from "zod";
import { isObject } from "../source/record.ts";
import { singlesOr } from "./chat/digest.ts";
import type { DestinationType, Letter } from "./destination.ts";
import { toDigest, toLine, toMessage, toText, toWidgets } from "./google-chat/card.ts";
import { batches } from "./kit/batches.ts";
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
const frameBytes = 2000;
/** A card shows no more than 100 widgets. */
const mostEvents = 90;

const gone = "Is the webhook still there? Copy its URL anew from the space.";

export const googleChat: DestinationType<z.output<typeof options>> = {
  type: "google-chat",
  title: "Google Chat: one card an event, a digest when many come together",
  docs: "https://developers.google.com/workspace/chat/quickstart/webhooks",
  options,
  idempotency: "none: the event's id stands in each card",
  limits: { events: mostEvents, bytes },
  chat: true,
  // https://developers.google.com/workspace/chat/limits: one a second, for all webhooks of a space
  minIntervalMs: 1000,
  pacedBy: ({ url }) => new URL(url).pathname,
  pack: (letters) => singlesOr(toDigests, letters),
  encode(letters, { url }) {
    const events = letters.map(({ event }) => event);
    const [only] = events;
    const widgets = only && events.length === 1 ? toWidgets(only) : toDigest(events);
    return postJson(url, toMessage(widgets, toText(events)));
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

function toDigests(letters: readonly Letter[]) {
  const bytesOf = ({ event }: Letter) => Buffer.byteLength(JSON.stringify(toLine(event))) + 1;
  return batches(letters, { events: mostEvents, bytes: bytes - frameBytes }, bytesOf);
}
