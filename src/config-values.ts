// Values of the configuration that are not only text: where a destination begins, and whole numbers.
import * as z from "zod";
import { dayMs, parseSpanMs } from "./time.ts";

/** Where a destination begins that has no mark yet. */
export type Start =
  | { readonly kind: "now" }
  | { readonly kind: "ago"; readonly ms: number }
  | { readonly kind: "at"; readonly ms: number };

const aStart =
  'expected "now", a span back like "12h" or "30d", or a time like "2026-11-23T10:00:00Z" or "2026-11-23"';

/** A longer span could reach back to before 1970, where no log does. */
const fiftyYearsMs = 50 * 365 * dayMs;
const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);

export const start = z
  .string(aStart)
  .default("now")
  .transform((value, context): Start => {
    if (value === "now") return { kind: "now" };
    const ms = parseSpanMs(value);
    if (ms !== undefined) return ms < fiftyYearsMs ? { kind: "ago", ms } : { kind: "at", ms: 0 };
    // A date alone is its first instant in UTC.
    if (time.safeParse(value).success) return { kind: "at", ms: Math.max(0, Date.parse(value)) };
    context.addIssue({ code: "custom", message: aStart });
    return z.NEVER;
  });

/** A number, or its digits: `wrangler dev --var` gives text. */
export function count(low: number, high: number, fallback: number) {
  return z.preprocess(digits, whole(low, high).default(fallback));
}

/** The same, where something else says what holds when nobody sets it. */
export function countOrNone(low: number, high: number) {
  return z.preprocess(digits, whole(low, high).optional());
}

function whole(low: number, high: number) {
  const expected = `expected a whole number from ${low} to ${high}`;
  return z.number(expected).int(expected).min(low, expected).max(high, expected);
}

function digits(value: unknown): unknown {
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
}
