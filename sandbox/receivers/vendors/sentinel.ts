// Microsoft Sentinel: the login of Microsoft Entra, and the Logs Ingestion API of Azure Monitor.
// https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
import type { Incoming, Reply, Vendor } from "../vendor.ts";
import { parseJson, textAt } from "../vendor.ts";

const loginHost = "login.microsoftonline.com";
const ingestHost = "webflow-ab12.westeurope-1.ingest.monitor.azure.com";
const application = {
  tenant: "8f1c2a34-0000-4000-8000-5eed00000001",
  clientId: "8f1c2a34-0000-4000-8000-5eed00000002",
  clientSecret: "Xy~8Q.sandbox+secret/of=the&application",
};
const rule = "dcr-0123456789abcdef0123456789abcdef";
const stream = "Custom-WebflowAudit_CL";
const dayMs = 86_400_000;
const tokenMs = 3_600_000;

export const sentinel: Vendor = {
  type: "sentinel",
  hosts: [loginHost, ingestHost],
  options: [{ url: `https://${ingestHost}`, rule, stream, ...application }],
  faults: [
    { kind: "answer", status: 408 },
    { kind: "answer", status: 429, retryAfterS: 3 },
    { kind: "answer", status: 500 },
    { kind: "answer", status: 503, word: "Service unavailable" },
  ],
  open({ refuses }) {
    const expiries = new Map<string, number>();
    return (request) => {
      if (request.url.host === loginHost) return logIn(request, expiries);
      const token = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
      return (expiries.get(token) ?? 0) > request.nowMs
        ? ingest(request, refuses)
        : error(401, "InvalidToken", "The access token is invalid or has expired.");
    };
  },
};

function logIn(request: Incoming, expiries: Map<string, number>): Reply {
  const { method, url, headers, text, nowMs } = request;
  const [, tenant, ...path] = url.pathname.split("/");
  if (method !== "POST" || path.join("/") !== "oauth2/v2.0/token") return { status: 404 };
  if (headers.get("content-type") !== "application/x-www-form-urlencoded")
    return denied(
      400,
      "invalid_request",
      "AADSTS900144: The request body must contain grant_type.",
    );
  if (tenant !== application.tenant)
    return denied(400, "invalid_request", `AADSTS90002: Tenant '${tenant}' not found.`);
  const { grant_type, client_id, client_secret, scope } = Object.fromEntries(
    new URLSearchParams(text),
  );
  if (grant_type !== "client_credentials")
    return denied(400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported.");
  if (client_id !== application.clientId)
    return denied(
      400,
      "unauthorized_client",
      `AADSTS700016: Application '${client_id}' not found.`,
    );
  if (client_secret !== application.clientSecret)
    return denied(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
  if (scope !== "https://monitor.azure.com/.default")
    return denied(400, "invalid_scope", `AADSTS70011: The scope '${scope}' is not valid.`);
  const token = `eyJ0eXAi.sandbox.${expiries.size + 1}`;
  expiries.set(token, nowMs + tokenMs);
  return {
    status: 200,
    body: {
      token_type: "Bearer",
      expires_in: tokenMs / 1000 - 1,
      ext_expires_in: tokenMs / 1000 - 1,
      access_token: token,
    },
  };
}

function ingest(request: Incoming, refuses: (id: string) => boolean): Reply {
  const { method, url, headers, text, bytes, nowMs } = request;
  const [, rules, id, streams, name] = url.pathname.split("/");
  if (method !== "POST" || rules !== "dataCollectionRules" || streams !== "streams")
    return { status: 404 };
  if (url.searchParams.get("api-version") !== "2023-01-01")
    return error(400, "InvalidApiVersion", "The api-version is not supported.");
  if (id !== rule)
    return error(404, "NotFound", `Data collection rule with immutable Id '${id}' not found.`);
  if (name !== stream)
    return error(400, "InvalidStream", `The stream ${name} was not configured in the rule.`);
  if (!headers.get("content-type")?.startsWith("application/json"))
    return error(415, "UnsupportedMediaType", "Expected application/json.");
  if (bytes > 1_048_576)
    return error(413, "ContentLengthLimitExceeded", "Maximum allowed content length: 1048576.");
  const rows = parseJson(text);
  if (!Array.isArray(rows)) return error(400, "InvalidPayload", "Expected an array of objects.");
  const ids = rows.map((row) => textAt(row, "EventId"));
  if (ids.some((eventId) => eventId === "" || refuses(eventId)))
    return error(400, "InvalidPayload", "A record does not fit the stream.");
  const stored = rows.map((content, i) => {
    const timeMs = Date.parse(textAt(content, "TimeGenerated"));
    const kept = timeMs >= nowMs - 2 * dayMs && timeMs <= nowMs + dayMs;
    return { id: ids[i] ?? "", timeMs: kept ? timeMs : undefined, content };
  });
  return { status: 204, stored };
}

function denied(status: number, error: string, description: string): Reply {
  const trace = "Trace ID: 0f0e0d0c-0000-4000-8000-000000000000 Timestamp: 2026-06-01 12:00:00Z";
  return { status, body: { error, error_description: `${description} ${trace}` } };
}

function error(status: number, code: string, message: string): Reply {
  return { status, body: { error: { code, message } } };
}
