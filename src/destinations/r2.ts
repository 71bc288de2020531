// An archive in R2, Cloudflare's object storage, through a binding of the Worker: no key, no request over the internet.
// https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import * as z from "zod";
import type { Format } from "../formats/format.ts";
import type { DestinationType, Letter } from "./destination.ts";
import { batches } from "./kit/batches.ts";
import { jsonLines } from "./kit/intake.ts";
import { text } from "./kit/options.ts";
import { judgeBy } from "./kit/outcome.ts";

const options = z.object({
  bucket: text(
    'expected the name of a binding under [[r2_buckets]], e.g. "ARCHIVE"',
    /^[A-Za-z_]\w*$/,
  ).describe("Name of the bucket's binding under `[[r2_buckets]]` in `wrangler.toml`"),
});

export const r2: DestinationType<z.output<typeof options>> = {
  type: "r2",
  title: "Archive in R2: compressed lines of JSON, by workspace and day",
  docs: "https://developers.cloudflare.com/r2/",
  options,
  format: "ocsf",
  idempotency: "the object's key, which holds a hash of its content",
  limits: { events: 1000, bytes: 10_000_000 },
  binding: ({ bucket }) => ({ option: "bucket", name: bucket }),

  /** An object holds events of one workspace and one day. */
  pack: (letters, { format }) =>
    stretches(letters).flatMap((stretch) =>
      batches(
        stretch,
        r2.limits,
        (letter) => Buffer.byteLength(toLines(letter, format)),
        ({ documents }) => documents.length,
      ),
    ),

  encode(letters, { bucket, format }) {
    const body = letters.map((letter) => toLines(letter, format)).join("");
    const hash = createHash("sha256").update(body).digest("hex");
    const first = letters[0]?.event.time.replace(/[-:.]/g, "");
    return {
      method: "PUT",
      url: `https://r2/${format.name}/${folderOf(letters[0])}/${first}-${hash}.ndjson.gz`,
      binding: bucket,
      headers: { "content-type": jsonLines.contentType, "if-none-match": "*" },
      body,
      gzip: true,
    };
  },

  // 412: the same events are there already.
  judge: judgeBy({ delivered: [200, 412] }),
};

/** As Security Lake and its like partition: `workspace=…/year=2026/month=06/day=04`. */
function folderOf(letter: Letter | undefined): string {
  const [year, month, day] = letter?.event.time.slice(0, 10).split("-") ?? [];
  const workspace = letter?.event.workspace.id?.replace(/[^\w.-]/g, "_") || "unknown";
  return `workspace=${workspace}/year=${year}/month=${month}/day=${day}`;
}

function stretches(letters: readonly Letter[]): Letter[][] {
  const found: Letter[][] = [];
  for (const letter of letters) {
    const stretch = found.at(-1);
    if (stretch && folderOf(stretch[0]) === folderOf(letter)) stretch.push(letter);
    else found.push([letter]);
  }
  return found;
}

/** The item as received has no id of its own. */
function toLines({ documents }: Letter, format: Format): string {
  const lines = documents.map(({ id, content }) =>
    JSON.stringify(format.name === "raw" ? { ...content, event_id: id } : content),
  );
  return lines.map((line) => line + jsonLines.close).join("");
}
