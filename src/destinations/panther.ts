// Panther, through an HTTP source. https://docs.panther.com/data-onboarding/data-transports/http
import { createHmac } from "node:crypto";
import * as z from "zod";
import { described, intake, jsonLines } from "./kit/intake.ts";
import { secretText, text } from "./kit/options.ts";
import { publicHttpsUrl } from "./kit/url.ts";

const options = z
  .object({
    url: publicHttpsUrl
      .regex(
        /^https:\/\/[^/]+\/http\/[\w-]+$/i,
        "expected the URL of a Panther HTTP source, https://logs.…/http/…",
      )
      .describe("The source's URL, `https://logs.<your domain>/http/…` (a secret)"),
    auth: z
      .enum(["bearer", "shared-secret", "hmac"])
      .default("bearer")
      .describe("The source's method of authentication"),
    secret: secretText("the source's bearer token, shared secret or HMAC key").describe(
      "Bearer token, shared secret or HMAC key (a secret)",
    ),
    header: text('expected the name of a header, e.g. "x-panther-signature"', /^[A-Za-z0-9-]+$/)
      .toLowerCase()
      .optional()
      .describe("Name of the header that holds the shared secret or the signature"),
  })
  .refine(({ auth, header }) => (auth === "bearer") === (header === undefined), {
    path: ["header"],
    message: 'expected the header\'s name with auth = "shared-secret" or "hmac", and only there',
  });

const check = "Check auth, secret and header: they are those of the source's settings.";

export const panther = intake({
  type: "panther",
  title: "Panther, through an HTTP source",
  docs: "https://docs.panther.com/data-onboarding/data-transports/http",
  options,
  format: "event",
  idempotency: "none: search by `event_id`",
  limits: { events: 1000, bytes: 500_000 },
  // Not compressed: a signature is of the bytes that are sent.
  framing: jsonLines,
  target: (setup, _, { body }) => ({ url: setup.url, headers: proofOf(setup, body) }),
  toRecord: (document, event) =>
    JSON.stringify({ time: event.time, ...described(document, event) }),
  statuses: {
    delivered: [200],
    advice: { 401: check, 403: check, 404: "Check url: the source shows it." },
  },
});

function proofOf(
  { auth, secret, header = "" }: z.output<typeof options>,
  body: string,
): Record<string, string> {
  switch (auth) {
    case "bearer":
      return { authorization: `Bearer ${secret}` };
    case "shared-secret":
      return { [header]: secret };
    case "hmac":
      return { [header]: createHmac("sha256", secret).update(body).digest("hex") };
  }
}
