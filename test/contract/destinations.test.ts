// What every destination promises, run over the whole registry. A type that is new needs a row in `samples`.
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { BoundDestination, Letter, Outcome } from "../../src/destinations/destination.ts";
import { destinationTypes } from "../../src/destinations/registry.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import type { Answer, OutgoingRequest } from "../../src/http.ts";
import { auditEvent, auditEvents, hostileEvents, letterOf } from "../support/events.ts";

interface Sample {
  /** Sets of options that the type takes. */
  readonly options: readonly Record<string, unknown>[];
  /** Texts of those options that must show nowhere but where they belong. */
  readonly secrets: readonly string[];
  /** The most bytes of a body for letters of so many bytes of JSON. */
  readonly maxBytes: (letterBytes: number) => number;
  /** Answers by which the receiver takes a request, and answers that look so but are none. */
  readonly takes: readonly (readonly [status: number, body: string])[];
  readonly doesNotTake: readonly (readonly [status: number, body: string])[];
}

const key = "Hk7w-only-we-know";
const whsec = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const nextWhsec = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQI";

const samples: Readonly<Record<string, Sample>> = {
  slack: {
    options: [{ url: "https://hooks.slack.com/services/T00000000/B00000000/Hk7wOnlyWeKnow" }],
    secrets: ["/T00000000/B00000000/Hk7wOnlyWeKnow", "Hk7wOnlyWeKnow"],
    maxBytes: () => 40_000,
    takes: [[200, "ok"]],
    doesNotTake: [
      [200, ""],
      [200, "<html>captive portal</html>"],
      [204, ""],
    ],
  },
  webhook: {
    options: [
      { url: `https://in.example.com/hooks/${key}`, secret: whsec },
      { url: `https://in.example.com/hooks?token=${key}&b=1`, secret: whsec, batch: true },
      { url: `https://in.example.com/hooks/${key}?b=1`, secret: [whsec, nextWhsec] },
    ],
    secrets: [key, whsec, nextWhsec],
    maxBytes: (letterBytes) => letterBytes + 20_000,
    takes: [
      [200, ""],
      [200, "<html>thanks</html>"],
      [201, "{}"],
      [202, ""],
      [204, ""],
    ],
    doesNotTake: [],
  },
};

const nowMs = Date.parse("2026-06-04T11:20:10Z");
const attempt = { nowMs };
const toLetter = (event: AuditEvent): Letter => letterOf(event);
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const bodyOf = ({ body = "" }: OutgoingRequest) => Buffer.from(body).toString();
const answer = (status: number, body = "", headers: Record<string, string> = {}): Answer => ({
  kind: "answer",
  status,
  headers: new Headers(headers),
  body,
});
const failure = (reason: "timeout" | "network"): Answer => ({
  kind: "failure",
  reason,
  message: `it failed (${reason})`,
});

/** Every request that the letters become, the plain forms included. */
function requestsOf(destination: BoundDestination, letters: readonly Letter[]) {
  const groups = destination.pack(letters);
  return [
    ...groups.map((group) => ({ group, request: destination.encode(group, attempt) })),
    ...letters.flatMap((letter) => {
      const request = destination.encodePlain?.(letter, attempt);
      return request ? [{ group: [letter], request }] : [];
    }),
  ];
}

afterEach(() => {
  vi.useRealTimers();
});

test("every type in the registry has a sample here, and its own name", () => {
  const names = destinationTypes.map(({ type }) => type);
  expect(Object.keys(samples).toSorted()).toEqual(names.toSorted());
});

const cases = destinationTypes.flatMap(({ type, bind, ...facts }) => {
  const sample = samples[type];
  return (sample?.options ?? []).map((options, i) => ({
    type: sample?.options.length === 1 ? type : `${type}, sample ${i + 1}`,
    destination: bind(options),
    options,
    facts,
    sample: sample as Sample,
  }));
});

describe.each(cases)("$type", ({ destination, facts, sample, options }) => {
  const { maxBytes } = sample;
  const secrets = sample.secrets.filter((secret) => JSON.stringify(options).includes(secret));

  test("says what it is, whose documentation it follows, and how fast it may send", () => {
    expect(facts.title).not.toBe("");
    expect(facts.docs).toMatch(/^https:\/\//);
    expect(destination.minIntervalMs).toBeGreaterThanOrEqual(0);
  });

  test("packs all letters in their order, always alike, and never an empty group", () => {
    expect(destination.pack([])).toEqual([]);
    fc.assert(
      fc.property(hostileEvents(20), fc.integer({ min: 1, max: 15 }), (events, times) => {
        const letters = Array.from({ length: times }, () => events.map(toLetter)).flat();
        const groups = destination.pack(letters);
        expect(groups.every((group) => group.length > 0)).toBe(true);
        const packed = groups.flat();
        expect(packed).toHaveLength(letters.length);
        expect(packed.every((letter, i) => letter === letters[i])).toBe(true);
        expect(destination.pack(letters).map(({ length }) => length)).toEqual(
          groups.map(({ length }) => length),
        );
      }),
      { numRuns: 30 },
    );
  });

  test("makes requests that can be sent: https to its URL, clean headers, a body of bounded size", () => {
    fc.assert(
      fc.property(hostileEvents(30), (events) => {
        for (const { group, request } of requestsOf(destination, events.map(toLetter))) {
          const { url, method, headers, body } = request;
          expect(url).toMatch(/^https:\/\//);
          expect(["POST", "PUT"]).toContain(method);
          for (const [name, value] of Object.entries(headers)) {
            expect(name).toMatch(/^[a-z0-9-]+$/);
            expect(value).toMatch(/^[\x20-\x7e]+$/);
          }
          expect(headers["content-type"]).toBeDefined();
          expect(new Request(url, { method, headers, body: body ?? null }).url).toBe(url);
          expect(Buffer.byteLength(bodyOf(request))).toBeLessThanOrEqual(maxBytes(bytesOf(group)));
        }
      }),
      { numRuns: 50 },
    );
  });

  test("tells the id of every event, and no secret outside URL and signature", () => {
    fc.assert(
      fc.property(hostileEvents(30), (events) => {
        for (const { group, request } of requestsOf(destination, events.map(toLetter))) {
          const sent = bodyOf(request) + JSON.stringify(request.headers);
          for (const { event } of group) expect(sent).toContain(event.id);
          for (const secret of secrets) expect(sent).not.toContain(secret);
          expect(sent).not.toContain(String(options.url));
        }
      }),
      { numRuns: 50 },
    );
  });

  test("encodes the same letters and time to the same bytes, and leaves the letters alone", () => {
    fc.assert(
      fc.property(hostileEvents(10), (events) => {
        vi.useFakeTimers({ toFake: ["Date"], now: 0 });
        const letters = events.map(toLetter);
        const before = JSON.stringify(letters);
        const first = requestsOf(destination, letters);
        vi.setSystemTime(Date.parse("2033-03-03T03:33:33Z"));
        const again = requestsOf(destination, structuredClone(letters));
        expect(again.map(({ request }) => request)).toEqual(first.map(({ request }) => request));
        expect(JSON.stringify(letters)).toBe(before);
      }),
      { numRuns: 30 },
    );
  });

  test("encodes hundreds of events at once, each of them", () => {
    const letters = auditEvents(500).map(toLetter);
    const sent = destination.pack(letters).map((group) => destination.encode(group, attempt));
    const bodies = sent.map(bodyOf).join();
    expect(letters.filter(({ event }) => !bodies.includes(event.id))).toEqual([]);
  });

  test("takes as delivered what the receiver says when it took it, and nothing else", () => {
    for (const [status, body] of sample.takes) {
      expect(destination.judge(answer(status, body), attempt)).toEqual({ kind: "delivered" });
    }
    for (const [status, body] of sample.doesNotTake) {
      expect(destination.judge(answer(status, body), attempt).kind).toBe("retry");
    }
  });

  const outcomes: readonly (readonly [Answer, Partial<Outcome>])[] = [
    ...[301, 302, 303, 304, 307, 308].map((status) => [answer(status), { kind: "retry" }] as const),
    ...[400, 413].map((status) => [answer(status), { kind: "reject" }] as const),
    ...[401, 403, 404].map((status) => [answer(status), { kind: "halt", final: false }] as const),
    [answer(410), { kind: "halt", final: true }],
    ...[408, 425, 429, 500, 502, 503, 504, 520].map(
      (status) => [answer(status, "<html>busy</html>"), { kind: "retry" }] as const,
    ),
    ...(["timeout", "network"] as const).map(
      (reason) => [failure(reason), { kind: "retry", reason: `it failed (${reason})` }] as const,
    ),
  ];
  test.each(
    outcomes.map(([given, outcome]) => ({
      given,
      outcome,
      name: given.kind === "answer" ? given.status : given.reason,
      kind: outcome.kind,
    })),
  )("judges $name as $kind", ({ given, outcome }) => {
    expect(destination.judge(given, attempt)).toMatchObject(outcome);
  });

  test.each([
    ["30", 30_000],
    ["0", 1000],
    ["86400", 3_600_000],
    ["Thu, 04 Jun 2026 11:20:40 GMT", 30_000],
    ["Thu, 04 Jun 2026 11:20:00 GMT", 1000],
    ["soon", undefined],
    ["", undefined],
  ])("waits after Retry-After %j for %s ms", (value, retryAfterMs) => {
    for (const status of [429, 503]) {
      const outcome = destination.judge(answer(status, "", { "retry-after": value }), attempt);
      expect(outcome.kind).toBe("retry");
      expect("retryAfterMs" in outcome ? outcome.retryAfterMs : undefined).toBe(retryAfterMs);
    }
  });

  test("judges whatever comes: no throw, a short reason, a wait of 1 s to 1 h", () => {
    const text = fc.oneof(fc.string({ unit: "binary", maxLength: 500 }), fc.json());
    const value = fc.oneof(fc.string(), fc.nat().map(String), fc.date().map(String));
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 999 }), text, value, (status, body, retryAfter) => {
        const headers = { "retry-after": encodeURI(retryAfter.toWellFormed()) };
        const outcome = destination.judge(answer(status, body, headers), attempt);
        expect(["delivered", "retry", "reject", "halt"]).toContain(outcome.kind);
        if (outcome.kind === "delivered") return;
        expect(outcome.reason.trim()).not.toBe("");
        expect(outcome.reason.length).toBeLessThan(300);
        if (outcome.kind !== "retry" || outcome.retryAfterMs === undefined) return;
        expect(outcome.retryAfterMs).toBeGreaterThanOrEqual(1000);
        expect(outcome.retryAfterMs).toBeLessThanOrEqual(3_600_000);
      }),
      { numRuns: 300 },
    );
  });

  test("repeats no secret in a reason, when a receiver echoes what it was sent", () => {
    const { pathname, search, href } = new URL(String(options.url));
    const echoes = [href, `Cannot POST ${pathname}${search}`, ...secrets.map((s) => `bad ${s}`)];
    for (const status of [200, 302, 400, 401, 404, 410, 429, 500]) {
      for (const echo of echoes) {
        // At 190 characters a text that is cut off later would leave the secret's first half.
        for (const body of [echo, JSON.stringify({ echo }), `${"x".repeat(185)} ${echo}`]) {
          const outcome = destination.judge(answer(status, body), attempt);
          const said = JSON.stringify(outcome);
          for (const secret of secrets) {
            expect(said).not.toContain(secret);
            expect(said).not.toContain(secret.slice(0, 10));
          }
        }
      }
    }
    const broken: Answer = { kind: "failure", reason: "network", message: `no route to ${href}` };
    const said = JSON.stringify(destination.judge(broken, attempt));
    for (const secret of secrets) expect(said).not.toContain(secret);
  });

  test("judges an answer as it is: the reason of a refusal tells the status", () => {
    const outcome = destination.judge(answer(404, "nothing here"), attempt);
    expect(outcome).toMatchObject({ reason: expect.stringContaining("404") });
    expect(destination.encode([toLetter(auditEvent())], attempt).url).toBe(options.url);
  });
});
