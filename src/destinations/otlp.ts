// Logs over OTLP/HTTP in JSON: OpenTelemetry's collector, and the vendors that speak its protocol.
// https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp
import * as z from "zod";
import type { AuditEvent, Severity } from "../event/event.ts";
import { excerpt } from "../http.ts";
import { isObject } from "../source/record.ts";
import { intake } from "./kit/intake.ts";
import { headerText } from "./kit/options.ts";
import { allRefused, bodyAs, judgeBy } from "./kit/outcome.ts";
import { baseUrl, endpoint } from "./kit/url.ts";

const ownHeaders = ["content-type", "content-encoding", "content-length", "host", "user-agent"];
const aHeader = 'expected a header and its value, e.g. "api-key" = "$NAME"';
const headers = z
  .record(z.string(), headerText(aHeader), aHeader)
  .refine((given) => Object.keys(given).every((name) => /^[A-Za-z0-9-]+$/.test(name)), aHeader)
  .transform((given) =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value])),
  )
  .refine(
    (given) => !ownHeaders.some((name) => Object.hasOwn(given, name)),
    `expected other headers than ${ownHeaders.join(", ")}, which Tidemark sets`,
  );

const resource = [toAttribute("service.name", "webflow")];

export const otlp = intake({
  type: "otlp",
  title: "OpenTelemetry logs (OTLP/HTTP)",
  docs: "https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp",
  options: z.object({
    url: baseUrl.describe("URL of the receiver, with or without `/v1/logs`"),
    headers: headers
      .default({})
      .describe('Headers that it knows you by (secrets), e.g. `{ "api-key" = "$OTLP_KEY" }`'),
  }),
  format: "event",
  idempotency: "none: search by `event.id`",
  limits: { events: 1000, bytes: 4_000_000 },
  gzip: true,
  framing: {
    contentType: "application/json",
    open: `{"resourceLogs":[{"resource":{"attributes":${JSON.stringify(resource)}},"scopeLogs":[{"scope":{"name":"tidemark"},"logRecords":[`,
    between: ",",
    close: "]}]}]}",
  },
  target: ({ url, headers }) => ({ url: endpoint(url, "/v1/logs"), headers }),
  toRecord: ({ id, content }, event) =>
    JSON.stringify({
      timeUnixNano: String(BigInt(Date.parse(event.time)) * 1_000_000n),
      severityNumber: severities[event.severity],
      severityText: event.severity,
      eventName: event.type.toWellFormed(),
      body: toAnyValue(content),
      attributes: toAttributes(id, event),
    }),
  judge(answer, attempt, letters) {
    const outcome = judgeStatus(answer, attempt);
    if (answer.kind === "failure") return outcome;
    const { status, body } = answer;
    if (outcome.kind !== "delivered") {
      if (status < 400 || table.includes(status)) return outcome;
      return allRefused(letters, `${outcome.reason} (by OTLP, this must not be sent again)`);
    }
    const said = body.trim() === "" ? {} : bodyAs(answer, response);
    if (!said) return { kind: "retry", reason: `HTTP ${status}, but not OTLP: ${excerpt(body)}` };
    const { rejectedLogRecords: refused = 0, errorMessage = "" } = said.partialSuccess ?? {};
    const why = excerpt(errorMessage);
    if (refused <= 0) return why ? { ...outcome, note: why } : outcome;
    const total = letters.flatMap(({ documents }) => documents).length;
    const which = refused < total ? " and did not say which" : "";
    return allRefused(
      letters,
      `the receiver refused ${refused} of ${total} log records${which}: ${why || "without a reason"}`,
    );
  },
});

/** The statuses that OTLP has a word on; all others from 400 on must not be retried. */
const retry = [429, 502, 503, 504];
const reject = [400, 413];
const halt = [401, 403, 404, 410];
const table = [...retry, ...reject, ...halt];
const judgeStatus = judgeBy({
  retry,
  reject,
  halt,
  advice: {
    401: "Check headers.",
    403: "Check headers.",
    404: "Check that url is that of an OTLP/HTTP receiver.",
  },
});

/** 64-bit integers are texts, and may be numbers. */
const response = z.object({
  partialSuccess: z
    .object({
      rejectedLogRecords: z.coerce.number().optional(),
      errorMessage: z.string().optional(),
    })
    .nullish(),
});

/** INFO, INFO2, WARN, ERROR, FATAL: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const severities: Readonly<Record<Severity, number>> = {
  info: 9,
  low: 10,
  medium: 13,
  high: 17,
  critical: 21,
};

function toAttributes(id: string, { type, summary, actor, workspace, site, source }: AuditEvent) {
  const attributes = {
    "event.id": id,
    "event.name": type,
    "webflow.summary": summary,
    "webflow.actor.type": actor.type,
    "webflow.actor.id": actor.id,
    "webflow.actor.email": actor.email,
    "webflow.workspace.id": workspace.id,
    "webflow.workspace.slug": workspace.slug,
    "webflow.site.id": site?.id,
    "webflow.site.slug": site?.slug,
    "webflow.source.ip": source?.ip,
  };
  return Object.entries(attributes)
    .filter(([, value]) => value != null)
    .map(([key, value]) => toAttribute(key, value));
}

function toAttribute(key: string, value: unknown) {
  // Protobuf has no room for half a surrogate pair.
  return { key: key.toWellFormed(), value: toAnyValue(value) };
}

/** Any JSON as `AnyValue`; null is the one without a value. */
function toAnyValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value.toWellFormed() };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
  if (!isObject(value)) return {};
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return { kvlistValue: { values: fields.map(([key, field]) => toAttribute(key, field)) } };
}
