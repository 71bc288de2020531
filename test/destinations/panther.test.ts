// Panther's HTTP source. https://docs.panther.com/data-onboarding/data-transports/http
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import * as z from "zod";
import { erase } from "../../src/destinations/bind.ts";
import { panther } from "../../src/destinations/panther.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const secret = "pantherSecret0123456789abcdef";
const url = "https://logs.acme.runpanther.net/http/6fd9b5e2-4cbd-4a2c-8d3f-0a1b2c3d4e5f";
const shared = { auth: "shared-secret", header: "X-Panther-Token" };
const signed = { auth: "hmac", header: "x-panther-signature" };
const bind = (options = {}) => erase(panther).bind({ url, secret, ...options }, ownFormat);
const facts = {
  url,
  secrets: [secret],
  takes: [[200, ""]],
  doesNotTake: [
    [202, ""],
    [204, ""],
  ],
} as const;

destinationContract(panther, {
  ...facts,
  options: [
    { url, secret },
    { url, secret, ...shared },
  ],
  secretsIn: ["headers"],
});
// The secret itself is never sent.
destinationContract(panther, { ...facts, options: [{ url, secret, ...signed }], secretsIn: [] });

test("a request is what Panther documents", () => {
  const [one, two] = [auditEvent(), auditEvent({ time: "2026-06-04T11:20:08.000Z" })];
  const told = {
    event_id: one.id,
    event_type: "workspace_membership.user_role_updated",
    severity: "high",
    summary: one.summary,
  };
  const lines = [
    { time: "2026-06-04T11:20:07.123Z", ...told, webflow: { a: 1 } },
    { time: "2026-06-04T11:20:08.000Z", ...told, webflow: { a: 2 } },
  ];
  const letters = [letterOf(one, { a: 1 }), letterOf(two, { a: 2 })];
  expect(bind().encode(letters, { nowMs: 0 })).toEqual({
    method: "POST",
    url,
    headers: { "content-type": "application/x-ndjson", authorization: `Bearer ${secret}` },
    body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
  });
});

test("a shared secret stands in the header that the source names", () => {
  const { headers } = bind(shared).encode([letterOf(auditEvent())], { nowMs: 0 });
  expect(headers).toEqual({
    "content-type": "application/x-ndjson",
    "x-panther-token": secret,
  });
});

test("with HMAC the header is the signature of exactly what is sent", () => {
  const letters = [letterOf(auditEvent(), { name: "名前 😀 \u0000" })];
  const { headers, body = "", gzip } = bind(signed).encode(letters, { nowMs: 0 });
  expect(headers).toEqual({
    "content-type": "application/x-ndjson",
    "x-panther-signature": createHmac("sha256", secret).update(Buffer.from(body)).digest("hex"),
  });
  expect(gzip).toBeUndefined();
});

test("events beyond 500 kB go into another request", () => {
  const many = auditEvents(7).map((event) => letterOf(event, { text: "x".repeat(99_000) }));
  expect(
    bind()
      .pack(many)
      .map(({ length }) => length),
  ).toEqual([5, 2]);
});

test.each([
  [200, "delivered", undefined],
  [429, "retry", /^HTTP 429/],
  [500, "retry", /^HTTP 500/],
  [503, "retry", /^HTTP 503/],
  [400, "reject", /^HTTP 400/],
  [413, "reject", /^HTTP 413/],
  [401, "halt", /Check auth, secret and header/],
  [403, "halt", /Check auth, secret and header/],
  [404, "halt", /Check url/],
])("an answer %i asks for %s", (status, kind, reason) => {
  const answer = { kind: "answer", status, headers: new Headers(), body: "no" } as const;
  const outcome = bind().judge(answer, { nowMs: 0 }, [letterOf(auditEvent())]);
  expect(outcome).toMatchObject({
    kind,
    ...(reason && { reason: expect.stringMatching(reason) }),
  });
});

const noUrl = "expected the URL of a Panther HTTP source, https://logs.…/http/…";
const noHeader =
  'expected the header\'s name with auth = "shared-secret" or "hmac", and only there';
test.each([
  [{ url: "https://logs.acme.runpanther.net/" }, noUrl],
  [{ url: "https://10.0.0.7/http/6fd9b5e2-4cbd-4a2c-8d3f-0a1b2c3d4e5f" }, "got an IP address"],
  [{ auth: "basic" }, 'expected one of "bearer"|"shared-secret"|"hmac"'],
  [{ auth: "hmac" }, noHeader],
  [{ auth: "shared-secret" }, noHeader],
  [{ header: "x-panther-token" }, noHeader],
  [{ ...shared, header: "X Token" }, "expected the name of a header"],
  [{ secret: "two words" }, "expected the source's bearer token, shared secret or HMAC key, as"],
])("the options %j are refused: %s", (options, message) => {
  const parsed = panther.options.safeParse({ url, secret, ...options });
  expect(z.prettifyError(parsed.error ?? new z.ZodError([]))).toContain(message);
});
