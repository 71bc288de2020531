// Better Stack's log intake. https://betterstack.com/docs/logs/ingesting-data/http/logs/
import { parseJson, parseLines, textAt, type Vendor } from "../vendor.ts";

const token = "Kb7sandboxSourceToken4x9";
const host = "s1234.eu-nbg-2.betterstackdata.com";

export const betterstack: Vendor = {
  type: "betterstack",
  hosts: [host],
  options: [{ url: `https://${host}`, token }],
  faults: [
    { kind: "answer", status: 429, retryAfterS: 3 },
    { kind: "answer", status: 500 },
    { kind: "answer", status: 503 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text, bytes, gzip }) => {
      if (method !== "POST" || url.pathname !== "/") return { status: 404 };
      if (headers.get("authorization") !== `Bearer ${token}`)
        return { status: 403, body: "Unauthorized" };
      if (bytes > 10_000_000) return { status: 413, body: "payload reached size limit" };
      const type = headers.get("content-type");
      const body = type === "application/x-ndjson" ? parseLines(text) : parseJson(text);
      const logs = Array.isArray(body) ? body : [body];
      const ids = logs.map((log) => textAt(log, "event_id"));
      // Its documentation says nothing of compressed bodies.
      if (gzip || ids.some((id) => id === "" || refuses(id)))
        return { status: 406, body: "Couldn't parse JSON content." };
      const stored = logs.map((content, i) => {
        const timeMs = Date.parse(textAt(content, "dt"));
        return { id: ids[i] ?? "", timeMs: Number.isNaN(timeMs) ? undefined : timeMs, content };
      });
      return { status: 202, stored };
    },
};
