// The status table that most receivers follow; a destination overrides what its vendor does otherwise.
import { type Answer, excerpt, parseRetryAfterMs } from "../http.ts";
import type { Attempt, Outcome } from "./destination.ts";

const transient = new Set([408, 425, 429]);
const rejected = new Set([400, 413, 415, 422]);

/** Outcome by status alone: 2xx delivered; 3xx, 408, 425, 429, 5xx retry; 400, 413, 415, 422 reject; else halt. */
export function judgeByStatus(answer: Answer, { nowMs }: Attempt): Outcome {
  const taken = answer.status !== undefined && answer.status >= 200 && answer.status < 300;
  // Also where the body then broke off: the receiver has said already that it took the message.
  if (taken) return { kind: "delivered" };
  if (answer.kind === "failure") return { kind: "retry", reason: answer.message };
  const { status } = answer;
  const said = excerpt(answer.body);
  const reason = said ? `HTTP ${status}: ${said}` : `HTTP ${status}`;
  if (status >= 300 && status < 400) {
    return {
      kind: "retry",
      reason: `HTTP ${status}: the URL redirects, and redirects are not followed`,
    };
  }
  if (transient.has(status) || status >= 500) {
    const retryAfterMs = parseRetryAfterMs(answer.headers, nowMs);
    return { kind: "retry", reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
  if (rejected.has(status)) return { kind: "reject", reason };
  return { kind: "halt", reason, final: status === 410 };
}
