// New Relic's log intake. https://docs.newrelic.com/docs/logs/log-api/introduction-log-api/
import { gzipSync } from "node:zlib";
import { parseJson, type Reply, textAt, type Vendor } from "../vendor.ts";

const key = "eu01xx0123456789abcdef0123456789abcdNRAL";
const dayMs = 86_400_000;

export const newrelic: Vendor = {
  type: "newrelic",
  hosts: ["log-api.eu.newrelic.com"],
  options: [
    { apiKey: key, region: "eu" },
    { apiKey: key, region: "eu", format: "ocsf" },
  ],
  faults: [
    { kind: "answer", status: 408 },
    { kind: "answer", status: 429, retryAfterS: 3 },
    { kind: "answer", status: 500 },
    { kind: "answer", status: 503 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text, bytes, gzip, nowMs }) => {
      if (url.pathname !== "/log/v1") return { status: 404 };
      if (method !== "POST") return { status: 405 };
      if (headers.get("api-key") !== key) return { status: 403 };
      if (headers.get("content-type") !== "application/json") return { status: 415 };
      if ((gzip ? gzipSync(text).length : bytes) > 1_000_000) return { status: 413 };
      const logs = logsIn(parseJson(text));
      if (!logs) return invalid("Expected a list of objects with common and logs.");
      const ids = logs.map((log) => textAt(log, "attributes", "event_id"));
      if (ids.some((id) => id === "" || refuses(id))) return invalid("A log is malformed.");
      const all = logs.map((content, i) => ({
        id: ids[i] ?? "",
        timeMs: timeOf(content),
        content,
      }));
      // What is wrong with a log comes to light after the answer: it is dropped without a word.
      const stored = all.filter(
        ({ content, timeMs = nowMs }) => isFlat(content) && nowMs - timeMs <= 2 * dayMs,
      );
      return { status: 202, body: { requestId: "0f0e0d0c-0000-b000-0000-019aa0000000" }, stored };
    },
};

function logsIn(body: unknown): unknown[] | undefined {
  if (!Array.isArray(body)) return undefined;
  return body.flatMap((part: { logs?: unknown }) => (Array.isArray(part?.logs) ? part.logs : []));
}

function timeOf(log: unknown): number | undefined {
  const { timestamp } = log as { timestamp?: unknown };
  return Number.isInteger(timestamp) ? Number(timestamp) : undefined;
}

/** Up to 255 attributes, none of them a list or an object, none with a name of more than 255 characters. */
function isFlat(log: unknown): boolean {
  const { attributes = {} } = log as { attributes?: Record<string, unknown> };
  const all = Object.entries(attributes);
  return (
    all.length <= 255 &&
    all.every(([name, value]) => name.length <= 255 && typeof value !== "object")
  );
}

function invalid(message: string): Reply {
  return { status: 400, body: { error: message } };
}
