// New Relic Logs. https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/
import * as z from "zod";
import { isObject } from "../source/record.ts";
import { intake } from "./kit/intake.ts";
import { levels } from "./kit/level.ts";
import { secretText } from "./kit/options.ts";

const hosts = {
  us: "log-api.newrelic.com",
  eu: "log-api.eu.newrelic.com",
  fedramp: "gov-log-api.newrelic.com",
};

export const newrelic = intake({
  type: "newrelic",
  title: "New Relic Logs",
  docs: "https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/",
  options: z.object({
    apiKey: secretText("a New Relic license key").describe("License key (a secret)"),
    region: z
      .enum(["us", "eu", "fedramp"])
      .default("us")
      .describe("Where your New Relic account is"),
  }),
  format: "event",
  idempotency: "none: search by `event_id`",
  // One megabyte as it is sent: kept before compression, it is kept after it.
  limits: {
    events: 100,
    bytes: 1_000_000,
    age: { ms: 48 * 3_600_000, treatment: "New Relic may drop them" },
  },
  gzip: true,
  framing: {
    contentType: "application/json",
    open: '[{"common":{"attributes":{"logtype":"webflow"}},"logs":[',
    between: ",",
    close: "]}]",
  },
  target: ({ region, apiKey }) => ({
    url: `https://${hosts[region]}/log/v1`,
    headers: { "api-key": apiKey },
  }),
  toRecord: ({ id, content }, { time, severity, summary, type, workspace }, { format }) =>
    JSON.stringify({
      timestamp: Date.parse(time),
      message: summary,
      attributes: {
        event_id: id,
        event_type: type,
        level: levels[severity],
        workspace: workspace.slug ?? workspace.id ?? undefined,
        ...toAttributes(content),
        // Flat, an item loses what is null or empty.
        ...(format.name === "raw" && { webflow_raw: JSON.stringify(content) }),
      },
    }),
  statuses: {
    delivered: [202],
    note: "New Relic checks it later, and says in NrIntegrationError what it then refuses",
    advice: {
      403: "Check apiKey, which is a license key, and that region is that of your account.",
    },
  },
});

// https://docs.newrelic.com/docs/logs/log-api/log-event-data/: 255 attributes; New Relic adds some of its own.
const maxAttributes = 200;
const maxName = 255;

/** Flat, as New Relic wants them. Those that it would drop stand together in one text. */
function toAttributes(content: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const all = flatten(content, "webflow");
  const fitting = all.filter(([name]) => name.length <= maxName).slice(0, maxAttributes);
  const kept = new Set(fitting);
  const rest = all.filter((attribute) => !kept.has(attribute));
  return {
    ...Object.fromEntries(fitting),
    ...(rest.length > 0 && { webflow_rest: JSON.stringify(Object.fromEntries(rest)) }),
  };
}

/** Lists are text, and so is the item as received: it says once more what the other attributes say. */
function flatten(value: unknown, name: string): (readonly [name: string, value: unknown])[] {
  if (value === null || value === undefined) return [];
  if (isObject(value) && !name.endsWith(".raw")) {
    return Object.entries(value).flatMap(([key, item]) => flatten(item, `${name}.${key}`));
  }
  return [[name, typeof value === "object" ? JSON.stringify(value) : value]];
}
