// Axiom's ingest, of an edge deployment and at the classic address.
// https://axiom.co/docs/restapi/endpoints/ingestToDataset
import { parseJson, textAt, type Vendor } from "../vendor.ts";

const token = "xaat-0c4a3b2d-1e5f-4a6b-8c7d-9e0f1a2b3c4d";
const edge = "eu-central-1.aws.edge.axiom.co";
const classic = "api.axiom.co";
const dataset = "webflow";
const paths: Readonly<Record<string, string>> = {
  [edge]: `/v1/ingest/${dataset}`,
  [classic]: `/v1/datasets/${dataset}/ingest`,
};

export const axiom: Vendor = {
  type: "axiom",
  hosts: [edge, classic],
  options: [
    { token, dataset, url: `https://${edge}` },
    { token, dataset },
  ],
  faults: [
    { kind: "answer", status: 429, word: '{"message":"rate limit exceeded"}', retryAfterS: 2 },
    { kind: "answer", status: 500, word: '{"message":"internal error"}' },
    { kind: "answer", status: 503 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text }) => {
      if (headers.get("authorization") !== `Bearer ${token}`)
        return { status: 403, body: { code: 403, message: "forbidden" } };
      if (url.pathname !== paths[url.hostname] || method !== "POST")
        return { status: 404, body: { code: 404, message: "dataset not found" } };
      if (headers.get("content-type") !== "application/json")
        return { status: 400, body: { message: "unsupported content type" } };
      const events = parseJson(text);
      if (!Array.isArray(events)) return { status: 400, body: { message: "invalid json" } };
      if (events.length > 10_000) return { status: 413, body: { message: "too many events" } };
      const isGood = (event: unknown) => {
        const id = textAt(event, "event_id");
        return id !== "" && !refuses(id) && !Number.isNaN(Date.parse(textAt(event, "_time")));
      };
      const good = events.filter(isGood);
      const failures = events
        .filter((event) => !isGood(event))
        .map((event) => ({
          // As Go writes a time.
          timestamp: textAt(event, "_time").replace(/\.000Z$|0{1,2}Z$/, "Z"),
          error: "failed to parse a field of the event",
        }));
      return {
        status: 200,
        body: {
          ingested: good.length,
          failed: failures.length,
          failures,
          processedBytes: text.length,
          blocksCreated: 0,
          walLength: 2,
        },
        stored: good.map((content) => ({
          id: textAt(content, "event_id"),
          timeMs: Date.parse(textAt(content, "_time")),
          content,
        })),
      };
    },
};
