// A vendor's API as its OpenAPI description has it: prism checks a request and answers as the description says.
import { createInstance, getHttpOperationsFromSpec, type IHttpConfig } from "@stoplight/prism-http";
import type { OutgoingRequest } from "../../src/http.ts";

export interface PrismAnswer {
  readonly status: number;
  readonly body: unknown;
  /** What the description does not allow in the request. */
  readonly faults: readonly string[];
}

const config: IHttpConfig = {
  isProxy: false,
  mock: { dynamic: false },
  validateRequest: true,
  validateResponse: true,
  checkSecurity: true,
  errors: false,
  upstreamProxy: undefined,
};

const nothing = () => {};
const quiet = {
  child: () => quiet,
  ...Object.fromEntries(
    ["trace", "debug", "info", "success", "warn", "error", "fatal"].map((level) => [
      level,
      nothing,
    ]),
  ),
};

/**
 * The API at `base`, the URL of the server without a slash at its end. `form` says whether the description wants the
 * body parsed, or as it is on the wire (`format: binary`).
 */
export async function prism(
  description: object,
  base: string,
  form: "parsed" | "bytes" = "parsed",
): Promise<(request: OutgoingRequest) => Promise<PrismAnswer>> {
  const operations = await getHttpOperationsFromSpec(description);
  // A logger of pino's kind, of which prism needs no more than this.
  const instance = createInstance(config, { logger: quiet as never });
  return async ({ method, url, headers, body }) => {
    if (!url.startsWith(`${base}/`)) return refusal(`${url} does not begin with ${base}/`);
    const { pathname, searchParams } = new URL(url.slice(base.length), "http://localhost");
    const text = Buffer.from(body ?? "").toString();
    const answer = await instance.request(
      {
        method: method.toLowerCase() as "post",
        url: { path: pathname, query: Object.fromEntries(searchParams) },
        // As every client sends it: without a length prism asks nothing of the content type.
        headers: { ...headers, "content-length": String(Buffer.byteLength(text)) },
        body: form === "bytes" ? text : JSON.parse(text),
      },
      operations,
    )();
    if (answer._tag === "Left") return refusal(String(answer.left));
    const { output, validations } = answer.right;
    const faults = validations.input.map(({ message }) => message);
    return { status: output.statusCode, body: output.body, faults };
  };
}

const refusal = (fault: string): PrismAnswer => ({ status: 0, body: null, faults: [fault] });
