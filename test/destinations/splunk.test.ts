// Splunk's HTTP Event Collector. https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { erase } from "../../src/destinations/bind.ts";
import type { Letter, Outcome } from "../../src/destinations/destination.ts";
import { splunk } from "../../src/destinations/splunk.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { ocsf } from "../../src/formats/ocsf.ts";
import type { Answer } from "../../src/http.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const token = "b1946ac9-2492-4d23-9e5c-1f2a3b4c5d6e";
const url = "https://http-inputs-acme.splunkcloud.com";
const success = '{"text":"Success","code":0}';
const facts = {
  url: `${url}/services/collector/event`,
  secrets: [token],
  secretsIn: ["headers"],
} as const;
const notTaken = [
  [200, "<html>captive portal</html>"],
  [200, ""],
  [200, '{"text":"HEC is healthy","code":17}'],
  [200, '{"text":"Server is busy","code":9}'],
  [204, ""],
] as const;

destinationContract(splunk, {
  ...facts,
  options: [
    { url, token },
    { url: `${url}/services/collector/event`, token, index: "security", sourcetype: "audit" },
  ],
  takes: [
    [200, success],
    [200, '{"text":"Success","code":0,"ackId":7}'],
  ],
  doesNotTake: notTaken,
});
// Whether it took an event is known later.
destinationContract(splunk, {
  ...facts,
  options: [{ url, token, ack: true }],
  takes: [],
  doesNotTake: notTaken,
});

const attempt = { nowMs: Date.parse("2026-06-04T11:20:10Z") };
const letters = auditEvents(3).map((event) => letterOf(event));
const bind = (options: Record<string, unknown> = {}, format = ownFormat) =>
  erase(splunk).bind({ url, token, ...options }, format);
const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Answer => ({
  kind: "answer",
  status,
  headers: new Headers(headers),
  body: typeof body === "string" ? body : JSON.stringify(body),
});

test("a request is what Splunk documents", () => {
  const event = auditEvent();
  const { body, ...head } = bind({ index: "security" }).encode(
    [letterOf(event, { a: 1 })],
    attempt,
  );
  expect(head).toEqual({
    method: "POST",
    url: "https://http-inputs-acme.splunkcloud.com/services/collector/event",
    headers: {
      "content-type": "application/json",
      authorization: `Splunk ${token}`,
      "x-splunk-request-channel": expect.stringMatching(
        /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/,
      ),
    },
    gzip: true,
  });
  expect(body).toMatch(/^\{"time":1780572007\.123,"host"/);
  expect(JSON.parse(String(body))).toEqual({
    time: 1780572007.123,
    host: "webflow.com",
    source: "webflow",
    sourcetype: "webflow:audit",
    index: "security",
    fields: {
      event_id: event.id,
      event_type: "workspace_membership.user_role_updated",
      severity: "high",
    },
    event: { a: 1 },
  });
});

test("many events are a record each, a line each, their times in plain notation with milliseconds", () => {
  const times = [
    "1970-01-01T00:00:00.000Z",
    "2026-06-04T11:20:07.000Z",
    "2100-01-01T00:00:00.120Z",
  ];
  const many = times.map((time) => letterOf(auditEvent({ time })));
  const lines = String(bind().encode(many, attempt).body).split("\n");
  expect(lines.map((line) => /^\{"time":([^,]*),/.exec(line)?.[1])).toEqual([
    "0.000",
    "1780572007.000",
    "4102444800.120",
  ]);
});

test.each([
  [ownFormat, {}, "webflow:audit"],
  [ocsf, {}, "ocsf:webflow:audit"],
  [ocsf, { sourcetype: "my:own" }, "my:own"],
])("documents in the format $name have the source type that fits", (format, options, expected) => {
  const event = auditEvent();
  const letter = { event, documents: format.toDocuments(event) };
  const { body } = bind(options, format).encode([letter], attempt);
  expect(JSON.parse(String(body)).sourcetype).toBe(expected);
});

test.each([
  ["https://splunk.acme.example:8088", "https://splunk.acme.example:8088/services/collector/event"],
  ["https://splunk.acme.example/", "https://splunk.acme.example/services/collector/event"],
  ["https://a.example.com/hec/", "https://a.example.com/hec/services/collector/event"],
  ["https://a.example.com/services/collector", "https://a.example.com/services/collector/event"],
  [
    "https://a.example.com:8088/services/collector/event/",
    "https://a.example.com:8088/services/collector/event",
  ],
])("the URL %s leads to %s", (given, expected) => {
  expect(bind({ url: given }).encode(letters, attempt).url).toBe(expected);
});

test("the channel stays the same, and is another one for another token or URL", () => {
  const channelOf = (options = {}) =>
    bind(options).encode(letters, attempt).headers["x-splunk-request-channel"];
  const other = { token: "591785b7-94f7-4f6e-8d3a-0a1b2c3d4e5f" };
  expect(channelOf()).toBe(channelOf());
  expect(new Set([channelOf(), channelOf(other), channelOf({ url: `${url}:8088` })]).size).toBe(3);
});

test("events beyond a megabyte go into another request", () => {
  const many = auditEvents(12).map((event) => letterOf(event, { text: "x".repeat(99_000) }));
  expect(
    bind()
      .pack(many)
      .map(({ length }) => length),
  ).toEqual([10, 2]);
});

describe("a code of HEC", () => {
  test.each([
    [1, 403, "Token disabled", "halt", /Enable the token under Settings > Data inputs/],
    [2, 401, "Token is required", "halt", /takes headers away/],
    [3, 401, "Invalid authorization", "halt", /Check token/],
    [4, 403, "Invalid token", "halt", /Check token/],
    [5, 400, "No data", "reject", /^HTTP \d+: No data \(code 5\)$/],
    [6, 400, "Invalid data format", "reject", /code 6/],
    [7, 400, "Incorrect index", "halt", /Check index/],
    [8, 500, "Internal server error", "retry", /code 8/],
    [9, 503, "Server is busy", "retry", /code 9/],
    [10, 400, "Data channel is missing", "halt", /takes headers away/],
    [11, 400, "Invalid data channel", "halt", /takes headers away/],
    [12, 400, "Event field is required", "reject", /code 12/],
    [13, 400, "Event field cannot be blank", "reject", /code 13/],
    [14, 400, "ACK is disabled", "halt", /Switch on indexer acknowledgment/],
    [15, 400, "Error in handling indexed fields", "reject", /code 15/],
    [16, 400, "Query string authorization is not enabled", "halt", /Remove the query from url/],
  ])("%i (HTTP %i, %s) asks for %s, also behind a proxy that answers 200", (...row) => {
    const [code, status, text, kind, reason] = row;
    for (const seen of [status, 200]) {
      const outcome = bind().judge(answer(seen, { text, code }), attempt, letters);
      expect(outcome).toMatchObject({ kind, reason: expect.stringMatching(reason) });
      expect(outcome).not.toHaveProperty("at");
    }
  });

  test("that is not known is judged by its status", () => {
    const kinds = [400, 403, 503, 200].map(
      (status) => bind().judge(answer(status, { text: "New", code: 99 }), attempt, letters).kind,
    );
    expect(kinds).toEqual(["reject", "halt", "retry", "retry"]);
  });

  test.each([5, 6, 12, 13, 15])("%i with the number of a record names the letter", (code) => {
    const body = { text: "No", code, "invalid-event-number": 1 };
    expect(bind().judge(answer(400, body), attempt, letters)).toMatchObject({
      kind: "reject",
      at: 1,
    });
  });

  test("names the letter also where letters are several records", () => {
    const [one, two] = letters.flatMap(({ documents }) => documents);
    if (!one || !two) throw new Error("no documents");
    const several: Letter[] = [1, 3, 1].map((count) => ({
      event: auditEvent(),
      documents: Array.from({ length: count }, () => one),
    }));
    const named = [-1, 0, 1, 3, 4, 5].map((number) => {
      const body = { text: "No", code: 6, "invalid-event-number": number };
      const outcome = bind().judge(answer(400, body), attempt, several);
      return outcome.kind === "reject" ? outcome.at : "no reject";
    });
    expect(named).toEqual([undefined, 0, 1, 1, 2, undefined]);
  });

  test("that means busy waits as long as Retry-After says", () => {
    const busy = answer(503, { text: "Server is busy", code: 9 }, { "retry-after": "7" });
    expect(bind().judge(busy, attempt, letters)).toMatchObject({ retryAfterMs: 7000 });
  });

  test("that never came leaves open what happened: the events are sent again", () => {
    const cut: Answer = { kind: "failure", reason: "network", message: "broke off", status: 200 };
    expect(bind().judge(cut, attempt, letters)).toEqual({ kind: "retry", reason: "broke off" });
  });
});

describe("with acknowledgments", () => {
  const bound = bind({ ack: true });
  const begun = () =>
    bound.judge(answer(200, { text: "Success", code: 0, ackId: 0 }), attempt, letters);
  const next = (outcome: Outcome, given: Answer): Outcome => {
    if (outcome.kind !== "confirm") throw new Error(`nothing to ask: ${outcome.kind}`);
    return outcome.judge(given, attempt);
  };
  const not = answer(200, { acks: { 0: false } });

  test("the indexer is asked soon after, and then every 10 s, in the same channel", () => {
    const { headers } = bound.encode(letters, attempt);
    expect(begun()).toMatchObject({
      kind: "confirm",
      afterMs: 2000,
      request: {
        method: "POST",
        url: `${url}/services/collector/ack?channel=${headers["x-splunk-request-channel"]}`,
        headers: {
          "content-type": "application/json",
          authorization: `Splunk ${token}`,
          "x-splunk-request-channel": headers["x-splunk-request-channel"],
        },
        body: '{"acks":[0]}',
      },
    });
  });

  test("events are delivered when it says so", () => {
    const yes = answer(200, { acks: { 0: true } });
    expect(next(begun(), yes)).toEqual({ kind: "delivered" });
    expect(next(next(begun(), not), yes)).toEqual({ kind: "delivered" });
  });

  test("it is asked 30 times, then the events are sent again", () => {
    let outcome = begun();
    let times = 0;
    for (; outcome.kind === "confirm"; times++) outcome = next(outcome, not);
    expect(times).toBe(30);
    expect(outcome).toEqual({
      kind: "retry",
      reason: expect.stringMatching(
        /^not acknowledged by the indexer within 300 s\. Behind a load/,
      ),
    });
  });

  test.each([
    ["is busy", answer(503, { text: "Server is busy", code: 9 }), 10_000],
    ["says when to come back", answer(429, "", { "retry-after": "60" }), 60_000],
    ["does not know the ackId", answer(200, { acks: {} }), 10_000],
    ["answers nonsense", answer(200, "<html></html>"), 10_000],
    ["breaks off", { kind: "failure", reason: "network", message: "broke off" } as const, 10_000],
  ])("a receiver that %s is asked again", (_, given, afterMs) => {
    expect(next(begun(), given)).toMatchObject({ kind: "confirm", afterMs });
  });

  test("a receiver that refuses to be asked stops the destination", () => {
    const outcome = next(begun(), answer(400, { text: "ACK is disabled", code: 14 }));
    expect(outcome).toMatchObject({ kind: "halt", reason: expect.stringContaining("code 14") });
  });

  test("a token without acknowledgment stops the destination, and says what to do", () => {
    expect(bound.judge(answer(200, success), attempt, letters)).toEqual({
      kind: "halt",
      reason:
        "Splunk gave no ackId. Switch on indexer acknowledgment for the token, or remove ack from the destination.",
    });
  });
});

test.each([
  [{ url: "http://splunk.acme.example:8088" }, "expected a URL that starts with https://"],
  [{ url: "https://10.0.0.7:8088" }, "expected a host name, got an IP address"],
  [{ token: "two words" }, 'expected a HEC token, as "$NAME" of a secret'],
  [{ index: "Security Logs" }, 'expected the name of an index, e.g. "security"'],
])("the options %j are refused: %s", (options, message) => {
  const parsed = splunk.options.safeParse({ url, token, ...options });
  expect(z.prettifyError(parsed.error ?? new z.ZodError([]))).toContain(message);
});

test("with acknowledgments each batch has a channel of its own: an ackId of another confirms nothing", () => {
  const [a, b] = auditEvents(2).map((event) => letterOf(event));
  if (!a || !b) throw new Error("no letters");
  const channels = (ack: boolean) => {
    const splunkAs = erase(splunk).bind({ url, token, ack }, ownFormat);
    const channelOf = (...group: Letter[]) =>
      splunkAs.encode(group, { nowMs: 0 }).headers["x-splunk-request-channel"];
    return [channelOf(a), channelOf(a), channelOf(b), channelOf(a, b)];
  };
  const [first, again, other, both] = channels(true);
  expect(again).toBe(first);
  expect(new Set([first, other, both]).size).toBe(3);
  expect(new Set(channels(false)).size).toBe(1);
});
