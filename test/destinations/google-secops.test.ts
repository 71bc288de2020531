// Google SecOps. https://docs.cloud.google.com/chronicle/docs/ingestion/setup-siem-webhook
import { expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import { googleSecops } from "../../src/destinations/google-secops.ts";
import { ocsf } from "../../src/formats/ocsf.ts";
import { raw } from "../../src/formats/raw.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const apiKey = "AIzaSy-0123456789abcdefghijklmnopqrstuv";
const secretKey = "8f1c2a34-the-feeds-secret-key";
const url =
  "https://eu-chronicle.googleapis.com/v1alpha/projects/123/locations/eu/instances/8f1c2a34-01/feeds/8f1c2a34-02:importPushLogs";
const bind = (more: Record<string, unknown> = {}, format = ocsf) =>
  erase(googleSecops).bind({ url, apiKey, secretKey, ...more }, format);
const judge = (status: number, body = "") => {
  const answer = { kind: "answer", status, headers: new Headers(), body } as const;
  return bind().judge(answer, { nowMs: 0 }, [letterOf(auditEvent())]);
};

destinationContract(googleSecops, {
  options: [{ url, apiKey, secretKey }],
  url,
  secrets: [apiKey, secretKey],
  secretsIn: ["headers"],
  takes: [[200, "{}"]],
  doesNotTake: [
    [202, "{}"],
    [204, ""],
  ],
});

test("a request is what Google documents: documents as they are, one a line", () => {
  const letters = auditEvents(2).map((event, a) => letterOf(event, { a }));
  expect(bind().encode(letters, { nowMs: 0 })).toEqual({
    method: "POST",
    url,
    headers: {
      "content-type": "application/json",
      "x-goog-api-key": apiKey,
      "x-webhook-access-key": secretKey,
    },
    body: '{"a":0}\n{"a":1}\n',
  });
});

test("of an event about several people, each document is a line", () => {
  const targets = [
    { id: "b", email: "ben@acme.com" },
    { id: "c", email: "cem@acme.com" },
  ];
  const event = auditEvent({ type: "workspace_invitation.access_request_accepted", targets });
  const { body } = bind().encode([{ event, documents: ocsf.toDocuments(event) }], { nowMs: 0 });
  const lines = String(body).trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line).metadata.uid)).toEqual([
    `${event.id}-1`,
    `${event.id}-2`,
  ]);
});

test("the item as received, which has no id, gets that of the event", () => {
  const event = auditEvent({ raw: { eventType: "user_access" } });
  const { body } = bind({}, raw).encode([letterOf(event, event.raw)], { nowMs: 0 });
  expect(JSON.parse(String(body))).toEqual({ eventType: "user_access", event_id: event.id });
});

test("up to a thousand documents travel together, in 512 KB at most", () => {
  const packed = (content: Record<string, unknown>) =>
    bind()
      .pack(auditEvents(1200).map((event) => letterOf(event, content)))
      .map(({ length }) => length);
  expect(packed({})).toEqual([1000, 200]);
  expect(packed({ long: "x".repeat(5_100) })[0]).toBe(100);
});

test.each([
  [200, "{}", "delivered"],
  [429, "", "retry"],
  [500, "", "retry"],
  [503, "", "retry"],
  [400, '{"error":{"code":400,"status":"INVALID_ARGUMENT"}}', "reject"],
  [400, '{"error":{"code":400,"details":[{"reason": "API_KEY_INVALID"}]}}', "halt"],
  [401, "", "halt"],
  [403, "", "halt"],
  [404, "", "halt"],
])("%i %s is a %s", (status, body, kind) => {
  expect(judge(status, body).kind).toBe(kind);
});

test.each([
  [401, "Check apiKey and secretKey"],
  [403, "may use the Chronicle API"],
  [404, "Check url"],
])("%i says what to do", (status, advice) => {
  expect(judge(status)).toMatchObject({ reason: expect.stringContaining(advice) });
});

test.each([
  [
    { url: url.replace("eu-chronicle.googleapis.com", "chronicle.evil.example") },
    "expected the feed's endpoint",
  ],
  [{ url: url.replace(":importPushLogs", "") }, "expected the feed's endpoint"],
  [{ url: `${url}?key=AIza&secret=x` }, "expected the feed's endpoint"],
  [{ apiKey: "" }, "expected a Google Cloud API key"],
  [{ secretKey: "" }, "expected the feed's secret key"],
])("refuses %j", (more, message) => {
  expect(() => bind(more)).toThrow(message);
});
