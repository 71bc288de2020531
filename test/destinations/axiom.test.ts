// Axiom. https://axiom.co/docs/restapi/endpoints/ingestToDataset
import { describe, expect, test } from "vitest";
import { axiom } from "../../src/destinations/axiom.ts";
import { erase } from "../../src/destinations/bind.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import type { Answer } from "../../src/http.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, eventId, letterOf } from "../support/events.ts";

const token = "xaat-0c4a3b2d-1e5f-4a6b-8c7d-9e0f1a2b3c4d";
const edge = "https://eu-central-1.aws.edge.axiom.co";
const nowMs = Date.parse("2026-06-04T11:20:10Z");
const status = (failed: number, failures?: unknown) =>
  JSON.stringify({ ingested: 1, failed, failures, processedBytes: 9 });

destinationContract(axiom, {
  options: [
    { token, dataset: "webflow" },
    { token, dataset: "web.flow-1", url: edge },
  ],
  url: "https://",
  secrets: [token],
  secretsIn: ["headers"],
  takes: [
    [200, status(0)],
    [200, status(0, [])],
    [200, status(0, null)],
  ],
  doesNotTake: [
    [200, "<html>captive portal</html>"],
    [200, ""],
    [200, "{}"],
    [204, ""],
  ],
});

const bound = erase(axiom).bind({ token, dataset: "webflow" }, ownFormat);
const letters = auditEvents(3).map((event) => letterOf(event));
const answer = (code: number, body: string, headers: Record<string, string> = {}): Answer => ({
  kind: "answer",
  status: code,
  headers: new Headers(headers),
  body,
});
const judge = (given: Answer, about = letters) => bound.judge(given, { nowMs }, about);

test("a request is what Axiom documents", () => {
  const event = auditEvent();
  const { body, ...head } = bound.encode([letterOf(event, { a: 1 })], { nowMs });
  expect(head).toEqual({
    method: "POST",
    url: "https://api.axiom.co/v1/datasets/webflow/ingest",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    gzip: true,
  });
  expect(JSON.parse(String(body))).toEqual([
    {
      _time: "2026-06-04T11:20:07.123Z",
      event_id: event.id,
      event_type: "workspace_membership.user_role_updated",
      severity: "high",
      summary: event.summary,
      webflow: { a: 1 },
    },
  ]);
});

test("an edge deployment has another path", () => {
  const other = erase(axiom).bind({ token, dataset: "webflow", url: `${edge}/` }, ownFormat);
  expect(other.encode(letters, { nowMs }).url).toBe(`${edge}/v1/ingest/webflow`);
});

describe("of a request that Axiom took in part", () => {
  const rejected = (reason: unknown) => ({ kind: "reject", reason });
  const delivered = { kind: "delivered" };

  test("the events that it names by their time are refused, the others are delivered", () => {
    const failures = [{ timestamp: "2026-06-04T11:20:08.123000000Z", error: "field is too long" }];
    expect(judge(answer(200, status(1, failures)))).toEqual({
      kind: "each",
      verdicts: [delivered, rejected("field is too long"), delivered],
    });
  });

  const twins = [0, 1, 2].map((n) => letterOf(auditEvent({ id: eventId(n) })));
  const failure = { timestamp: "2026-06-04T11:20:07.123Z", error: "field is too long" };
  const unclear = /^1 of 3 were refused, Axiom did not say which clearly: /;
  test.each([
    ["events of the same time", twins, [failure]],
    ["another time", letters, [{ ...failure, timestamp: "2026-01-01T00:00:00Z" }]],
    ["no time", letters, [{ ...failure, timestamp: "" }]],
    ["fewer than it counted", letters, []],
    ["more than it counted", letters, [failure, failure]],
    ["nothing", letters, null],
    ["another kind of list", letters, "all"],
  ])("nothing is sent again where it names %s: all are refused, and told so", (_, about, named) => {
    const outcome = judge(answer(200, status(1, named)), about);
    const one = rejected(expect.stringMatching(unclear));
    expect(outcome).toEqual({ kind: "each", verdicts: [one, one, one] });
  });

  test("all are refused where it refused all, whatever it names", () => {
    const one = rejected("3 of 3 were refused: field is too long");
    expect(judge(answer(200, status(3, [failure])))).toEqual({
      kind: "each",
      verdicts: [one, one, one],
    });
  });

  test("nothing is sent again when the rest of its answer was lost", () => {
    const lost = { kind: "failure", reason: "network", message: "it broke off" } as const;
    expect(judge({ ...lost, status: 200 })).toEqual({
      kind: "delivered",
      note: "HTTP 200, but what Axiom refused of it is not known: it broke off",
    });
    expect(judge(lost)).toEqual({ kind: "retry", reason: "it broke off" });
  });

  test("all are refused when its answer is too long to be read", () => {
    const long = {
      kind: "failure",
      reason: "too_large",
      message: "the answer is too large",
    } as const;
    const one = rejected(expect.stringContaining("the answer is too large"));
    expect(judge({ ...long, status: 200 })).toEqual({ kind: "each", verdicts: [one, one, one] });
  });
});

describe("a limit that was hit", () => {
  const seconds = (ms: number) => String((nowMs + ms) / 1000);
  test.each([
    ["of requests", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": seconds(30_000) }, 30_000],
    ["without a rest", { "x-ratelimit-reset": seconds(30_000) }, 30_000],
    ["of the month", { "x-ingestlimit-reset": seconds(86_400_000) }, 3_600_000],
    ["that is over", { "x-ratelimit-reset": seconds(-5000) }, 1000],
    [
      "of requests, with much left of the month",
      {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": seconds(5000),
        "x-ingestlimit-remaining": "1000000",
        "x-ingestlimit-reset": seconds(86_400_000),
      },
      5000,
    ],
    ["that says nothing to read", { "x-ratelimit-reset": "soon", "retry-after": "7" }, 7000],
  ])("%s is waited for", (_, headers, retryAfterMs) => {
    expect(judge(answer(429, "", headers))).toEqual({
      kind: "retry",
      reason: "HTTP 429",
      retryAfterMs,
    });
  });
});

test.each([
  [401, "halt", "Check token: an API token, not a personal one."],
  [403, "halt", "The API token needs the permission to ingest into the dataset."],
  [404, "halt", "Check dataset, and that url is that of its edge deployment."],
  [400, "reject", "HTTP 400: no"],
])("%i says what to do", (code, kind, words) => {
  expect(judge(answer(code, "no"))).toMatchObject({ kind, reason: expect.stringContaining(words) });
});

const address = "expected an address of Axiom, like https://eu-central-1.aws.edge.axiom.co";
test.each([
  [{ dataset: "webflow" }, 'expected an API token of Axiom, as "$NAME" of a secret'],
  [{ token, dataset: ".." }, "expected the name of a dataset, e.g. webflow"],
  [{ token, dataset: "a/b" }, "expected the name of a dataset, e.g. webflow"],
  [{ token, dataset: "webflow", url: "https://axiom.example.com" }, address],
  [{ token, dataset: "webflow", url: "https://evilaxiom.co" }, address],
  [{ token, dataset: "webflow", url: "axiom" }, "expected a URL, like https://siem.example.com/in"],
])("options %# are refused with a word on what is expected", (options, message) => {
  expect(axiom.options.safeParse(options).error?.issues.map((one) => one.message)).toEqual([
    message,
  ]);
});
