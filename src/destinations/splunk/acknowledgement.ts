// Indexer acknowledgment: HEC took the events, and is asked until it says that they are indexed.
// https://docs.splunk.com/Documentation/Splunk/latest/Data/AboutHECIDXAck
import * as z from "zod";
import type { Answer } from "../../http.ts";
import type { Outcome } from "../destination.ts";
import { bodyAs } from "../kit/outcome.ts";
import { noAcknowledgement, verdictOf } from "./codes.ts";
import { type Access, channelOf, endpoint, headersFor } from "./endpoint.ts";

/** As Vector does: every 10 s, 30 times. */
const everyMs = 10_000;
/** Mostly it is indexed by then: a backlog does not wait 10 s for each request. */
const firstMs = 2_000;
const tries = 30;

const taken = z.object({ ackId: z.int() });
const status = z.object({ acks: z.record(z.string(), z.boolean()) });

const noSession =
  "Behind a load balancer, acknowledgments need sticky sessions; without them, remove ack from the destination.";

/** What to do after an answer that says code 0. */
export function judgeAcknowledgement(answer: Answer, access: Access): Outcome {
  const data = bodyAs(answer, taken);
  if (data) return ask(data.ackId, access, tries, firstMs);
  return { kind: "halt", reason: `Splunk gave no ackId. ${noAcknowledgement}` };
}

function ask(ackId: number, access: Access, left: number, afterMs: number): Outcome {
  const url = endpoint(access.url, "ack");
  url.searchParams.set("channel", channelOf(access));
  return {
    kind: "confirm",
    afterMs,
    request: {
      method: "POST",
      url: url.href,
      headers: { "content-type": "application/json", ...headersFor(access) },
      body: JSON.stringify({ acks: [ackId] }),
    },
    judge(answer, attempt) {
      const data = bodyAs(answer, status);
      if (data?.acks[ackId]) return { kind: "delivered" };
      const verdict = verdictOf(answer, attempt);
      if (verdict.kind === "halt") return verdict;
      if (left <= 1) {
        const seconds = (tries * everyMs) / 1000;
        const reason = `not acknowledged by the indexer within ${seconds} s. ${noSession}`;
        return { kind: "retry", reason };
      }
      const namedMs = verdict.kind === "retry" ? (verdict.retryAfterMs ?? 0) : 0;
      return ask(ackId, access, left - 1, Math.max(everyMs, namedMs));
    },
  };
}
