// What single options and variables take: a start, conditions, hidden fields, patterns, numbers, an address.
import * as z from "zod";
import { problemWith, type Way, ways } from "./privacy/settings.ts";
import { dayMs, parseSpanMs } from "./time.ts";

/** Where a destination begins that has no mark yet. */
export type Start =
  | { readonly kind: "now" }
  | { readonly kind: "ago"; readonly ms: number }
  | { readonly kind: "at"; readonly ms: number };

const aPattern = "expected a type, e.g. workspace_membership.*";
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

const aPrivacy =
  'expected a table, e.g. privacy = { mask = ["source.ip"], pseudonymize = ["actor.email"] }';

function hiddenPaths(way: Way) {
  const expected = `expected a list, e.g. ${way} = ["actor.email"]`;
  return z.array(z.string(expected), expected).default([]);
}

export const privacy = z
  .strictObject(
    { mask: hiddenPaths("mask"), pseudonymize: hiddenPaths("pseudonymize") },
    {
      error: ({ code, keys }) =>
        code === "unrecognized_keys"
          ? `expected only ${ways.join(" and ")}, got ${keys?.join(", ")}`
          : aPrivacy,
    },
  )
  .superRefine((settings, context) => {
    for (const way of ways)
      for (const path of settings[way]) {
        const message = problemWith(path);
        if (message) context.addIssue({ code: "custom", path: [way], message });
      }
  })
  .default({ mask: [], pseudonymize: [] });

export function patterns(option: string) {
  return z
    .array(
      z.string(aPattern).min(1, aPattern),
      `expected a list, e.g. ${option} = ["workspace_membership.*"]`,
    )
    .default([]);
}

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

/** How many messages a minute people are sent. */
export function mostMessages(fallback: number) {
  return count(2, 60, fallback).describe(
    "Most messages a minute; what is more is told together, with a link to the whole list: see “Storms stay calm”. Half of them are kept for what is severe, so 2 is the least",
  );
}

const anOrigin =
  'expected the origin of this Worker, e.g. "https://tidemark.example.workers.dev", without a path';
export const publicUrl = z
  .string(anOrigin)
  .refine(
    (text) => URL.canParse(text) && /^https?:/.test(text) && new URL(text).pathname === "/",
    anOrigin,
  )
  .transform((text) => new URL(text).origin);
