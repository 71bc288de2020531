// The audit log's one endpoint, read page by page. A page is an array of items or a fault, never "the end".
// https://developers.webflow.com/data/reference/enterprise/workspace-audit-logs/get

import {
  type Answer,
  type Clock,
  excerpt,
  exchange,
  type Fetch,
  parseRetryAfterMs,
} from "../http.ts";
import { redactor } from "../log.ts";
import { type SourceFault, type SourceNames, toFault } from "./fault.ts";
import { isObject, toText } from "./record.ts";

/** Times are whole seconds since the epoch: whether the API filters by second or by millisecond is not documented. */
export interface PageQuery {
  readonly fromSecond: number;
  readonly toSecond?: number;
  readonly eventType?: string;
  readonly offset?: number;
  /** Default 100, the most that there is. */
  readonly limit?: number;
}

export type Page =
  | {
      readonly kind: "page";
      readonly items: readonly unknown[];
      /** Number of records that match the query; undefined when the answer does not tell. */
      readonly total: number | undefined;
      /** How many requests this minute allows in all, and still; undefined when the answer does not tell. */
      readonly rate: Rate | undefined;
    }
  | { readonly kind: "fault"; readonly fault: SourceFault };

/** Of `X-RateLimit-Limit` and `-Remaining`: https://developers.webflow.com/data/reference/rate-limits */
interface Rate {
  readonly limit: number;
  readonly left: number;
}

/** A workspace token, and the name of the secret that it came from: null when it stands in the configuration itself. */
export interface Token {
  readonly value: string;
  readonly secret: string | null;
}

export const pageSize = 100;
const limits = { timeoutMs: 20_000, maxBytes: 4 * 1024 * 1024 };

/** Pulls one page in ascending order. Every failure is a value. */
export async function pullPage(
  fetch: Fetch,
  clock: Clock,
  workspace: string,
  token: Token,
  query: PageQuery,
): Promise<Page> {
  const answer = await exchange(
    fetch,
    clock,
    {
      method: "GET",
      url: toUrl(workspace, query),
      headers: { authorization: `Bearer ${token.value}`, accept: "application/json" },
    },
    limits,
  );
  return parsePage(answer, clock.now(), token, { workspace, tokenSecret: token.secret });
}

function toUrl(workspace: string, query: PageQuery): string {
  return `https://api.webflow.com/v2/workspaces/${encodeURIComponent(workspace)}/audit_logs?${toParameters(query)}`;
}

function toParameters(query: PageQuery): URLSearchParams {
  const parameters = new URLSearchParams({
    limit: String(query.limit ?? pageSize),
    offset: String(query.offset ?? 0),
    sortOrder: "asc",
    from: toIsoSecond(query.fromSecond),
  });
  if (query.toSecond !== undefined) parameters.set("to", toIsoSecond(query.toSecond));
  if (query.eventType !== undefined) parameters.set("eventType", query.eventType);
  return parameters;
}

/** ISO 8601 with second precision, as in Webflow's own samples. */
export function toIsoSecond(second: number): string {
  return new Date(Math.max(second, 0) * 1000).toISOString().replace(".000Z", "Z");
}

function parsePage(answer: Answer, nowMs: number, token: Token, names: SourceNames): Page {
  if (answer.kind === "failure") {
    return blind(`Webflow's audit log could not be read: ${answer.message}`);
  }
  const { status, headers, body } = answer;
  // A gateway's error page may repeat the request; struck out before it is cut, which would leave half a token.
  const quote = (text: string) => excerpt(redactor([token.value])(text));
  const parsed = parseJson(body);
  if (status < 200 || status >= 300) {
    const error = isObject(parsed) ? parsed : {};
    const code = toText(error.code);
    const message = toText(error.message) ?? body;
    const fault = toFault(status, code && quote(code), quote(message), names);
    const retryAfterMs = parseRetryAfterMs(headers, nowMs);
    // Webflow sends Retry-After on a 200 too: only a refusal makes it a request to wait.
    const waits = status === 429 || status === 503;
    return { kind: "fault", fault: waits && retryAfterMs ? { ...fault, retryAfterMs } : fault };
  }
  if (!isObject(parsed)) {
    return blind(`Webflow answered HTTP ${status} without a JSON object: ${quote(body)}`);
  }
  const pagination = isObject(parsed.pagination) ? parsed.pagination : {};
  const total = typeof pagination.total === "number" ? pagination.total : undefined;
  const items = parsed.items === null && total === 0 ? [] : parsed.items;
  if (!Array.isArray(items)) {
    return blind(`Webflow answered HTTP ${status} without a list of items: ${quote(body)}`);
  }
  if (items.length === 0 && total !== undefined && total > Number(pagination.offset ?? 0)) {
    return blind(`Webflow answered HTTP ${status} with no items although it counts ${total}`);
  }
  return { kind: "page", items, total, rate: toRate(headers) };
}

function toRate(headers: Headers): Rate | undefined {
  const [limit, left] = ["limit", "remaining"].map((name) =>
    Number.parseInt(headers.get(`x-ratelimit-${name}`) ?? "", 10),
  );
  const told = limit !== undefined && left !== undefined && limit > 0 && left >= 0;
  return told ? { limit, left } : undefined;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON is an answer like any other here: the callers say which one was expected.
    return undefined;
  }
}

function blind(what: string): Page {
  const text = `${what}. Nothing to do: it is tried again, and no mark has moved.`;
  return { kind: "fault", fault: { kind: "blind", text } };
}
