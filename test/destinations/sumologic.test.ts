// Sumo Logic's HTTP source. https://www.sumologic.com/help/docs/send-data/hosted-collectors/http-source/logs-metrics/
import { expect, test } from "vitest";
import * as z from "zod";
import { erase } from "../../src/destinations/bind.ts";
import { sumologic } from "../../src/destinations/sumologic.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const secret = "ZaVnC4dhaV0abcdefghijklmnopqrstuvwxyz0123456789==";
const url = `https://endpoint4.collection.us2.sumologic.com/receiver/v1/http/${secret}`;
const bind = (options = {}) => erase(sumologic).bind({ url, ...options }, ownFormat);

destinationContract(sumologic, {
  options: [
    { url },
    { url, category: "webflow/audit", sourceName: "tidemark", host: "webflow.com" },
  ],
  url,
  secrets: [secret],
  secretsIn: ["url"],
  takes: [[200, ""]],
  doesNotTake: [
    [202, ""],
    [204, ""],
  ],
});

test("a request is what Sumo Logic documents", () => {
  const [one, two] = [auditEvent(), auditEvent({ time: "2026-06-04T11:20:08.000Z" })];
  const letters = [letterOf(one, { a: 1 }), letterOf(two, { a: 2 })];
  const told = {
    event_id: one.id,
    event_type: "workspace_membership.user_role_updated",
    severity: "high",
    summary: one.summary,
  };
  const lines = [
    { timestamp: "2026-06-04T11:20:07.123Z", ...told, webflow: { a: 1 } },
    { timestamp: "2026-06-04T11:20:08.000Z", ...told, webflow: { a: 2 } },
  ];
  const options = { category: "webflow/audit", sourceName: "tidemark", host: "webflow.com" };
  expect(bind(options).encode(letters, { nowMs: 0 })).toEqual({
    method: "POST",
    url,
    headers: {
      "content-type": "application/x-ndjson",
      "x-sumo-category": "webflow/audit",
      "x-sumo-name": "tidemark",
      "x-sumo-host": "webflow.com",
    },
    body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    gzip: true,
  });
});

test("without options the source's own category, name and host stay", () => {
  const { headers } = bind().encode([letterOf(auditEvent())], { nowMs: 0 });
  expect(headers).toEqual({ "content-type": "application/x-ndjson" });
});

test("events beyond a megabyte go into another request", () => {
  const many = auditEvents(12).map((event) => letterOf(event, { text: "x".repeat(99_000) }));
  expect(
    bind()
      .pack(many)
      .map(({ length }) => length),
  ).toEqual([10, 2]);
});

test.each([
  [200, "delivered", undefined],
  [408, "retry", /^HTTP 408/],
  [429, "retry", /^HTTP 429/],
  [503, "retry", /^HTTP 503/],
  [504, "retry", /^HTTP 504/],
  [400, "reject", /^HTTP 400/],
  [401, "halt", /Check url/],
  [404, "halt", /Check url/],
])("an answer %i asks for %s", (status, kind, reason) => {
  const answer = { kind: "answer", status, headers: new Headers(), body: "no" } as const;
  const outcome = bind().judge(answer, { nowMs: 0 }, [letterOf(auditEvent())]);
  expect(outcome).toMatchObject({
    kind,
    ...(reason && { reason: expect.stringMatching(reason) }),
  });
});

test.each([
  [{ url: "http://endpoint4.collection.us2.sumologic.com/receiver/v1/http/Zz" }],
  [{ url: "https://sumologic.com.evil.example/receiver/v1/http/Zz" }],
  [{ url: "https://evil.example/.sumologic.com/receiver/v1/http/Zz" }],
  [{ url: "https://evil.example#.sumologic.com/receiver/v1/http/Zz" }],
  [{ url: "https://user@endpoint4.collection.sumologic.com/receiver/v1/http/Zz" }],
  [{ url: "https://endpoint4.collection.sumologic.com/receiver/v1/http/" }],
])("the options %j are refused: they lead elsewhere", (options) => {
  const parsed = sumologic.options.safeParse(options);
  expect(z.prettifyError(parsed.error ?? new z.ZodError([]))).toContain(
    "expected the URL of an HTTP Logs source, https://….sumologic.com/receiver/v1/http/…",
  );
});

test.each([
  [{ category: "größe" }, "expected a source category in plain ASCII"],
  [{ sourceName: "" }, "expected a source name in plain ASCII"],
  [{ host: "a\nb" }, "expected a host in plain ASCII"],
])("the options %j are refused: %s", (options, message) => {
  const parsed = sumologic.options.safeParse({ url, ...options });
  expect(z.prettifyError(parsed.error ?? new z.ZodError([]))).toContain(message);
});

test.each([
  "https://endpoint1.collection.eu.sumologic.com/receiver/v1/http/Zz0=",
  "https://collectors.sumologic.com/receiver/v1/http/Zz0=",
  "https://endpoint1.collection.sumologic.com/receiver/v1/http/Zz-_+/0==",
])("the URL %s is taken", (given) => {
  expect(sumologic.options.safeParse({ url: given }).success).toBe(true);
});
