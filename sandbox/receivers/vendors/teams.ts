// The webhook of a Teams workflow. https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook
// Cards: https://adaptivecards.io/explorer/AdaptiveCard.html, as far as Tidemark's elements go.
import * as z from "zod";
import { idAtEnd, parseJson, type Reply, turnstile, type Vendor } from "../vendor.ts";

const path = "/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke";
const environment = "default0123456789abcdef0123456789abcd.ef.environment.api.powerplatform.com";
const sig = "sandboxSandboxSandboxSandbox-sandbox_sandb0";
const query = `?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${sig}`;

const run = z.strictObject({
  type: z.literal("TextRun"),
  text: z.string().min(1),
  weight: z.enum(["Lighter", "Default", "Bolder"]).optional(),
  color: z.enum(["Default", "Dark", "Light", "Accent", "Good", "Warning", "Attention"]).optional(),
  fontType: z.enum(["Default", "Monospace"]).optional(),
  isSubtle: z.boolean().optional(),
});
const message = z.strictObject({
  type: z.literal("message"),
  attachments: z.tuple([
    z.strictObject({
      contentType: z.literal("application/vnd.microsoft.card.adaptive"),
      contentUrl: z.null(),
      content: z.strictObject({
        $schema: z.literal("http://adaptivecards.io/schemas/adaptive-card.json"),
        type: z.literal("AdaptiveCard"),
        version: z.enum(["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]),
        msteams: z.strictObject({ width: z.literal("Full") }).optional(),
        body: z
          .array(
            z.strictObject({
              type: z.literal("RichTextBlock"),
              inlines: z.array(run).min(1),
            }),
          )
          .min(1),
        actions: z
          .array(
            z.strictObject({
              type: z.literal("Action.OpenUrl"),
              title: z.string().min(1),
              url: z.url({ protocol: /^https?$/ }),
            }),
          )
          .optional(),
      }),
    }),
  ]),
});

export const teams: Vendor = {
  type: "teams",
  hosts: ["prod-12.westeurope.logic.azure.com", environment],
  options: [
    { url: `https://prod-12.westeurope.logic.azure.com:443${path}${query}` },
    { url: `https://${environment}/powerautomate/automations/direct${path}${query}` },
  ],
  faults: [
    { kind: "answer", status: 429, retryAfterS: 5 },
    { kind: "answer", status: 502, word: '{"error":{"code":"NoResponse"}}' },
    {
      kind: "answer",
      status: 200,
      word: "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId MS-CV=x.",
    },
  ],
  open({ refuses }) {
    const waitMs = turnstile(4, 1000);
    return ({ method, url, headers, text, bytes, nowMs }) => {
      if (method !== "POST" || !url.pathname.endsWith(path)) return error(404, "WorkflowNotFound");
      if (url.searchParams.get("sig") !== sig) return error(401, "AuthorizationFailed");
      if (!headers.get("content-type")?.startsWith("application/json"))
        return error(415, "UnsupportedMediaType");
      if (waitMs(nowMs) > 0) return error(429, "TooManyRequests");
      if (bytes > 21_000) return error(413, "RequestEntityTooLarge");
      const sent = message.safeParse(parseJson(text));
      if (!sent.success) return error(400, "InvalidRequestContent");
      const [{ content }] = sent.data.attachments;
      const ids = content.body.flatMap(({ inlines }) => {
        const last = inlines.at(-1);
        return last?.fontType === "Monospace" ? idAtEnd(last.text) : [];
      });
      if (ids.some((id) => id === "" || refuses(id))) return error(400, "InvalidRequestContent");
      return { status: 202, stored: ids.map((id) => ({ id, content })) };
    };
  },
};

function error(status: number, code: string): Reply {
  return { status, body: { error: { code, message: `The request failed with ${code}.` } } };
}
