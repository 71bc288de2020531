// Slack, through an incoming webhook: the URL is the secret, and the answer is one bare word.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
import * as z from "zod";
import { type Answer, parseRetryAfterMs } from "../http.ts";
import { toEvents, toExtras } from "./chat/digest.ts";
import type { DestinationType, Letter, Verdict } from "./destination.ts";
import { text } from "./kit/options.ts";
import { judgeByStatus } from "./kit/outcome.ts";
import { postJson } from "./kit/post.ts";
import { digestSizes, toDigest } from "./slack/digest.ts";
import { toMessage, toPlainMessage } from "./slack/message.ts";

import { toSummaryMessage } from "./slack/summary.ts";

const options = z.object({
  url: text(
    "expected a Slack incoming webhook URL, https://hooks.slack.com/services/T…/B…/…; make one at https://api.slack.com/apps, under Incoming Webhooks of your app",
    /^https:\/\/hooks\.slack(-gov)?\.com\/services\/\w+\/\w+\/\w+$/,
  ).describe("Incoming webhook URL (a secret)"),
});

type Options = z.infer<typeof options>;

// https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks
const words: readonly (readonly [Exclude<Verdict["kind"], "delivered">, readonly string[]])[] = [
  ["retry", ["rate_limited", "rollup_error"]],
  [
    "reject",
    [
      "invalid_payload",
      "invalid_blocks",
      "invalid_attachments",
      "missing_text_or_fallback_or_attachments",
      "msg_blocks_too_long",
      "msg_too_long",
      "no_text",
      "only_one_table_allowed",
      "too_many_attachments",
      "user_not_found",
    ],
  ],
  [
    "halt",
    [
      "action_prohibited",
      "channel_is_archived",
      "channel_not_found",
      "invalid_token",
      "no_active_hooks",
      "no_service",
      "no_service_id",
      "no_team",
      "posting_to_general_channel_denied",
      "team_disabled",
    ],
  ],
];
const verdicts = new Map(
  words.flatMap(([kind, list]) => list.map((word) => [word, kind] as const)),
);

export const slack: DestinationType<Options> = {
  type: "slack",
  title: "Slack: one readable message an event, a digest when many come together",
  docs: "https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks",
  options,
  idempotency: "none: the event's id stands in each message",
  // Slack refuses messages beyond some 12,000 bytes of blocks; how many events that is depends on their names.
  limits: { events: 100, bytes: 40_000 },
  chat: true,
  maxPerMinute: 6,
  digests: true,
  // https://docs.slack.dev/apis/web-api/rate-limits: one message a second, per hook
  minIntervalMs: 1000,
  pacedBy: ({ url }) => url,

  pack: toDigests,

  encode(letters, { url }, attempt) {
    const { link, digest } = attempt;
    if (digest) return postJson(url, toSummaryMessage(digest.summary, toExtras(attempt)));
    const [only, ...more] = toEvents(letters);
    return postJson(
      url,
      only && more.length === 0 ? toMessage(only) : toDigest(toEvents(letters), link),
    );
  },

  encodePlain: ({ event }, { url }) => postJson(url, toPlainMessage(event)),

  /** By the word first: `no_service` comes with 403, 404 and 410, a missing text also with 500. */
  judge(answer, attempt): Verdict {
    if (answer.kind === "failure") {
      // Slack took it: its refusals come with other statuses, and a second try would be a second message.
      if (answer.status === 200) return { kind: "delivered" };
      return { kind: "retry", reason: answer.message.replace(/\/services\/\S*/g, "/services/…") };
    }
    const { status } = answer;
    const said = wordOf(answer);
    const reason = `HTTP ${status}: ${said}`;
    switch (verdicts.get(said)) {
      case "retry": {
        const retryAfterMs = parseRetryAfterMs(answer.headers, attempt.nowMs);
        return { kind: "retry", reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
      }
      case "reject":
        return { kind: "reject", reason };
      case "halt":
        // Never final: also an archived channel (410) can be brought back.
        return { kind: "halt", reason };
      case undefined:
        if (status === 200 && said === "ok") return { kind: "delivered" };
        if (status >= 300 || status < 200) return judgeByStatus({ ...answer, body: said }, attempt);
        return { kind: "retry", reason: `HTTP ${status} without Slack's "ok"` };
    }
  },
};

function toDigests(letters: readonly Letter[]) {
  let start = 0;
  return digestSizes(toEvents(letters)).map((size) => {
    start += size;
    return letters.slice(start - size, start);
  });
}

/** Slack's own word, or nothing: a proxy's error page could repeat the URL, which is the secret. */
function wordOf(answer: Extract<Answer, { kind: "answer" }>): string {
  const body = answer.body.trim();
  return /^[a-z_]{1,50}$/.test(body) ? body : "";
}
