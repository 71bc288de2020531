// The status table that most receivers follow; a destination overrides what its vendor does otherwise.
import type { Answer } from "../http.ts";
import type { Attempt, Outcome } from "./destination.ts";

const transient = new Set([408, 425, 429]);
const rejected = new Set([400, 413, 415, 422]);
const hour = 3_600_000;

/**
 * `Retry-After` in milliseconds, clamped to 1 s … 1 h; undefined when absent or unreadable.
 * Whole seconds or an HTTP date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function parseRetryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  const ms = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 1000), hour);
}

/** What the answer said, short enough for a log line or a page. */
export function excerpt(body: string): string {
  const line = body.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

/** Outcome by status alone: 2xx delivered; 3xx, 408, 425, 429, 5xx retry; 400, 413, 415, 422 reject; else halt. */
export function judgeByStatus(answer: Answer, { nowMs }: Attempt): Outcome {
  if (answer.kind === "failure") return { kind: "retry", reason: answer.message };
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: "delivered" };
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
