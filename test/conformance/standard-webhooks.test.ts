// Requests to webhooks by the official library of Standard Webhooks, in every format: https://www.standardwebhooks.com
// What is in them, and how secrets are rotated: test/destinations/webhook.test.ts.
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { formats } from "../../src/formats/registry.ts";
import type { OutgoingRequest } from "../../src/http.ts";
import { everyItem, generated } from "./items.ts";
import { nowMs, sender, textOf } from "./requests.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const options = { url: "https://siem.example.com/in", secret };

function faultsOf(request: OutgoingRequest): string[] {
  try {
    new Webhook(secret).verify(textOf(request), { ...request.headers });
    return [];
  } catch (error) {
    return [String(error)];
  }
}

// The library reads the clock by itself and refuses what is older than five minutes.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each(formats)("a webhook in the format $name", ({ name }) => {
  const webhook = sender("webhook", options, name);

  everyItem("is signed so that the official library takes it", (sample) => {
    return faultsOf(webhook.send(sample));
  });

  test("is signed in batches as well", () => {
    const batches = sender("webhook", { ...options, batch: true }, name).sendAll(generated);
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.flatMap(faultsOf)).toEqual([]);
  });
});

test("the check of signatures finds that a byte, the id or the time is another", () => {
  const [sample] = generated;
  if (!sample) throw new Error("there are no items");
  const request = sender("webhook", options).send(sample);
  const { headers } = request;
  expect(faultsOf(request)).toEqual([]);
  expect(faultsOf({ ...request, body: `${textOf(request)} ` })).not.toEqual([]);
  for (const [name, value] of [
    ["webhook-id", "another"],
    ["webhook-timestamp", String(nowMs / 1000 + 1)],
    ["webhook-timestamp", String(nowMs / 1000 - 3600)],
    ["webhook-signature", "v1,AAAA"],
  ] as const) {
    expect(faultsOf({ ...request, headers: { ...headers, [name]: value } })).not.toEqual([]);
  }
});
