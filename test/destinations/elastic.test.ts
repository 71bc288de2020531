// Elasticsearch, OpenSearch. https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
import { describe, expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import type { Outcome } from "../../src/destinations/destination.ts";
import { elastic } from "../../src/destinations/elastic.ts";
import { ecs } from "../../src/formats/ecs.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const apiKey = "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==";
const password = "correct-horse-battery";
const url = "https://es.acme-logs.com";
const stored = '{"errors":false,"items":[{"create":{"status":201}}]}';

destinationContract(elastic, {
  options: [
    { url, apiKey },
    { url: `${url}/proxy/`, user: "tidemark", password, dataStream: "logs-webflow.audit-prod" },
  ],
  url: `${url}/`,
  secrets: [apiKey, password],
  secretsIn: ["headers"],
  takes: [
    [200, stored],
    [200, '{"items":[{"create":{"status":409,"error":{"type":"version_conflict"}}}]}'],
  ],
  doesNotTake: [
    [200, "<html>captive portal</html>"],
    [200, "{}"],
    [200, '{"errors":false,"items":[]}'],
    [200, '{"errors":false,"items":[{"index":{"status":201}}]}'],
    [201, stored],
    [204, ""],
  ],
});

const bound = erase(elastic).bind({ url, apiKey }, ownFormat);
const letters = auditEvents(3).map((event) => letterOf(event));

/** What becomes of three letters when the items of the answer are these. */
function judge(...items: readonly unknown[]): Outcome {
  const body = JSON.stringify({ errors: true, items: items.map((create) => ({ create })) });
  const answer = { kind: "answer", status: 200, headers: new Headers(), body } as const;
  return bound.judge(answer, { nowMs: 0 }, letters);
}

test("a request is what Elasticsearch documents", () => {
  const event = auditEvent();
  expect(bound.encode([letterOf(event, { a: 1, "@timestamp": "x" })], { nowMs: 0 })).toEqual({
    method: "POST",
    url: `${url}/logs-webflow.audit-default/_bulk?require_data_stream=true&filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason`,
    headers: { "content-type": "application/x-ndjson", authorization: `ApiKey ${apiKey}` },
    body: `{"create":{"_id":"${event.id}"}}\n{"a":1,"@timestamp":"2026-06-04T11:20:07.123Z"}\n`,
    gzip: true,
  });
});

test("a request to OpenSearch has Basic authentication, and no parameter that it does not know", () => {
  const options = { url: `${url}/proxy/`, user: "tidemark", password: "pässword" };
  const request = erase(elastic).bind(options, ecs).encode(letters, { nowMs: 0 });
  expect(request).toMatchObject({
    url: expect.stringMatching(
      /^https:\/\/es\.acme-logs\.com\/proxy\/logs-webflow\.audit-default\/_bulk\?filter_path=/,
    ),
    headers: { authorization: "Basic dGlkZW1hcms6cMOkc3N3b3Jk" },
  });
});

test("each document of an event is created under its own id", () => {
  const documents = [
    { id: "E-1", content: {} },
    { id: "E-2", content: {} },
  ];
  const { body } = bound.encode([{ event: auditEvent(), documents }], { nowMs: 0 });
  expect(String(body).match(/"_id":"[^"]+"/g)).toEqual(['"_id":"E-1"', '"_id":"E-2"']);
});

describe("of one document, the item's status", () => {
  test.each([
    [200, "delivered"],
    [201, "delivered"],
    [409, "delivered"],
    [429, "retry"],
    [500, "retry"],
    [503, "retry"],
    [400, "reject"],
    [413, "reject"],
    [401, "halt"],
    [403, "halt"],
    [404, "halt"],
  ])("%i means %s, and the others are stored", (status, kind) => {
    const error = { type: "some_exception", reason: "for a reason" };
    const outcome = judge({ status: 201 }, { status, error }, { status: 201 });
    const delivered = { kind: "delivered" };
    if (kind === "delivered") return expect(outcome).toEqual(delivered);
    const reason = `status ${status} for the document: some_exception: for a reason`;
    expect(outcome).toEqual({ kind: "each", verdicts: [delivered, { kind, reason }, delivered] });
  });

  test("is enough without an error, and an error without a reason", () => {
    expect(judge({ status: 429 }, { status: 400, error: { type: "e" } }, { status: 201 })).toEqual({
      kind: "each",
      verdicts: [
        { kind: "retry", reason: "status 429 for the document" },
        { kind: "reject", reason: "status 400 for the document: e" },
        { kind: "delivered" },
      ],
    });
  });
});

test("an event with several documents is delivered when all of them are", () => {
  const content = {};
  const two = {
    event: auditEvent(),
    documents: [
      { id: "a", content },
      { id: "b", content },
    ],
  };
  const body = '{"items":[{"create":{"status":201}},{"create":{"status":400}}]}';
  const answer = { kind: "answer", status: 200, headers: new Headers(), body } as const;
  expect(bound.judge(answer, { nowMs: 0 }, [two])).toMatchObject({
    kind: "each",
    verdicts: [{ kind: "reject" }],
  });
});

test("a refusal of the whole request is about us: a server that is too old, a wrong name", () => {
  const reason = "request [/x/_bulk] contains unrecognized parameter: [require_data_stream]";
  const body = JSON.stringify({ error: { type: "illegal_argument_exception", reason } });
  const answer = { kind: "answer", status: 400, headers: new Headers(), body } as const;
  expect(bound.judge(answer, { nowMs: 0 }, letters)).toMatchObject({
    kind: "halt",
    reason: expect.stringMatching(/unrecognized parameter.*Elasticsearch 8\.11 or later/),
  });
});

test("an answer that is too long to read is one to fewer documents next time", () => {
  const answer = {
    kind: "failure",
    reason: "too_large",
    message: "too large",
    status: 200,
  } as const;
  expect(bound.judge(answer, { nowMs: 0 }, letters).kind).toBe("reject");
  expect(bound.judge(answer, { nowMs: 0 }, letters.slice(0, 1)).kind).toBe("retry");
});

test("an answer that does not tell of each document is no success: all are sent again, under their ids", () => {
  expect(judge({ status: 201 }, { status: 201 })).toMatchObject({ kind: "retry" });
  const failure = { kind: "failure", reason: "network", message: "it broke off" } as const;
  expect(bound.judge({ ...failure, status: 200 }, { nowMs: 0 }, letters)).toEqual({
    kind: "retry",
    reason: "it broke off",
  });
});

test.each([
  [{ url }, "expected either apiKey, or user and password"],
  [{ url, apiKey, user: "u" }, "expected either apiKey, or user and password"],
  [{ url, apiKey, user: "u", password }, "expected either apiKey, or user and password"],
  [{ url, user: "u" }, "expected either apiKey, or user and password"],
  [{ url, user: "a:b", password }, "expected a user name without a colon"],
  [{ url, user: "u", password: "" }, 'expected a password, as "$NAME" of a secret'],
  [
    { url, apiKey: "a b" },
    'expected an API key of Elasticsearch (encoded), as "$NAME" of a secret',
  ],
  [
    { url, apiKey, dataStream: "Logs/x" },
    "expected the name of a data stream, in lower case, e.g. logs-webflow.audit-default",
  ],
  [{ url: "https://10.0.0.1", apiKey }, "expected a host name, got an IP address"],
])("options %# are refused with a word on what is expected", (options, message) => {
  expect(elastic.options.safeParse(options).error?.issues.map((one) => one.message)).toEqual([
    message,
  ]);
});
