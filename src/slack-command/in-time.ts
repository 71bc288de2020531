// Slack waits three seconds. What takes longer is promised at once, and sent to the address that Slack gave for it.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
import { postJson } from "../destinations/kit/post.ts";
import { type Clock, excerpt, exchange, type Fetch, within } from "../http.ts";
import type { Log, Redact } from "../log.ts";
import type { Answer } from "./answer.ts";
import { isResponseUrl } from "./form.ts";
import { workingAnswer } from "./short-answers.ts";

export interface Ports {
  readonly clock: Clock;
  readonly fetch: Fetch;
}

/** The rest is for the way there and back, and for a Worker that has to be woken. */
const promptMs = 2000;
const limits = { timeoutMs: 5000, maxBytes: 10_000 };

interface Later {
  readonly responseUrl: string;
  readonly redact: Redact;
  readonly log: Log;
  /** Keeps the Worker alive for it. */
  waitUntil(work: Promise<void>): void;
}

/** `work` must not reject. */
export async function inTime(ports: Ports, work: Promise<Answer>, later: Later): Promise<Answer> {
  const prompt = await within(ports.clock, promptMs, work, () => undefined);
  if (prompt !== undefined) return prompt;
  later.waitUntil(work.then((answer) => send(ports, answer, later)));
  return workingAnswer;
}

/** The address is the key to the channel: it is not logged. */
async function send(
  { clock, fetch }: Ports,
  answer: Answer,
  { responseUrl, redact, log }: Later,
): Promise<void> {
  if (!isResponseUrl(responseUrl)) {
    log.error("a late answer was not sent: its response_url does not lead to Slack");
    return;
  }
  const message = { ...postJson(responseUrl, answer), body: redact(JSON.stringify(answer)) };
  const reply = await exchange(fetch, clock, message, limits);
  if (reply.kind === "failure")
    log.error("a late answer did not reach Slack", { reason: reply.message });
  else if (reply.status < 200 || reply.status > 299) {
    const { status, body } = reply;
    log.error("Slack refused a late answer", { status, body: excerpt(body) });
  }
}
