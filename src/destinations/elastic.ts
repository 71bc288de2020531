// Elasticsearch and OpenSearch, by their bulk API.
// https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk
import * as z from "zod";
import { excerpt } from "../http.ts";
import type { Verdict } from "./destination.ts";
import { authorization, isOneWay, userAndPassword } from "./kit/credentials.ts";
import { intake, jsonLines } from "./kit/intake.ts";
import { secretText, text } from "./kit/options.ts";
import { bodyAs, eachLetter, judgeBy } from "./kit/outcome.ts";
import { baseUrl, endpoint } from "./kit/url.ts";

const judgeStatus = judgeBy({
  delivered: [200],
  // What is wrong with a document comes with 200: this is about the request, the same for every other.
  refusesUs: /illegal_argument_exception|unrecognized parameter|invalid_index_name_exception/,
  advice: {
    400: "Check dataStream; with an apiKey it takes Elasticsearch 8.11 or later.",
    401: "Check apiKey, or user and password.",
    403: "It needs the privileges create_doc and auto_configure on the data stream.",
    404: "Check that url is that of Elasticsearch, not of Kibana.",
  },
});

export const elastic = intake({
  type: "elastic",
  title: "Elasticsearch, OpenSearch",
  docs: "https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk",
  options: z
    .object({
      url: baseUrl.describe("URL of Elasticsearch or OpenSearch"),
      dataStream: text(
        "expected the name of a data stream, in lower case, e.g. logs-webflow.audit-default",
        /^[a-z0-9][a-z0-9._-]{0,254}$/,
      )
        .default("logs-webflow.audit-default")
        .describe("Data stream, or index"),
      apiKey: secretText("an API key of Elasticsearch (encoded)")
        .optional()
        .describe("Encoded API key (a secret); or `user` and `password`"),
      ...userAndPassword,
    })
    .refine(
      (options) => isOneWay(options.apiKey, options),
      "expected either apiKey, or user and password",
    ),
  format: "ecs",
  idempotency: "`_id`",
  // So few that the answer is read even if it refuses each of them at length.
  limits: { events: 500, bytes: 5_000_000 },
  gzip: true,
  framing: jsonLines,
  target: ({ url, dataStream, apiKey, ...basic }) => ({
    url: `${endpoint(url, `/${dataStream}/_bulk`)}?${query(apiKey !== undefined)}`,
    headers: { authorization: authorization("ApiKey", apiKey, basic) },
  }),
  // A data stream takes nothing but `create`, and no document without `@timestamp`.
  toRecord: ({ id, content }, { time }) =>
    [{ create: { _id: id } }, { ...content, "@timestamp": time }]
      .map((line) => JSON.stringify(line))
      .join("\n"),
  judge(answer, attempt, letters) {
    const outcome = judgeStatus(answer, attempt);
    if (outcome.kind !== "delivered") return outcome;
    if (answer.kind === "failure") {
      // A long answer of refusals: of half the documents it is shorter, and what was stored has its _id.
      const kind = answer.reason === "too_large" && letters.length > 1 ? "reject" : "retry";
      return { kind, reason: answer.message };
    }
    const { items = [] } = bodyAs(answer, result) ?? {};
    const documents = letters.flatMap((letter) => letter.documents);
    if (items.length === documents.length)
      return eachLetter(
        letters,
        items.map(({ create }) => toVerdict(create)),
      );
    // Whatever was stored has its _id: it is not stored again.
    return {
      kind: "retry",
      reason: `HTTP 200 without a word on each document: ${excerpt(answer.body) || "empty"}`,
    };
  },
});

/** OpenSearch, which has no API keys, does not know `require_data_stream`, and refuses what it does not know. */
function query(isElasticsearch: boolean): string {
  const wanted = "filter_path=errors,items.*.status,items.*.error.type,items.*.error.reason";
  return isElasticsearch ? `require_data_stream=true&${wanted}` : wanted;
}

const item = z.object({
  status: z.number(),
  error: z.object({ type: z.string(), reason: z.string().nullish() }).optional(),
});
const result = z.object({ items: z.array(z.object({ create: item })) });

function toVerdict({ status, error }: z.output<typeof item>): Verdict {
  // 409: the document is there already.
  if (status < 300 || status === 409) return { kind: "delivered" };
  const words = [`status ${status} for the document`, error?.type, error?.reason].filter(Boolean);
  const reason = excerpt(words.join(": "));
  if (status === 429 || status >= 500) return { kind: "retry", reason };
  return { kind: [401, 403, 404].includes(status) ? "halt" : "reject", reason };
}
