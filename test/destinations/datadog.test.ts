// Datadog Logs. https://docs.datadoghq.com/api/latest/logs/#send-logs
import { expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import { datadog } from "../../src/destinations/datadog.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, letterOf } from "../support/events.ts";

const apiKey = "0123456789abcdef0123456789abcdef";

destinationContract(datadog, {
  options: [{ apiKey }, { apiKey, site: "datadoghq.eu", tags: ["env:prod"] }],
  url: "https://http-intake.logs.datadoghq.",
  secrets: [apiKey],
  secretsIn: ["headers"],
  takes: [[202, "{}"]],
  doesNotTake: [
    [200, "<html>captive portal</html>"],
    [204, ""],
  ],
});

test("a request is what Datadog documents", () => {
  const event = auditEvent();
  const bound = erase(datadog).bind({ apiKey, tags: ["env:prod"] }, ownFormat);
  const { body, ...head } = bound.encode([letterOf(event, { a: 1 })], { nowMs: 0 });
  expect(head).toEqual({
    method: "POST",
    url: "https://http-intake.logs.datadoghq.com/api/v2/logs",
    headers: { "content-type": "application/json", "dd-api-key": apiKey },
    gzip: true,
  });
  expect(JSON.parse(String(body))).toEqual([
    {
      ddsource: "webflow",
      ddtags: "env:prod,event_type:workspace_membership.user_role_updated",
      hostname: "webflow.com",
      service: "webflow",
      status: "error",
      timestamp: "2026-06-04T11:20:07.123Z",
      message: event.summary,
      event_id: event.id,
      workspace: "acme",
      webflow: { a: 1 },
    },
  ]);
});

test("a refused key says what to check", () => {
  const bound = erase(datadog).bind({ apiKey }, ownFormat);
  const headers = new Headers();
  const answer = { kind: "answer", status: 403, headers, body: "Forbidden" } as const;
  expect(bound.judge(answer, { nowMs: 0 }, [letterOf(auditEvent())])).toMatchObject({
    kind: "halt",
    reason: expect.stringMatching(/^HTTP 403: Forbidden\. Check apiKey, and that site/),
  });
});
