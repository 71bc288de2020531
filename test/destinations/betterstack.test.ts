// Better Stack Logs. https://betterstack.com/docs/logs/ingesting-data/http/logs/
import { expect, test } from "vitest";
import { betterstack } from "../../src/destinations/betterstack.ts";
import { erase } from "../../src/destinations/bind.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const token = "Kb7sourceTokenOfTheTest9";
const url = "https://s1234.eu-nbg-2.betterstackdata.com";
const bind = (more: Record<string, unknown> = {}) =>
  erase(betterstack).bind({ url, token, ...more }, ownFormat);
const judge = (status: number, body = "") => {
  const answer = { kind: "answer", status, headers: new Headers(), body } as const;
  return bind().judge(answer, { nowMs: 0 }, [letterOf(auditEvent())]);
};

destinationContract(betterstack, {
  options: [
    { url, token },
    { url: "https://in.logs.betterstack.com/", token },
  ],
  url: "https://",
  secrets: [token],
  secretsIn: ["headers"],
  takes: [[202, ""]],
  doesNotTake: [
    [200, "<html>captive portal</html>"],
    [204, ""],
  ],
});

test("a request is what Better Stack documents", () => {
  const event = auditEvent();
  const { body, ...head } = bind().encode([letterOf(event, { a: 1 })], { nowMs: 0 });
  expect(head).toEqual({
    method: "POST",
    url: "https://s1234.eu-nbg-2.betterstackdata.com/",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
  });
  expect(JSON.parse(String(body))).toEqual([
    {
      dt: "2026-06-04T11:20:07.123Z",
      level: "error",
      message: event.summary,
      event_id: event.id,
      event_type: "workspace_membership.user_role_updated",
      workspace: "acme",
      webflow: { a: 1 },
    },
  ]);
});

test("up to a thousand logs travel together, in five megabytes at most", () => {
  const packed = (content: Record<string, unknown>) =>
    bind()
      .pack(auditEvents(1200).map((event) => letterOf(event, content)))
      .map(({ length }) => length);
  expect(packed({})).toEqual([1000, 200]);
  expect(packed({ long: "x".repeat(9_700) })[0]).toBe(501);
});

test.each([
  [202, "delivered"],
  [429, "retry"],
  [500, "retry"],
  [503, "retry"],
  [406, "reject"],
  [413, "reject"],
  [401, "halt"],
  [402, "halt"],
  [403, "halt"],
])("%i is a %s", (status, kind) => {
  expect(judge(status).kind).toBe(kind);
});

test.each([
  [401, "", "Check token, and that url"],
  [402, "Quota exceeded", "The plan's quota is used up"],
  [403, "Unauthorized", "Check token, and that url"],
])("%i says what to do", (status, body, advice) => {
  expect(judge(status, body)).toMatchObject({
    kind: "halt",
    reason: expect.stringContaining(advice),
    final: false,
  });
});

test.each([
  [{ url: "s1234.eu-nbg-2.betterstackdata.com" }, "expected https:// and the ingesting host"],
  [{ url: "https://betterstackdata.com.evil.example" }, "expected https:// and the ingesting host"],
  [{ url: "https://uptime.betterstack.com" }, "expected https:// and the ingesting host"],
  [{ token: "" }, "expected the source token"],
])("refuses %j", (more, message) => {
  expect(() => bind(more)).toThrow(message);
});
