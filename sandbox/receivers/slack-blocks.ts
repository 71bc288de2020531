// Slack's rules for a message, as far as Tidemark's kinds of blocks go; other kinds are refused.
// https://docs.slack.dev/reference/block-kit/blocks - lengths count code points.
import * as z from "zod";

/** Undocumented: refused somewhere between 12,000 and 13,000 bytes of JSON. */
const mostBlockBytes = 12_500;
const mostBlocks = 50;
const mostAttachments = 100;

const chars = (least: number, most: number) =>
  z.string().refine((text) => {
    if (text.length < least) return false;
    return text.length <= most || [...text].length <= most;
  }, `${least} to ${most} characters`);

const url = chars(1, 3000);
const blockId = chars(1, 255).optional();
const plainText = (most: number) =>
  z.strictObject({
    type: z.literal("plain_text"),
    text: chars(1, most),
    emoji: z.boolean().optional(),
  });
const mrkdwn = (most: number) =>
  z.strictObject({
    type: z.literal("mrkdwn"),
    text: chars(1, most),
    verbatim: z.boolean().optional(),
  });
const text = (most: number) => z.discriminatedUnion("type", [plainText(most), mrkdwn(most)]);
const picture = z.strictObject({
  type: z.literal("image"),
  image_url: url,
  alt_text: chars(1, 2000),
});
const button = z.strictObject({
  type: z.literal("button"),
  text: plainText(75),
  action_id: chars(1, 255).optional(),
  url: url.optional(),
  value: chars(0, 2000).optional(),
  style: z.enum(["primary", "danger"]).optional(),
  accessibility_label: chars(1, 75).optional(),
});

const block = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("header"), block_id: blockId, text: plainText(150) }),
  z
    .strictObject({
      type: z.literal("section"),
      block_id: blockId,
      text: text(3000).optional(),
      fields: z.array(text(2000)).min(1).max(10).optional(),
      accessory: z.discriminatedUnion("type", [picture, button]).optional(),
      expand: z.boolean().optional(),
    })
    .refine((section) => section.text ?? section.fields, "a section needs text or fields"),
  z.strictObject({
    type: z.literal("context"),
    block_id: blockId,
    elements: z
      .array(z.discriminatedUnion("type", [plainText(3000), mrkdwn(3000), picture]))
      .min(1)
      .max(10),
  }),
  z.strictObject({
    type: z.literal("actions"),
    block_id: blockId,
    elements: z.array(button).min(1).max(25),
  }),
  picture.extend({ block_id: blockId, title: plainText(2000).optional() }),
  z.strictObject({ type: z.literal("divider"), block_id: blockId }),
]);

const blocks = z.array(block).max(mostBlocks);
const attachment = z.looseObject({
  blocks: blocks.optional(),
  color: z.string().optional(),
  fallback: z.string().optional(),
  text: z.string().optional(),
});
const payload = z.looseObject({
  text: z.string().optional(),
  blocks: blocks.optional(),
  attachments: z.array(attachment).optional(),
});

export type SlackPayload = z.infer<typeof payload>;

/** The message, or the word that Slack refuses it with and, for whoever debugs, why. */
export type Verdict =
  | { readonly ok: true; readonly payload: SlackPayload }
  | { readonly ok: false; readonly word: string; readonly why: string };

const refuse = (word: string, why: string): Verdict => ({ ok: false, word, why });

export function inspect(message: unknown): Verdict {
  const parsed = payload.safeParse(message);
  if (!parsed.success) {
    const where = parsed.error.issues[0]?.path[0];
    const refused = where === "blocks" || where === "attachments";
    return refuse(refused ? `invalid_${where}` : "invalid_payload", z.prettifyError(parsed.error));
  }
  const { text = "", blocks = [], attachments = [] } = parsed.data;
  if (attachments.length > mostAttachments) {
    return refuse("too_many_attachments", `${attachments.length} attachments`);
  }
  if (text === "" && blocks.length === 0 && attachments.length === 0) {
    return refuse("no_text", "neither text nor blocks nor attachments");
  }
  if (attachments.some((a) => !a.blocks?.length && !a.text && !a.fallback)) {
    return refuse("missing_text_or_fallback_or_attachments", "an attachment says nothing");
  }
  const all = [...blocks, ...attachments.flatMap((a) => a.blocks ?? [])];
  const ids = all.flatMap(({ block_id }) => block_id ?? []);
  if (new Set(ids).size < ids.length) return refuse("invalid_blocks", "a block_id comes twice");
  const bytes = Buffer.byteLength(JSON.stringify(all));
  if (bytes > mostBlockBytes) return refuse("msg_blocks_too_long", `${bytes} bytes of blocks`);
  return { ok: true, payload: parsed.data };
}

/** The event ids that a message mentions: Tidemark ends each event's line with its id in a code span. */
export function eventIdsIn(message: unknown): string[] {
  const parsed = payload.safeParse(message);
  if (!parsed.success) return [];
  const { text = "", blocks = [], attachments = [] } = parsed.data;
  const shown = [...blocks, ...attachments.flatMap((a) => a.blocks ?? [])].flatMap((block) => {
    if (block.type === "section") return block.text?.text ?? [];
    return block.type === "context" ? block.elements.map((e) => ("text" in e ? e.text : "")) : [];
  });
  const lines = shown.length > 0 ? shown : [text];
  return lines.flatMap((line) => [...line.matchAll(/`([^`\n]+)`$/gm)].map(([, id = ""]) => id));
}
