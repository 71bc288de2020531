// Cribl's HTTP/S (Bulk API) source. https://docs.cribl.io/stream/sources-https/
import { expect, test } from "vitest";
import * as z from "zod";
import { erase } from "../../src/destinations/bind.ts";
import { cribl } from "../../src/destinations/cribl.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const token = "criblAuthToken0123456789abcdef";
const url = "https://default.main.acme.cribl.cloud:10080/cribl/_bulk";
const bind = (options = {}) => erase(cribl).bind({ url, token, ...options }, ownFormat);

destinationContract(cribl, {
  options: [
    { url, token },
    { url, token: `Bearer ${token}` },
  ],
  url,
  secrets: [token],
  secretsIn: ["headers"],
  takes: [[200, '{"text":"Success","code":0}']],
  doesNotTake: [
    [204, ""],
    [202, ""],
  ],
});

test("a request is what Cribl documents", () => {
  const [one, two] = [auditEvent(), auditEvent({ time: "2026-06-04T11:20:08.000Z" })];
  const request = bind().encode([letterOf(one, { a: 1 }), letterOf(two, { a: 2 })], { nowMs: 0 });
  const told = {
    event_id: one.id,
    event_type: "workspace_membership.user_role_updated",
    severity: "high",
    summary: one.summary,
  };
  const lines = [
    { _time: 1780572007.123, ...told, webflow: { a: 1 } },
    { _time: 1780572008, ...told, webflow: { a: 2 } },
  ];
  expect(request).toEqual({
    method: "POST",
    url,
    headers: { "content-type": "application/x-ndjson", authorization: token },
    body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    gzip: true,
  });
});

test.each([token, `Bearer ${token}`])("the token %j is sent as it is given", (given) => {
  const { headers } = bind({ token: given }).encode([letterOf(auditEvent())], { nowMs: 0 });
  expect(headers.authorization).toBe(given);
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
  [503, "retry", /^HTTP 503: no$/],
  [429, "retry", /^HTTP 429/],
  [500, "retry", /^HTTP 500/],
  [401, "halt", /Check token/],
  [403, "halt", /Check token/],
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
  [{ url: "http://cribl.acme.example:10080/cribl/_bulk" }, "starts with https://"],
  [{ token: "Bearer two words" }, "expected an auth token of the source"],
  [{ token: "" }, "expected an auth token of the source"],
])("the options %j are refused: %s", (options, message) => {
  const parsed = cribl.options.safeParse({ url, token, ...options });
  expect(z.prettifyError(parsed.error ?? new z.ZodError([]))).toContain(message);
});
