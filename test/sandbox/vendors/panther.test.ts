// Panther's receiver: who may send to a source.
import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { vendorReceiver } from "../../../sandbox/receivers/vendor.ts";
import { panther } from "../../../sandbox/receivers/vendors/panther.ts";

const receiver = vendorReceiver(panther, { clock: { now: () => 0, sleep: async () => {} } });
const [bearer, shared, hmac] = panther.options.map(({ url }) => String(url));
const key = String(panther.options[0]?.secret);
const body = '{"time":"2026-06-04T11:20:07.123Z","event_id":"E1"}\n';
const sign = (secret: string) => createHmac("sha256", secret).update(body).digest("hex");
const signed = { "x-panther-signature": sign(key) };

test.each([
  ["a bearer token", 200, bearer, { authorization: `Bearer ${key}` }],
  ["no token", 401, bearer, {}],
  ["another token", 401, bearer, { authorization: "Bearer x" }],
  ["a shared secret", 200, shared, { "x-panther-token": key }],
  ["the secret in another header", 401, shared, { authorization: `Bearer ${key}` }],
  ["a signature", 200, hmac, signed],
  ["a signature with another key", 401, hmac, { "x-panther-signature": sign("x") }],
  ["a URL of no source", 403, "https://logs.acme.runpanther.net/http/0", signed],
])("%s is answered with %i", async (_, status, url = "", headers) => {
  const response = await receiver.fetch(new Request(url, { method: "POST", body, headers }));
  expect(response.status).toBe(status);
});

test("a signature of what was then compressed is none of what came", async () => {
  const headers = { ...signed, "content-encoding": "gzip" };
  const request = new Request(hmac ?? "", { method: "POST", body: gzipSync(body), headers });
  expect((await receiver.fetch(request)).status).toBe(401);
});
