// PagerDuty Events API v2: one alert an event, found again by its id.
// https://developer.pagerduty.com/docs/events-api-v2-overview
import * as z from "zod";
import type { AuditEvent, Severity } from "../event/event.ts";
import { isObject } from "../source/record.ts";
import { joined, plain } from "./chat/text.ts";
import { toWords } from "./chat/words.ts";
import type { DestinationType } from "./destination.ts";
import { batches } from "./kit/batches.ts";
import { secretText } from "./kit/options.ts";
import { judgeBy } from "./kit/outcome.ts";
import { postJson } from "./kit/post.ts";

const hosts = { us: "events.pagerduty.com", eu: "events.eu.pagerduty.com" };

const options = z.object({
  routingKey: secretText(
    "the Integration Key of an Events API V2 integration, 32 letters and digits",
    /^[0-9A-Za-z]{32}$/,
  ).describe("Integration Key (a secret)"),
  region: z.enum(["us", "eu"]).default("us").describe("Where your PagerDuty account lives"),
});

const severities: Readonly<Record<Severity, string>> = {
  info: "info",
  low: "info",
  medium: "warning",
  high: "error",
  critical: "critical",
};

export const pagerduty: DestinationType<z.output<typeof options>> = {
  type: "pagerduty",
  title: "PagerDuty: one alert an event, of high severity unless you say otherwise",
  docs: "https://developer.pagerduty.com/docs/events-api-v2-overview",
  options,
  minSeverity: "high",
  idempotency: "`dedup_key`, while the alert is open",
  limits: { events: 1, bytes: 512_000 },
  // 120 events a minute, for each key
  minIntervalMs: 500,
  pacedBy: ({ routingKey }) => routingKey,
  pack: (letters) => batches(letters, { events: 1 }),
  encode: ([letter], { routingKey, region }) =>
    postJson(`https://${hosts[region]}/v2/enqueue`, {
      routing_key: routingKey,
      event_action: "trigger",
      ...(letter && toAlert(letter.event)),
    }),
  judge: judgeBy({
    delivered: [202],
    proof: { name: '"success"', in: (body) => isObject(body) && body.status === "success" },
    retry: [501, 505],
    // A key that is none of theirs is told like a message that is malformed.
    refusesUs: /routing.?key/i,
  }),
};

function toAlert(event: AuditEvent) {
  const { said, facts, workspace, type, flags, id } = toWords(event, plain);
  return {
    dedup_key: id,
    client: "Tidemark",
    payload: {
      summary: said,
      severity: severities[event.severity],
      source: workspace,
      timestamp: event.time,
      class: type,
      custom_details: {
        ...Object.fromEntries(facts),
        Type: type,
        ...(flags.length > 0 && { Flags: joined(flags) }),
        Event: id,
      },
    },
  };
}
