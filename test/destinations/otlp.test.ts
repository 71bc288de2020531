// OTLP/HTTP. https://github.com/open-telemetry/opentelemetry-proto/blob/main/docs/specification.md#otlphttp
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import { otlp } from "../../src/destinations/otlp.ts";
import { severities } from "../../src/event/event.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { formats } from "../../src/formats/registry.ts";
import type { OutgoingRequest } from "../../src/http.ts";
import { otlpFaults } from "../conformance/otlp-rules.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, hostileEvents, letterOf } from "../support/events.ts";

const key = "NRAK-0123456789ABCDEF0123456789";
const url = "https://otlp.acme-observe.com";
const nowMs = Date.parse("2026-06-04T11:20:10Z");

destinationContract(otlp, {
  options: [
    { url, headers: { "api-key": key } },
    { url: `${url}/otlp/v1/logs/`, headers: { Authorization: `Bearer ${key}` } },
  ],
  url,
  secrets: [key],
  secretsIn: ["headers"],
  takes: [
    [200, "{}"],
    [200, ""],
    [200, '{"partialSuccess":{}}'],
    [200, '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}}'],
  ],
  doesNotTake: [
    [200, "<html>captive portal</html>"],
    [200, "[]"],
  ],
  // All but four statuses must not be retried.
  outcomes: {
    408: "reject",
    415: "reject",
    422: "reject",
    425: "reject",
    429: "retry",
    500: "reject",
    501: "reject",
    502: "retry",
    503: "retry",
    504: "retry",
    505: "reject",
    520: "reject",
  },
});

const bound = erase(otlp).bind({ url, headers: { "Api-Key": key } }, ownFormat);
const letters = auditEvents(3).map((event) => letterOf(event));
const judge = (status: number, body: string) =>
  bound.judge({ kind: "answer", status, headers: new Headers(), body }, { nowMs }, letters);
const bodyOf = ({ body }: OutgoingRequest) => JSON.parse(String(body));
const recordsOf = (request: OutgoingRequest) =>
  bodyOf(request).resourceLogs[0].scopeLogs[0].logRecords;

test("a request is what OTLP documents", () => {
  const event = auditEvent();
  const content = { a: "x", n: 5, f: 0.5, yes: true, no: null, list: [1, "b"], deep: { k: {} } };
  const { body, ...head } = bound.encode([letterOf(event, content)], { nowMs });
  expect(head).toEqual({
    method: "POST",
    url: `${url}/v1/logs`,
    headers: { "content-type": "application/json", "api-key": key },
    gzip: true,
  });
  const text = (name: string, stringValue: string) => ({ key: name, value: { stringValue } });
  expect(JSON.parse(String(body))).toEqual({
    resourceLogs: [
      {
        resource: { attributes: [text("service.name", "webflow")] },
        scopeLogs: [
          {
            scope: { name: "tidemark" },
            logRecords: [
              {
                timeUnixNano: "1780572007123000000",
                severityNumber: 17,
                severityText: "high",
                eventName: "workspace_membership.user_role_updated",
                body: {
                  kvlistValue: {
                    values: [
                      text("a", "x"),
                      { key: "n", value: { intValue: "5" } },
                      { key: "f", value: { doubleValue: 0.5 } },
                      { key: "yes", value: { boolValue: true } },
                      { key: "no", value: {} },
                      {
                        key: "list",
                        value: {
                          arrayValue: { values: [{ intValue: "1" }, { stringValue: "b" }] },
                        },
                      },
                      {
                        key: "deep",
                        value: {
                          kvlistValue: {
                            values: [{ key: "k", value: { kvlistValue: { values: [] } } }],
                          },
                        },
                      },
                    ],
                  },
                },
                attributes: [
                  text("event.id", event.id),
                  text("event.name", "workspace_membership.user_role_updated"),
                  text("webflow.summary", event.summary),
                  text("webflow.actor.type", "person"),
                  text("webflow.actor.id", "64f0c0ffee0000000000000a"),
                  text("webflow.actor.email", "ann@acme.com"),
                  text("webflow.workspace.id", "64f0c0ffee00000000000001"),
                  text("webflow.workspace.slug", "acme"),
                ],
              },
            ],
          },
        ],
      },
    ],
  });
});

test("a path that ends in /v1/logs is taken as it is, another goes before it", () => {
  const urlOf = (given: string) =>
    erase(otlp).bind({ url: given }, ownFormat).encode(letters, { nowMs }).url;
  expect(urlOf(`${url}/v1/logs`)).toBe(`${url}/v1/logs`);
  expect(urlOf(`${url}/otlp/`)).toBe(`${url}/otlp/v1/logs`);
});

test("severities are OpenTelemetry's, in their order", () => {
  const request = bound.encode(
    severities.map((severity) => letterOf(auditEvent({ severity }))),
    { nowMs },
  );
  expect(recordsOf(request).map((one: { severityNumber: number }) => one.severityNumber)).toEqual([
    9, 10, 13, 17, 21,
  ]);
});

test.each(formats)(
  "OpenTelemetry's own messages hold every document in the format $name",
  (format) => {
    const sender = erase(otlp).bind({ url }, format);
    fc.assert(
      fc.property(hostileEvents(5), (events) => {
        const own = events.map((event) => ({ event, documents: format.toDocuments(event) }));
        for (const group of sender.pack(own)) {
          const faults = otlpFaults(bodyOf(sender.encode(group, { nowMs })));
          // To protobuf an empty list is none.
          expect(faults.filter((one) => !one.endsWith("values is [], read as undefined"))).toEqual(
            [],
          );
        }
      }),
      { numRuns: 20 },
    );
  },
);

const refused = (reason: unknown) => {
  const one = { kind: "reject", reason };
  return { kind: "each", verdicts: [one, one, one] };
};

describe("a status that must not be retried", () => {
  test.each([400, 413])(
    "%i is of this request only: the letter that it is about is searched for",
    (status) => {
      expect(judge(status, '{"message":"bad"}')).toEqual({
        kind: "reject",
        reason: `HTTP ${status}: {"message":"bad"}`,
      });
    },
  );

  test.each([405, 406, 408, 409, 415, 422, 425, 499, 500, 501, 505, 520, 599])(
    "%i ends it for all of the request at once",
    (status) => {
      expect(judge(status, "oops")).toEqual(
        refused(`HTTP ${status}: oops (by OTLP, this must not be sent again)`),
      );
    },
  );
});

describe("of a partial success", () => {
  const partial = (rejectedLogRecords: unknown, errorMessage?: string) =>
    judge(200, JSON.stringify({ partialSuccess: { rejectedLogRecords, errorMessage } }));

  test("nothing is sent again: all are refused, and told that it did not say which", () => {
    expect(partial("1", "too large")).toEqual(
      refused("the receiver refused 1 of 3 log records and did not say which: too large"),
    );
    expect(partial(2)).toEqual(
      refused("the receiver refused 2 of 3 log records and did not say which: without a reason"),
    );
  });

  test("all are refused where it refused all", () => {
    expect(partial(3, "no")).toEqual(refused("the receiver refused 3 of 3 log records: no"));
  });

  test("a warning is a note, and nothing is none", () => {
    expect(partial(0, "slow down")).toEqual({ kind: "delivered", note: "slow down" });
    expect(partial("0", "")).toEqual({ kind: "delivered" });
    expect(judge(200, '{"partialSuccess":null}')).toEqual({ kind: "delivered" });
  });
});

const aHeader = 'expected a header and its value, e.g. "api-key" = "$NAME"';
const ours =
  "expected other headers than content-type, content-encoding, content-length, host, user-agent, which Tidemark sets";
test.each([
  [{ url: "http://otlp.acme.com" }, "expected a URL that starts with https://"],
  [{ url, headers: "api-key" }, aHeader],
  [{ url, headers: { "api key": "x" } }, aHeader],
  [{ url, headers: { "api-key": "x\ny" } }, aHeader],
  [{ url, headers: { "api-key": "" } }, aHeader],
  [{ url, headers: { "api-key": 5 } }, aHeader],
  [{ url, headers: { "Content-Type": "text/plain" } }, ours],
])("options %# are refused with a word on what is expected", (options, message) => {
  expect(otlp.options.safeParse(options).error?.issues.map((one) => one.message)).toEqual([
    message,
  ]);
});
