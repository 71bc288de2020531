// The signature of Slack's command, judged by Slack's own SDK: whatever request comes, our verdict is Bolt's. Where Bolt
// takes what Slack never sends, we do not; each such case has a name here.
import { HTTPModuleFunctions, isValidSlackRequest } from "@slack/bolt";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { isFromSlack } from "../../src/slack-command/verify.ts";
import { signature, slashForm } from "../support/slack-command.ts";

const nowMs = Date.parse("2026-11-27T10:00:00.500Z");
const now = Math.floor(nowMs / 1000);
const secrets = [
  "8f742231b10e8888abcd99yyyzzz85a5",
  "8f742231b10e8888abcd99yyyzzz85a6",
  "s",
] as const;
const timeHeader = "x-slack-request-timestamp";
const signatureHeader = "x-slack-signature";

afterEach(() => {
  vi.useRealTimers();
});

interface Sample {
  readonly body: string;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** What Bolt lets through and we do not: no request of Slack's is like that. */
function strictness({ timestamp = "", signature: signed = "" }: Sample): string | undefined {
  if (!/^[1-9]\d*$/.test(timestamp)) return "a time that is not written as Slack writes it";
  if (Number(timestamp) > now + 300) return "a time more than five minutes ahead";
  return signed.split("=").length > 2 ? "something behind the signature" : undefined;
}

function ours(sample: Sample): boolean {
  const headers = new Headers();
  if (sample.timestamp !== undefined) headers.append(timeHeader, sample.timestamp);
  if (sample.signature !== undefined) headers.append(signatureHeader, sample.signature);
  return isFromSlack(secrets[0], headers, new TextEncoder().encode(sample.body), nowMs);
}

/** Bolt's verifier as it stands. */
function bolts({ body, timestamp, signature: signed }: Sample): boolean {
  // Its type wants a number, and lets it through as whatever it is.
  const headers = { [timeHeader]: timestamp, [signatureHeader]: signed } as never;
  return isValidSlackRequest({ signingSecret: secrets[0], body, headers, nowMilliseconds: nowMs });
}

/** Bolt's receiver, which reads the headers of Node first. */
async function boltsReceiver({ body, timestamp, signature: signed }: Sample): Promise<boolean> {
  vi.useFakeTimers({ now: nowMs, toFake: ["Date"] });
  const request = {
    rawBody: Buffer.from(body),
    headers: {
      ...(timestamp !== undefined && { [timeHeader]: timestamp }),
      ...(signed !== undefined && { [signatureHeader]: signed }),
    },
  };
  try {
    await HTTPModuleFunctions.parseAndVerifyHTTPRequest(
      { signingSecret: secrets[0] },
      request as never,
    );
    return true;
  } catch {
    return false;
  } finally {
    vi.useRealTimers();
  }
}

const bodies = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
  fc.dictionary(fc.string(), fc.string()).map((fields) => new URLSearchParams(fields).toString()),
  fc.constantFrom("", slashForm(), "ssl_check=1", "\ufefftext=status", "text=%E2%98%83+☃"),
);
const seconds = fc.oneof(
  fc.integer({ min: -310, max: 310 }),
  fc.constantFrom(-301, -300, -299, 0, 299, 300, 301),
  fc.integer({ min: -1e9, max: 1e9 }),
);
const timestamps = fc.oneof(
  { weight: 6, arbitrary: seconds.map((offset) => String(now + offset)) },
  { weight: 1, arbitrary: seconds.map((offset) => `${now + offset}.0`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "0",
      "-1",
      "NaN",
      "Infinity",
      "soon",
      "1e99",
      `0${now}`,
      `0x${now.toString(16)}`,
      `${now}, ${now}`,
    ),
  },
);

/** Of a sound request, some part made otherwise; or nothing at all. */
const samples: fc.Arbitrary<Sample> = fc
  .record({
    body: bodies,
    timestamp: timestamps,
    secret: fc.constantFrom(...secrets, secrets[0], secrets[0], secrets[0]),
    change: fc.constantFrom(
      ...Array(8).fill("nothing"),
      "body",
      "timestamp",
      "signature",
      "cut",
      "longer",
      "version",
      "no version",
      "capitals",
      "twice",
      "two",
      "no timestamp",
      "no signature",
      "nothing left",
      "any signature",
    ),
    n: fc.nat(),
    other: fc.string({ minLength: 1, maxLength: 3 }),
    otherTime: timestamps,
  })
  .map(({ body, timestamp, secret, change, n, other, otherTime }): Sample => {
    const signed = signature(body, timestamp, secret);
    const sample = { body, timestamp, signature: signed };
    const at = n % signed.length;
    switch (change) {
      case "body":
        return { ...sample, body: body.slice(0, n % (body.length + 1)) + other };
      case "timestamp":
        return { ...sample, timestamp: otherTime };
      case "signature":
        return {
          ...sample,
          signature: signed.slice(0, at) + (n % 16).toString(16) + signed.slice(at + 1),
        };
      case "cut":
        return { ...sample, signature: signed.slice(0, at) };
      case "longer":
        return { ...sample, signature: `${signed}${n % 2 ? "=" : "a"}` };
      case "version":
        return { ...sample, signature: signed.replace("v0", `v${n % 12}`) };
      case "no version":
        return { ...sample, signature: signed.slice(3) };
      case "capitals":
        return { ...sample, signature: signed.toUpperCase() };
      case "twice":
        return { ...sample, signature: `${signed}, ${signed}` };
      case "two":
        return { ...sample, timestamp: `${timestamp}, ${otherTime}` };
      case "no timestamp":
        return { ...sample, timestamp: undefined };
      case "no signature":
        return { ...sample, signature: undefined };
      case "nothing left":
        return { body, timestamp: undefined, signature: undefined };
      case "any signature":
        return { ...sample, signature: other.replace(/[^\x20-\x7e]/g, "").trim() };
      default:
        return sample;
    }
  });

test("of 20,000 requests, sound and changed, the verdict is that of Bolt's verifier", () => {
  const verdicts = new Map<string, number>();
  fc.assert(
    fc.property(samples, (sample) => {
      const [own, judge] = [ours(sample), bolts(sample)];
      const stricter = judge && !own ? strictness(sample) : undefined;
      const verdict = stricter ?? (own ? "genuine" : "refused");
      verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
      if (stricter === undefined) expect(own, JSON.stringify(sample)).toBe(judge);
    }),
    { numRuns: 20_000 },
  );
  expect(verdicts.get("genuine")).toBeGreaterThan(1000);
  expect(verdicts.get("refused")).toBeGreaterThan(1000);
  expect([...verdicts.keys()].toSorted()).toEqual([
    "a time more than five minutes ahead",
    "a time that is not written as Slack writes it",
    "genuine",
    "refused",
    "something behind the signature",
  ]);
});

test("of 2,000 requests, with headers as Node gives them, the verdict is that of Bolt's receiver", async () => {
  await fc.assert(
    fc.asyncProperty(samples, async (sample) => {
      const [own, judge] = [ours(sample), await boltsReceiver(sample)];
      if (judge && !own && strictness(sample) !== undefined) return;
      expect(own, JSON.stringify(sample)).toBe(judge);
    }),
    { numRuns: 2000 },
  );
});
