// Axiom. https://axiom.co/docs/restapi/endpoints/ingestToDataset
import * as z from "zod";
import { excerpt } from "../http.ts";
import type { Letter, Outcome, Verdict } from "./destination.ts";
import { described, intake, jsonArray } from "./kit/intake.ts";
import { secretText, text } from "./kit/options.ts";
import { allRefused, bodyAs, judgeBy } from "./kit/outcome.ts";
import { endpoint, publicHttpsUrl } from "./kit/url.ts";

const judgeStatus = judgeBy({
  delivered: [200],
  advice: {
    401: "Check token: an API token, not a personal one.",
    403: "The API token needs the permission to ingest into the dataset.",
    404: "Check dataset, and that url is that of its edge deployment.",
  },
  // Both headers may be there: the limit that was hit has nothing left. https://axiom.co/docs/restapi/api-limits
  retryAfterMs({ headers }, nowMs) {
    const hit = ["x-ratelimit", "x-ingestlimit"].filter(
      (limit) => Number(headers.get(`${limit}-remaining`) ?? 0) <= 0,
    );
    const resets = hit.flatMap((limit) => headers.get(`${limit}-reset`) ?? []);
    return resets.length > 0
      ? Math.max(...resets.map((seconds) => Number(seconds) * 1000)) - nowMs
      : undefined;
  },
});

export const axiom = intake({
  type: "axiom",
  title: "Axiom",
  docs: "https://axiom.co/docs/restapi/endpoints/ingestToDataset",
  options: z.object({
    token: secretText("an API token of Axiom").describe("API token (a secret)"),
    dataset: text("expected the name of a dataset, e.g. webflow", /^\w[\w.-]{0,127}$/).describe(
      "Name of the dataset",
    ),
    url: publicHttpsUrl
      .refine(isAxioms, "expected an address of Axiom, like https://eu-central-1.aws.edge.axiom.co")
      .default("https://api.axiom.co")
      .describe("Address of the dataset's edge deployment"),
  }),
  format: "event",
  idempotency: "none: search by `event_id`",
  // Axiom takes 10,000 events; of so few the answer can be read even if it refuses each of them.
  limits: { events: 1000, bytes: 5_000_000 },
  gzip: true,
  framing: jsonArray,
  target: ({ url, dataset, token }) => ({
    url: endpoint(url, isEdge(url) ? `/v1/ingest/${dataset}` : `/v1/datasets/${dataset}/ingest`),
    headers: { authorization: `Bearer ${token}` },
  }),
  toRecord: (document, event) =>
    JSON.stringify({ _time: event.time, ...described(document, event) }),
  judge(answer, attempt, letters) {
    const outcome = judgeStatus(answer, attempt);
    if (outcome.kind !== "delivered") return outcome;
    // Axiom knows no repeats: what it has acknowledged is never sent again.
    if (answer.kind === "failure") {
      const note = `HTTP 200, but what Axiom refused of it is not known: ${answer.message}`;
      // So long is only an answer that refuses much.
      return answer.reason === "too_large" ? allRefused(letters, note) : { ...outcome, note };
    }
    const said = bodyAs(answer, ingestStatus);
    if (said) return said.failed === 0 ? outcome : toVerdicts(said, letters);
    return {
      kind: "retry",
      reason: `HTTP 200, but not from Axiom: ${excerpt(answer.body) || "empty"}`,
    };
  },
});

const hostOf = (url: string): string => URL.parse(url)?.hostname ?? "";

/** The classic address has another path than those of edge deployments. */
function isEdge(url: string): boolean {
  return hostOf(url).endsWith(".edge.axiom.co");
}

function isAxioms(url: string): boolean {
  return !URL.canParse(url) || hostOf(url).endsWith(".axiom.co");
}

const ingestStatus = z.object({
  failed: z.number(),
  // Once Axiom has counted, nothing in its list makes the request a failed one.
  failures: z
    .array(z.object({ timestamp: z.string(), error: z.string() }))
    .nullish()
    .catch(null),
});

/** Axiom names what it refused by its time: clear only where no other event of the request has the same. */
function toVerdicts(
  { failed, failures }: z.output<typeof ingestStatus>,
  letters: readonly Letter[],
): Outcome {
  const refusals = (failures ?? []).map(({ timestamp, error }) => {
    const ms = Date.parse(timestamp);
    const [letter, ...others] = letters.filter(({ event }) => Date.parse(event.time) === ms);
    return { letter: others.length === 0 ? letter : undefined, error };
  });
  if (refusals.length !== failed || !refusals.every(({ letter }) => letter)) {
    const total = letters.flatMap(({ documents }) => documents).length;
    const which = failed < total ? ", Axiom did not say which clearly" : "";
    const why = refusals[0]?.error ?? "without a reason";
    return allRefused(letters, `${failed} of ${total} were refused${which}: ${excerpt(why)}`);
  }
  const verdicts = letters.map((letter): Verdict => {
    const refusal = refusals.find((one) => one.letter === letter);
    if (!refusal) return { kind: "delivered" };
    return { kind: "reject", reason: excerpt(refusal.error) || "refused without a reason" };
  });
  return { kind: "each", verdicts };
}
