// PagerDuty Events API v2. https://developer.pagerduty.com/docs/events-api-v2-overview
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import type { Verdict } from "../../src/destinations/destination.ts";
import { pagerduty } from "../../src/destinations/pagerduty.ts";
import { type AuditEvent, severities } from "../../src/event/event.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { expectPlainLine, stringsIn } from "../support/chat.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, hostileEvent, letterOf } from "../support/events.ts";

const routingKey = "R0123456789abcdef0123456789ABCDE";

destinationContract(pagerduty, {
  options: [{ routingKey }, { routingKey, region: "eu" }],
  url: "https://events.",
  secrets: [routingKey],
  secretsIn: ["body"],
  takes: [[202, '{"status":"success","message":"Event processed","dedup_key":"a"}']],
  doesNotTake: [
    [202, ""],
    [202, '{"status":"failure"}'],
    [200, '{"status":"success"}'],
    [204, ""],
  ],
  outcomes: { 501: "retry", 505: "retry" },
});

const bound = erase(pagerduty).bind({ routingKey }, ownFormat);
const bodyOf = (event: AuditEvent) =>
  JSON.parse(String(bound.encode([letterOf(event)], { nowMs: 0 }).body));

test("an event triggers an alert that is known by the event's id", () => {
  const event = auditEvent({ flags: { late: true, backfilled: true, unknown: false } });
  const { body, ...head } = bound.encode([letterOf(event)], { nowMs: 0 });
  expect(head).toEqual({
    method: "POST",
    url: "https://events.pagerduty.com/v2/enqueue",
    headers: { "content-type": "application/json; charset=utf-8" },
  });
  expect(JSON.parse(String(body))).toEqual({
    routing_key: routingKey,
    event_action: "trigger",
    dedup_key: event.id,
    client: "Tidemark",
    payload: {
      summary: event.summary,
      severity: "error",
      source: "acme",
      timestamp: "2026-06-04T11:20:07.123Z",
      class: "workspace_membership.user_role_updated",
      custom_details: {
        Actor: "ann@acme.com",
        Target: "ben_k@acme.com",
        Role: "Designer → Workspace Admin",
        Method: "dashboard",
        Type: "workspace_membership.user_role_updated",
        Flags: "late · backfilled",
        Event: event.id,
      },
    },
  });
});

test("accounts of the EU have an address of their own", () => {
  const eu = erase(pagerduty).bind({ routingKey, region: "eu" }, ownFormat);
  expect(eu.encode([letterOf(auditEvent())], { nowMs: 0 }).url).toBe(
    "https://events.eu.pagerduty.com/v2/enqueue",
  );
});

test("each severity is one of PagerDuty's four", () => {
  const said = severities.map((severity) => bodyOf(auditEvent({ severity })).payload.severity);
  expect(said).toEqual(["info", "info", "warning", "error", "critical"]);
});

test("begins at high severity, one event a request, two requests a second", () => {
  expect(pagerduty.minSeverity).toBe("high");
  expect(bound.pack(auditEvents(3).map((event) => letterOf(event)))).toHaveLength(3);
  expect(bound.minIntervalMs).toBe(500);
});

test("whatever the event contains, the alert keeps to PagerDuty's limits, and its texts are plain lines", () => {
  fc.assert(
    fc.property(hostileEvent, (event) => {
      const { dedup_key, payload } = bodyOf(event);
      expect(dedup_key).toBe(event.id);
      expect(payload.summary.length).toBeGreaterThan(0);
      expect(payload.summary.length).toBeLessThanOrEqual(1024);
      expect(payload.source).not.toBe("");
      expect(JSON.stringify(payload).length).toBeLessThan(20_000);
      for (const text of stringsIn(payload)) expectPlainLine(text);
    }),
  );
});

// From https://github.com/PagerDuty/api-schema, which is not ours.
const specFile = new URL(
  "../../../shared/data/openapi/pagerduty-events-v2.openapi.json",
  import.meta.url,
).pathname;

test.skipIf(!existsSync(specFile))("PagerDuty's own description knows every field", () => {
  const { paths, components } = JSON.parse(readFileSync(specFile, "utf8"));
  const request = paths["/enqueue"].post.requestBody.content["application/json"].schema;
  const { Payload } = components.schemas;
  const { payload, ...body } = bodyOf(auditEvent());
  expect(Object.keys(request.properties)).toEqual(expect.arrayContaining(Object.keys(body)));
  expect(Object.keys({ ...body, payload })).toEqual(expect.arrayContaining(request.required));
  expect(Object.keys(Payload.properties)).toEqual(expect.arrayContaining(Object.keys(payload)));
  expect(Object.keys(payload)).toEqual(expect.arrayContaining(Payload.required));
  for (const severity of severities) {
    expect(Payload.properties.severity.enum).toContain(
      bodyOf(auditEvent({ severity })).payload.severity,
    );
  }
});

const judge = (status: number, body: string) =>
  bound.judge({ kind: "answer", status, headers: new Headers(), body }, { nowMs: 0 }, []);
const refusal = (error: string) =>
  JSON.stringify({ status: "invalid event", message: "Event object is invalid", errors: [error] });

test.each<[number, string, Verdict["kind"]]>([
  [202, '{"status":"success"}', "delivered"],
  [202, "<html></html>", "retry"],
  [400, refusal("'payload.severity' is invalid"), "reject"],
  [400, refusal("Length of 'routing_key' is incorrect (should be 32 characters)"), "halt"],
  [400, "Invalid routing key", "halt"],
  [403, "", "halt"],
  [404, "", "halt"],
  [413, "", "reject"],
  [429, '{"status":"throttle exceeded"}', "retry"],
  [500, "", "retry"],
  [503, "", "retry"],
])("HTTP %i %j: %s", (status, body, kind) => {
  expect(judge(status, body).kind).toBe(kind);
});

describe("the option routingKey", () => {
  test.each([
    "",
    "e+23rschqsESqk9Q6_-g",
    `${routingKey}0`,
    routingKey.replace("R", "-"),
    undefined,
  ])("refuses %j, and says what is expected", (given) => {
    const { error } = pagerduty.options.safeParse({ routingKey: given });
    expect(error?.message).toContain("expected the Integration Key of an Events API V2");
  });
});
