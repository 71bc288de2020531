// Datadog Logs. https://docs.datadoghq.com/api/latest/logs/#send-logs
import * as z from "zod";
import { intake, jsonArray } from "./kit/intake.ts";
import { secretText, text } from "./kit/options.ts";

const sites = [
  "datadoghq.com",
  "us3.datadoghq.com",
  "us5.datadoghq.com",
  "datadoghq.eu",
  "ap1.datadoghq.com",
  "ap2.datadoghq.com",
  "ddog-gov.com",
] as const;

export const datadog = intake({
  type: "datadog",
  title: "Datadog Logs",
  docs: "https://docs.datadoghq.com/api/latest/logs/#send-logs",
  options: z.object({
    apiKey: secretText("a Datadog API key").describe("API key (a secret)"),
    site: z.enum(sites).default("datadoghq.com").describe("Your Datadog site"),
    service: text('expected the name of a service, e.g. "webflow"')
      .default("webflow")
      .describe("The `service` of the logs"),
    tags: z
      .array(text('expected a tag, e.g. "env:prod"'), 'expected a list, e.g. tags = ["env:prod"]')
      .default([])
      .describe('Tags of the logs, e.g. `["env:prod"]`'),
  }),
  format: "event",
  idempotency: "none: search by `@event_id`",
  // One log may have 1 MB; a longer one is cut off by Datadog.
  limits: {
    events: 1000,
    bytes: 5_000_000,
    age: {
      ms: 18 * 3_600_000,
      treatment: "Datadog files them under the time of receipt, or drops them",
    },
  },
  gzip: true,
  framing: jsonArray,
  target: ({ site, apiKey }) => ({
    url: `https://http-intake.logs.${site}/api/v2/logs`,
    headers: { "dd-api-key": apiKey },
  }),
  toRecord: ({ id, content }, { time, severity, summary, type, workspace }, { service, tags }) =>
    JSON.stringify({
      ddsource: "webflow",
      ddtags: [...tags, `event_type:${type}`].join(","),
      hostname: "webflow.com",
      service,
      status: statuses[severity],
      timestamp: time,
      message: summary,
      event_id: id,
      workspace: workspace.slug ?? workspace.id,
      webflow: content,
    }),
  statuses: {
    delivered: [202],
    advice: { 403: "Check apiKey, and that site is the one that your Datadog's address shows." },
  },
});

/** https://docs.datadoghq.com/logs/log_configuration/processors/#log-status-remapper */
const statuses = {
  info: "info",
  low: "notice",
  medium: "warning",
  high: "error",
  critical: "critical",
};
