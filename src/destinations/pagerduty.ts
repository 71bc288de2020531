// PagerDuty Events API v2: one alert an event, found again by its id.
// https://developer.pagerduty.com/docs/events-api-v2-overview
import { createHash } from "node:crypto";
import * as z from "zod";
import type { AuditEvent, Severity } from "../event/event.ts";
import { isObject } from "../source/record.ts";
import { toDigestOf, toEvents } from "./chat/digest.ts";
import { joined, plain } from "./chat/text.ts";
import { toWords, workspaceName } from "./chat/words.ts";
import type { DestinationType, Link } from "./destination.ts";
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
  maxPerMinute: 6,
  // 120 events a minute, for each key
  minIntervalMs: 500,
  pacedBy: ({ routingKey }) => routingKey,
  pack: (letters) => batches(letters, { events: 1 }),
  encode(letters, { routingKey, region }, { link }) {
    const [event] = toEvents(letters);
    return postJson(`https://${hosts[region]}/v2/enqueue`, {
      routing_key: routingKey,
      event_action: "trigger",
      ...(link ? toDigest(toEvents(letters), link) : event && toAlert(event)),
    });
  },
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

/** Many alerts at once would be one emergency told many times. */
function toDigest(events: readonly AuditEvent[], link: Link) {
  const { headline, groups, shown, tally, worst, more } = toDigestOf(events, plain, link);
  const ids = events.map(({ id }) => id).join(" ");
  return {
    dedup_key: createHash("sha256").update(ids).digest("hex"),
    client: "Tidemark",
    ...(more && { links: [{ href: more.url, text: more.label }] }),
    payload: {
      summary: headline,
      severity: severities[worst],
      source: workspaceName(events, plain),
      timestamp: events.map(({ time }) => time).sort()[0],
      class: "digest",
      custom_details: {
        Severities: tally,
        Groups: groups,
        Events: shown.map(({ severity, summary, id }) => joined([severity, summary, id])),
        ...(more && { "All of them": `${more.url} until ${more.until}` }),
      },
    },
  };
}
