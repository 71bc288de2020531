// HEC's own codes, which say more than the status: some proxies answer 200 to what HEC refused.
// https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector
import * as z from "zod";
import { type Answer, excerpt, parseRetryAfterMs } from "../../http.ts";
import type { Attempt, Letter, Verdict } from "../destination.ts";
import { bodyAs, judgeBy } from "../kit/outcome.ts";

type Row = readonly [Exclude<Verdict["kind"], "delivered">, advice?: string];

const whereTokens = "Settings > Data inputs > HTTP Event Collector";
const headersLost = "Something on the way takes headers away: does url lead to Splunk itself?";
export const noAcknowledgement =
  "Switch on indexer acknowledgment for the token, or remove ack from the destination.";

const codes: Readonly<Record<number, Row>> = {
  1: ["halt", `Enable the token under ${whereTokens}.`],
  2: ["halt", headersLost],
  3: ["halt", `Check token: its value stands under ${whereTokens}.`],
  4: ["halt", `Check token: its value stands under ${whereTokens}.`],
  5: ["reject"],
  6: ["reject"],
  7: ["halt", "Check index, and that the token is allowed to write to it."],
  8: ["retry"],
  9: ["retry"],
  10: ["halt", headersLost],
  11: ["halt", headersLost],
  12: ["reject"],
  13: ["reject"],
  14: ["halt", noAcknowledgement],
  15: ["reject"],
  16: ["halt", "Remove the query from url: the token goes into a header."],
};

const notHec = "Check url: HEC has a port (8088) or host (http-inputs-…) of its own.";
const judgeByStatus = judgeBy({ advice: { 401: notHec, 403: notHec, 404: notHec } });

const said = z.object({
  code: z.int(),
  text: z.string().default(""),
  "invalid-event-number": z.int().optional(),
});

/** Delivered by code 0 only. Letters that are not there: the request held no events. */
export function verdictOf(
  answer: Answer,
  attempt: Attempt,
  letters: readonly Letter[] = [],
): Verdict {
  // Also after a status 200: without the code it is not known what became of the events.
  if (answer.kind === "failure") return { kind: "retry", reason: answer.message };
  const { status, headers } = answer;
  const data = bodyAs(answer, said);
  if (status === 200 && data?.code === 0) return { kind: "delivered" };
  const [kind, advice] = codes[data?.code ?? -1] ?? [];
  if (data === undefined || kind === undefined) {
    if (status < 200 || status >= 300) return judgeByStatus(answer, attempt);
    return { kind: "retry", reason: `HTTP ${status} without a code of HEC: is url right?` };
  }
  const words = `HTTP ${status}: ${excerpt(data.text)} (code ${data.code})`;
  const reason = advice ? `${words}. ${advice}` : words;
  if (kind === "halt") return { kind, reason };
  if (kind === "retry") {
    const retryAfterMs = parseRetryAfterMs(headers, attempt.nowMs);
    return { kind, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
  const at = letterAt(letters, data["invalid-event-number"]);
  return { kind, reason, ...(at !== undefined && { at }) };
}

/** HEC counts records, from 0; a letter may be several of them. */
function letterAt(letters: readonly Letter[], number: number | undefined): number | undefined {
  if (number === undefined || number < 0) return undefined;
  let next = 0;
  const at = letters.findIndex(({ documents }) => {
    next += documents.length;
    return number < next;
  });
  return at < 0 ? undefined : at;
}
