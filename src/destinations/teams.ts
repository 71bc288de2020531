// Microsoft Teams, through the webhook of a workflow: its URL is the secret, and 202 says only that the flow will run.
// https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook
import { Buffer } from "node:buffer";
import * as z from "zod";
import type { Answer } from "../http.ts";
import { toEvents, toExtras } from "./chat/digest.ts";
import type { DestinationType } from "./destination.ts";
import { batches, fill } from "./kit/batches.ts";
import { judgeBy } from "./kit/outcome.ts";
import { postJson } from "./kit/post.ts";
import { hookUrl } from "./kit/url.ts";
import { type Paragraph, toDigest, toLine, toMessage, toParagraphs } from "./teams/card.ts";

import { toSummaryMessage } from "./teams/summary.ts";

const options = z.object({
  url: hookUrl(
    "expected the URL of a Teams workflow, https://….logic.azure.com/workflows/…&sig=… or https://….api.powerplatform.com/…&sig=…; make one in Teams with the Workflows app, template “Post to a channel when a webhook request is received”",
    ({ hostname, searchParams }) =>
      /\.(logic\.azure|api\.powerplatform)\.com$/.test(hostname) && !!searchParams.get("sig"),
  ).describe("URL of the workflow's webhook (a secret)"),
});

// Teams takes some 28 KB, in practice 21. What stands around the lines takes the rest.
const bytes = 20_000;
const frameBytes = 5000;

const judge = judgeBy({
  note: "Teams runs the flow later: look into the channel",
  // A flow that is switched off or deleted, or that was told to expect something else, answers 400 to everything.
  refusesUs: /WorkflowTriggerIsNotEnabled|TriggerInputSchemaMismatch/,
  advice: {
    401: "Copy the whole URL of the workflow anew, with its sig, and see that anyone may trigger it.",
    403: "Copy the whole URL of the workflow anew, with its sig, and see that anyone may trigger it.",
    404: "Is the workflow still there? A new one has a new URL.",
  },
});

export const teams: DestinationType<z.output<typeof options>> = {
  type: "teams",
  title: "Microsoft Teams: one card an event, a digest when many come together",
  docs: "https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook",
  options,
  idempotency: "none: the event's id stands in each card",
  limits: { events: 100, bytes },
  chat: true,
  maxPerMinute: 6,
  digests: true,
  // Throttled beyond four requests a second.
  minIntervalMs: 1000,
  pacedBy: ({ url }) => url,
  pack: (letters) => batches(letters, fitting, ({ event }) => bytesOf(toLine(event))),
  encode(letters, { url }, attempt) {
    const { link, digest } = attempt;
    if (digest) return postJson(url, toSummaryMessage(digest.summary, toExtras(attempt)));
    const [only, ...more] = toEvents(letters);
    if (only && more.length === 0) return postJson(url, toMessage(toParagraphs(only)));
    const { before, lines, after } = toDigest(toEvents(letters), link);
    const shown = link ? (fill(lines, fitting, bytesOf)[0] ?? []) : lines;
    return postJson(url, toMessage([...before, ...shown, ...after]));
  },
  judge: (answer, attempt) => judge(meant(answer), attempt),
};

const fitting = { events: 100, bytes: bytes - frameBytes };
const bytesOf = (line: Paragraph) => Buffer.byteLength(JSON.stringify(line)) + 1;

/**
 * What a 200 means: connectors said `Microsoft Teams endpoint returned HTTP error 429` with it; a flow with an answer of
 * its own may say what it likes.
 */
function meant(answer: Answer): Answer {
  if (answer.kind === "failure" || answer.status >= 300) return answer;
  const told = /returned HTTP error ([45]\d\d)/.exec(answer.body)?.[1];
  if (told) return { ...answer, status: Number(told) };
  return answer;
}
