// Cribl Stream's HTTP/S (Bulk API) source. https://docs.cribl.io/stream/sources-https/
import { parseLines, textAt, type Vendor } from "../vendor.ts";

const token = "criblAuthToken0123456789abcdef";
const bearer = "Bearer criblBearerToken9876543210";
const url = "https://default.main.acme.cribl.cloud:10080/cribl/_bulk";

export const cribl: Vendor = {
  type: "cribl",
  hosts: ["default.main.acme.cribl.cloud:10080"],
  options: [
    { url, token },
    { url, token: bearer },
  ],
  faults: [
    // Back-pressure: a destination behind it is blocked.
    { kind: "answer", status: 503 },
    { kind: "answer", status: 429, retryAfterS: 2 },
    { kind: "answer", status: 500 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text, bytes }) => {
      if (url.pathname !== "/cribl/_bulk" || method !== "POST") return { status: 404 };
      const authorization = headers.get("authorization");
      if (authorization === null) return { status: 401, body: "Unauthorized" };
      if (![token, bearer].includes(authorization)) return { status: 403, body: "Forbidden" };
      if (bytes > 1_000_000) return { status: 413 };
      const events = parseLines(text);
      const ids = events.map((event) => textAt(event, "event_id"));
      if (ids.some((id) => id === "" || refuses(id))) return { status: 400, body: "Bad Request" };
      return {
        status: 200,
        body: { text: "Success", code: 0 },
        stored: events.map((content, i) => ({
          id: ids[i] ?? "",
          timeMs: timeOf(content),
          content,
        })),
      };
    },
};

/** Epoch seconds; without them the time of receipt counts. */
function timeOf(event: unknown): number | undefined {
  const { _time: seconds } = event as { _time?: unknown };
  return typeof seconds === "number" ? Math.round(seconds * 1000) : undefined;
}
