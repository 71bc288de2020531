// A bucket of R2 as its binding shows it: keys, conditions, content type. The Worker's own adapter to the real binding
// is tried on Miniflare's R2 in test/r2.test.ts. https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
import { parseLines, textAt, type Vendor } from "../vendor.ts";

const pattern =
  /^\/(\w+)\/workspace=[\w.-]+\/year=(\d{4})\/month=(\d\d)\/day=(\d\d)\/[\w-]+\.ndjson\.gz$/;

export const r2: Vendor = {
  type: "r2",
  hosts: ["ARCHIVE"],
  options: [{ bucket: "ARCHIVE", format: "event" }],
  faults: [{ kind: "answer", status: 503, word: "SlowDown" }],
  deduplicates: true,
  open({ refuses }) {
    const objects = new Set<string>();
    return ({ method, url, headers, text, gzip }) => {
      if (method !== "PUT") return { status: 405 };
      const [, , ...date] = pattern.exec(url.pathname) ?? [];
      if (date.length !== 3 || !gzip || headers.get("content-type") !== "application/x-ndjson")
        return { status: 400, body: "an object that nobody would find" };
      const lines = parseLines(text);
      const times = lines.map((line) => textAt(line, "time"));
      if (times.some((time) => !time.startsWith(date.join("-"))))
        return { status: 400, body: "an event of another day" };
      const ids = lines.map((line) => textAt(line, "id"));
      if (ids.some((id) => id === "" || refuses(id))) return { status: 400, body: "refused" };
      if (objects.has(url.pathname) && headers.get("if-none-match") === "*") return { status: 412 };
      objects.add(url.pathname);
      const stored = lines.map((content, i) => ({ id: ids[i] ?? "", content }));
      return { status: 200, stored };
    };
  },
};
