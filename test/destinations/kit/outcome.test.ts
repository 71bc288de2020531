// What a vendor says of its own answers, beside the general table: see outcome.ts.
import { describe, expect, test } from "vitest";
import { judgeBy } from "../../../src/destinations/kit/outcome.ts";
import type { Answer } from "../../../src/http.ts";

const answer = (status: number, body = ""): Answer => ({
  kind: "answer",
  status,
  headers: new Headers(),
  body,
});
const attempt = { nowMs: 0 };

describe("a vendor whose success has to be proved", () => {
  const judge = judgeBy({
    delivered: [200],
    proof: { name: "a message id", in: (body) => typeof body === "number" },
  });

  test("is believed when the body holds the proof, and when the body broke off", () => {
    expect(judge(answer(200, "7"), attempt)).toEqual({ kind: "delivered" });
    const broken = { kind: "failure", reason: "network", message: "", status: 200 } as const;
    expect(judge(broken, attempt)).toEqual({ kind: "delivered" });
  });

  test("is asked again when it does not, and the reason says what is missing", () => {
    expect(judge(answer(200, "<html>hello</html>"), attempt)).toEqual({
      kind: "retry",
      reason: "HTTP 200 without a message id: <html>hello</html>",
    });
    expect(judge(answer(204), attempt)).toEqual({
      kind: "retry",
      reason: "HTTP 204 (expected 200: is the URL right?)",
    });
  });
});

test("where a page of HTML is no success, the reason asks for the URL", () => {
  const judge = judgeBy({ noPages: true });
  const pages = ["<!DOCTYPE html><title>Sign in</title>", "\n <html lang=en>", "<HEAD>"];
  for (const page of pages) {
    expect(judge(answer(200, page), attempt)).toMatchObject({
      kind: "retry",
      reason: expect.stringMatching(/^HTTP 200, a page of HTML \(is the URL right\?\): </),
    });
  }
  expect(judge(answer(200, "<ok/>"), attempt)).toEqual({ kind: "delivered" });
});

test.each([
  [0.3, 1000],
  [30_000, 30_000],
  [1e12, 3_600_000],
  [Number.NaN, undefined],
])("a wait of %d ms that the vendor names is one of %s ms", (named, retryAfterMs) => {
  const judge = judgeBy({ retryAfterMs: () => named });
  const outcome = judge(answer(429), attempt);
  expect("retryAfterMs" in outcome ? outcome.retryAfterMs : undefined).toBe(retryAfterMs);
});
