// Google SecOps (Chronicle), through a webhook feed.
// https://docs.cloud.google.com/chronicle/docs/ingestion/setup-siem-webhook
import * as z from "zod";
import { intake, jsonLines } from "./kit/intake.ts";
import { secretText, text } from "./kit/options.ts";

export const googleSecops = intake({
  type: "google-secops",
  title: "Google SecOps (Chronicle), through a webhook feed",
  docs: "https://docs.cloud.google.com/chronicle/docs/ingestion/setup-siem-webhook",
  options: z.object({
    url: text(
      "expected the feed's endpoint, like https://eu-chronicle.googleapis.com/v1alpha/projects/…/locations/eu/instances/…/feeds/…:importPushLogs",
      /^https:\/\/[a-z0-9-]+-chronicle\.googleapis\.com\/v1(alpha|beta)?\/projects\/[\w-]+\/locations\/[\w-]+\/instances\/[\w-]+\/feeds\/[\w-]+:importPushLogs$/,
    ).describe(
      "Endpoint of the feed, `https://<region>-chronicle.googleapis.com/…:importPushLogs`",
    ),
    apiKey: secretText("a Google Cloud API key").describe("Google Cloud API key (a secret)"),
    secretKey: secretText("the feed's secret key").describe("Secret key of the feed (a secret)"),
  }),
  // The feed's log type is Open Cybersecurity Schema Framework (OCSF).
  format: "ocsf",
  idempotency: "none: search for the id, in OCSF `metadata.uid`",
  // What others keep to; Google's own limit is said to be 4 MB.
  limits: { events: 1000, bytes: 512_000 },
  framing: { ...jsonLines, contentType: "application/json" },
  target: ({ url, apiKey, secretKey }) => ({
    url,
    headers: { "x-goog-api-key": apiKey, "x-webhook-access-key": secretKey },
  }),
  // The document and nothing else, for Google's parser; the item as received has no id of its own.
  toRecord: ({ id, content }, _event, { format }) =>
    JSON.stringify(format.name === "raw" ? { ...content, event_id: id } : content),
  statuses: {
    delivered: [200],
    // With 400: https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto
    refusesUs: /"API_KEY_INVALID"/,
    advice: {
      401: "Check apiKey and secretKey.",
      403: "Check secretKey, and that apiKey belongs to the feed's project and may use the Chronicle API.",
      404: "Check url: it is the feed's endpoint, under Endpoint information.",
    },
  },
});
