// New Relic Logs. https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/
import fc from "fast-check";
import { expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import { newrelic } from "../../src/destinations/newrelic.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { formats } from "../../src/formats/registry.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, hostileEvent, letterOf } from "../support/events.ts";

const apiKey = "0123456789abcdef0123456789abcdef0123NRAL";
const bind = (more: Record<string, unknown> = {}, format = ownFormat) =>
  erase(newrelic).bind({ apiKey, ...more }, format);
const attributesOf = (content: Record<string, unknown>, event = auditEvent()) => {
  const { body } = bind().encode([letterOf(event, content)], { nowMs: 0 });
  return JSON.parse(String(body))[0].logs[0].attributes;
};

destinationContract(newrelic, {
  options: [{ apiKey }, { apiKey, region: "eu" }, { apiKey, region: "fedramp" }],
  url: "https://",
  secrets: [apiKey],
  secretsIn: ["headers"],
  takes: [[202, '{"requestId":"0f0e0d0c"}']],
  doesNotTake: [
    [200, "<html>captive portal</html>"],
    [204, ""],
  ],
});

test("a request is what New Relic documents", () => {
  const event = auditEvent();
  const content = { a: 1, b: { c: true, "d.e": "f", none: null }, list: [{ g: 1 }], raw: { h: 1 } };
  const { body, ...head } = bind().encode([letterOf(event, content)], { nowMs: 0 });
  expect(head).toEqual({
    method: "POST",
    url: "https://log-api.newrelic.com/log/v1",
    headers: { "content-type": "application/json", "api-key": apiKey },
    gzip: true,
  });
  expect(JSON.parse(String(body))).toEqual([
    {
      common: { attributes: { logtype: "webflow" } },
      logs: [
        {
          timestamp: Date.parse("2026-06-04T11:20:07.123Z"),
          message: event.summary,
          attributes: {
            event_id: event.id,
            event_type: "workspace_membership.user_role_updated",
            level: "error",
            workspace: "acme",
            "webflow.a": 1,
            "webflow.b.c": true,
            "webflow.b.d.e": "f",
            "webflow.list": '[{"g":1}]',
            "webflow.raw": '{"h":1}',
          },
        },
      ],
    },
  ]);
});

test.each([
  ["us", "https://log-api.newrelic.com/log/v1"],
  ["eu", "https://log-api.eu.newrelic.com/log/v1"],
  ["fedramp", "https://gov-log-api.newrelic.com/log/v1"],
])("region %s is at %s", (region, url) => {
  expect(bind({ region }).encode([letterOf(auditEvent())], { nowMs: 0 }).url).toBe(url);
});

test("attributes that New Relic would drop, for their number or their name, stand together in one text", () => {
  const long = "n".repeat(300);
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`a${i}`, i]));
  const { webflow_rest, ...attributes } = attributesOf({ [long]: "x", ...many });
  expect(Object.keys(attributes)).toHaveLength(204);
  const rest = JSON.parse(webflow_rest);
  expect(rest[`webflow.${long}`]).toBe("x");
  expect(rest["webflow.a299"]).toBe(299);
  expect(Object.keys(rest)).toHaveLength(101);
});

test("attributes are flat, at most 255, with names of at most 255 characters, in all formats", () => {
  fc.assert(
    fc.property(hostileEvent, fc.constantFrom(...formats), (event, format) => {
      const bound = bind({}, format);
      const { body } = bound.encode([{ event, documents: format.toDocuments(event) }], {
        nowMs: 0,
      });
      for (const { attributes } of JSON.parse(String(body))[0].logs) {
        const all = Object.entries(attributes);
        expect(all.length).toBeLessThanOrEqual(255);
        expect(all.filter(([name]) => name.length > 255)).toEqual([]);
        expect(all.filter(([, value]) => typeof value === "object")).toEqual([]);
      }
    }),
  );
});

test("up to a hundred logs travel together, in a megabyte at most", () => {
  const packed = (content: Record<string, unknown>) =>
    bind()
      .pack(auditEvents(250).map((event) => letterOf(event, content)))
      .map(({ length }) => length);
  expect(packed({})).toEqual([100, 100, 50]);
  expect(packed({ long: "x".repeat(19_600) })[0]).toBe(50);
});

test.each([
  [202, "delivered"],
  [408, "retry"],
  [429, "retry"],
  [500, "retry"],
  [503, "retry"],
  [400, "reject"],
  [413, "reject"],
  [415, "reject"],
  [403, "halt"],
  [404, "halt"],
  [405, "halt"],
  [411, "halt"],
])("%i is a %s", (status, kind) => {
  const answer = { kind: "answer", status, headers: new Headers(), body: "" } as const;
  expect(bind().judge(answer, { nowMs: 0 }, [letterOf(auditEvent())]).kind).toBe(kind);
});

test("success says that New Relic has not checked the logs yet, a refused key what to check", () => {
  const judge = (status: number) => {
    const answer = { kind: "answer", status, headers: new Headers(), body: "{}" } as const;
    return bind().judge(answer, { nowMs: 0 }, [letterOf(auditEvent())]);
  };
  expect(judge(202)).toMatchObject({ note: expect.stringContaining("NrIntegrationError") });
  expect(judge(403)).toMatchObject({ reason: expect.stringContaining("Check apiKey") });
});

test.each([
  [{ region: "asia" }, "expected one of"],
  [{ apiKey: "" }, "expected a New Relic license key"],
  [{ apiKey: "two words" }, "expected a New Relic license key"],
])("refuses %j", (more, message) => {
  expect(() => bind(more)).toThrow(message);
});
