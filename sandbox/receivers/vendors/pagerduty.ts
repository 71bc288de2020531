// PagerDuty's Events API v2. https://developer.pagerduty.com/api-reference/368ae3d938c9e-send-an-event-to-pager-duty
import * as z from "zod";
import { parseJson, type Reply, turnstile, type Vendor } from "../vendor.ts";

const key = "0123456789abcdef0123456789abcdef";

const link = z.strictObject({ href: z.url(), text: z.string().optional() });
const event = z.strictObject({
  routing_key: z.string(),
  event_action: z.literal("trigger"),
  dedup_key: z.string().max(255).optional(),
  client: z.string().optional(),
  client_url: z.url().optional(),
  links: z.array(link).optional(),
  payload: z.strictObject({
    summary: z.string().min(1).max(1024),
    severity: z.enum(["critical", "error", "warning", "info"]),
    source: z.string().min(1),
    timestamp: z.iso.datetime().optional(),
    component: z.string().optional(),
    group: z.string().optional(),
    class: z.string().optional(),
    custom_details: z.record(z.string(), z.unknown()).optional(),
  }),
});

export const pagerduty: Vendor = {
  type: "pagerduty",
  hosts: ["events.pagerduty.com", "events.eu.pagerduty.com"],
  options: [{ routingKey: key }, { routingKey: key, region: "eu" }],
  faults: [
    { kind: "answer", status: 429 },
    { kind: "answer", status: 500, word: '{"status":"Internal Server Error","message":"…"}' },
    { kind: "answer", status: 503, retryAfterS: 4 },
  ],
  deduplicates: true,
  open({ refuses }) {
    const waitMs = turnstile(120, 60_000);
    const alerts = new Set<string>();
    return ({ method, url, headers, text, bytes, nowMs }) => {
      if (method !== "POST" || url.pathname !== "/v2/enqueue") return { status: 404 };
      if (waitMs(nowMs) > 0)
        return { status: 429, body: { status: "throttle exceeded", message: "Too many events" } };
      if (bytes > 512_000) return { status: 413 };
      const json = headers.get("content-type")?.startsWith("application/json");
      const sent = event.safeParse(json ? parseJson(text) : undefined);
      if (!sent.success) return invalid(z.prettifyError(sent.error));
      const { routing_key, dedup_key: id = "", payload } = sent.data;
      if (routing_key !== key) return invalid("Invalid routing key");
      if (refuses(id)) return invalid("'payload.summary' is missing or blank");
      const stored = alerts.has(id)
        ? []
        : [{ id, timeMs: Date.parse(payload.timestamp ?? ""), content: sent.data }];
      alerts.add(id);
      return {
        status: 202,
        body: { status: "success", message: "Event processed", dedup_key: id },
        stored,
      };
    };
  },
};

function invalid(error: string): Reply {
  return {
    status: 400,
    body: { status: "invalid event", message: "Event object is invalid", errors: [error] },
  };
}
