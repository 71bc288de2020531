// Cribl Stream and Edge, through their HTTP/S (Bulk API) source. https://docs.cribl.io/stream/sources-https/
import * as z from "zod";
import { described, intake, jsonLines } from "./kit/intake.ts";
import { secretText } from "./kit/options.ts";
import { publicHttpsUrl } from "./kit/url.ts";

export const cribl = intake({
  type: "cribl",
  title: "Cribl Stream, through its HTTP source",
  docs: "https://docs.cribl.io/stream/sources-https/",
  options: z.object({
    url: publicHttpsUrl.describe(
      "Where the source listens, e.g. `https://default.main.acme.cribl.cloud:10080/cribl/_bulk`",
    ),
    // Kept in two parts, so that a receiver's words are searched for the token alone as well.
    token: secretText(
      'an auth token of the source, with "Bearer " before it where the source has it so',
      /^([A-Za-z]+ )?[\x21-\x7e]+$/,
    )
      .transform((given) => {
        const [token = "", ...scheme] = given.split(" ").reverse();
        return { scheme, token };
      })
      .describe("Auth token (a secret), as the source has it"),
  }),
  format: "event",
  idempotency: "none: drop repeats by `event_id`",
  limits: { events: 1000, bytes: 1_000_000 },
  gzip: true,
  framing: jsonLines,
  target: ({ url, token: { scheme, token } }) => ({
    url,
    headers: { authorization: [...scheme, token].join(" ") },
  }),
  toRecord: (document, event) =>
    JSON.stringify({ _time: Date.parse(event.time) / 1000, ...described(document, event) }),
  statuses: {
    delivered: [200],
    advice: {
      401: "Check token: it goes into the Authorization header as it is.",
      403: "Check token: it goes into the Authorization header as it is.",
      404: "Check url: its path is the source's Cribl HTTP event API, /cribl, and /_bulk.",
    },
  },
});
