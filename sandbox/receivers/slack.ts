// hooks.slack.com: incoming webhooks with Slack's own rules and Slack's own words, and faults on request.
// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
import type { Clock } from "../../src/http.ts";
import type { Site } from "../site.ts";
import { meet, type ReceiverFaults } from "./faults.ts";
import { inspect, type SlackPayload } from "./slack-blocks.ts";

export { eventIdsIn, type SlackPayload } from "./slack-blocks.ts";

export const sandboxHook =
  "https://hooks.slack.com/services/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";

/** A message that Slack took. */
interface SlackMessage {
  readonly receivedAtMs: number;
  /** The webhook URL it came to. */
  readonly hook: string;
  readonly payload: SlackPayload;
}

const revocations = {
  action_prohibited: 403,
  invalid_token: 403,
  team_disabled: 403,
  posting_to_general_channel_denied: 403,
  channel_not_found: 404,
  no_active_hooks: 404,
  no_service: 404,
  no_service_id: 404,
  no_team: 404,
  channel_is_archived: 410,
} as const;
type Revocation = keyof typeof revocations;

export interface SlackReceiver extends Site {
  readonly messages: readonly SlackMessage[];
  /** How often each word was answered; `(lost)` counts the requests whose answer never arrived. */
  readonly answers: ReadonlyMap<string, number>;
  /** Why the last refused message was refused: Slack itself does not say. */
  readonly lastRefusal: string | undefined;
  faults: ReceiverFaults;
  /** Hears of each message as it is taken; returns the way to stop. */
  onMessage(listener: (message: SlackMessage) => void): () => void;
  /** All hooks answer this from now on. */
  revoke(word?: Revocation): void;
  restore(): void;
}

const intervalMs = 1000;

export function slackReceiver({
  clock,
  hooks = [sandboxHook],
  faults = () => undefined,
}: {
  readonly clock: Clock;
  readonly hooks?: readonly string[];
  readonly faults?: ReceiverFaults;
}): SlackReceiver {
  const messages: SlackMessage[] = [];
  const answers = new Map<string, number>();
  const listeners = new Set<(message: SlackMessage) => void>();
  const nextAtMs = new Map(hooks.map((hook) => [hook, Number.NEGATIVE_INFINITY]));
  let revoked: Revocation | undefined;
  let lastRefusal: string | undefined;

  const count = (word: string) => answers.set(word, (answers.get(word) ?? 0) + 1);
  const answer = (status: number, word = "", retryAfterS?: number): Response => {
    count(word);
    const headers = new Headers({ "content-type": "text/html" });
    if (retryAfterS !== undefined) headers.set("retry-after", String(retryAfterS));
    return new Response(word, { status, headers });
  };

  async function receive(request: Request): Promise<Response> {
    const hook = request.url.split("?", 1)[0] ?? "";
    const readyAtMs = nextAtMs.get(hook);
    if (readyAtMs === undefined) return answer(404, "no_service");
    if (revoked) return answer(revocations[revoked], revoked);
    const nowMs = clock.now();
    if (nowMs < readyAtMs) return answer(429, "rate_limited", 1);
    nextAtMs.set(hook, nowMs + intervalMs);
    const message = await readJson(request);
    const verdict = inspect(message);
    if (!verdict.ok) {
      lastRefusal = verdict.why;
      return answer(400, verdict.word);
    }
    const taken = { receivedAtMs: nowMs, hook, payload: verdict.payload };
    messages.push(taken);
    for (const listener of listeners) listener(taken);
    return answer(200, "ok");
  }

  const receiver: SlackReceiver = {
    messages,
    answers,
    get lastRefusal() {
      return lastRefusal;
    },
    faults,
    fetch: (request) =>
      meet(receiver.faults(), { clock, request, receive, answer, lost: () => count("(lost)") }),
    onMessage(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    revoke(word = "no_service") {
      revoked = word;
    },
    restore() {
      revoked = undefined;
    },
  };
  return receiver;
}

/** The JSON body of a POST; undefined, which no rule takes, for everything else. */
async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (request.method !== "POST" || type !== "application/json") return undefined;
  try {
    return JSON.parse(await request.text());
  } catch {
    return undefined;
  }
}
