// Datadog's log intake. https://docs.datadoghq.com/api/latest/logs/#send-logs
import { parseJson, type Reply, textAt, type Vendor } from "../vendor.ts";

const key = "0123456789abcdef0123456789abcdef";
const hourMs = 3_600_000;

export const datadog: Vendor = {
  type: "datadog",
  hosts: ["http-intake.logs.datadoghq.eu"],
  options: [{ apiKey: key, site: "datadoghq.eu" }],
  faults: [
    { kind: "answer", status: 408 },
    { kind: "answer", status: 429, retryAfterS: 3 },
    { kind: "answer", status: 500, word: "server error" },
    { kind: "answer", status: 503 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text, bytes, nowMs }) => {
      if (url.pathname !== "/api/v2/logs" || method !== "POST") return error(404, "Not found");
      if (headers.get("dd-api-key") !== key) return error(403, "Forbidden");
      if (headers.get("content-type") !== "application/json")
        return error(415, "Unsupported media");
      if (bytes > 5_000_000) return error(413, "Payload Too Large");
      const logs = parseJson(text);
      if (!Array.isArray(logs)) return error(400, "Bad Request");
      if (logs.length > 1000) return error(413, "Payload Too Large");
      const ids = logs.map((log) => textAt(log, "event_id"));
      if (ids.some((id) => id === "" || refuses(id))) return error(400, "Bad Request");
      return {
        status: 202,
        body: {},
        stored: logs.map((content, i) => {
          const timeMs = Date.parse(textAt(content, "timestamp"));
          // What is older is filed under the time of receipt.
          const kept = nowMs - timeMs <= 18 * hourMs;
          return { id: ids[i] ?? "", timeMs: kept ? timeMs : undefined, content };
        }),
      };
    },
};

function error(status: number, detail: string): Reply {
  return { status, body: { errors: [{ status: String(status), title: detail }] } };
}
