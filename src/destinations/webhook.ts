// Any HTTPS endpoint that speaks Standard Webhooks 1.0.0.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";
import * as z from "zod";
import type { DestinationType, Letter } from "./destination.ts";
import { batches } from "./kit/batches.ts";
import { flag, text } from "./kit/options.ts";
import { judgeByStatus } from "./kit/outcome.ts";
import { publicHttpsUrl } from "./kit/url.ts";

const batchSize = 100;
const utf8 = new TextEncoder();

// Whole base64, as strict decoders of receivers want it.
const secret = text(
  "expected whsec_ and 24 to 64 bytes in base64, e.g. from: node -p \"'whsec_'+crypto.randomBytes(32).toString('base64')\"",
  /^whsec_(?=[^=]{32,86}=*$)([A-Za-z0-9+/]{4})+([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
);

const options = z.object({
  url: publicHttpsUrl.describe("Where to send; https only"),
  secret: z
    .union(
      [
        secret,
        z
          .array(secret)
          .min(1, "expected at least one signing secret")
          .max(4, "expected at most 4 signing secrets"),
      ],
      'expected a signing secret "whsec_…", or a list of up to 4 while it is rotated',
    )
    .transform((value) => (Array.isArray(value) ? value : [value]))
    .describe(
      "Signing secret `whsec_…`; a list while it is rotated: each request carries one signature for each",
    ),
  batch: flag()
    .default(false)
    .describe(`true sends up to ${batchSize} events in one request instead of one`),
});

export const webhook: DestinationType<z.output<typeof options>> = {
  type: "webhook",
  title: "Signed HTTPS requests as Standard Webhooks 1.0.0",
  docs: "https://www.standardwebhooks.com",
  options,
  format: "event",
  idempotency: "`webhook-id`",
  limits: { events: batchSize },
  pack: (letters, { batch }) => batches(letters, { events: batch ? batchSize : 1 }),
  encode(letters, { url, secret, batch, format }, { nowMs }) {
    const [only] = letters;
    const many = batch || !only;
    const message = many ? toBatch(letters) : toMessage(only);
    const bare = letters.flatMap(({ documents }) => documents.map(({ content }) => content));
    const text = JSON.stringify(format.media ? (many ? bare : bare[0]) : message);
    // Once, for the signature and for the way.
    const body = utf8.encode(text) as Uint8Array<ArrayBuffer>;
    const timestamp = Math.floor(nowMs / 1000);
    return {
      method: "POST",
      url,
      headers: {
        "content-type": format.media?.[many ? "many" : "one"] ?? "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": String(timestamp),
        "webhook-signature": secret
          .map((key) => `v1,${sign(key, `${message.id}.${timestamp}.`, body)}`)
          .join(" "),
      },
      body,
    };
  },
  judge: judgeByStatus,
};

function toMessage({ event, documents }: Letter) {
  const [only, ...others] = documents.map(({ content }) => content);
  // Several as OCSF bundles them: https://github.com/ocsf/examples, encodings/json
  const data = others.length === 0 ? only : { events: [only, ...others] };
  return { id: event.id, type: event.type, timestamp: event.time, data };
}

/** The id of a batch follows from its events, so that a retry of the same events has the same id. */
function toBatch(letters: readonly Letter[]) {
  const ids = letters.map(({ event }) => event.id).join();
  const hash = createHash("sha256").update(ids).digest("hex").slice(0, 26);
  return {
    id: `batch_${hash}`,
    type: "tidemark.batch",
    timestamp: letters.at(-1)?.event.time,
    data: letters.map(toMessage),
  };
}

function sign(secret: string, head: string, body: Uint8Array): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return createHmac("sha256", key).update(head).update(body).digest("base64");
}
