// Sumo Logic, through an HTTP Logs source: the URL is the secret.
// https://www.sumologic.com/help/docs/send-data/hosted-collectors/http-source/logs-metrics/
import * as z from "zod";
import { described, intake, jsonLines } from "./kit/intake.ts";
import { headerText, text } from "./kit/options.ts";

const header = (what: string) => headerText(`expected ${what} in plain ASCII`).optional();
const recreate = "Check url: the source shows it under Show URL; regenerating it ends the old one.";

export const sumologic = intake({
  type: "sumologic",
  title: "Sumo Logic, through an HTTP source",
  docs: "https://www.sumologic.com/help/docs/send-data/hosted-collectors/http-source/logs-metrics/",
  options: z.object({
    url: text(
      "expected the URL of an HTTP Logs source, https://….sumologic.com/receiver/v1/http/…",
      /^https:\/\/[\w-]+(\.[\w-]+)*\.sumologic\.(com|net)\/receiver\/v1\/http\/[\w=+/-]+$/,
    ).describe("The source's URL (a secret)"),
    category: header("a source category").describe(
      "`_sourceCategory` of the logs; default: the source's",
    ),
    sourceName: header("a source name").describe(
      "`_sourceName` of the logs; default: the source's",
    ),
    host: header("a host").describe("`_sourceHost` of the logs; default: the source's"),
  }),
  format: "event",
  idempotency: "none: search by `event_id`",
  limits: { events: 1000, bytes: 1_000_000 },
  gzip: true,
  framing: jsonLines,
  target: ({ url, category, sourceName, host }) => ({
    url,
    headers: {
      ...(category && { "x-sumo-category": category }),
      ...(sourceName && { "x-sumo-name": sourceName }),
      ...(host && { "x-sumo-host": host }),
    },
  }),
  // The first time in a line becomes its `_messageTime`.
  toRecord: (document, event) =>
    JSON.stringify({ timestamp: event.time, ...described(document, event) }),
  statuses: {
    delivered: [200],
    advice: { 401: recreate, 404: recreate },
  },
});
