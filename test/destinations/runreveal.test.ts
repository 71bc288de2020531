// RunReveal. https://docs.runreveal.com/sources/source-types/structured-webhooks
import fc from "fast-check";
import { expect, test } from "vitest";
import * as z from "zod";
import { erase } from "../../src/destinations/bind.ts";
import { runreveal } from "../../src/destinations/runreveal.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, hostileEvent, letterOf } from "../support/events.ts";

const token = "rr-bearer-token-of-the-source";
const url = "https://api.runreveal.com/sources/hook/2bHook4x9";
const bind = (more: Record<string, unknown> = {}) =>
  erase(runreveal).bind({ url, token, ...more }, ownFormat);
const messageOf = (event = auditEvent()) =>
  JSON.parse(String(bind().encode([letterOf(event)], { nowMs: 0 }).body));
const judge = (status: number) => {
  const answer = { kind: "answer", status, headers: new Headers(), body: "" } as const;
  return bind().judge(answer, { nowMs: 0 }, [letterOf(auditEvent())]);
};

destinationContract(runreveal, {
  options: [{ url, token }],
  url,
  secrets: [token],
  secretsIn: ["headers"],
  takes: [
    [200, ""],
    [202, "{}"],
    [204, ""],
  ],
  doesNotTake: [],
});

test("a request is what RunReveal documents", () => {
  const event = auditEvent();
  const { body, ...head } = bind().encode([letterOf(event)], { nowMs: 0 });
  expect(head).toEqual({
    method: "POST",
    url,
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
  });
  expect(JSON.parse(String(body))).toEqual({
    eventName: "workspace_membership.user_role_updated",
    eventTime: "2026-06-04T11:20:07.123Z",
    readOnly: false,
    actor: {
      id: "64f0c0ffee0000000000000a",
      email: "ann@acme.com",
      username: "ann@acme.com",
    },
    src: {},
    service: { name: "webflow" },
    resources: [
      { type: "workspace", id: "64f0c0ffee00000000000001", slug: "acme" },
      { type: "user", id: "64f0c0ffee0000000000000b", email: "ben_k@acme.com" },
    ],
    tags: {
      event_id: event.id,
      severity: "high",
      summary: event.summary,
      actor_type: "person",
      role: "Workspace Admin",
      previous_role: "Designer",
      method: "dashboard",
      user_type: "member",
      raw: '{"eventType":"workspace_membership","eventSubType":"user_role_updated"}',
    },
  });
});

test("what concerns a site, a collection, a setting or an address is told", () => {
  const event = auditEvent({
    site: { id: "s1", slug: "shop" },
    granularAccess: { id: "c1", name: "Posts", type: "cms", restricted: true },
    setting: { name: "ai_toggle", value: "false", previousValue: "true" },
    source: { ip: "192.0.2.7", location: "Ashburn US" },
    targets: [],
  });
  expect(messageOf(event)).toMatchObject({
    src: { ip: "192.0.2.7" },
    resources: [
      { type: "workspace" },
      { type: "site", id: "s1", slug: "shop" },
      { type: "collection", id: "c1", name: "Posts" },
    ],
    tags: {
      setting: "ai_toggle",
      setting_value: "false",
      setting_previous_value: "true",
      access_restricted: "true",
      location: "Ashburn US",
    },
  });
});

test.each([
  ["user_access.login", true],
  ["user_access.logout", true],
  ["tidemark.test", true],
  ["custom_role.role_deleted", false],
  ["something.new", false],
])("%s changes nothing: %j", (type, readOnly) => {
  expect(messageOf(auditEvent({ type })).readOnly).toBe(readOnly);
});

test("every field has the type that RunReveal reads it into, whatever is in the event", () => {
  const text = z.string().optional();
  const shape = z.strictObject({
    eventName: z.string(),
    eventTime: z.iso.datetime(),
    readOnly: z.boolean(),
    actor: z.strictObject({ id: text, email: text, username: text }),
    src: z.strictObject({ ip: text }),
    service: z.strictObject({ name: z.string() }),
    resources: z.array(z.looseObject({ type: z.string() })),
    tags: z.record(z.string(), z.string()),
  });
  fc.assert(
    fc.property(hostileEvent, (event) => {
      expect(shape.safeParse(messageOf(event)).error).toBeUndefined();
    }),
  );
});

test("each event travels in a request of its own", () => {
  const letters = auditEvents(3).map((event) => letterOf(event));
  expect(bind().pack(letters)).toEqual(letters.map((letter) => [letter]));
});

test.each([
  [200, "delivered"],
  [202, "delivered"],
  [204, "delivered"],
  [429, "retry"],
  [500, "retry"],
  [503, "retry"],
  [400, "reject"],
  [413, "reject"],
  [401, "halt"],
  [403, "halt"],
  [404, "halt"],
  [405, "halt"],
])("%i is a %s", (status, kind) => {
  expect(judge(status).kind).toBe(kind);
});

test.each([
  [401, "Check token"],
  [403, "Check token"],
  [404, "Check url"],
])("%i says what to do", (status, advice) => {
  expect(judge(status)).toMatchObject({ reason: expect.stringContaining(advice) });
});

test.each([
  [{ url: "https://api.runreveal.com/sources/hook/" }, "expected the URL of a structured webhook"],
  [{ url: "https://runreveal.evil.example/sources/hook/2b" }, "expected the URL of a structured"],
  [{ token: "" }, "expected the source's bearer token"],
])("refuses %j", (more, message) => {
  expect(() => bind(more)).toThrow(message);
});
