// Grafana Loki. https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../sandbox/clock.ts";
import { vendorReceiver } from "../../sandbox/receivers/vendor.ts";
import { loki as lokiReceiver } from "../../sandbox/receivers/vendors/loki.ts";
import { erase } from "../../src/destinations/bind.ts";
import { loki } from "../../src/destinations/loki.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import type { OutgoingRequest } from "../../src/http.ts";
import { isObject } from "../../src/source/record.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, eventId, letterOf } from "../support/events.ts";

const token = "glc_eyJvIjoiMTIzNDU2IiwibiI6InRpZGVtYXJrIn0=";
const url = "https://logs-prod-012.grafana.net";
const nowMs = Date.parse("2026-06-04T11:20:10Z");
const dayMs = 86_400_000;

destinationContract(loki, {
  options: [
    { url, user: "123456", password: token },
    { url: `${url}/loki/api/v1/push`, token, tenant: "acme" },
  ],
  url: `${url}/loki/api/v1/push`,
  secrets: [token],
  secretsIn: ["headers"],
  takes: [[204, ""]],
  doesNotTake: [
    [200, "<html>captive portal</html>"],
    [202, ""],
  ],
  outcomes: { 400: "reject", 429: "retry", 500: "retry", 501: "halt", 503: "retry" },
});

const bound = erase(loki).bind({ url, token }, ownFormat);

/** The streams of a request, with their labels as one text. */
function streamsOf({ body }: OutgoingRequest) {
  const { streams } = JSON.parse(String(body)) as {
    streams: {
      stream: Record<string, string>;
      values: [string, string, Record<string, string>][];
    }[];
  };
  return streams;
}

test("a request is what Loki documents", () => {
  const event = auditEvent();
  const { body, ...head } = erase(loki)
    .bind({ url: "https://loki.acme-logs.com/", token, tenant: "acme" }, ownFormat)
    .encode([letterOf(event, { a: 1 })], { nowMs });
  expect(head).toEqual({
    method: "POST",
    url: "https://loki.acme-logs.com/loki/api/v1/push",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
      "x-scope-orgid": "acme",
    },
    gzip: true,
  });
  expect(JSON.parse(String(body))).toEqual({
    streams: [
      {
        stream: {
          job: "webflow",
          workspace: "acme",
          event_type: "workspace_membership.user_role_updated",
        },
        values: [
          [
            "1780572007123000000",
            '{"a":1}',
            { event_id: event.id, severity: "high", actor: "ann@acme.com" },
          ],
        ],
      },
    ],
  });
});

test("Grafana Cloud is told the user and the token", () => {
  const cloud = erase(loki).bind({ url, user: "123456", password: "glc_x" }, ownFormat);
  expect(cloud.encode([letterOf(auditEvent())], { nowMs }).headers).toEqual({
    "content-type": "application/json",
    authorization: "Basic MTIzNDU2OmdsY194",
  });
});

test("events of one type and workspace are one stream, in their order", () => {
  const [first, second, third] = auditEvents(3).map((event, i) =>
    letterOf(i === 1 ? { ...event, type: "user_access.login" } : event),
  );
  const streams = streamsOf(
    bound.encode(
      [first, second, third].flatMap((l) => l ?? []),
      { nowMs },
    ),
  );
  expect(
    streams.map(({ stream, values }) => [stream.event_type, values.map(([, , m]) => m.event_id)]),
  ).toEqual([
    ["workspace_membership.user_role_updated", [first?.event.id, third?.event.id]],
    ["user_access.login", [second?.event.id]],
  ]);
});

test("equal events of one instant are told apart by a nanosecond, as Loki would keep one of them", () => {
  const twins = ["", "-2", "-3"].map((end) =>
    letterOf(auditEvent({ id: eventId(1) + end }), { same: true }),
  );
  const [stream] = streamsOf(bound.encode(twins, { nowMs }));
  expect(stream?.values.map(([time]) => time.slice(-7))).toEqual(["3000000", "3000002", "3000003"]);
});

describe("an entry has", () => {
  const at = (ms: number) => letterOf(auditEvent({ time: new Date(ms).toISOString() }), {});
  const entryOf = (request: OutgoingRequest) => {
    const [one] = streamsOf(request);
    const [[time = "", , metadata] = []] = one?.values ?? [];
    return { ms: Number(time) / 1e6, restamped: one?.stream.restamped, metadata };
  };

  test.each([
    ["six days", -6 * dayMs],
    ["a moment from now", 60_000],
  ])("its event's time at the age of %s", (_, ms) => {
    expect(entryOf(bound.encode([at(nowMs + ms)], { nowMs }))).toMatchObject({
      ms: nowMs + ms,
      restamped: undefined,
    });
  });

  test.each([
    ["a week", -7 * dayMs],
    ["a year", -365 * dayMs],
    ["half an hour from now", 1_800_000],
  ])("the time of sending at the age of %s, and its own beside it", (_, ms) => {
    expect(entryOf(bound.encode([at(nowMs + ms)], { nowMs }))).toMatchObject({
      ms: nowMs,
      restamped: "true",
      metadata: { event_time: new Date(nowMs + ms).toISOString() },
    });
  });

  test("the time of sending in the plain form, whatever its age", () => {
    const letter = at(nowMs - 1000);
    const plain = bound.encodePlain?.(letter, { nowMs });
    expect(plain && entryOf(plain)).toMatchObject({ ms: nowMs, restamped: "true" });
  });
});

describe("nothing is lost to Loki's rules of time:", () => {
  const options = lokiReceiver.options[1] ?? {};
  const receiverAtNow = () => vendorReceiver(lokiReceiver, { clock: new VirtualClock(nowMs) });
  const send = async (
    receiver: ReturnType<typeof receiverAtNow>,
    { url: to, method, headers, body }: OutgoingRequest,
  ) => (await receiver.fetch(new Request(to, { method, headers, body: body ?? null }))).status;

  test("a backlog of a month arrives in order, old and young in one request", async () => {
    const sender = erase(loki).bind(options, ownFormat);
    const receiver = receiverAtNow();
    const letters = Array.from({ length: 60 }, (_, i) => nowMs - (60 - i) * 0.5 * dayMs).map(
      (ms, i) => letterOf(auditEvent({ id: eventId(i, ms), time: new Date(ms).toISOString() })),
    );
    for (const group of [letters.slice(0, 40), letters.slice(40, 50), letters.slice(50)]) {
      expect(await send(receiver, sender.encode(group, { nowMs }))).toBe(204);
    }
    expect(receiver.taken.size).toBe(60);
  });

  test("an event far behind the newest of its stream is taken in the plain form", async () => {
    const sender = erase(loki).bind(options, ownFormat);
    const receiver = receiverAtNow();
    const [young, old] = [nowMs, nowMs - dayMs].map((ms, i) =>
      letterOf(auditEvent({ id: eventId(i), time: new Date(ms).toISOString() })),
    );
    if (!young || !old) throw new Error("two letters");
    expect(await send(receiver, sender.encode([young], { nowMs }))).toBe(204);
    expect(await send(receiver, sender.encode([old], { nowMs }))).toBe(400);
    const plain = sender.encodePlain?.(old, { nowMs });
    expect(plain && (await send(receiver, plain))).toBe(204);
    const [, stored] = receiver.stored;
    expect(isObject(stored?.content) && stored.content.metadata).toMatchObject({
      event_time: old.event.time,
    });
  });
});

test("a refusal says what to check", () => {
  const headers = new Headers();
  const answer = { kind: "answer", status: 401, headers, body: "invalid token" } as const;
  expect(bound.judge(answer, { nowMs }, [letterOf(auditEvent())])).toMatchObject({
    kind: "halt",
    reason: expect.stringMatching(/^HTTP 401: invalid token\. Check token, or user and password/),
  });
});

test.each([
  [{ url }, "expected either token, or user and password"],
  [{ url, token, user: "u", password: "p" }, "expected either token, or user and password"],
  [{ url, password: "p" }, "expected either token, or user and password"],
  [{ url, token: "a b" }, 'expected a bearer token, as "$NAME" of a secret'],
  [{ url, token, tenant: "a|b" }, "expected the id of a tenant"],
  [{ url: "http://loki.acme-logs.com", token }, "expected a URL that starts with https://"],
])("options %# are refused with a word on what is expected", (options, message) => {
  expect(loki.options.safeParse(options).error?.issues.map((one) => one.message)).toEqual([
    message,
  ]);
});
