// Discord's webhooks. https://discord.com/developers/docs/resources/webhook#execute-webhook
import * as z from "zod";
import { idAtEnd, parseJson, type Reply, turnstile, type Vendor } from "../vendor.ts";

const path =
  "/api/webhooks/1180000000000000001/sandboxSandboxSandboxSandboxSandbox-sandbox_sandbox";

const chars = (most: number) => z.string().min(1).max(most);
const embed = z.strictObject({
  title: chars(256).optional(),
  description: chars(4096).optional(),
  color: z.int().min(0).max(0xffffff).optional(),
  fields: z
    .array(z.strictObject({ name: chars(256), value: chars(1024), inline: z.boolean().optional() }))
    .max(25)
    .optional(),
  footer: z.strictObject({ text: chars(2048) }).optional(),
  timestamp: z.iso.datetime().optional(),
});
const message = z
  .strictObject({
    content: chars(2000).optional(),
    embeds: z.array(embed).min(1).max(10).optional(),
    allowed_mentions: z.strictObject({ parse: z.array(z.enum(["everyone", "users", "roles"])) }),
  })
  .refine(({ content, embeds }) => content ?? embeds)
  .refine(({ embeds = [] }) => embeds.reduce((sum, one) => sum + lengthOf(one), 0) <= 6000);

function lengthOf({ title = "", description = "", fields = [], footer }: z.infer<typeof embed>) {
  const texts = [title, description, footer?.text ?? ""];
  for (const { name, value } of fields) texts.push(name, value);
  return texts.reduce((sum, text) => sum + text.length, 0);
}

export const discord: Vendor = {
  type: "discord",
  hosts: ["discord.com", "discordapp.com"],
  options: [
    { url: `https://discord.com${path}` },
    { url: `https://discordapp.com${path.replace("/api/", "/api/v10/")}?thread_id=7` },
  ],
  faults: [
    {
      kind: "answer",
      status: 429,
      word: '{"message":"You are being rate limited.","retry_after":2.4,"global":false}',
    },
    { kind: "answer", status: 500, word: '{"message":"500: Internal Server Error","code":0}' },
    { kind: "answer", status: 503, word: "upstream connect error" },
  ],
  open({ refuses }) {
    // As observed; what counts are the headers: https://discord.com/developers/docs/topics/rate-limits
    const waitMs = turnstile(5, 2000);
    let made = 1_200_000_000_000_000_000n;
    return ({ method, url, headers, text, nowMs }) => {
      if (method !== "POST" || url.pathname.replace("/api/v10/", "/api/") !== path)
        return { status: 404, body: { message: "Unknown Webhook", code: 10015 } };
      const ms = waitMs(nowMs);
      if (ms > 0) return limited(ms / 1000);
      if (!headers.get("content-type")?.startsWith("application/json")) return malformed;
      const sent = message.safeParse(parseJson(text));
      if (!sent.success) return malformed;
      const { content, embeds } = sent.data;
      const told = embeds
        ? embeds.flatMap(({ footer, timestamp }) =>
            // A digest names no event.
            footer ? { text: footer.text, timestamp } : [],
          )
        : [{ text: content ?? "", timestamp: undefined }];
      const stored = told.map(({ text, timestamp }) => ({
        id: idAtEnd(text),
        timeMs: timestamp ? Date.parse(timestamp) : undefined,
        content: sent.data,
      }));
      if (stored.some(({ id }) => id === "" || refuses(id))) return malformed;
      made += 1n;
      return url.searchParams.get("wait") === "true"
        ? { status: 200, body: { id: String(made), type: 0, ...sent.data }, stored }
        : { status: 204, stored };
    };
  },
};

const malformed: Reply = { status: 400, body: { message: "Invalid Form Body", code: 50035 } };

function limited(seconds: number): Reply {
  return {
    status: 429,
    headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset-after": String(seconds) },
    body: { message: "You are being rate limited.", retry_after: seconds, global: false },
  };
}
