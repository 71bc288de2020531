import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { seeded } from "../../sandbox/random.ts";
import { type Fault, scripted, sometimes } from "../../sandbox/receivers/faults.ts";
import { webhookReceiver } from "../../sandbox/receivers/webhook.ts";
import { webhook } from "../../src/destinations/webhook.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import type { Clock } from "../../src/http.ts";
import { auditEvent, eventId, letterOf } from "../support/events.ts";

const toSecret = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString("base64")}`;
const [secret, nextSecret, strangeSecret] = [toSecret(1), toSecret(2), toSecret(3)];
const url = "https://siem.harborline.example/in";

function setUp(faults: readonly (Fault | undefined)[] = [], secrets = [secret]) {
  let nowMs = Date.parse("2031-02-03T04:05:06.789Z"); // far from the real Date
  const clock: Clock & { pass(ms: number): void } = {
    now: () => nowMs,
    sleep: async (ms, signal) => {
      if (!signal?.aborted) nowMs += ms;
    },
    pass: (ms) => {
      nowMs += ms;
    },
  };
  const left = [...faults];
  const receiver = webhookReceiver({ clock, secrets, faults: () => left.shift() });
  const send = async (body: string, headers: Record<string, string>, init: RequestInit = {}) => {
    const request = new Request(url, { method: "POST", body, headers, ...init });
    const response = await receiver.fetch(request);
    return response.status;
  };
  /** Signs as the specification says, without Tidemark's own code. */
  const post = (
    message: unknown,
    { id = idOf(message), key = secret, ageS = 0, init = {} } = {},
  ) => {
    const body = typeof message === "string" ? message : JSON.stringify(message);
    const timestamp = String(Math.floor(nowMs / 1000) - ageS);
    const signature = sign(`${id}.${timestamp}.${body}`, key);
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    };
    return send(body, headers, init);
  };
  return { clock, receiver, send, post };
}

function sign(content: string, key: string): string {
  const bytes = Buffer.from(key.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", bytes).update(content).digest("base64")}`;
}

function idOf(message: unknown): string {
  return typeof message === "object" && message !== null && "id" in message
    ? String(message.id)
    : "msg";
}

const message = (id: string) => ({
  id,
  type: "user_access.login",
  timestamp: "2031-02-03T04:05:00.000Z",
  data: { summary: "x" },
});
const batch = (...ids: string[]) => ({
  ...message("batch_1"),
  type: "tidemark.batch",
  data: ids.map(message),
});

describe("the webhook receiver", () => {
  test("takes what is signed with its secret, stores it and tells its listeners", async () => {
    const { clock, receiver, post } = setUp();
    const heard: string[] = [];
    const stop = receiver.onDelivery(({ id }) => heard.push(id));
    expect(await post(message("a"))).toBe(204);
    stop();
    expect(await post(message("b"))).toBe(204);
    expect(heard).toEqual(["a"]);
    expect(receiver.deliveries[0]).toEqual({
      receivedAtMs: clock.now(),
      id: "a",
      body: message("a"),
      events: [message("a")],
    });
    expect([...receiver.taken]).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
    expect([...receiver.answers]).toEqual([[204, 2]]);
  });

  test("unpacks a batch", async () => {
    const { receiver, post } = setUp();
    expect(await post(batch("a", "b"))).toBe(204);
    expect(receiver.deliveries.map(({ id, events }) => [id, events.map((e) => e.id)])).toEqual([
      ["batch_1", ["a", "b"]],
    ]);
  });

  test("counts an event that comes again, alone or in a batch", async () => {
    const { receiver, post } = setUp();
    await post(message("a"));
    await post(message("a"));
    await post(batch("a", "b"));
    expect(receiver.repeats).toBe(2);
    expect(receiver.taken.get("a")).toBe(3);
  });

  test.each([
    ["one event", false],
    ["a batch", true],
  ])(
    "takes %s as Tidemark's own destination makes it, while secrets are rotated",
    async (_, many) => {
      const { clock, receiver, send } = setUp([], [nextSecret]);
      const letters = [1, 2].map((n) => letterOf(auditEvent({ id: eventId(n) })));
      const options = { url, secret: [secret, nextSecret], batch: many, format: ownFormat };
      for (const group of webhook.pack(letters, options)) {
        const { body, headers } = webhook.encode(group, options, { nowMs: clock.now() });
        expect(await send(Buffer.from(body ?? "").toString(), { ...headers })).toBe(204);
      }
      expect([...receiver.taken.keys()]).toEqual([eventId(1), eventId(2)]);
    },
  );

  test("accepts each of its secrets, and no other", async () => {
    const { post } = setUp([], [secret, nextSecret]);
    expect(await post(message("a"), { key: secret })).toBe(204);
    expect(await post(message("b"), { key: nextSecret })).toBe(204);
    expect(await post(message("c"), { key: strangeSecret })).toBe(401);
  });

  test.each([
    ["too old", 301, 401],
    ["old", 300, 204],
    ["early", -300, 204],
    ["too early", -301, 401],
  ])("measures time on the clock it was given: %s", async (_, ageS, status) => {
    expect(await setUp().post(message("a"), { ageS })).toBe(status);
  });

  test.each<[string, Record<string, string>]>([
    ["no headers", {}],
    ["no signature", { "webhook-id": "a", "webhook-timestamp": "1927944306" }],
    [
      "a signature of another version",
      { "webhook-id": "a", "webhook-timestamp": "1927944306", "webhook-signature": "v2,AAAA" },
    ],
    [
      "a timestamp that is none",
      { "webhook-id": "a", "webhook-timestamp": "soon", "webhook-signature": "v1,AAAA" },
    ],
    [
      "half a signature",
      { "webhook-id": "a", "webhook-timestamp": "1927944306", "webhook-signature": "v1" },
    ],
  ])("refuses %s with 401", async (_, headers) => {
    const { receiver, send } = setUp();
    expect(await send(JSON.stringify(message("a")), headers)).toBe(401);
    expect(receiver.deliveries).toEqual([]);
    expect(receiver.lastRefusal).toBeTruthy();
  });

  test("refuses a body that was changed on the way", async () => {
    const { clock, send } = setUp();
    const timestamp = String(Math.floor(clock.now() / 1000));
    const signature = sign(`a.${timestamp}.${JSON.stringify(message("a"))}`, secret);
    const headers = {
      "webhook-id": "a",
      "webhook-timestamp": timestamp,
      "webhook-signature": signature,
    };
    expect(await send(JSON.stringify({ ...message("a"), type: "x" }), headers)).toBe(401);
  });

  test.each<[string, unknown]>([
    ["JSON that is cut off", '{"id":"msg"'],
    ["an array", []],
    ["a message without a type", { id: "a", timestamp: "2031-02-03T04:05:00Z", data: {} }],
    ["a time that is none", { ...message("a"), timestamp: "today" }],
  ])("refuses %s with 400, although it is signed", async (_, body) => {
    expect(await setUp().post(body)).toBe(400);
  });

  test("refuses a message whose id is not that of the header", async () => {
    expect(await setUp().post(message("a"), { id: "b" })).toBe(400);
  });

  test("takes nothing but POST", async () => {
    expect(await setUp().post(message("a"), { init: { method: "PUT" } })).toBe(405);
  });
});

describe("faults of the webhook receiver", () => {
  test("an answer can be scripted, with Retry-After, and nothing is taken", async () => {
    const { receiver } = setUp([{ kind: "answer", status: 429, retryAfterS: 30 }]);
    const response = await receiver.fetch(new Request(url, { method: "POST" }));
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "30"]);
    expect(receiver.deliveries).toEqual([]);
  });

  test("a hang takes the delivery, and ends when the sender gives up", async () => {
    const { receiver, post } = setUp([{ kind: "hang" }]);
    await expect(post(message("a"), { init: { signal: AbortSignal.abort() } })).rejects.toThrow();
    expect(receiver.taken.get("a")).toBe(1);
    expect(receiver.answers.get(0)).toBe(1);
  });

  test("the connection breaks before or after the delivery is taken", async () => {
    const { receiver, post } = setUp([
      { kind: "cut", taken: false },
      { kind: "cut", taken: true },
    ]);
    await expect(post(message("a"))).rejects.toThrow(TypeError);
    expect(receiver.taken.size).toBe(0);
    await expect(post(message("a"))).rejects.toThrow(TypeError);
    expect(receiver.taken.size).toBe(1);
  });

  test("an event can be unwanted for good, also in a batch", async () => {
    const { receiver, post } = setUp();
    receiver.refused.add("b");
    expect(await post(message("a"))).toBe(204);
    expect(await post(message("b"))).toBe(400);
    expect(await post(batch("c", "b"))).toBe(400);
    expect([...receiver.taken.keys()]).toEqual(["a"]);
  });

  test.each([401, 403, 404, 410] as const)(
    "all is refused with %i until restored",
    async (status) => {
      const { receiver, post } = setUp();
      receiver.revoke(status);
      expect(await post(message("a"))).toBe(status);
      receiver.restore();
      expect(await post(message("a"))).toBe(204);
    },
  );

  test("Slack's faults by script and by chance serve here too", async () => {
    const { receiver, post } = setUp();
    receiver.faults = scripted([{ kind: "answer", status: 500, word: "rollup_error" }]);
    expect(await post(message("a"))).toBe(500);
    receiver.faults = sometimes(seeded(1), 1, [{ kind: "answer", status: 503, word: "" }]);
    expect(await post(message("a"))).toBe(503);
  });
});
