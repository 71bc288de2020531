// What every destination promises, as one suite: each destination's own test file runs it.
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type AnyDestinationType,
  type BoundDestination,
  erase,
} from "../../src/destinations/bind.ts";
import type {
  DestinationType,
  Letter,
  Outcome,
  Verdict,
} from "../../src/destinations/destination.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import type { Format } from "../../src/formats/format.ts";
import { formats } from "../../src/formats/registry.ts";
import type { Answer, OutgoingRequest } from "../../src/http.ts";
import { ofOne } from "../../src/verdicts.ts";
import { auditEvent, auditEvents, hostileEvents } from "./events.ts";

export interface Sample {
  /** Sets of options that the type takes. */
  readonly options: readonly Readonly<Record<string, unknown>>[];
  /** How the URL of each of its requests begins. */
  readonly url: string;
  /** Texts of those options that must show nowhere but where they belong, and where that is. */
  readonly secrets: readonly string[];
  readonly secretsIn: readonly ("url" | "headers" | "body")[];
  /** Answers by which the receiver takes a request with one event, and answers that look so but are none. */
  readonly takes: readonly (readonly [status: number, body: string])[];
  readonly doesNotTake: readonly (readonly [status: number, body: string])[];
  /** Statuses, with an empty body, that this vendor means otherwise than most: what becomes of the only letter. */
  readonly outcomes?: Readonly<Record<number, Verdict["kind"]>>;
  /** The most bytes of a body for letters of so many bytes of JSON, where the type's limits do not say. */
  readonly maxBytes?: (letterBytes: number) => number;
}

const nowMs = Date.parse("2026-06-04T11:20:10Z");
const attempt = { nowMs, token: "granted-token" };
const lettersIn = (events: readonly AuditEvent[], { toDocuments }: Format): Letter[] =>
  events.map((event) => ({ event, documents: toDocuments(event) }));
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

export function destinationContract<Options>(type: DestinationType<Options>, sample: Sample): void {
  const format = formats.find(({ name }) => name === type.format) ?? ownFormat;
  const cases = sample.options.map((options, i) => ({
    name: sample.options.length === 1 ? type.type : `${type.type}, sample ${i + 1}`,
    options,
  }));
  describe.each(cases)("$name", ({ options }) => {
    promises(erase(type), options, sample, format);
  });
}

function promises(
  facts: AnyDestinationType,
  options: Readonly<Record<string, unknown>>,
  sample: Sample,
  format: Format,
): void {
  const destination = facts.bind(options, format);
  const toLetter = (event: AuditEvent): Letter => ({ event, documents: format.toDocuments(event) });
  const letters = [toLetter(auditEvent())];
  const judge = (given: Answer): Outcome => destination.judge(given, attempt, letters);
  const secrets = sample.secrets.filter((secret) => JSON.stringify(options).includes(secret));
  const { limits } = facts;
  const maxBytes =
    sample.maxBytes ??
    ((letterBytes: number) => Math.max(limits.bytes ?? 0, 8 * letterBytes + 20_000));

  test("says what it is, whose documentation it follows, and how fast it may send", () => {
    expect(facts.title).not.toBe("");
    expect(facts.docs).toMatch(/^https:\/\//);
    expect(facts.idempotency).not.toBe("");
    expect(destination.minIntervalMs).toBeGreaterThanOrEqual(0);
    expect(facts.format === undefined || formats.some(({ name }) => name === facts.format)).toBe(
      true,
    );
  });

  test("keeps within its limits of events and bytes a request", () => {
    const { events, bytes = Number.POSITIVE_INFINITY } = limits;
    fc.assert(
      fc.property(hostileEvents(20), fc.integer({ min: 1, max: 30 }), (some, times) => {
        const many = Array.from({ length: times }, () => some.map(toLetter)).flat();
        for (const group of destination.pack(many)) {
          expect(group.length).toBeLessThanOrEqual(events);
          const size = Buffer.byteLength(bodyOf(destination.encode(group, attempt)));
          expect(group.length === 1 || size <= bytes).toBe(true);
        }
      }),
      { numRuns: 10 },
    );
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
          expect(url.slice(0, sample.url.length)).toBe(sample.url);
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

  test("tells the id of every event, and no secret but where it belongs", () => {
    fc.assert(
      fc.property(hostileEvents(30), (events) => {
        for (const { group, request } of requestsOf(destination, events.map(toLetter))) {
          const parts = {
            url: request.url,
            headers: JSON.stringify(request.headers),
            body: bodyOf(request),
          };
          for (const { event } of group) expect(parts.body + parts.headers).toContain(event.id);
          for (const place of ["url", "headers", "body"] as const) {
            if (sample.secretsIn.includes(place)) continue;
            for (const secret of secrets) expect(parts[place]).not.toContain(secret);
          }
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

  // Chats make their messages of the event.
  const taken = facts.format === undefined ? [ownFormat] : formats;
  test.each(taken)("sends documents in the format $name, with the id of each event", (other) => {
    const bound = facts.bind(options, other);
    fc.assert(
      fc.property(hostileEvents(10), (events) => {
        for (const group of bound.pack(lettersIn(events, other))) {
          const request = bound.encode(group, attempt);
          const sent = bodyOf(request) + JSON.stringify(request.headers);
          for (const { event } of group) expect(sent).toContain(event.id);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("takes as delivered what the receiver says when it took it, and nothing else", () => {
    for (const [status, body] of sample.takes) {
      expect(judge(answer(status, body))).toMatchObject({ kind: "delivered" });
    }
    for (const [status, body] of sample.doesNotTake) {
      expect(judge(answer(status, body)).kind).toBe("retry");
    }
  });

  const usual: readonly (readonly [Verdict["kind"], readonly number[]])[] = [
    ["retry", [301, 302, 303, 304, 307, 308, 408, 425, 429, 500, 502, 503, 504, 520]],
    ["reject", [400, 413]],
    ["halt", [401, 403, 404, 410]],
  ];
  const outcomes = new Map(
    usual.flatMap(([kind, statuses]) => statuses.map((status) => [status, kind] as const)),
  );
  for (const [status, kind] of Object.entries(sample.outcomes ?? {}))
    outcomes.set(Number(status), kind);
  test.each([...outcomes].map(([status, kind]) => ({ status, kind })))(
    "judges $status as $kind",
    ({ status, kind }) => {
      const outcome = judge(answer(status));
      expect(ofOne(outcome).kind).toBe(kind);
      if (outcome.kind === "halt") expect(outcome.final === true).toBe(status === 410);
    },
  );

  test.each(["timeout", "network"] as const)("judges a %s as retry", (reason) => {
    const verdict = judge(failure(reason));
    expect(verdict).toMatchObject({ kind: "retry", reason: `it failed (${reason})` });
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
      const outcome = judge(answer(status, "", { "retry-after": value }));
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
        for (const verdict of verdictsOf(judge(answer(status, body, headers)))) {
          if (verdict.kind === "delivered") continue;
          expect(verdict.reason.trim()).not.toBe("");
          expect(verdict.reason.length).toBeLessThan(500);
          if (verdict.kind !== "retry" || verdict.retryAfterMs === undefined) continue;
          expect(verdict.retryAfterMs).toBeGreaterThanOrEqual(1000);
          expect(verdict.retryAfterMs).toBeLessThanOrEqual(3_600_000);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("repeats no secret in a reason, when a receiver echoes what it was sent", () => {
    const { pathname, search, href } = new URL(destination.encode(letters, attempt).url);
    const echoes = [href, `Cannot POST ${pathname}${search}`, ...secrets.map((s) => `bad ${s}`)];
    for (const status of [200, 302, 400, 401, 404, 410, 429, 500]) {
      for (const echo of echoes) {
        // At 190 characters a text that is cut off later would leave the secret's first half.
        for (const body of [echo, JSON.stringify({ echo }), `${"x".repeat(185)} ${echo}`]) {
          const said = JSON.stringify(judge(answer(status, body)));
          for (const secret of secrets) {
            expect(said).not.toContain(secret);
            expect(said).not.toContain(secret.slice(0, 10));
          }
        }
      }
    }
    const broken: Answer = { kind: "failure", reason: "network", message: `no route to ${href}` };
    const said = JSON.stringify(judge(broken));
    for (const secret of secrets) expect(said).not.toContain(secret);
  });
}

function verdictsOf(outcome: Outcome): readonly Verdict[] {
  if (outcome.kind === "each") return outcome.verdicts;
  return outcome.kind === "confirm" ? [] : [outcome];
}
