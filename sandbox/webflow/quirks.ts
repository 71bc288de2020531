// What the Webflow API may do that no documentation says, as data: its quirks, its faults and its error bodies.
// Errors: https://developers.webflow.com/data/reference/error-handling
import { integer, pick, type Random } from "../random.ts";
import type { AuditLog } from "./audit-log.ts";

/** How the endpoint behaves where the documentation is silent; may be changed while it runs. */
export interface Quirks {
  fromInclusive: boolean;
  toInclusive: boolean;
  /** `second`: from, to and timestamps lose their milliseconds before they are compared. */
  filterPrecision: "ms" | "second";
  /** `shuffled`: events of one timestamp come in another order at every request. */
  tieOrder: "stable" | "shuffled";
  /** `ignored`: sortOrder has no effect, the newest always come first. */
  sort: "timestamp" | "ignored";
  /** The most items of one page: a limit above it, up to 100, is silently cut to it. */
  maxLimit: number;
}

export const defaultQuirks: Readonly<Quirks> = {
  fromInclusive: true,
  toInclusive: true,
  filterPrecision: "ms",
  tieOrder: "stable",
  sort: "timestamp",
  maxLimit: 100,
};

/** The half-open range of times that from and to select. */
export function filterRange(
  filter: { readonly fromMs: number | null; readonly toMs: number | null },
  quirks: Quirks,
): { lowMs?: number; highMs?: number } {
  const step = quirks.filterPrecision === "second" ? 1000 : 1;
  const floor = (ms: number): number => Math.floor(ms / step) * step;
  const low =
    filter.fromMs === null ? null : floor(filter.fromMs) + (quirks.fromInclusive ? 0 : step);
  const high = filter.toMs === null ? null : floor(filter.toMs) + (quirks.toInclusive ? step : 0);
  return { ...(low !== null && { lowMs: low }), ...(high !== null && { highMs: high }) };
}

export const faultKinds = [
  "throttled",
  "throttled_until_date",
  "throttled_without_hint",
  "throttled_absurdly",
  "internal_error",
  "service_unavailable",
  "slow",
  "html_ok",
  "html_bad_gateway",
  "cut_json",
  "empty_object",
  "null_items",
  "empty_body",
  "connection_failure",
  "oversized",
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultMix {
  /** The share of requests that meet a fault, 0 to 1. */
  readonly rate: number;
  readonly kinds: readonly FaultKind[];
}

export interface FaultSettings {
  readonly retryAfterSeconds: number;
  readonly absurdRetryAfter: string;
  readonly slowMs: number;
  readonly oversizedBytes: number;
}

/** Decides for each request whether it meets a fault: first the script, then the mix. */
export class Faults {
  mix: FaultMix | null;
  readonly settings: FaultSettings;
  #random: Random;
  #script: (FaultKind | null)[] = [];

  constructor(random: Random, mix: FaultMix | null = null, settings: Partial<FaultSettings> = {}) {
    this.#random = random;
    this.mix = mix;
    this.settings = {
      retryAfterSeconds: 7,
      absurdRetryAfter: "31536000",
      slowMs: 45_000,
      oversizedBytes: 64 * 1024 * 1024,
      ...settings,
    };
  }

  /** The next requests meet these, one each, in this order; null is a request that goes well. */
  script(...kinds: (FaultKind | null)[]): void {
    this.#script.push(...kinds);
  }

  next(): FaultKind | null {
    const scripted = this.#script.shift();
    if (scripted !== undefined) return scripted;
    if (this.mix === null || this.#random() >= this.mix.rate) return null;
    return pick(this.#random, this.mix.kinds);
  }
}

/** A hook for `beforeAnswer`: one of the late items becomes visible right before each page is answered. */
export function shiftWhileWalking(
  log: AuditLog,
  items: readonly unknown[],
): (nowMs: number) => void {
  const left = items.values();
  return (nowMs) => {
    const { done, value } = left.next();
    if (!done) log.add(value, { visibleAtMs: nowMs });
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | ReadableStream<Uint8Array>;
}

const errors = {
  validation_error: [400, "Validation Error"],
  not_authorized: [401, "Request not authorized"],
  forbidden: [403, "User is not authorized to perform this action"],
  missing_scopes: [403, "OAuthForbidden: You are missing the following scopes - "],
  not_enterprise_plan_workspace: [403, "This workspace is not associated with an Enterprise plan"],
  resource_not_found: [404, "Requested resource not found: The site cannot be found"],
  too_many_requests: [429, "Too Many Requests"],
  internal_error: [500, "An Internal Error occurred"],
  service_unavailable: [503, "Service temporarily unavailable. Please try again later."],
} as const;

export interface ErrorOptions {
  /** Put behind the message. */
  readonly suffix?: string;
  readonly details?: readonly { readonly param: string; readonly description: string }[];
  readonly headers?: Readonly<Record<string, string>>;
}

export function jsonReply(status: number, body: string, headers: Reply["headers"] = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body,
  };
}

export function errorReply(code: keyof typeof errors, options: ErrorOptions = {}): Reply {
  const [status, text] = errors[code];
  const message = text + (options.suffix ?? "");
  const body = { code, message, externalReference: null, details: options.details ?? [] };
  return jsonReply(status, JSON.stringify(body), options.headers);
}

/** What goes out instead of the API's own answer; faults that stand in front of the API never ask for it. */
export function faultyReply(
  kind: Exclude<FaultKind, "slow" | "connection_failure">,
  answer: () => Reply,
  world: { readonly settings: FaultSettings; readonly random: Random; readonly nowMs: number },
): Reply {
  const { settings, random, nowMs } = world;
  const throttled = (retryAfter?: string): Reply =>
    errorReply("too_many_requests", {
      headers: {
        "x-ratelimit-remaining": "0",
        ...(retryAfter !== undefined && { "retry-after": retryAfter }),
      },
    });
  switch (kind) {
    case "throttled":
      return throttled(String(settings.retryAfterSeconds));
    case "throttled_until_date":
      return throttled(new Date(nowMs + settings.retryAfterSeconds * 1000).toUTCString());
    case "throttled_without_hint":
      return throttled();
    case "throttled_absurdly":
      return throttled(settings.absurdRetryAfter);
    case "internal_error":
      return errorReply("internal_error");
    case "service_unavailable":
      return errorReply("service_unavailable");
    case "html_ok":
      return htmlReply(200, "Just a moment...");
    case "html_bad_gateway":
      return htmlReply(502, "502 Bad Gateway");
    case "empty_body":
      return { status: 200, headers: {}, body: "" };
    case "cut_json":
      return spoil(answer(), (body) => body.slice(0, integer(random, 1, body.length - 1)));
    case "empty_object":
      return spoil(answer(), () => "{}");
    case "null_items":
      return spoil(answer(), withoutItems);
    case "oversized":
      return spoil(answer(), (body) => padded(body, settings.oversizedBytes));
    default:
      return kind satisfies never;
  }
}

/** Only an answer that would have been good can be spoilt. */
function spoil(reply: Reply, change: (body: string) => Reply["body"]): Reply {
  const good = reply.status === 200 && typeof reply.body === "string";
  return good ? { ...reply, body: change(reply.body) } : reply;
}

/** `items: null` beside a total that says otherwise (a total of 0 would make it a plain empty page). */
function withoutItems(body: string): string {
  const { pagination } = JSON.parse(body) as { pagination?: { total: number } };
  const total = Math.max(1, pagination?.total ?? 1);
  return JSON.stringify({ items: null, pagination: { ...pagination, total } });
}

function htmlReply(status: number, title: string): Reply {
  const body = `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>`;
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body };
}

/** The same JSON behind so many bytes of white space: only a cap on what is read protects from it. */
function padded(body: string, bytes: number): ReadableStream<Uint8Array> {
  const blank = new Uint8Array(65_536).fill(0x20);
  let left = bytes;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left > 0) controller.enqueue(blank.slice(0, Math.min(left, blank.length)));
      else {
        controller.enqueue(new TextEncoder().encode(body));
        controller.close();
      }
      left -= blank.length;
    },
  });
}
