// A space's webhook in Google Chat. https://developers.google.com/workspace/chat/quickstart/webhooks
// Cards: https://developers.google.com/workspace/chat/api/reference/rest/v1/cards, as far as Tidemark's widgets go.
import * as z from "zod";
import { idAtEnd, parseJson, type Reply, turnstile, type Vendor } from "../vendor.ts";

const space = "spaces/AAAASandbox1";
const key = "AIzaSandboxSandboxSandboxSandboxSandbox";
const token = "sandboxSandboxSandboxSandboxSandboxSandbox1=";

const text = z.string().min(1);
const widget = z.union([
  z.strictObject({ textParagraph: z.strictObject({ text }) }),
  z.strictObject({
    decoratedText: z.strictObject({ topLabel: text, text, wrapText: z.boolean().optional() }),
  }),
]);
const message = z
  .strictObject({
    text: text.optional(),
    fallbackText: text.optional(),
    cardsV2: z
      .tuple([
        z.strictObject({
          cardId: text,
          card: z.strictObject({
            sections: z.tuple([z.strictObject({ widgets: z.array(widget).min(1).max(100) })]),
          }),
        }),
      ])
      .optional(),
  })
  .refine(({ text, cardsV2 }) => text ?? cardsV2);

export const googleChat: Vendor = {
  type: "google-chat",
  hosts: ["chat.googleapis.com"],
  options: [
    {
      url: `https://chat.googleapis.com/v1/${space}/messages?key=${key}&token=${encodeURIComponent(token)}`,
    },
  ],
  faults: [
    { kind: "answer", status: 429, word: '{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}' },
    { kind: "answer", status: 500, word: '{"error":{"code":500,"status":"INTERNAL"}}' },
    { kind: "answer", status: 503, retryAfterS: 2 },
  ],
  open({ refuses }) {
    const waitMs = turnstile(1, 1000);
    let made = 0;
    return ({ method, url, headers, text, bytes, nowMs }) => {
      if (method !== "POST" || url.pathname !== `/v1/${space}/messages`)
        return error(404, "NOT_FOUND", "Space not found.");
      const { searchParams } = url;
      if (searchParams.get("key") !== key)
        return error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.");
      if (searchParams.get("token") !== token)
        return error(401, "UNAUTHENTICATED", "The webhook's token is invalid.");
      if (waitMs(nowMs) > 0) return error(429, "RESOURCE_EXHAUSTED", "Quota exceeded.");
      const json = headers.get("content-type")?.startsWith("application/json");
      const sent = message.safeParse(json ? parseJson(text) : undefined);
      if (!sent.success || bytes > 32_000) return invalid;
      const { cardsV2, text: bare = "" } = sent.data;
      const lines = cardsV2
        ? cardsV2[0].card.sections[0].widgets.map((one) =>
            "textParagraph" in one ? one.textParagraph.text : "",
          )
        : [bare];
      const ids = lines.map(idAtEnd).filter((id) => id !== "");
      if (ids.some(refuses)) return invalid;
      made += 1;
      return {
        status: 200,
        body: { name: `${space}/messages/${made}`, thread: { name: `${space}/threads/${made}` } },
        stored: ids.map((id) => ({ id, content: sent.data })),
      };
    };
  },
};

const invalid = error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");

function error(code: number, status: string, message: string): Reply {
  return { status: code, body: { error: { code, message, status } } };
}
