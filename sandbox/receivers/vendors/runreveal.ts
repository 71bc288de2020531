// A structured webhook source of RunReveal. https://docs.runreveal.com/sources/source-types/structured-webhooks
import * as z from "zod";
import { parseJson, type Vendor } from "../vendor.ts";

const token = "rr-sandbox-bearer-token-0123";
const path = "/sources/hook/2bSandboxHook4x9";

/** The Go structs that RunReveal reads it into: nothing is required, what is unknown is ignored. */
const text = z.string().nullish();
const network = z.object({ ip: text, port: z.int().nonnegative().nullish() }).nullish();
const normalized = z.object({
  eventName: text,
  eventTime: z.iso.datetime({ offset: true }).nullish(),
  readOnly: z.boolean().nullish(),
  actor: z.object({ id: text, email: text, username: text }).nullish(),
  src: network,
  dst: network,
  service: z.object({ name: text }).nullish(),
  resources: z.array(z.json()).nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
});

export const runreveal: Vendor = {
  type: "runreveal",
  hosts: ["api.runreveal.com"],
  options: [{ url: `https://api.runreveal.com${path}`, token }],
  faults: [
    { kind: "answer", status: 429, retryAfterS: 3 },
    { kind: "answer", status: 500 },
    { kind: "answer", status: 503 },
  ],
  open:
    ({ refuses }) =>
    ({ method, url, headers, text, gzip }) => {
      if (url.pathname !== path) return { status: 404, body: "not found" };
      if (method !== "POST") return { status: 405, body: "method not allowed" };
      if (headers.get("authorization") !== `Bearer ${token}`)
        return { status: 401, body: "unauthorized" };
      const event = gzip ? undefined : normalized.safeParse(parseJson(text)).data;
      const id = event?.tags?.event_id ?? "";
      if (id === "" || refuses(id)) return { status: 400, body: "bad request" };
      const timeMs = event?.eventTime ? Date.parse(event.eventTime) : undefined;
      return { status: 200, body: {}, stored: [{ id, timeMs, content: event }] };
    },
};
