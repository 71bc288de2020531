// Better Stack Logs. https://betterstack.com/docs/logs/ingesting-data/http/logs/
import * as z from "zod";
import { intake, jsonArray } from "./kit/intake.ts";
import { levels } from "./kit/level.ts";
import { secretText, text } from "./kit/options.ts";

export const betterstack = intake({
  type: "betterstack",
  title: "Better Stack Logs",
  docs: "https://betterstack.com/docs/logs/ingesting-data/http/logs/",
  options: z.object({
    url: text(
      "expected https:// and the ingesting host of the source, like https://s1234.eu-nbg-2.betterstackdata.com",
      /^https:\/\/(([a-z0-9-]+\.)+betterstackdata\.com|in\.logs\.betterstack\.com)\/?$/i,
    ).describe("`https://` and the ingesting host of the source"),
    token: secretText("the source token").describe("Source token (a secret)"),
  }),
  format: "event",
  idempotency: "none: search by `event_id`",
  // Half of what Better Stack takes.
  limits: { events: 1000, bytes: 5_000_000 },
  framing: jsonArray,
  target: ({ url, token }) => ({
    url: new URL(url).href,
    headers: { authorization: `Bearer ${token}` },
  }),
  toRecord: ({ id, content }, { time, severity, summary, type, workspace }) =>
    JSON.stringify({
      dt: time,
      level: levels[severity],
      message: summary,
      event_id: id,
      event_type: type,
      workspace: workspace.slug ?? workspace.id ?? undefined,
      webflow: content,
    }),
  statuses: {
    delivered: [202],
    // "Couldn't parse JSON content."
    reject: [406],
    advice: {
      401: "Check token, and that url is the ingesting host of the same source.",
      402: "The plan's quota is used up: raise it, or wait for the next period.",
      403: "Check token, and that url is the ingesting host of the same source.",
    },
  },
});
