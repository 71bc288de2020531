// Errors of the API as RFC 9457 problem details: https://www.rfc-editor.org/rfc/rfc9457
import * as z from "zod";

export const problemSchema = z.object({
  type: z.literal("about:blank"),
  title: z.string().describe("The HTTP status in words"),
  status: z.number().int(),
  detail: z.string().describe("What was wrong, where, and what to do next"),
  errors: z
    .array(z.string())
    .optional()
    .describe("Each mistake by itself: with every 422, and when the configuration is broken"),
});

const titles = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;
export type ProblemStatus = keyof typeof titles;

/** Thrown by a handler; the app turns it into the answer. */
export class Problem extends Error {
  readonly status: ProblemStatus;
  readonly errors: readonly string[] | undefined;
  /** Goes out as `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    status: ProblemStatus,
    detail: string,
    errors?: readonly string[],
    retryAfterSeconds?: number,
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.errors = errors ?? (status === 422 ? [detail] : undefined);
  }

  toJSON(): z.infer<typeof problemSchema> {
    return {
      type: "about:blank",
      title: titles[this.status],
      status: this.status,
      detail: this.message,
      ...(this.errors && { errors: [...this.errors] }),
    };
  }
}
