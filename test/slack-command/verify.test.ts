import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isFromSlack } from "../../src/slack-command/verify.ts";
import { signature, signingSecret, slashForm } from "../support/slack-command.ts";

const nowMs = Date.parse("2026-11-27T10:00:00.500Z");
const now = Math.floor(nowMs / 1000);
const bytes = (text: string) => new TextEncoder().encode(text);

function judge(
  body: string,
  { timestamp = String(now), signed = signature(body, timestamp), atMs = nowMs } = {},
): boolean {
  const headers = new Headers({
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signed,
  });
  return isFromSlack(signingSecret, headers, bytes(body), atMs);
}

test("the example of Slack's documentation is genuine", () => {
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  const signed = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
  expect(judge(body, { timestamp: "1531420618", signed, atMs: 1_531_420_618_000 })).toBe(true);
});

test("any body with its own signature is genuine", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(judge(text.toWellFormed())).toBe(true);
    }),
  );
  expect(judge("\ufeffa byte order mark is part of the body")).toBe(true);
});

test("a body, a time or a signature that was changed in any place is not", () => {
  const body = slashForm();
  const timestamp = String(now);
  const signed = signature(body, timestamp);
  const changed = (text: string, at: number, to: string) =>
    text.slice(0, at) + to + text.slice(at + 1);
  fc.assert(
    fc.property(fc.nat(), fc.string({ maxLength: 2 }), fc.nat(2), (n, to, which) => {
      const parts = [body, timestamp, signed] as const;
      const part = parts[which] ?? body;
      const other = changed(part, n % part.length, to);
      fc.pre(other !== part && other.trim() !== part && /^[\x20-\x7e]*$/.test(other));
      const [b, t, s] = parts.map((one, i) => (i === which ? other : one));
      expect(judge(b ?? "", { timestamp: t ?? "", signed: s ?? "" })).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["as it leaves Slack", 0, true],
  ["after five minutes", -300, true],
  ["after a second more", -301, false],
  ["from a clock that is five minutes ahead", 300, true],
  ["from the future", 301, false],
])("a request %s", (_when, seconds, genuine) => {
  expect(judge("text=status", { timestamp: String(now + seconds) })).toBe(genuine);
});

describe("a header", () => {
  test.each([
    ["in other digits", { timestamp: `0${now}` }],
    ["with a fraction", { timestamp: `${now}.0` }],
    ["with a power of ten", { timestamp: `${now}e0` }],
    ["of another time altogether", { timestamp: "NaN" }],
    ["that is empty", { timestamp: "" }],
    ["twice", { timestamp: `${now}, ${now}` }],
  ])("with the time %s does not count, even where it is signed", (_what, parts) => {
    expect(judge("text=status", parts)).toBe(false);
  });

  test.each([
    ["of another version", (signed: string) => signed.replace("v0", "v1")],
    ["without a version", (signed: string) => signed.slice(3)],
    ["in capitals", (signed: string) => signed.toUpperCase()],
    ["that goes on", (signed: string) => `${signed}=`],
    ["twice", (signed: string) => `${signed}, ${signed}`],
    ["that is empty", () => ""],
    ["of no letters at all", () => "v0="],
  ])("with a signature %s does not count", (_what, change) => {
    const signed = change(signature("text=status", String(now)));
    expect(judge("text=status", { signed })).toBe(false);
  });

  test("that is missing does not count, whichever it is", () => {
    const timestamp = String(now);
    const both = {
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": signature("", timestamp),
    };
    const isGenuine = (headers: Record<string, string>) =>
      isFromSlack(signingSecret, new Headers(headers), bytes(""), nowMs);
    expect(isGenuine(both)).toBe(true);
    for (const name of Object.keys(both)) expect(isGenuine({ ...both, [name]: "" })).toBe(false);
    expect(isGenuine({ "x-slack-request-timestamp": timestamp })).toBe(false);
    expect(isGenuine({ "x-slack-signature": both["x-slack-signature"] })).toBe(false);
    expect(isGenuine({})).toBe(false);
  });
});

test("another secret signs nothing for us", () => {
  const signed = signature("text=status", String(now), `${signingSecret}x`);
  expect(judge("text=status", { signed })).toBe(false);
});
