// Standard Webhooks, checked with the official library as the receiver.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { VirtualClock } from "../../sandbox/clock.ts";
import { Sender } from "../../src/deliver.ts";
import { erase } from "../../src/destinations/bind.ts";
import type { Attempt, Letter } from "../../src/destinations/destination.ts";
import { webhook } from "../../src/destinations/webhook.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { cloudevents } from "../../src/formats/cloudevents.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import type { OutgoingRequest } from "../../src/http.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, eventId, hostileEvents, letterOf } from "../support/events.ts";

// The secret of the specification's example, and one made for the next rotation.
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const nextSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQI";
const url = "https://siem.example.com/in";
const nowMs = Date.parse("2026-06-04T11:20:10.999Z");

const bind = (options: Record<string, unknown> = {}) =>
  erase(webhook).bind({ url, secret, ...options }, ownFormat);
const toLetter = (event: AuditEvent): Letter => letterOf(event);
const encode = (events: readonly AuditEvent[], options = {}, attempt: Attempt = { nowMs }) =>
  bind(options).encode(events.map(toLetter), attempt);
const bodyOf = ({ body }: OutgoingRequest) => Buffer.from(body ?? "");
const parse = (request: OutgoingRequest) => JSON.parse(bodyOf(request).toString());

/** What the receiver of the secret reads; throws when the signature is not right. */
const verified = (request: OutgoingRequest, key = secret) =>
  new Webhook(key).verify(bodyOf(request), { ...request.headers });

destinationContract(webhook, {
  options: [
    { url: "https://in.example.com/hooks/Hk7w-only-we-know", secret },
    { url: "https://in.example.com/hooks?token=Hk7w-only-we-know&b=1", secret, batch: true },
    { url: "https://in.example.com/hooks/Hk7w-only-we-know?b=1", secret: [secret, nextSecret] },
  ],
  url: "https://in.example.com/hooks",
  secrets: ["Hk7w-only-we-know", secret, nextSecret],
  secretsIn: ["url"],
  maxBytes: (letterBytes) => letterBytes + 20_000,
  takes: [
    [200, ""],
    [200, "<html>thanks</html>"],
    [201, "{}"],
    [202, ""],
    [204, ""],
  ],
  doesNotTake: [],
});

// The official library reads the clock by itself and refuses what is older than five minutes.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("one event", () => {
  test("is one request: id, type, time and document, signed", () => {
    const event = auditEvent({ raw: {} });
    const request = bind().encode([letterOf(event, { a: 1 })], { nowMs });
    expect({ ...request, body: bodyOf(request).toString() }).toEqual({
      method: "POST",
      url,
      headers: {
        "content-type": "application/json",
        "webhook-id": event.id,
        "webhook-timestamp": "1780572010",
        "webhook-signature": "v1,kpX7ebHhCglxJbHzIq3izmuvArt1uW3N4R/MQmEN+7A=",
      },
      body: `{"id":"${event.id}","type":"workspace_membership.user_role_updated","timestamp":"2026-06-04T11:20:07.123Z","data":{"a":1}}`,
    });
  });

  test("travels alone unless batches are asked for", () => {
    const letters = auditEvents(3).map(toLetter);
    expect(bind().pack(letters)).toEqual(letters.map((letter) => [letter]));
  });

  test("is a batch of one where batches are asked for, so that a receiver meets one shape", () => {
    expect(parse(encode([auditEvent()], { batch: true }))).toMatchObject({
      type: "tidemark.batch",
      data: [{ id: auditEvent().id }],
    });
  });
});

describe("a batch", () => {
  test("is one request with an id that follows from its events, signed", () => {
    const letters = auditEvents(2).map((event, n) => letterOf(event, { n }));
    const [a, b] = letters.map(({ event }) => event.id);
    const id = `batch_${createHash("sha256").update(`${a},${b}`).digest("hex").slice(0, 26)}`;
    const request = bind({ batch: true }).encode(letters, { nowMs });
    expect(request.headers).toEqual({
      "content-type": "application/json",
      "webhook-id": id,
      "webhook-timestamp": "1780572010",
      "webhook-signature": "v1,QrVEyVGlAcPSArVH1gLLrgyMSF/4HYIWP+uolHgoyLA=",
    });
    const type = "workspace_membership.user_role_updated";
    expect(parse(request)).toEqual({
      id,
      type: "tidemark.batch",
      timestamp: "2026-06-04T11:20:08.123Z",
      data: [
        { id: a, type, timestamp: "2026-06-04T11:20:07.123Z", data: { n: 0 } },
        { id: b, type, timestamp: "2026-06-04T11:20:08.123Z", data: { n: 1 } },
      ],
    });
  });

  test("holds up to 100 events", () => {
    const letters = auditEvents(250).map(toLetter);
    const sizes = bind({ batch: true }).pack(letters);
    expect(sizes.map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  test("of other events, or of the same in another order, has another id", () => {
    const events = auditEvents(3);
    const ids = [events, events.slice(0, 2), events.slice(1), events.toReversed()].map(
      (group) => encode(group, { batch: true }).headers["webhook-id"],
    );
    expect(new Set(ids).size).toBe(4);
  });
});

describe("a signature", () => {
  test("is that of the specification's own example, as the official library computes it", () => {
    const sign = (id: string, seconds: number, body: string) =>
      new Webhook(secret).sign(id, new Date(seconds * 1000), body);
    expect(sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, '{"test": 2432232314}')).toBe(
      "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
    const request = encode([auditEvent()], {}, { nowMs: 1_614_265_330_000 });
    expect(request.headers["webhook-signature"]).toBe(
      sign(auditEvent().id, 1_614_265_330, bodyOf(request).toString()),
    );
  });

  test("is one for each secret while secrets are rotated, each good by itself", () => {
    const request = encode([auditEvent()], { secret: [nextSecret, secret] });
    expect(request.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    expect(verified(request, secret)).toEqual(parse(request));
    expect(verified(request, nextSecret)).toEqual(parse(request));
    expect(() => verified(encode([auditEvent()]), nextSecret)).toThrow("No matching signature");
  });

  test("is fresh at every attempt, with the time, while the id and the bytes stay", () => {
    const attempts = [nowMs, nowMs + 500, nowMs + 60_000].map((time) =>
      encode([auditEvent()], {}, { nowMs: time }),
    );
    const all = (name: string) => attempts.map(({ headers }) => headers[name]);
    expect(new Set(all("webhook-id"))).toEqual(new Set([auditEvent().id]));
    expect(all("webhook-timestamp")).toEqual(["1780572010", "1780572011", "1780572070"]);
    expect(new Set(all("webhook-signature")).size).toBe(3);
    expect(new Set(attempts.map((one) => bodyOf(one).toString())).size).toBe(1);
    for (const request of attempts) expect(verified(request)).toEqual(parse(request));
  });

  test("of a batch is fresh likewise, under the same id", () => {
    const [first, again] = [nowMs, nowMs + 60_000].map((time) =>
      encode(auditEvents(5), { batch: true }, { nowMs: time }),
    );
    expect(again?.headers["webhook-id"]).toBe(first?.headers["webhook-id"]);
    expect(again?.body).toEqual(first?.body);
    expect(again?.headers["webhook-signature"]).not.toBe(first?.headers["webhook-signature"]);
  });

  test("is over the bytes that are sent, whatever an event holds", async () => {
    await fc.assert(
      fc.asyncProperty(hostileEvents(5), fc.boolean(), async (events, batch) => {
        for (const group of batch ? [events] : events.map((event) => [event])) {
          const request = encode(group, { batch, secret: [secret, nextSecret] });
          const { method, headers, body } = request;
          // As fetch puts it on the wire: a lone surrogate that was signed as such would arrive as another text.
          const sent = new Request(url, { method, headers, body: body ?? null });
          const bytes = Buffer.from(await sent.arrayBuffer());
          for (const key of [secret, nextSecret]) {
            const read = new Webhook(key).verify(bytes, Object.fromEntries(sent.headers));
            expect(read).toEqual(JSON.parse(JSON.stringify(parse(request))));
          }
          expect(bytes).toEqual(bodyOf(request));
        }
      }),
      { numRuns: 100 },
    );
  });

  test("is over the bytes that are sent, for an event of megabytes", () => {
    const event = auditEvent({ raw: { note: "😀\ud83d名".repeat(500_000) } });
    const request = encode([event]);
    expect(bodyOf(request).length).toBeGreaterThan(5_000_000);
    expect(verified(request)).toEqual(JSON.parse(JSON.stringify(parse(request))));
  });

  test("is refused for a changed body, id or time", () => {
    const request = encode([auditEvent()]);
    const changed = (headers: Record<string, string>, body = request.body): OutgoingRequest => ({
      ...request,
      headers: { ...request.headers, ...headers },
      ...(body !== undefined && { body }),
    });
    expect(verified(request)).toBeDefined();
    for (const forged of [
      changed({ "webhook-id": eventId(2) }),
      changed({ "webhook-timestamp": "1780572011" }),
      changed({}, `${bodyOf(request)} `),
    ]) {
      expect(() => verified(forged)).toThrow("No matching signature");
    }
  });
});

describe("CloudEvents", () => {
  const letters = auditEvents(2).map((event) => ({
    event,
    documents: cloudevents.toDocuments(event),
  }));
  const [first] = letters.map(({ documents }) => documents[0]?.content);

  test("travel without an envelope of ours, as their specification has it, and signed all the same", () => {
    const bound = erase(webhook).bind({ url, secret }, cloudevents);
    const request = bound.encode(letters.slice(0, 1), { nowMs });
    expect(request.headers).toMatchObject({
      "content-type": "application/cloudevents+json; charset=utf-8",
      "webhook-id": letters[0]?.event.id,
    });
    expect(verified(request)).toEqual(first);
  });

  test("make a batch where batches are asked for", () => {
    const bound = erase(webhook).bind({ url, secret, batch: true }, cloudevents);
    const request = bound.encode(letters, { nowMs });
    expect(request.headers["content-type"]).toBe(
      "application/cloudevents-batch+json; charset=utf-8",
    );
    expect(verified(request)).toMatchObject([first, { specversion: "1.0" }]);
  });
});

test("several documents of one event travel as one bundle, as OCSF has it", () => {
  const event = auditEvent();
  const documents = [1, 2].map((n) => ({ id: `${event.id}-${n}`, content: { n } }));
  expect(parse(bind().encode([{ event, documents }], { nowMs }))).toMatchObject({
    id: event.id,
    data: { events: [{ n: 1 }, { n: 2 }] },
  });
});

describe("a receiver that answered 2xx has taken the event, and is not sent it again", () => {
  const endless = () =>
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)) });
  const broken = () => new ReadableStream({ pull: (controller) => controller.error(new Error()) });
  const stuck = () => new ReadableStream();

  test.each([
    ["is larger than we read", endless],
    ["breaks off", broken],
    ["never ends", stuck],
  ])("even when the body of its answer %s", async (_what, body) => {
    const clock = new VirtualClock(nowMs);
    const fetch = async () => new Response(body(), { status: 200 });
    const sender = new Sender({ fetch, clock }, bind());
    const sent = sender.send([toLetter(auditEvent())], "usual", () => true);
    expect(await clock.run(sent)).toEqual({ kind: "delivered" });
  });
});
