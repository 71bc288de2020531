// A webhook feed of Google SecOps. https://docs.cloud.google.com/chronicle/docs/ingestion/setup-siem-webhook
import { parseLines, type Reply, textAt, type Vendor } from "../vendor.ts";

const apiKey = "AIzaSy-sandbox-0123456789abcdefghijklm";
const secretKey = "0f0e0d0c-sandbox-feed-secret";
const host = "eu-chronicle.googleapis.com";
const path =
  "/v1alpha/projects/123456789012/locations/eu/instances/8f1c2a34-0000-4000-8000-5eed00000003/feeds/8f1c2a34-0000-4000-8000-5eed00000004:importPushLogs";
const url = `https://${host}${path}`;

export const googleSecops: Vendor = {
  type: "google-secops",
  hosts: [host],
  options: [
    { url, apiKey, secretKey },
    { url, apiKey, secretKey, format: "event" },
    { url, apiKey, secretKey, format: "raw" },
  ],
  faults: [
    { kind: "answer", status: 429, retryAfterS: 3 },
    { kind: "answer", status: 500 },
    { kind: "answer", status: 503 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text, bytes, gzip }) => {
      if (method !== "POST" || url.pathname !== path) return error(404, "NOT_FOUND");
      if (headers.get("x-goog-api-key") !== apiKey) {
        const details = [{ reason: "API_KEY_INVALID", domain: "googleapis.com" }];
        return error(400, "INVALID_ARGUMENT", "API key not valid.", details);
      }
      if (headers.get("x-webhook-access-key") !== secretKey) return error(403, "PERMISSION_DENIED");
      // Its documentation says nothing of compressed bodies.
      if (gzip || bytes > 4_000_000 || headers.get("content-type") !== "application/json")
        return error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
      // Split at the delimiter of the feed; which schema a log has is the parser's business, later.
      const logs = parseLines(text);
      const ids = logs.map(
        (log) => textAt(log, "metadata", "uid") || textAt(log, "id") || textAt(log, "event_id"),
      );
      if (ids.some((id) => id === "" || refuses(id)))
        return error(400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
      const stored = logs.map((content, i) => ({ id: ids[i] ?? "", content }));
      return { status: 200, body: {}, stored };
    },
};

function error(code: number, status: string, message = status, details: unknown[] = []): Reply {
  return { status: code, body: { error: { code, message, status, details } } };
}
