// The sandbox's api.webflow.com: the workspace audit log and token introspection, as documented.
// https://developers.webflow.com/data/reference/enterprise/workspace-audit-logs/get
import type { Clock } from "../../src/http.ts";
import type { Random } from "../random.ts";
import type { Site } from "../site.ts";
import { type AuditLog, rfc3339Ms } from "./audit-log.ts";
import {
  defaultQuirks,
  errorReply,
  type Faults,
  faultyReply,
  filterRange,
  jsonReply,
  type Quirks,
  type Reply,
} from "./quirks.ts";
import { auditScope, type Token, type Tokens } from "./tokens.ts";

export const eventTypes = [
  "user_access",
  "custom_role",
  "workspace_membership",
  "site_membership",
  "workspace_invitation",
  "workspace_setting",
] as const;
export type EventType = (typeof eventTypes)[number];

/** May be changed while the API runs: a workspace can lose its plan or change its slug. */
interface ApiWorkspace {
  id: string;
  slug: string;
  /** Default true. */
  enterprise?: boolean;
}

export interface WebflowApiOptions {
  readonly log: AuditLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly tokens: Tokens;
  readonly workspace: ApiWorkspace;
  readonly quirks?: Quirks;
  readonly faults?: Faults;
  /** Requests a minute for each token; Infinity for no limit. Default 60. */
  readonly rateLimit?: number;
  /** Called right before each page of the log is answered. */
  readonly beforeAnswer?: (nowMs: number) => void;
}

interface ApiCounts {
  requests: number;
  /** Connections that failed before there was an answer. */
  failures: number;
  byStatus: Record<number, number>;
}

export interface WebflowApi extends Site {
  readonly counts: Readonly<ApiCounts>;
}

export function webflowApi(options: WebflowApiOptions): WebflowApi {
  const { log, clock, random, tokens, workspace, faults, rateLimit = 60 } = options;
  const quirks = options.quirks ?? defaultQuirks;
  const minutes = new Map<Token, { startMs: number; used: number }>();
  const counts: ApiCounts = { requests: 0, failures: 0, byStatus: {} };

  function answer(request: Request): Reply {
    const url = new URL(request.url);
    const route = request.method === "GET" ? parseRoute(url.pathname) : null;
    if (route === null) return errorReply("resource_not_found");
    const bearer = /^Bearer (.+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const token = bearer === undefined ? null : tokens.find(bearer);
    if (token === null) return errorReply("not_authorized");
    const nowMs = clock.now();
    token.createdMs ??= nowMs;
    token.lastUsedMs = nowMs;
    const { allowed, headers } = takeFromLimit(token, nowMs);
    const reply = allowed
      ? route.name === "introspect"
        ? introspect(token)
        : auditLogs(token, route.workspace, url.searchParams, nowMs)
      : errorReply("too_many_requests");
    return { ...reply, headers: { ...reply.headers, ...headers } };
  }

  // A 200 carries `Retry-After: 60` too: https://developers.webflow.com/data/reference/rate-limits
  function takeFromLimit(token: Token, nowMs: number) {
    if (rateLimit === Number.POSITIVE_INFINITY)
      return { allowed: true, headers: { "retry-after": "60" } };
    let minute = minutes.get(token);
    if (!minute || nowMs >= minute.startMs + 60_000) {
      minute = { startMs: nowMs, used: 0 };
      minutes.set(token, minute);
    }
    const allowed = minute.used < rateLimit;
    if (allowed) minute.used += 1;
    const leftSeconds = Math.ceil((minute.startMs + 60_000 - nowMs) / 1000);
    const headers = {
      "x-ratelimit-limit": String(rateLimit),
      "x-ratelimit-remaining": String(rateLimit - minute.used),
      "retry-after": allowed ? "60" : String(leftSeconds),
    };
    return { allowed, headers };
  }

  function auditLogs(
    token: Token,
    idOrSlug: string,
    params: URLSearchParams,
    nowMs: number,
  ): Reply {
    if (!token.scopes.includes(auditScope))
      return errorReply("missing_scopes", { suffix: `'${auditScope}'` });
    if (idOrSlug !== workspace.id && idOrSlug !== workspace.slug)
      return errorReply("resource_not_found");
    if (workspace.enterprise === false) return errorReply("not_enterprise_plan_workspace");
    if (token.forbidden) return errorReply("forbidden");
    const query = parseQuery(params);
    if ("problems" in query) return errorReply("validation_error", { details: query.problems });
    options.beforeAnswer?.(nowMs);
    const limit = Math.min(query.limit, quirks.maxLimit);
    const { entries, total } = log.window(
      {
        ...filterRange(query, quirks),
        eventType: query.eventType,
        order: quirks.sort === "ignored" ? "desc" : query.sortOrder,
        limit,
        offset: query.offset,
        shuffleTies: quirks.tieOrder === "shuffled" ? random : null,
      },
      nowMs,
    );
    const items = entries.map((entry) => entry.json).join(",");
    const pagination = JSON.stringify({ limit, offset: query.offset, total });
    return jsonReply(200, `{"items":[${items}],"pagination":${pagination}}`);
  }

  // No `application`, grantType client_credentials: https://developers.webflow.com/data/reference/token/introspect
  function introspect(token: Token): Reply {
    const authorization = {
      id: token.id,
      createdOn: toIso(token.createdMs),
      lastUsed: toIso(token.lastUsedMs),
      grantType: "client_credentials",
      rateLimit: Number.isFinite(rateLimit) ? rateLimit : null,
      scope: token.scopes.join(","),
      authorizedTo: { siteIds: [], workspaceIds: [workspace.id], userIds: [] },
    };
    return jsonReply(200, JSON.stringify({ authorization }));
  }

  async function respond(request: Request): Promise<Reply> {
    const fault = faults?.next() ?? null;
    if (fault === null || faults === undefined) return answer(request);
    if (fault === "connection_failure") throw new TypeError("fetch failed");
    if (fault === "slow") {
      await clock.sleep(faults.settings.slowMs, request.signal);
      request.signal.throwIfAborted();
      return answer(request);
    }
    const world = { settings: faults.settings, random, nowMs: clock.now() };
    return faultyReply(fault, () => answer(request), world);
  }

  return {
    counts,
    async fetch(request) {
      counts.requests += 1;
      try {
        const { status, headers, body } = await respond(request);
        counts.byStatus[status] = (counts.byStatus[status] ?? 0) + 1;
        return new Response(body, { status, headers });
      } catch (error) {
        counts.failures += 1;
        throw error;
      }
    },
  };
}

type Route = { name: "introspect" } | { name: "audit_logs"; workspace: string };

function parseRoute(path: string): Route | null {
  if (path === "/v2/token/introspect") return { name: "introspect" };
  const segment = /^\/v2\/workspaces\/([^/]+)\/audit_logs$/.exec(path)?.[1];
  if (segment === undefined) return null;
  try {
    return { name: "audit_logs", workspace: decodeURIComponent(segment) };
  } catch {
    return null; // a stray % in the path
  }
}

interface AuditLogQuery {
  limit: number;
  offset: number;
  sortOrder: "asc" | "desc";
  eventType: EventType | null;
  fromMs: number | null;
  toMs: number | null;
}

/** Every parameter has `allowEmptyValue: true`: an empty one counts as absent. The default order, newest first, is assumed. */
function parseQuery(
  params: URLSearchParams,
): AuditLogQuery | { problems: { param: string; description: string }[] } {
  const problems: { param: string; description: string }[] = [];
  const read = <T>(
    param: string,
    absent: T,
    description: string,
    parse: (text: string) => T | null,
  ): T => {
    const text = params.get(param);
    if (text === null || text === "") return absent;
    const value = parse(text);
    if (value === null) problems.push({ param, description: `Value (${text}) ${description}` });
    return value ?? absent;
  };
  const whole = (low: number, high: number) => (text: string) =>
    /^\d{1,15}$/.test(text) && Number(text) >= low && Number(text) <= high ? Number(text) : null;
  const oneOf =
    <T extends string>(values: readonly T[]) =>
    (text: string) =>
      values.find((value) => value === text) ?? null;
  const time = "should be a valid RFC 3339 date-time";
  const query: AuditLogQuery = {
    limit: read("limit", 10, "should be an integer from 1 to 100", whole(1, 100)),
    offset: read(
      "offset",
      0,
      "should be an integer of at least 0",
      whole(0, Number.MAX_SAFE_INTEGER),
    ),
    sortOrder: read<"asc" | "desc">(
      "sortOrder",
      "desc",
      "should be asc or desc",
      oneOf(["asc", "desc"]),
    ),
    eventType: read<EventType | null>(
      "eventType",
      null,
      `should be one of ${eventTypes.join(", ")}`,
      oneOf(eventTypes),
    ),
    fromMs: read<number | null>("from", null, time, rfc3339Ms),
    toMs: read<number | null>("to", null, time, rfc3339Ms),
  };
  return problems.length > 0 ? { problems } : query;
}

function toIso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
