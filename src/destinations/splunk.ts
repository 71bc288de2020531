// Splunk's HTTP Event Collector (HEC). https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector
import * as z from "zod";
import { intake } from "./kit/intake.ts";
import { flag, secretText, text } from "./kit/options.ts";
import { baseUrl } from "./kit/url.ts";
import { judgeAcknowledgement } from "./splunk/acknowledgement.ts";
import { verdictOf } from "./splunk/codes.ts";
import { endpoint, headersFor } from "./splunk/endpoint.ts";

const options = z.object({
  url: baseUrl.describe(
    "Where HEC listens, e.g. `https://http-inputs-acme.splunkcloud.com`; its path is added",
  ),
  token: secretText("a HEC token").describe("HEC token (a secret)"),
  index: text('expected the name of an index, e.g. "security"', /^[a-z0-9_][a-z0-9_-]*$/)
    .optional()
    .describe("Index; default: the token's own"),
  sourcetype: text('expected a source type, e.g. "webflow:audit"')
    .optional()
    .describe("Source type; default: `webflow:audit`, with OCSF `ocsf:webflow:audit`"),
  source: text('expected a source, e.g. "webflow"')
    .default("webflow")
    .describe("The `source` of the events"),
  host: text('expected a host, e.g. "webflow.com"')
    .default("webflow.com")
    .describe("The `host` of the events"),
  ack: flag()
    .default(false)
    .describe(
      "true waits until the indexer acknowledges; the token must have indexer acknowledgment on",
    ),
});

export const splunk = intake({
  type: "splunk",
  title: "Splunk, through the HTTP Event Collector",
  docs: "https://docs.splunk.com/Documentation/Splunk/latest/Data/UsetheHTTPEventCollector",
  options,
  format: "event",
  idempotency: "none: search by `event_id`",
  limits: { events: 1000, bytes: 1_000_000 },
  gzip: true,
  framing: { contentType: "application/json", open: "", between: "\n", close: "" },
  target: ({ url, token, ack }, _, { letters }) => ({
    url: endpoint(url, "event").href,
    headers: headersFor({ url, token, ...(ack && { letters }) }),
  }),
  toRecord: (
    { id, content },
    { time, type, severity },
    { index, sourcetype, source, host, format },
  ) => {
    const record = {
      host,
      source,
      // As the OCSF-CIM add-on wants it: https://splunk.github.io/ocsf_cim_addon_for_splunk
      sourcetype: sourcetype ?? (format.name === "ocsf" ? "ocsf:webflow:audit" : "webflow:audit"),
      index,
      // Strings only: HEC refuses anything nested.
      fields: { event_id: id, event_type: type, severity },
      event: content,
    };
    // HEC refuses a time in exponent notation.
    const seconds = (Date.parse(time) / 1000).toFixed(3);
    return `{"time":${seconds},${JSON.stringify(record).slice(1)}`;
  },
  judge(answer, attempt, letters, setup) {
    const verdict = verdictOf(answer, attempt, letters);
    return verdict.kind === "delivered" && setup.ack
      ? judgeAcknowledgement(answer, { url: setup.url, token: setup.token, letters })
      : verdict;
  },
});
