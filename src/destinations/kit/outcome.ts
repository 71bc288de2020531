// The table of statuses that most receivers follow; a destination names what its vendor does otherwise.
import type * as z from "zod";
import { type Answer, boundedWaitMs, excerpt, parseRetryAfterMs } from "../../http.ts";
import type { Attempt, Letter, Outcome, Verdict } from "../destination.ts";

type Answered = Extract<Answer, { kind: "answer" }>;

/** Where a vendor differs: each list takes its statuses out of the general table. */
export interface Statuses {
  /** The only statuses that mean success; default: 200 to 299. */
  readonly delivered?: readonly number[];
  /** What a body, read as JSON, must hold besides: without it the answer is not the receiver's own. */
  readonly proof?: { readonly name: string; in(body: unknown): boolean };
  readonly retry?: readonly number[];
  readonly reject?: readonly number[];
  readonly halt?: readonly number[];
  /** What answers with a page of HTML is not the receiver: a login page, say, has taken nothing. */
  readonly noPages?: true;
  /** In a body: what would be a reject by its status is a halt, because it is not about the message but about us. */
  readonly refusesUs?: RegExp;
  /** What success is worth, where that is less than it seems. */
  readonly note?: string;
  /** What to do about a status, for the operator: said after what the receiver said. */
  readonly advice?: Readonly<Record<number, string>>;
  /** When to come back, in ms from now, where the vendor does not say it by `Retry-After`; clamped like that. */
  retryAfterMs?(answer: Answered, nowMs: number): number | undefined;
}

const transient = [408, 425, 429];
/** 501 and 505: what is asked for does not exist, and will not by waiting. */
const missing = [501, 505];
const rejected = [400, 413, 415, 422];
const page = /^\s*<(!doctype|html|head|body)\b/i;

/**
 * Outcome by status alone. Unless the vendor differs: 2xx delivered; 3xx, 408, 425, 429, 5xx retry; 400, 413, 415,
 * 422 reject; else (also 501 and 505) halt, after 410 for good.
 */
export function judgeBy(
  statuses: Statuses,
): (answer: Answer, attempt: Attempt) => Exclude<Outcome, { kind: "each" | "confirm" }> {
  const { proof, noPages } = statuses;
  const unproven = (answer: Answer) =>
    answer.kind === "answer" &&
    ((proof !== undefined && !proof.in(jsonOf(answer))) ||
      (noPages === true && page.test(answer.body)));
  return (answer, { nowMs }) => {
    // Also where the body then broke off: the receiver has said already that it took the message.
    if (answer.status !== undefined && isTaken(answer.status, statuses) && !unproven(answer)) {
      const { note } = statuses;
      return { kind: "delivered", ...(note && { note }) };
    }
    if (answer.kind === "failure") return { kind: "retry", reason: answer.message };
    const { status } = answer;
    const reason = reasonOf(answer, statuses);
    const kind = kindOf(answer, statuses);
    switch (kind) {
      case "retry": {
        const named = statuses.retryAfterMs?.(answer, nowMs) ?? Number.NaN;
        const retryAfterMs = boundedWaitMs(named) ?? parseRetryAfterMs(answer.headers, nowMs);
        return { kind, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) };
      }
      case "reject":
        return { kind, reason };
      case "halt":
        return { kind, reason, final: status === 410 };
    }
  };
}

export const judgeByStatus = judgeBy({});

function isTaken(status: number, { delivered }: Statuses): boolean {
  return delivered ? delivered.includes(status) : status >= 200 && status < 300;
}

function kindOf(
  { status, body }: Answered,
  { retry, reject, halt, refusesUs }: Statuses,
): Exclude<Verdict["kind"], "delivered"> {
  const refused = refusesUs?.test(body) ? "halt" : "reject";
  if (retry?.includes(status)) return "retry";
  if (reject?.includes(status)) return refused;
  if (halt?.includes(status) || missing.includes(status)) return "halt";
  // A 2xx that is not this receiver's own comes from something in between.
  if (status < 400 || status >= 500 || transient.includes(status)) return "retry";
  return rejected.includes(status) ? refused : "halt";
}

/** What an answer's body holds where it is JSON; else undefined, which no reader takes. */
export function jsonOf(answer: Answer): unknown {
  if (answer.kind === "failure") return undefined;
  try {
    return JSON.parse(answer.body);
  } catch {
    return undefined;
  }
}

/** `HTTP 403: Forbidden. Check …`; never longer than some 300 characters. */
function reasonOf({ status, body }: Answered, statuses: Statuses): string {
  if (status >= 300 && status < 400) {
    return `HTTP ${status}: the URL redirects, and redirects are not followed`;
  }
  const said = excerpt(body);
  const expected = status < 300 ? lackOf(status, body, statuses) : "";
  const words = said ? `HTTP ${status}${expected}: ${said}` : `HTTP ${status}${expected}`;
  const hint = statuses.advice?.[status];
  return hint ? `${words.replace(/\.$/, "")}. ${hint}` : words;
}

/** What a 2xx lacks to be this receiver's. */
function lackOf(status: number, body: string, { delivered, proof }: Statuses): string {
  if (proof && (delivered?.includes(status) ?? true)) return ` without ${proof.name}`;
  if (page.test(body)) return ", a page of HTML (is the URL right?)";
  return delivered ? ` (expected ${delivered.join(" or ")}: is the URL right?)` : "";
}

/** That JSON, where it has the shape that the vendor documents; undefined where not. */
export function bodyAs<Shape>(answer: Answer, shape: z.ZodType<Shape>): Shape | undefined {
  return shape.safeParse(jsonOf(answer)).data;
}

/** One verdict a document -> one a letter: a letter is delivered when all of its documents are. */
export function eachLetter(letters: readonly Letter[], verdicts: readonly Verdict[]): Outcome {
  let start = 0;
  const each = letters.map(({ documents }): Verdict => {
    const own = verdicts.slice(start, start + documents.length);
    start += documents.length;
    const worst = order.map((kind) => own.find((verdict) => verdict.kind === kind)).find(Boolean);
    return worst ?? { kind: "delivered" };
  });
  return each.every(({ kind }) => kind === "delivered")
    ? { kind: "delivered" }
    : { kind: "each", verdicts: each };
}

/** Refused for good, without a search for the letter that it is about: nothing of the request is sent again. */
export function allRefused(letters: readonly Letter[], reason: string): Outcome {
  return { kind: "each", verdicts: letters.map(() => ({ kind: "reject", reason })) };
}

/** What decides when the documents of one letter fare differently. */
const order = ["halt", "retry", "reject"] as const;
