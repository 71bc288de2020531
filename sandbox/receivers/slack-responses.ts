// hooks.slack.com/commands: where late answers to a slash command go. Each address takes five, within 30 minutes.
// https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
import type { Clock } from "../../src/http.ts";
import type { Site } from "../site.ts";
import { inspect, type SlackPayload } from "./slack-blocks.ts";

const mostAnswers = 5;
const lifeMs = 30 * 60_000;

interface SlackResponses extends Site {
  readonly taken: readonly SlackPayload[];
  /** A new address, as it comes with a command. */
  issue(): string;
}

export function slackResponses({ clock }: { readonly clock: Clock }): SlackResponses {
  const taken: SlackPayload[] = [];
  const addresses = new Map<string, { readonly issuedMs: number; answers: number }>();
  const refuse = (status: number, error: string) => Response.json({ ok: false, error }, { status });
  return {
    taken,
    issue() {
      const url = `https://hooks.slack.com/commands/T00SANDBOX/${addresses.size + 1}/sandboxsandboxsandbox000`;
      addresses.set(url, { issuedMs: clock.now(), answers: 0 });
      return url;
    },
    async fetch(request) {
      const address = addresses.get(request.url);
      if (!address || request.method !== "POST") return refuse(404, "invalid_url");
      if (clock.now() - address.issuedMs > lifeMs) return refuse(404, "expired_url");
      if (address.answers >= mostAnswers) return refuse(404, "used_url");
      const verdict = inspect(await request.json().catch(() => undefined));
      if (!verdict.ok) return refuse(400, verdict.word);
      address.answers += 1;
      taken.push(verdict.payload);
      return new Response("ok");
    },
  };
}
