// Sumo Logic's HTTP Logs source. https://www.sumologic.com/help/docs/send-data/hosted-collectors/http-source/troubleshooting/
import { parseLines, textAt, type Vendor } from "../vendor.ts";

const path = "/receiver/v1/http/ZaVnC4dhaV0abcdefghijklmnopqrstuvwxyz0123456789==";

export const sumologic: Vendor = {
  type: "sumologic",
  hosts: ["endpoint4.collection.us2.sumologic.com"],
  options: [
    { url: `https://endpoint4.collection.us2.sumologic.com${path}`, category: "webflow/audit" },
  ],
  faults: [
    { kind: "answer", status: 408 },
    { kind: "answer", status: 429 },
    { kind: "answer", status: 503 },
    { kind: "answer", status: 504 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text, bytes }) => {
      if (!url.pathname.startsWith("/receiver/v1/http/")) return { status: 404 };
      if (method !== "POST") return { status: 400, body: "Bad Request" };
      if (url.pathname !== path) return { status: 401, body: "Unauthorized" };
      if (bytes > 1_000_000) return { status: 413 };
      // As these types a source takes metrics.
      if (headers.get("content-type")?.includes("vnd.sumologic")) return { status: 400 };
      // Every line is a message of its own; one that is no JSON is kept as text.
      const messages = parseLines(text);
      const ids = messages.map((message) => textAt(message, "event_id"));
      if (ids.some((id) => id === "" || refuses(id))) return { status: 400, body: "Bad Request" };
      const stored = messages.map((content, i) => {
        const timeMs = Date.parse(textAt(content, "timestamp"));
        return { id: ids[i] ?? "", timeMs: Number.isNaN(timeMs) ? undefined : timeMs, content };
      });
      return { status: 200, stored };
    },
};
