// Grafana Loki, and Logs of Grafana Cloud. https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
import { Buffer } from "node:buffer";
import * as z from "zod";
import type { AuditEvent } from "../event/event.ts";
import type { Document } from "../formats/format.ts";
import type { OutgoingRequest } from "../http.ts";
import type { DestinationType, Letter } from "./destination.ts";
import { batches } from "./kit/batches.ts";
import { authorization, isOneWay, userAndPassword } from "./kit/credentials.ts";
import { secretText, text } from "./kit/options.ts";
import { judgeBy } from "./kit/outcome.ts";
import { baseUrl, endpoint } from "./kit/url.ts";

const options = z
  .object({
    url: baseUrl.describe("URL of Loki, with or without `/loki/api/v1/push`"),
    token: secretText("a bearer token")
      .optional()
      .describe("Bearer token (a secret); or `user` and `password`"),
    ...userAndPassword,
    tenant: text("expected the id of a tenant", /^[\w!.*'()-]{1,150}$/)
      .optional()
      .describe("Tenant, where Loki has several"),
  })
  .refine((given) => isOneWay(given.token, given), "expected either token, or user and password");
type Options = z.output<typeof options>;

const hourMs = 3_600_000;
const limits = {
  events: 1000,
  bytes: 1_000_000,
  age: {
    ms: 168 * hourMs,
    treatment: "Loki would refuse them: they get the time of sending, theirs is `event_time`",
  },
};

export const loki: DestinationType<Options> = {
  type: "loki",
  title: "Grafana Loki, Grafana Cloud Logs",
  docs: "https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs",
  options,
  format: "event",
  idempotency: "equal lines of one time are kept once",
  limits,
  pack: (letters) => batches(letters, { ...limits, bytes: limits.bytes - frame }, mostBytesOf),
  encode: (letters, setup, { nowMs }) => toRequest(letters, setup, nowMs, isTimely),
  // Loki also refuses what is more than an hour behind the newest entry of its stream, which nobody but Loki knows, and
  // may be set up to refuse younger events: rejected once, an event is sent as one of now.
  encodePlain: (letter, setup, { nowMs }) => toRequest([letter], setup, nowMs, () => false),
  // Entries before and behind a bad one are stored although the answer is 400: sent again, they are dropped as equal.
  judge: judgeBy({
    delivered: [204],
    advice: {
      401: "Check token, or user and password (Grafana Cloud: the instance's number, and a token).",
      403: "The token needs the scope logs:write.",
      404: "Check that url is that of Loki, not of Grafana.",
    },
  }),
};

/** `{"streams":[]}` */
const frame = 14;
/** By a server's clock that may be a little ahead of ours. */
const spareMs = 60_000;
const mostAheadMs = 600_000;

type IsTimely = (eventMs: number, nowMs: number) => boolean;
const isTimely: IsTimely = (eventMs, nowMs) =>
  nowMs - eventMs <= limits.age.ms - spareMs && eventMs - nowMs <= mostAheadMs - spareMs;

function toRequest(
  letters: readonly Letter[],
  { url, token, tenant, ...basic }: Options,
  nowMs: number,
  keepsTime: IsTimely,
): OutgoingRequest {
  return {
    method: "POST",
    url: endpoint(url, "/loki/api/v1/push"),
    headers: {
      "content-type": "application/json",
      authorization: authorization("Bearer", token, basic),
      ...(tenant !== undefined && { "x-scope-orgid": tenant }),
    },
    body: JSON.stringify({ streams: toStreams(letters, nowMs, keepsTime) }),
    gzip: true,
  };
}

function toStreams(letters: readonly Letter[], nowMs: number, keepsTime: IsTimely) {
  const entries = letters.flatMap(({ event, documents }) =>
    documents.map((document) => toEntry(event, document, nowMs, keepsTime)),
  );
  const streams = Map.groupBy(entries, ({ labels }) => JSON.stringify(Object.values(labels)));
  return [...streams.values()].map((group) => ({
    stream: group[0]?.labels,
    values: group.map(({ value }) => value),
  }));
}

function toEntry(
  { id, type, time, severity, actor, workspace }: AuditEvent,
  document: Document,
  nowMs: number,
  keepsTime: IsTimely,
) {
  const eventMs = Date.parse(time);
  const restamped = !keepsTime(eventMs, nowMs);
  // A restamped entry has a stream of its own: with its time of now it would leave the others behind.
  const labels = {
    job: "webflow",
    workspace: workspace.slug ?? workspace.id ?? "unknown",
    event_type: type,
    ...(restamped && { restamped: "true" }),
  };
  const metadata = {
    event_id: document.id,
    severity,
    actor: actor.email ?? actor.id ?? "unknown",
    ...(restamped && { event_time: time }),
  };
  const stamp = toNanoseconds(restamped ? nowMs : eventMs, siblingOf(id));
  return { labels, value: [stamp, JSON.stringify(document.content), metadata] };
}

const toNanoseconds = (ms: number, sibling: number): string =>
  String(BigInt(ms) * 1_000_000n + BigInt(sibling));

/** Equal events of one instant would be one line: their ids end in -2, -3, …, and so do their nanoseconds. */
const siblingOf = (id: string): number => Number(/-(\d{1,5})$/.exec(id)?.[1] ?? 0);

/** In a stream of its own, and restamped: never less than it has in the body. */
function mostBytesOf(letter: Letter): number {
  const streams = toStreams([letter], Number.MAX_SAFE_INTEGER, () => false);
  return Buffer.byteLength(JSON.stringify(streams)) + 1;
}
