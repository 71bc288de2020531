// Microsoft Sentinel. https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { erase } from "../../src/destinations/bind.ts";
import { sentinel } from "../../src/destinations/sentinel.ts";
import { event as ownFormat } from "../../src/formats/event.ts";
import type { Answer } from "../../src/http.ts";
import { destinationContract } from "../support/destination-contract.ts";
import { auditEvent, auditEvents, letterOf } from "../support/events.ts";

const clientSecret = "Xy~8Q.secret+of/the=application&more";
const options = {
  url: "https://webflow-ab12.westeurope-1.ingest.monitor.azure.com",
  rule: "dcr-0123456789abcdef0123456789abcdef",
  stream: "Custom-WebflowAudit_CL",
  tenant: "8f1c2a34-0000-4000-8000-000000000001",
  clientId: "8f1c2a34-0000-4000-8000-000000000002",
  clientSecret,
};
const bind = (more: Record<string, unknown> = {}) =>
  erase(sentinel).bind({ ...options, ...more }, ownFormat);
const answer = (
  status: number,
  body: unknown = "",
  headers: Record<string, string> = {},
): Answer => ({
  kind: "answer",
  status,
  headers: new Headers(headers),
  body: typeof body === "string" ? body : JSON.stringify(body),
});
const judge = (given: Answer) => bind().judge(given, { nowMs: 0 }, [letterOf(auditEvent())]);
const rowOf = (event = auditEvent(), content: Record<string, unknown> = event) => {
  const { body } = bind().encode([letterOf(event, content)], { nowMs: 0, token: "t" });
  return JSON.parse(String(body))[0];
};

destinationContract(sentinel, {
  options: [
    options,
    { ...options, cloud: "us", url: "https://dce.usgovvirginia-1.ingest.monitor.azure.us/" },
  ],
  url: "https://",
  secrets: [clientSecret],
  // It goes to the login only.
  secretsIn: [],
  takes: [[204, ""]],
  doesNotTake: [
    [200, "<html>captive portal</html>"],
    [202, "{}"],
  ],
});

test("a request is what Azure documents", () => {
  const event = auditEvent();
  const { body, ...head } = bind().encode([letterOf(event, { a: 1 })], { nowMs: 0, token: "eyJ0" });
  expect(head).toEqual({
    method: "POST",
    url: "https://webflow-ab12.westeurope-1.ingest.monitor.azure.com/dataCollectionRules/dcr-0123456789abcdef0123456789abcdef/streams/Custom-WebflowAudit_CL?api-version=2023-01-01",
    headers: { "content-type": "application/json", authorization: "Bearer eyJ0" },
    gzip: true,
  });
  expect(JSON.parse(String(body))).toEqual([
    {
      TimeGenerated: "2026-06-04T11:20:07.123Z",
      EventTime: "2026-06-04T11:20:07.123Z",
      EventId: event.id,
      EventType: "workspace_membership.user_role_updated",
      Severity: "high",
      Summary: event.summary,
      ActorType: "person",
      ActorId: "64f0c0ffee0000000000000a",
      ActorEmail: "ann@acme.com",
      TargetIds: ["64f0c0ffee0000000000000b"],
      TargetEmails: ["ben_k@acme.com"],
      Role: "Workspace Admin",
      PreviousRole: "Designer",
      SourceIp: null,
      SiteId: null,
      SiteSlug: null,
      WorkspaceId: "64f0c0ffee00000000000001",
      WorkspaceSlug: "acme",
      Document: { a: 1 },
    },
  ]);
});

test("the columns are those of the table that the documentation gives, in number and name", () => {
  const docs = readFileSync(
    join(import.meta.dirname, "../../docs/destinations/sentinel.md"),
    "utf8",
  );
  const columns = [...docs.matchAll(/"name": "(\w+)", "type": "(?:string|datetime|dynamic)"/g)];
  expect(columns.map(([, name]) => name)).toEqual(Object.keys(rowOf()));
});

test("a field beyond 64 KB, which Azure would cut off, becomes the beginning of its text", () => {
  const long = "名".repeat(30_000);
  const row = rowOf(auditEvent({ role: long }), { long });
  expect(row.Role).toBe("名".repeat(21_333));
  expect(row.Document).toBe(`{"long":"${"名".repeat(21_330)}`);
  expect(row.EventId).toBe(auditEvent().id);
});

describe("the login", () => {
  test.each([
    ["public", "login.microsoftonline.com", "monitor.azure.com"],
    ["us", "login.microsoftonline.us", "monitor.azure.us"],
    ["china", "login.partner.microsoftonline.cn", "monitor.azure.cn"],
  ])("to the cloud %s is at %s, for %s", (cloud, host, audience) => {
    const { body, ...head } = bind({ cloud }).grant?.request() ?? {};
    expect(head).toEqual({
      method: "POST",
      url: `https://${host}/8f1c2a34-0000-4000-8000-000000000001/oauth2/v2.0/token`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(Object.fromEntries(new URLSearchParams(String(body)))).toEqual({
      grant_type: "client_credentials",
      client_id: "8f1c2a34-0000-4000-8000-000000000002",
      client_secret: clientSecret,
      scope: `https://${audience}/.default`,
    });
  });

  const read = (given: Answer) => bind().grant?.read(given, { nowMs: 1000 });

  test.each([3599, "3599"])("gives a token until it expires, in %j seconds", (expires_in) => {
    const body = { token_type: "Bearer", expires_in, access_token: "eyJ0.a.b" };
    expect(read(answer(200, body))).toEqual({
      kind: "token",
      token: "eyJ0.a.b",
      expiresMs: 3_600_000,
    });
  });

  test.each(["", "<html>", "{}", '{"access_token":"a b","expires_in":1}', '{"access_token":"a"}'])(
    "that answers 200 with %j is tried again",
    (body) => {
      expect(read(answer(200, body))).toEqual({
        kind: "retry",
        reason: "Microsoft Entra answered HTTP 200 without a token",
      });
    },
  );

  test.each([
    [
      400,
      "invalid_request",
      "AADSTS90002: Tenant 'x' not found.",
      "Check tenant, clientId and cloud.",
    ],
    [
      400,
      "unauthorized_client",
      "AADSTS700016: Application 'x' not found.",
      "Check tenant, clientId and cloud.",
    ],
    [
      400,
      "invalid_scope",
      "AADSTS70011: The scope is not valid.",
      "Check tenant, clientId and cloud.",
    ],
    [
      401,
      "invalid_client",
      "AADSTS7000215: Invalid client secret provided.",
      "Check clientSecret: the secret's value, not its id; and that it has not expired.",
    ],
  ])(
    "refused with %i %s pauses the destination and says what to do",
    (status, error, words, advice) => {
      const error_description = `${words} Trace ID: 0f0e Correlation ID: 0f0f`;
      expect(read(answer(status, { error, error_description }))).toEqual({
        kind: "halt",
        reason: `Microsoft Entra gave no token: HTTP ${status}: ${error}, ${words} ${advice}`,
        final: false,
      });
    },
  );

  test.each([403, 404, 413, 415, 422])("answered with %i pauses the destination", (status) => {
    expect(read(answer(status))?.kind).toBe("halt");
  });

  test.each([302, 408, 429, 500, 502, 503, 504])("answered with %i is tried again", (status) => {
    expect(read(answer(status, "", { "retry-after": "7" }))).toMatchObject(
      status < 400 ? { kind: "retry" } : { kind: "retry", retryAfterMs: 7000 },
    );
  });

  test("never makes a message the scapegoat: a message that is refused would be dead-lettered", () => {
    for (let status = 100; status < 600; status += 1) {
      expect(["retry", "halt"]).toContain(read(answer(status))?.kind);
    }
    const failure = { kind: "failure", reason: "timeout", message: "no answer" } as const;
    expect(read(failure)?.kind).toBe("retry");
    expect(read({ ...failure, status: 200 })?.kind).toBe("retry");
  });

  test("repeats nothing of the form, in which the secret stands in another spelling", () => {
    const { body } = bind().grant?.request() ?? {};
    for (const status of [200, 400, 401, 500]) {
      for (const echo of [String(body), JSON.stringify({ error: 5, form: String(body) })]) {
        expect(JSON.stringify(read(answer(status, echo)))).not.toContain("8Q.secret");
      }
    }
  });
});

test.each([
  [408, "", "retry"],
  [429, "", "retry"],
  [500, "", "retry"],
  [503, "", "retry"],
  [401, '{"error":{"code":"InvalidToken","message":"…"}}', "halt"],
  [403, '{"error":{"code":"OperationFailed","message":"…"}}', "halt"],
  [404, '{"error":{"code":"NotFound","message":"…"}}', "halt"],
  [413, '{"error":{"code":"ContentLengthLimitExceeded","message":"…"}}', "reject"],
  [400, '{"error":{"code":"InvalidPayload","message":"…"}}', "reject"],
  [400, '{"error":{"code":"InvalidStream","message":"…"}}', "halt"],
  [400, '{"error":{"code":"InvalidDcrImmutableId","message":"…"}}', "halt"],
])("%i %s is a %s", (status, body, kind) => {
  expect(judge(answer(status, body)).kind).toBe(kind);
});

test("a role that is missing says which, and how long it takes", () => {
  const body = {
    error: {
      code: "OperationFailed",
      message: "The authentication token provided does not have access.",
    },
  };
  expect(judge(answer(403, body))).toMatchObject({
    kind: "halt",
    reason: expect.stringMatching(
      /Give the application the role Monitoring Metrics Publisher .* 30 minutes\.$/,
    ),
  });
});

test("up to a thousand rows travel together, in a megabyte at most", () => {
  const packed = (content: Record<string, unknown>) =>
    bind()
      .pack(auditEvents(1200).map((event) => letterOf(event, content)))
      .map(({ length }) => length);
  expect(packed({})).toEqual([1000, 200]);
  expect(packed({ long: "x".repeat(19_400) }).slice(0, 2)).toEqual([49, 49]);
});

test.each([
  [
    "url",
    "http://dce.westeurope-1.ingest.monitor.azure.com",
    "expected the logs ingestion endpoint",
  ],
  ["url", "https://ingest.monitor.azure.com.evil.example", "expected the logs ingestion endpoint"],
  [
    "url",
    "https://dce.ingest.monitor.azure.com/dataCollectionRules",
    "expected the logs ingestion endpoint",
  ],
  ["rule", "webflow-rule", "expected the rule's immutable id"],
  ["stream", "WebflowAudit_CL", "expected the name of a stream"],
  ["tenant", "acme/../common", "expected the id of the Entra tenant"],
  ["clientId", "Tidemark", "expected the application (client) id"],
  ["clientSecret", "", "expected the value of a client secret"],
  ["cloud", "germany", "expected one of"],
])("refuses %s = %j", (option, value, message) => {
  expect(() => bind({ [option]: value })).toThrow(message);
});
