// Whether a request comes from Slack: its v0 signature, over the body as it came.
// https://docs.slack.dev/authentication/verifying-requests-from-slack
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** A request that is older may be somebody's recording of one. */
const toleranceSeconds = 300;

/** Also false for a time that lies ahead: Slack's clock is as good as ours. */
export function isFromSlack(
  signingSecret: string,
  headers: Headers,
  body: Uint8Array,
  nowMs: number,
): boolean {
  const timestamp = headers.get("x-slack-request-timestamp") ?? "";
  if (!/^[1-9]\d{0,14}$/.test(timestamp)) return false;
  if (Math.abs(Math.floor(nowMs / 1000) - Number(timestamp)) > toleranceSeconds) return false;
  const expected = signatureOf(signingSecret, timestamp, body);
  return equal(headers.get("x-slack-signature") ?? "", expected);
}

function signatureOf(signingSecret: string, timestamp: string, body: Uint8Array): string {
  const hmac = createHmac("sha256", signingSecret).update(`v0:${timestamp}:`).update(body);
  return `v0=${hmac.digest("hex")}`;
}

/** In constant time: how long a signature is, is no secret. */
function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
