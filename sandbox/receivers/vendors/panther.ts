// Panther's HTTP sources, one for each way of authentication that Tidemark speaks.
// https://docs.panther.com/data-onboarding/data-transports/http
import { createHmac } from "node:crypto";
import { type Incoming, parseLines, textAt, type Vendor } from "../vendor.ts";

const key = "pantherSecret0123456789abcdef";
const base = "https://logs.acme.runpanther.net/http/";

/** The sources, by the last part of their URL: whether a request proves that it knows the secret. */
const sources: Readonly<Record<string, (request: Incoming) => boolean>> = {
  "11111111-4cbd-4a2c-8d3f-000000000001": ({ headers }) =>
    headers.get("authorization") === `Bearer ${key}`,
  "22222222-4cbd-4a2c-8d3f-000000000002": ({ headers }) => headers.get("x-panther-token") === key,
  "33333333-4cbd-4a2c-8d3f-000000000003": ({ headers, text, gzip }) =>
    // Of the bytes that came: a compressed body's text would not do.
    !gzip &&
    headers.get("x-panther-signature") === createHmac("sha256", key).update(text).digest("hex"),
};
const [bearer, shared, hmac] = Object.keys(sources);

export const panther: Vendor = {
  type: "panther",
  hosts: ["logs.acme.runpanther.net"],
  options: [
    { url: base + bearer, secret: key },
    { url: base + shared, auth: "shared-secret", secret: key, header: "X-Panther-Token" },
    { url: base + hmac, auth: "hmac", secret: key, header: "x-panther-signature" },
  ],
  faults: [
    { kind: "answer", status: 429, retryAfterS: 1 },
    { kind: "answer", status: 500 },
    { kind: "answer", status: 503 },
  ],
  open:
    ({ refuses }) =>
    (request) => {
      const { method, url, text, bytes } = request;
      const proves = sources[url.pathname.replace("/http/", "")];
      if (!proves || method !== "POST") return { status: 403, body: { message: "Forbidden" } };
      if (!proves(request)) return { status: 401, body: { message: "Unauthorized" } };
      if (bytes > 512_000) return { status: 413, body: { message: "Request Too Long" } };
      const events = parseLines(text);
      const ids = events.map((event) => textAt(event, "event_id"));
      if (ids.some((id) => id === "" || refuses(id))) return { status: 400, body: "Bad Request" };
      const stored = events.map((content, i) => ({
        id: ids[i] ?? "",
        timeMs: Date.parse(textAt(content, "time")),
        content,
      }));
      return { status: 200, stored };
    },
};
