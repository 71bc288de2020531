// The HTTP API as its callers see it, with a plain object where the Durable Object would be.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as z from "zod";
import type { DescribedType } from "../src/destination-types.ts";
import { destinationTypes } from "../src/destinations/registry.ts";
import type { Env } from "../src/env.ts";
import { formats } from "../src/formats/registry.ts";
import type { SignedReceipt } from "../src/proof/receipts.ts";
import { createApi } from "../src/routes/app.ts";
import { problemSchema } from "../src/routes/problem.ts";
import type { DeadLetter } from "../src/tables.ts";
import {
  backtestReport,
  explanation,
  FakeRelay,
  planReport,
  report,
  status,
} from "./support/fake-relay.ts";
import { configKey, fakeRegister } from "./support/register.ts";

const types = destinationTypes.map(({ type }) => type).join(", ");

const formatNames = formats.map(({ name }) => name);

const adminToken = "correct-horse-battery-staple";
const configured = {
  token: "ws-of-the-shop-0123456789",
  destinations: [
    { name: "own", type: "slack", url: "https://hooks.slack.com/services/T1/B1/shop" },
  ],
};
const stored = {
  record: { id: "shop", version: 1, updatedAt: "2026-06-01T12:00:00.000Z", ...configured },
  seen: { state: "quiet", problem: null },
};
const hook = "https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdef";
const environment = {
  ADMIN_TOKEN: adminToken,
  CONFIG_KEY: configKey,
  WEBFLOW_TOKEN: "ws-0123456789abcdef",
  WORKSPACES: [
    { id: "acme", token: "$WEBFLOW_TOKEN" },
    { id: "my-slug", token: "plain-token-1" },
  ],
  DESTINATIONS: [
    { name: "team", type: "slack", url: hook },
    { name: "own", type: "slack", url: hook, workspaces: ["my-slug"] },
  ],
};

let api = createApi();
let relays: Record<string, FakeRelay>;
const relay = (id: string) => relays[id] ?? fail();
function fail(): never {
  throw new Error("not there");
}

function envOf(change: Record<string, unknown> = {}): Env {
  const getByName = (id: string) => (relays[id] ??= new FakeRelay(id));
  // The two bindings that the routes do not use otherwise are left out.
  return { ...environment, RELAY: { getByName }, ...change } as unknown as Env;
}

const bearer = { authorization: `Bearer ${adminToken}` };
async function call(request: string, init: RequestInit = {}, env = envOf()) {
  const [method = "GET", path = "/"] = request.split(" ");
  const response = await api.app.request(path, { method, headers: bearer, ...init }, env);
  const text = await response.text();
  const isText = response.headers.get("content-type")?.startsWith("text/plain");
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isText ? text : JSON.parse(text || "null"),
  };
}
const post = (request: string, body: unknown) => call(request, { body: JSON.stringify(body) });

const logged: string[] = [];
beforeEach(() => {
  // It remembers whose sign-ins failed.
  api = createApi();
  relays = { acme: new FakeRelay("acme"), "my-slug": new FakeRelay("my-slug") };
  const shop = new FakeRelay("shop");
  shop.overrides.stored = async () => stored;
  relays.shop = shop;
  logged.length = 0;
  vi.spyOn(console, "error").mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** What a route needs to be sent to answer well. */
const bodies: Readonly<Record<string, string>> = {
  "POST /resync": JSON.stringify({ from: "2026-01-01T00:00:00Z", workspace: "acme" }),
  "POST /mutes": JSON.stringify({ only: ["*"], for: "2h" }),
  "POST /rules/backtest": JSON.stringify({ workspace: "acme" }),
  "PUT /workspaces/shop": JSON.stringify(configured),
};
const callAdmin = (route: string, headers: HeadersInit = bearer) =>
  call(
    route,
    { headers, ...(bodies[route] !== undefined && { body: bodies[route] }) },
    envOf({ REGISTER: fakeRegister("shop").REGISTER }),
  );

const adminRoutes = [
  "GET /status",
  "POST /sync",
  "GET /events?workspace=acme",
  "GET /receipts",
  "GET /receipts/keys",
  "GET /explain/01K7M0000000000000000000AB",
  "POST /resync",
  "GET /resync/acme:01K7M000",
  "POST /rules/backtest",
  "POST /destinations/team/test",
  "POST /destinations/team/pause",
  "POST /destinations/team/resume",
  "POST /mutes",
  "GET /mutes",
  "DELETE /mutes/acme:1",
  "GET /dead-letters",
  "POST /dead-letters/acme:1/retry",
  "DELETE /dead-letters/acme:1",
  "GET /metrics",
  "GET /workspaces",
  "GET /workspaces/shop",
  "PUT /workspaces/shop",
  "DELETE /workspaces/shop",
];

describe("GET /destinations/types", () => {
  test("lists each type with its options, defaults, limits and formats, to anybody", async () => {
    const { status, body } = await call("GET /destinations/types", { headers: {} });
    expect(status).toBe(200);
    const { types: listed } = body as { types: readonly DescribedType[] };
    expect(listed.map(({ type }) => type)).toEqual(destinationTypes.map(({ type }) => type));
    expect(listed.find(({ type }) => type === "datadog")).toMatchObject({
      format: "event",
      formats: formats.map(({ name }) => name),
      minSeverity: "info",
      chat: false,
      limits: { events: 1000, bytes: 5_000_000, maxAgeHours: 18 },
      options: [
        { name: "apiKey", what: "API key (a secret)", required: true },
        { name: "site", required: false, default: "datadoghq.com", values: expect.any(Array) },
        { name: "service", required: false, default: "webflow" },
        { name: "tags", required: false, default: [] },
      ],
    });
    expect(listed.find(({ type }) => type === "slack")).toMatchObject({
      format: null,
      formats: [],
      chat: true,
      limits: { minIntervalMs: 1000, maxAgeHours: null },
    });
  });

  test("lists them also while the configuration is broken: that is when they are needed", async () => {
    const { status } = await call("GET /destinations/types", {}, envOf({ DESTINATIONS: [] }));
    expect(status).toBe(200);
  });
});

const basic = (pair: string) => ({
  authorization: `Basic ${Buffer.from(pair).toString("base64")}`,
});

describe("an admin route", () => {
  test("is known to this test: each one is", () => {
    const paths = adminRoutes.map((route) =>
      route
        .replace(/\?.*/, "")
        .replace(/acme:1|shop/, "{id}")
        .replace("team", "{name}")
        .replace("01K7M0000000000000000000AB", "{event}")
        .replace("acme:01K7M000", "{plan}"),
    );
    const specs = api.specs.filter(({ auth }) => auth === "admin");
    expect(paths.toSorted()).toEqual(
      specs.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted(),
    );
  });

  test.each(adminRoutes)("%s lets in who has the token, and nobody else", async (route) => {
    for (const headers of [
      bearer,
      { authorization: `bearer ${adminToken}` },
      basic(`me:${adminToken}`),
    ]) {
      expect((await callAdmin(route, headers)).status).toBeLessThan(300);
    }
    for (const calls of Object.values(relays)) calls.calls.length = 0;
    for (const headers of [
      {},
      { authorization: "" },
      { authorization: "Bearer" },
      { authorization: adminToken },
      { authorization: `Bearer ${adminToken}x` },
      { authorization: `Bearer ${adminToken.slice(1)}` },
      { authorization: `Token ${adminToken}` },
      basic(adminToken),
      basic(`${adminToken}:`),
      basic(`me:${adminToken}:`),
    ]) {
      const { status, headers: given, body } = await callAdmin(route, headers);
      expect(status).toBe(401);
      expect(body).toMatchObject({ status: 401, title: "Unauthorized" });
      expect(given.get("www-authenticate")).toMatch(/^Bearer .*, Basic /);
    }
    expect(relay("acme").calls).toEqual([]);
  });

  test.each(adminRoutes)("%s is closed to all when no ADMIN_TOKEN is set", async (route) => {
    for (const value of [undefined, "", 5]) {
      for (const headers of [
        bearer,
        { authorization: "Bearer " },
        basic(":"),
        { authorization: "Bearer undefined" },
      ]) {
        const { status, body } = await call(route, { headers }, envOf({ ADMIN_TOKEN: value }));
        expect(status).toBe(403);
        expect(body.detail).toContain("npx wrangler secret put ADMIN_TOKEN");
      }
    }
  });

  test.each(adminRoutes.filter((route) => !route.startsWith("GET")))(
    "%s does nothing when another site made the browser send it",
    async (route) => {
      for (const site of ["cross-site", "same-site"]) {
        const headers = { ...basic(`me:${adminToken}`), "sec-fetch-site": site };
        const { status, body } = await callAdmin(route, headers);
        expect([status, body.detail]).toEqual([403, expect.stringContaining("nothing was done")]);
      }
      expect(relay("acme").calls).toEqual([]);
      for (const site of ["same-origin", "none"]) {
        const headers = { ...bearer, "sec-fetch-site": site };
        expect((await callAdmin(route, headers)).status).toBeLessThan(300);
      }
    },
  );
});

describe("signing in", () => {
  const aud = "a".repeat(64);
  /** As Cloudflare calls, with whom Access lets through. */
  const callAs = (
    email: string,
    route: string,
    change: Record<string, unknown>,
    headers: HeadersInit = {},
  ) => {
    const [method = "", path = ""] = route.split(" ");
    const context = { access: { aud, getIdentity: async () => ({ email }) }, props: {} };
    const ctx = { ...context, waitUntil: fail, passThroughOnException: fail };
    return api.app.request(path, { method, headers }, envOf(change), ctx);
  };

  test("through Access suffices, without an admin token and with a broken configuration too", async () => {
    const change = { ADMIN_TOKEN: undefined, ACCESS_AUD: aud };
    expect((await callAs("ann@example.com", "GET /status", change)).status).toBe(200);
    const broken = { ...change, POLL_SECONDS: "often" };
    const answer = await callAs("ann@example.com", "GET /status", broken);
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining("POLL_SECONDS"),
    ]);
    const other = { ADMIN_TOKEN: undefined, ACCESS_AUD: "b".repeat(64) };
    expect((await callAs("ann@example.com", "GET /status", other)).status).toBe(403);
  });

  test("through Access gives a pause its name", async () => {
    await callAs("ann@example.com", "POST /destinations/team/pause", { ACCESS_AUD: aud });
    expect(relay("acme").calls).toEqual([["pause", "team", "ann@example.com", null]]);
    const evil = { "sec-fetch-site": "cross-site" };
    const route = "POST /destinations/team/resume";
    expect((await callAs("ann@example.com", route, { ACCESS_AUD: aud }, evil)).status).toBe(403);
    expect(relay("acme").calls).toHaveLength(1);
  });

  test("that fails too often is a problem document with status 429, and says when to come again", async () => {
    vi.spyOn(console, "warn").mockImplementation((line) => void logged.push(String(line)));
    for (let i = 0; i < 11; i += 1) await call("GET /status", { headers: basic(`me:guess ${i}`) });
    const { status: code, headers, body } = await call("GET /status");
    expect([code, headers.get("content-type"), headers.get("retry-after")]).toEqual([
      429,
      "application/problem+json",
      "60",
    ]);
    expect(z.strictObject(problemSchema.shape).parse(body).title).toBe("Too Many Requests");
    expect(logged.map((line) => JSON.parse(line).message)).toEqual(["too many failed sign-ins"]);
    expect(logged.join()).not.toContain("guess");
    expect((await call("GET /health", { headers: {} })).status).toBe(200);
  });

  test("is open to a route of its own, by the same gate", async () => {
    const own = createApi();
    own.app.get("/page", async (c) => c.text(await own.admit(c)));
    const page = (headers: HeadersInit) => own.app.request("/page", { headers }, envOf());
    expect(await (await page(bearer)).text()).toBe("the admin token");
    const refused = await page({});
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringMatching(/^Bearer .*, Basic /),
    ]);
  });
});

describe("what reads", () => {
  /** All that a workspace can be asked without being changed. */
  const reading = [
    "deadLetters",
    "explain",
    "health",
    "look",
    "measured",
    "mutes",
    "overview",
    "receiptKey",
    "receipts",
    "recentMs",
    "resync",
    "status",
    "stored",
  ];

  test("changes nothing: no GET or HEAD asks for more than is to be read", async () => {
    const asked = new Set<string>();
    const getByName = (id: string) =>
      new Proxy(relay(id), {
        get(target, name) {
          asked.add(String(name));
          return Reflect.get(target, name);
        },
      });
    const routes = [
      ...adminRoutes.filter((route) => route.startsWith("GET")),
      ...api.specs.filter((spec) => spec.auth === "none").map(({ path }) => `GET ${path}`),
    ];
    expect(routes).toHaveLength(api.specs.filter(({ method }) => method === "get").length);
    for (const route of routes) {
      for (const method of ["GET", "HEAD"]) {
        const path = route.replace("GET ", "");
        const { status: code } = await api.app.request(
          path,
          { method, headers: bearer },
          envOf({ RELAY: { getByName }, REGISTER: fakeRegister("shop").REGISTER }),
        );
        expect([200, 404], `${method} ${path}`).toContain(code);
      }
    }
    expect([...asked].filter((name) => !reading.includes(name))).toEqual([]);
    expect(asked.size).toBeGreaterThan(5);
  });
});

describe("/health", () => {
  test("tells a stranger one word for each workspace and no more", async () => {
    const { status, body } = await call("GET /health", { headers: {} });
    expect([status, body]).toEqual([200, { status: "ok", workspaces: ["active", "active"] }]);
  });

  test.each([
    ["starting", 200],
    ["quiet", 200],
    ["throttled", 200],
    ["refused", 503],
    ["blind", 503],
    ["undelivered", 503],
  ] as const)("answers to %s with %i", async (state, expected) => {
    relay("my-slug").overrides = { health: async () => state };
    const answer = await call("GET /health", { headers: {} });
    expect(answer.status).toBe(expected);
    expect(answer.body).toEqual({
      status: expected === 200 ? "ok" : "failing",
      workspaces: ["active", state],
    });
  });
});

describe("a broken configuration", () => {
  const broken = () => envOf({ POLL_SECONDS: "often", DESTINATIONS: [{ name: "x", type: "fax" }] });

  test.each(adminRoutes)("is told to the admin in full at %s, with 503", async (route) => {
    const { status, body, headers } = await call(route, {}, broken());
    expect([status, headers.get("content-type")]).toEqual([503, "application/problem+json"]);
    expect(body.errors).toEqual([
      `DESTINATIONS[0].type: expected one of ${types}, got "fax"`,
      "POLL_SECONDS: expected a whole number from 1 to 60",
    ]);
  });

  test("is logged once, with every mistake, and no secret in it", async () => {
    const env = envOf({ POLL_SECONDS: "often", DESTINATIONS: [{ name: "x", type: adminToken }] });
    await call("GET /health", { headers: {} }, env);
    await call("GET /status", {}, env);
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0] ?? "")).toMatchObject({
      level: "error",
      problems: [
        `DESTINATIONS[0].type: expected one of ${types}, got "‹secret›"`,
        "POLL_SECONDS: expected a whole number from 1 to 60",
      ],
    });
  });

  test("is told to a stranger in one word", async () => {
    const { status, body } = await call("GET /health", { headers: {} }, broken());
    expect([status, body]).toEqual([503, { status: "misconfigured", workspaces: [] }]);
    for (const route of adminRoutes) {
      const { status, text } = await call(route, { headers: {} }, broken());
      expect(status).toBe(401);
      expect(text).not.toMatch(/POLL_SECONDS|fax|configuration/);
    }
  });
});

describe("an error", () => {
  const blow = () => {
    relay("acme").overrides = {
      sync: () => Promise.reject(new Error(`no route to ${hook} with ws-0123456789abcdef`)),
    };
    return call("POST /sync");
  };
  const cases: [string, number, () => ReturnType<typeof call>][] = [
    ["an unknown path", 404, () => call("GET /nothing/here")],
    ["a path that only looks like one", 404, () => call("GET /openapi-json")],
    ["a path with an end of its own", 404, () => call("GET /health/")],
    ["a wrong method", 405, () => call("POST /health")],
    ["an unknown workspace", 404, () => post("POST /sync", { workspace: "other" })],
    ["an unknown destination", 404, () => call("POST /destinations/nobody/test")],
    ["an unknown dead letter", 404, () => call("DELETE /dead-letters/acme:9")],
    ["a dead letter of no workspace", 404, () => call("DELETE /dead-letters/9")],
    ["a dead letter that cannot be sent", 409, () => call("POST /dead-letters/acme:2/retry")],
    ["a dead letter of no destination", 409, () => call("POST /dead-letters/acme:3/retry")],
    ["a dead letter of a paused one", 409, () => call("POST /dead-letters/acme:4/retry")],
    ["a body that is no JSON", 400, () => call("POST /sync", { body: "{" })],
    ["a body of 100 KB", 413, () => call("POST /sync", { body: "x".repeat(100_000) })],
    ["a time in other words", 422, () => post("POST /sync", { from: "yesterday" })],
    ["a time in the future", 422, () => post("POST /sync", { from: "2999-01-01T00:00:00Z" })],
    ["a time beyond memory", 422, () => post("POST /sync", { from: "2020-01-01T00:00:00Z" })],
    ["an unknown option", 422, () => post("POST /sync", { form: 1 })],
    ["a body that is a list", 422, () => post("POST /sync", [])],
    ["an unknown parameter", 422, () => call("GET /events?workspace=acme&sort=asc")],
    ["a parameter of no use", 422, () => call("GET /openapi.json?workspace=acme")],
    ["a parameter twice", 422, () => call("GET /events?workspace=acme&type=a&type=b")],
    [
      "events from the future",
      422,
      () => call("GET /events?workspace=acme&from=2999-01-01T00:00:00Z"),
    ],
    [
      "events to before from",
      422,
      () => call("GET /events?workspace=acme&to=2020-01-01T00:00:00Z"),
    ],
    ["a limit out of range", 422, () => call("GET /dead-letters?limit=0")],
    ["several workspaces to choose from", 422, () => call("GET /events")],
    ["a fault of ours", 500, () => blow()],
  ];
  test.each(cases)(
    "for %s is a problem document with status %i",
    async (_what, status, request) => {
      const answer = await request();
      expect(answer.status).toBe(status);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      expect(z.strictObject(problemSchema.shape).parse(answer.body)).toMatchObject({
        status,
        type: "about:blank",
      });
      expect(answer.body.detail.length).toBeGreaterThan(10);
      expect(answer.body.errors?.length ?? 0).toBe(status === 422 ? 1 : 0);
    },
  );

  test("of a parameter says which, and what was expected", async () => {
    const { body } = await post("POST /sync", { from: "yesterday", workspace: 5, form: 1 });
    expect(body.errors).toEqual([
      'body.from: expected a time like "2026-11-23T10:00:00Z"',
      "body.workspace: expected a text",
      "body: unknown form; expected only from, workspace",
    ]);
  });

  test.each([
    [
      "POST /sync?from=2026-11-20T00:00:00Z",
      'query.from: belongs into the body, as JSON: {"from": …}',
    ],
    ["POST /sync?x=1", "query: unknown x; expected none"],
    ["GET /dead-letters?sort=asc", "query: unknown sort; expected only limit, before, workspace"],
    ["GET /dead-letters?limit=many", "query.limit: expected a whole number from 1 to 200"],
    ["GET /dead-letters?limit=1.5", "query.limit: expected a whole number from 1 to 200"],
    ["GET /events?limit=501", "query.limit: expected a whole number from 1 to 500"],
    ["GET /events?limit=", "query.limit: expected a whole number from 1 to 500"],
    ["GET /events?type=", "query.type: expected a type or a wildcard, e.g. workspace_membership.*"],
    ["GET /events?type=a&type=b", "query.type: is given 2 times, not once"],
    [
      "GET /events?workspace=acme&where=actor.email",
      'query.where: expected a filter as JSON, URL-encoded, e.g. {"actor.email": "*@example.com"}',
    ],
    [
      `GET /events?workspace=acme&where=${encodeURIComponent('["actor.email"]')}`,
      'query.where: expected a filter as JSON, URL-encoded, e.g. {"actor.email": "*@example.com"}',
    ],
    [
      `GET /events?workspace=acme&where=${encodeURIComponent('{"flags.late":5,"role":[]}')}`,
      'query.where: expected true or false for "flags.late", got "5"; query.where: expected at least one value for "role"',
    ],
    ["GET /events?format=xml", `query.format: expected one of ${formatNames.join(", ")}`],
    ["GET /events?from=now", 'query.from: expected a time like "2026-11-23T10:00:00Z"'],
    ["GET /events?workspace=acme&from=2999-01-01T00:00:00Z", "query.from: is in the future"],
    ["GET /events?workspace=acme&to=2020-01-01T00:00:00Z", "query.to: is before one hour ago"],
  ])("for %s says: %s", async (request, problem) => {
    expect((await call(request)).body.errors).toEqual([problem]);
    expect(Object.values(relays).flatMap(({ calls }) => calls)).toEqual([]);
  });

  test.each([
    ["DELETE /dead-letters", "GET"],
    ["GET /dead-letters/acme:1", "DELETE"],
    ["PUT /sync", "POST"],
  ])("for %s names the method that there is: %s", async (request, allowed) => {
    const { status, headers, body } = await call(request);
    expect([status, headers.get("allow")]).toEqual([405, allowed]);
    expect(body.detail).toContain(`Expected ${allowed}.`);
  });

  test("of ours tells its cause to the log only, and no secret to anybody", async () => {
    const { text } = await blow();
    expect(text).not.toContain("no route");
    expect(JSON.parse(logged[0] ?? "")).toMatchObject({ level: "error", path: "/sync" });
    expect(logged.join()).toContain("no route to ‹secret› with ‹secret›");
  });
});

test("an answer has every secret struck out, wherever it stands", async () => {
  const problem = `Webflow said ${environment.WEBFLOW_TOKEN}, plain-token-1, ${hook}, ${adminToken}`;
  relay("acme").overrides = { status: async () => ({ ...status("acme"), problem }) };
  const { body, text } = await call("GET /status");
  expect(body.workspaces[0].problem).toBe("Webflow said ‹secret›, ‹secret›, ‹secret›, ‹secret›");
  for (const secret of [environment.WEBFLOW_TOKEN, hook, adminToken])
    expect(text).not.toContain(secret);
  const echoed = await call(`GET /nothing/${adminToken}`);
  expect(echoed.text).not.toContain(adminToken);
});

describe("what could not be done is told by the status too", () => {
  test("sync: 502 with the same document when a source could not be read", async () => {
    relay("my-slug").overrides = { sync: async () => ({ ...report, source: "refused" }) };
    const { status, body } = await call("POST /sync");
    expect([status, body.workspaces.length]).toEqual([502, 2]);
    expect((await post("POST /sync", { workspace: "acme" })).status).toBe(200);
  });

  test("events: 502 when the source could not be read, 200 with a hint when no type is like that", async () => {
    const hint = await call("GET /events?workspace=acme&type=workspace.*");
    expect([hint.status, hint.body.problem]).toEqual([
      200,
      expect.stringMatching(
        /^type workspace\.\* matches none of the types known today: user_access\.login,/,
      ),
    ]);
    expect((await call("GET /events?workspace=acme&type=*.user_added")).body.problem).toBeNull();
    const where = encodeURIComponent(JSON.stringify({ not: { type: "user_acess.*" } }));
    expect((await call(`GET /events?workspace=acme&where=${where}`)).body.problem).toMatch(
      /^type user_acess\.\* matches none/,
    );
    const broken = { events: [], next: null, problem: "Webflow refuses the token." };
    relay("acme").overrides = { look: async () => broken };
    const { status, body } = await call("GET /events?workspace=acme&type=workspace.*");
    expect([status, body]).toEqual([502, broken]);
  });

  test.each([
    ["retry", "Try again in a moment."],
    ["reject", "check the destination's type, format and URL"],
    ["halt", "check the destination's URL and keys, then test it again."],
  ] as const)("test: 502 after %s, with what to do next", async (outcome, advice) => {
    relay("acme").overrides = {
      test: async () => ({ destination: "team", outcome, detail: "team said: no", event: "01" }),
    };
    const { status, body } = await call("POST /destinations/team/test");
    expect([status, body.outcome]).toEqual([502, outcome]);
    expect(body.detail).toMatch(/^team said: no\. /);
    expect(body.detail).toContain(advice);
  });
});

describe("a call reaches the right workspace", () => {
  test("sync: all of them, or the one that was named, from the time that was given", async () => {
    const from = new Date(Date.now() - 3_600_000).toISOString();
    const { body } = await call("POST /sync");
    expect(body.workspaces.map(({ workspace }: { workspace: string }) => workspace)).toEqual([
      "acme",
      "my-slug",
    ]);
    await post("POST /sync", { from, workspace: "my-slug" });
    expect(relay("acme").calls).toEqual([["sync", undefined]]);
    expect(relay("my-slug").calls).toEqual([
      ["sync", undefined],
      ["sync", Date.parse(from)],
    ]);
  });

  test("test: one that the destination takes events from", async () => {
    await call("POST /destinations/team/test");
    await call("POST /destinations/own/test");
    expect(relay("acme").calls).toEqual([["test", "team"]]);
    // Where the test arrived, the destination is back in service in every workspace.
    expect(relay("my-slug").calls).toEqual([
      ["revive", "team"],
      ["test", "own"],
    ]);
  });

  test("events: with the query as it was given", async () => {
    await call(
      "GET /events?workspace=my-slug&from=2026-06-04T11:00:00%2B01:00&type=user_access.*&limit=5&format=raw",
    );
    const fromMs = Date.parse("2026-06-04T10:00:00Z");
    const query = { fromMs, limit: 5, only: ["user_access.*"], minSeverity: "info", format: "raw" };
    expect(relay("my-slug").calls).toEqual([["look", query]]);
    const where = { "source.ip": ["10.0.0.0/8"], not: { "actor.email": "ci@*" } };
    await call(
      `GET /events?workspace=my-slug&from=2026-06-04T10:00:00Z&where=${encodeURIComponent(JSON.stringify(where))}`,
    );
    expect(relay("my-slug").calls[1]).toMatchObject(["look", { fromMs, only: ["*"], where }]);
  });
});

describe("dead letters", () => {
  const letter = (id: number, atMs = id * 1000): DeadLetter => ({
    id,
    destination: "team",
    eventId: `e${id}`,
    reason: "HTTP 400",
    atMs,
    item: `{"n":${id}}`,
    retrying: false,
  });
  const idsOf = async (query: string) =>
    (await call(`GET /dead-letters?${query}`)).body.deadLetters.map(({ id }: { id: string }) => id);

  test("have an id with their workspace, and the item as received", async () => {
    relay("my-slug").letters = [letter(7)];
    expect((await call("GET /dead-letters")).body.deadLetters).toEqual([
      {
        id: "my-slug:7",
        destination: "team",
        event: "e7",
        reason: "HTTP 400",
        at: "1970-01-01T00:00:07.000Z",
        retrying: false,
        item: { n: 7 },
      },
    ]);
  });

  test("come newest first over all workspaces, those of one instant in the order of their ids", async () => {
    relay("acme").letters = [letter(9, 5000), letter(8, 5000), letter(7, 5000), letter(1, 1000)];
    relay("my-slug").letters = [letter(3, 6000), letter(2, 4000)];
    expect(await idsOf("")).toEqual([
      "my-slug:3",
      "acme:9",
      "acme:8",
      "acme:7",
      "my-slug:2",
      "acme:1",
    ]);
  });

  test("are read page by page, each once, also those of one instant", async () => {
    relay("acme").letters = Array.from({ length: 10 }, (_, i) => letter(10 - i, 5000));
    const seen: string[] = await idsOf("limit=4");
    for (let page = seen; page.length > 0; ) {
      page = await idsOf(`limit=4&before=${page.at(-1)}`);
      seen.push(...page);
      expect(seen.length).toBeLessThanOrEqual(10);
    }
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => `acme:${10 - i}`));
  });

  test("are sent again and discarded by their id, in the workspace that it names", async () => {
    const again = await call("POST /dead-letters/my-slug:1/retry");
    expect([again.status, again.body]).toEqual([202, { id: "my-slug:1", retrying: true }]);
    expect(relay("my-slug").calls).toEqual([["retry", 1]]);
    const gone = await call("DELETE /dead-letters/my-slug%3A1");
    expect([gone.status, gone.body]).toEqual([200, { id: "my-slug:1", discarded: true }]);
    for (const id of [
      "my-slug:",
      "other:1",
      ":1",
      "my-slug:1x",
      "my-slug:-1",
      "my-slug:99999999999999999999",
    ]) {
      expect((await call(`POST /dead-letters/${id}/retry`)).status).toBe(404);
    }
  });
});

describe("a re-sync", () => {
  const from = "2026-01-01T00:00:00Z";
  const to = "2026-01-01T01:00:00Z";
  const applied =
    (report = planReport) =>
    async () => ({ kind: "applied" as const, report });

  test("is planned as asked: exact times, names, and what is delivered again", async () => {
    const { status, body } = await post("POST /resync", {
      from: "2026-01-01T01:00:00.250+01:00",
      to,
      destinations: ["team"],
      redeliver: true,
      workspace: "acme",
    });
    expect(relay("acme").calls).toEqual([
      [
        "planResync",
        {
          fromMs: Date.parse("2026-01-01T00:00:00.250Z"),
          toMs: Date.parse(to),
          destinations: ["team"],
          redeliver: true,
        },
      ],
    ]);
    expect([status, body]).toEqual([
      200,
      {
        plan: "acme:01K7M000",
        workspace: "acme",
        state: "ready",
        from: "1970-01-01T00:00:00.000Z",
        to: "1970-01-01T00:00:01.000Z",
        redeliver: false,
        createdAt: "1970-01-01T00:00:00.000Z",
        expiresAt: "1970-01-02T00:00:00.000Z",
        appliedAt: null,
        events: 3,
        sourceTotal: 3,
        send: 1,
        remaining: 0,
        destinations: {
          team: { send: 1, delivered: 2, filtered: 0, deadLettered: 0, onTheirWay: 0 },
        },
        warnings: [],
        problem: null,
      },
    ]);
  });

  test("ends by default where live events still come in, and leaves out what was delivered", async () => {
    await post("POST /resync", { from, workspace: "acme" });
    const [[, asked] = []] = relay("acme").calls;
    const { toMs, ...rest } = { toMs: 0, ...(asked as object) };
    expect(rest).toEqual({ fromMs: Date.parse(from), destinations: [], redeliver: false });
    expect(Date.now() - toMs).toBeGreaterThanOrEqual(120_000);
    expect(Date.now() - toMs).toBeLessThan(130_000);
  });

  test("that is still being read is accepted, and one that cannot be read says why", async () => {
    const planning = { ...planReport, state: "planning" as const };
    relay("acme").overrides = { planResync: async () => planning };
    const accepted = await post("POST /resync", { from, workspace: "acme" });
    expect([accepted.status, accepted.body.state]).toEqual([202, "planning"]);
    const problem = "Webflow asks to slow down.";
    relay("acme").overrides = { planResync: async () => ({ ...planning, problem }) };
    const unread = await post("POST /resync", { from, workspace: "acme" });
    expect([unread.status, unread.body.problem]).toEqual([502, problem]);
  });

  test("that would be too long is answered as refused, with what to do", async () => {
    const refused = "This plan would send more than 50000 events. Take a shorter period.";
    relay("acme").overrides = { planResync: async () => ({ ...planReport, refused }) };
    const { status, body } = await post("POST /resync", { from, workspace: "acme" });
    expect([status, body.state, body.problem]).toEqual([200, "refused", refused]);
  });

  test.each([["acme:01K7M000"], [{ plan: "acme:01K7M000", events: 3 }]])(
    "is applied by its plan, or by the whole answer: %j",
    async (plan) => {
      relay("acme").overrides = {
        applyResync: applied({ ...planReport, state: "applied" as never, appliedMs: 5 as never }),
      };
      const { status, body } = await post("POST /resync", { mode: "apply", plan });
      expect([status, body.state]).toEqual([202, "applied"]);
      expect(body.appliedAt).toBe("1970-01-01T00:00:00.005Z");
      expect(relay("acme").calls).toEqual([["applyResync", "01K7M000"]]);
      expect(relay("my-slug").calls).toEqual([]);
    },
  );

  test("that is refused says why, and that nothing was sent", async () => {
    relay("acme").overrides = {
      applyResync: async () => ({ kind: "refused", reason: "The source has changed." }),
    };
    const answer = await post("POST /resync", { mode: "apply", plan: "acme:01K7M000" });
    expect([answer.status, answer.body.detail]).toEqual([
      409,
      "The source has changed. Nothing was sent now.",
    ]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  test("that cannot be checked against the source is answered with the plan and the reason", async () => {
    relay("acme").overrides = {
      applyResync: async () => ({ kind: "unread", reason: "Webflow refuses the token." }),
    };
    const answer = await post("POST /resync", { mode: "apply", plan: "acme:01K7M000" });
    expect([answer.status, answer.body.state, answer.body.problem]).toEqual([
      502,
      "ready",
      "Webflow refuses the token.",
    ]);
  });

  const plan = "acme:01K7M000";
  test.each<[string, unknown, number, string]>([
    [
      "no time",
      { workspace: "acme" },
      422,
      'body.from: is missing; expected a time like "2026-11-23T10:00:00Z"',
    ],
    ["no body", "", 422, "body.workspace: there are several; expected one of: acme, my-slug."],
    [
      "a day for a time",
      { from: "2026-01-01", workspace: "acme" },
      422,
      'body.from: expected a time like "2026-11-23T10:00:00Z"',
    ],
    [
      "a number for a time",
      { from: 5, workspace: "acme" },
      422,
      'body.from: expected a time like "2026-11-23T10:00:00Z"',
    ],
    [
      "a future time",
      { from: "2999-01-01T00:00:00Z", workspace: "acme" },
      422,
      "body.from: is in the future",
    ],
    [
      "a future end",
      { from, to: "2999-01-01T00:00:00Z", workspace: "acme" },
      422,
      "body.to: is in the future",
    ],
    [
      "an end before the beginning",
      { from: to, to: from, workspace: "acme" },
      422,
      "body.to: 2026-01-01T00:00:00.000Z is before from",
    ],
    [
      "a workspace that is none",
      { from, workspace: "other" },
      404,
      "There is no workspace other. Expected one of: acme, my-slug.",
    ],
    [
      "a destination of another workspace",
      { from, workspace: "acme", destinations: ["own"] },
      404,
      "Workspace acme has no destination own. Expected one of: team.",
    ],
    [
      "one name for a list",
      { from, workspace: "acme", destinations: "team" },
      422,
      "body.destinations: expected ",
    ],
    [
      "a yes",
      { from, workspace: "acme", redeliver: "yes" },
      422,
      "body.redeliver: expected true or false",
    ],
    ["another mode", { mode: "send", from }, 422, "body.mode: expected one of plan, apply"],
    [
      "an option that is none",
      { from, workspace: "acme", force: true },
      422,
      "body: unknown force; expected only mode, plan, from, to, destinations, redeliver, workspace",
    ],
    [
      "a plan to plan",
      { from, workspace: "acme", plan },
      422,
      'body.plan: belongs to mode "apply"; say mode = "apply" to apply it',
    ],
    [
      "no plan to apply",
      { mode: "apply" },
      422,
      'body.plan: is missing; expected the plan that mode "plan" answered',
    ],
    [
      "a plan of no workspace",
      { mode: "apply", plan: "01K7M000" },
      404,
      'There is no plan 01K7M000. Make one with POST /resync and mode "plan".',
    ],
    [
      "a plan of another workspace",
      { mode: "apply", plan: "other:01K7M000" },
      404,
      "There is no plan other:01K7M000.",
    ],
    [
      "a plan that is forgotten",
      { mode: "apply", plan: "acme:01K7M999" },
      404,
      "There is no plan acme:01K7M999.",
    ],
    [
      "a plan that is changed when it is applied",
      { mode: "apply", plan, destinations: ["team"] },
      422,
      "body.destinations: is part of the plan",
    ],
    [
      "a plan of another time",
      { mode: "apply", plan, from },
      422,
      "body.from: is part of the plan",
    ],
  ])("with %s is refused, and says what was expected", async (_what, body, status, detail) => {
    const request =
      typeof body === "string" ? call("POST /resync", { body }) : post("POST /resync", body);
    const answer = await request;
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(detail)]);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(Object.values(relays).flatMap(({ calls }) => calls)).not.toContainEqual([
      "planResync",
      expect.anything(),
    ]);
  });

  test("with a plan that is no text says what a plan is", async () => {
    const { status, body } = await post("POST /resync", { mode: "apply", plan: 5 });
    expect([status, body.detail]).toEqual([422, expect.stringMatching(/^body.plan: expected /)]);
  });

  test("within the last OVERLAP_SECONDS says that these events are still on their way", async () => {
    const moment = new Date(Date.now() - 60_000).toISOString();
    const { status, body } = await post("POST /resync", { from: moment, workspace: "acme" });
    expect([status, body.detail]).toEqual([422, expect.stringMatching(/^body.from: .*to/)]);
  });

  test("is looked at by its plan", async () => {
    const { status, body } = await call("GET /resync/acme:01K7M000");
    expect([status, body.plan, body.remaining]).toEqual([200, "acme:01K7M000", 0]);
    expect((await call("GET /resync/acme%3A01K7M000")).status).toBe(200);
    for (const unknown of [
      "01K7M000",
      "acme:",
      "acme:x",
      "other:01K7M000",
      "acme:01K7M000:",
      "%22",
    ]) {
      const answer = await call(`GET /resync/${unknown}`);
      expect([answer.status, answer.body.detail]).toEqual([
        404,
        expect.stringMatching(/Make one with POST \/resync/),
      ]);
    }
    expect((await call("GET /resync/acme:01K7M000?x=1")).status).toBe(422);
    expect((await call("DELETE /resync/acme:01K7M000")).body.detail).toContain("Expected GET.");
    expect((await call("GET /resync")).body.detail).toContain("Expected POST.");
  });
});

describe("receipts", () => {
  const receipt: SignedReceipt = {
    workspace: "acme",
    from: "2026-06-01T12:00:00Z",
    to: "2026-06-01T13:00:00Z",
    state: "shortfall",
    final: true,
    sourceTotal: 3,
    countedAt: "2026-06-02T13:00:00Z",
    events: 3,
    late: 1,
    polls: 360,
    failedPolls: 0,
    unreadSeconds: 0,
    note: null,
    destinations: {
      team: {
        delivered: 2,
        filtered: 0,
        deadLettered: 1,
        pending: 0,
        notOwed: 0,
        shortfall: `1 dead-lettered: HTTP 400 ${hook} ws-0123456789abcdef`,
      },
    },
    signature: "a.b.c",
  };
  const get = (query = "", accept?: string) =>
    call(`GET /receipts${query}`, {
      headers: { ...bearer, ...(accept !== undefined && { accept }) },
    });

  test("are of the last 24 hours and of all workspaces by default, with the keys", async () => {
    relay("acme").overrides = { receipts: async () => [receipt] };
    const { status, body } = await get();
    expect(status).toBe(200);
    expect(body.receipts).toHaveLength(1);
    expect(body.keys).toHaveLength(2);
    for (const id of ["acme", "my-slug"]) {
      const [, fromMs = 0, toMs = 0] = (relay(id).calls[0] ?? []) as number[];
      expect(toMs - fromMs).toBe(86_400_000);
      expect(Math.abs(Date.now() - toMs)).toBeLessThan(5000);
    }
  });

  test("are of the period and of the workspace that were asked for", async () => {
    await get("?from=2026-06-01T12:00:00%2B02:00&to=2026-07-02T10:00:00Z&workspace=my-slug");
    expect(relay("my-slug").calls).toEqual([
      ["receipts", Date.parse("2026-06-01T10:00:00Z"), Date.parse("2026-07-02T10:00:00Z")],
    ]);
    expect(relay("acme").calls).toEqual([]);
  });

  test.each([
    [undefined, "application/json"],
    ["*/*", "application/json"],
    ["", "application/json"],
    ["application/json", "application/json"],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json"],
    ["text/plain;q=0.5, application/json", "application/json"],
    ["text/plain", "text/plain; charset=utf-8"],
    ["text/plain, */*;q=0.1", "text/plain; charset=utf-8"],
    ["application/json;q=0.2, text/plain", "text/plain; charset=utf-8"],
  ])("come as asked by Accept: %j as %s", async (accept, type) => {
    relay("acme").overrides = { receipts: async () => [receipt] };
    const { headers, text } = await rawReceipts(accept);
    expect(headers.get("content-type")).toBe(type);
    expect(headers.get("cache-control")).toBe("no-store");
    if (type.startsWith("text/plain"))
      expect(text).toMatch(/^2026-06-01 12:00–13:00 UTC {2}shortfall/);
    for (const secret of [hook, "ws-0123456789abcdef", "abcdefabcdef"])
      expect(text).not.toContain(secret);
  });

  async function rawReceipts(accept: string | undefined) {
    const headers = { ...bearer, ...(accept !== undefined && { accept }) };
    const response = await api.app.request("/receipts?workspace=acme", { headers }, envOf());
    return { headers: response.headers, text: await response.text() };
  }

  test.each([
    ["?from=yesterday", 422, 'query.from: expected a time like "2026-11-23T10:00:00Z"'],
    ["?to=2026-06-01", 422, 'query.to: expected a time like "2026-11-23T10:00:00Z"'],
    ["?from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z", 422, "query.to: is before from"],
    [
      "?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z",
      422,
      "query.to: is more than 31 days after from; ask for less",
    ],
    ["?limit=5", 422, "query: unknown limit; expected only workspace, from, to"],
    ["?workspace=other", 404, "There is no workspace other. Expected one of: acme, my-slug."],
    [
      "?from=2026-01-01T00:00:00Z&from=2026-01-02T00:00:00Z",
      422,
      "query.from: is given 2 times, not once",
    ],
  ])("for %s are refused with %i: %s", async (query, status, detail) => {
    for (const accept of [undefined, "text/plain"]) {
      const answer = await get(query, accept);
      expect([answer.status, answer.body.detail]).toEqual([status, detail]);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    expect(Object.values(relays).flatMap(({ calls }) => calls)).toEqual([]);
  });

  test("for a beginning long ago and no end say that both are wanted", async () => {
    const { status, body } = await get("?from=2020-01-01T00:00:00Z");
    expect([status, body.detail]).toEqual([422, expect.stringMatching(/more than 31 days/)]);
  });

  test("can be checked with keys that hold nothing private", async () => {
    const { status, body } = await call("GET /receipts/keys");
    expect(status).toBe(200);
    expect(body.keys).toHaveLength(2);
    expect(Object.keys(body.keys[0]).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
    expect((await call("GET /receipts/keys?workspace=acme")).body.keys).toHaveLength(1);
  });
});

describe("an explanation", () => {
  test("comes from the workspace that knows the event, with its dead letter's id", async () => {
    relay("acme").overrides = { explain: async () => ({ kind: "unknown" }) };
    const known = { ...explanation("01K7M-2"), workspace: "my-slug" };
    relay("my-slug").overrides = {
      explain: async () => ({ kind: "known", explanation: known }),
    };
    const { status, body } = await call("GET /explain/01K7M-2");
    expect([status, body.event, body.destinations[0].deadLetter]).toEqual([
      200,
      "01K7M-2",
      "my-slug:7",
    ]);
  });

  test("of an event that nobody knows is 404, and says what an id is", async () => {
    const unknown = { explain: async () => ({ kind: "unknown" as const }) };
    relay("acme").overrides = unknown;
    relay("my-slug").overrides = unknown;
    for (const id of ["x", "01K7M0000000000000000000AB", "a%2Fb", "%E2%98%83"]) {
      const { status, body } = await call(`GET /explain/${id}`);
      expect([status, body.detail]).toEqual([
        404,
        expect.stringMatching(/Expected an id as destinations get it: 26 characters/),
      ]);
    }
  });

  test("of an event that is not known while the log cannot be asked is 503, with the reason", async () => {
    relay("acme").overrides = {
      explain: async () => ({ kind: "unread", problem: "Webflow refuses the token." }),
    };
    relay("my-slug").overrides = { explain: async () => ({ kind: "unknown" }) };
    const { status, body } = await call("GET /explain/01K7M0000000000000000000AB");
    expect([status, body.detail]).toEqual([
      503,
      expect.stringMatching(/was seen, and the log cannot be asked now: Webflow refuses/),
    ]);
  });

  test("of nothing in particular is no route", async () => {
    expect((await call("GET /explain/")).status).toBe(404);
    expect((await call("GET /explain")).status).toBe(404);
    expect((await call("POST /explain/01K7M")).headers.get("allow")).toBe("GET");
  });
});

describe("the OpenAPI document", () => {
  type Schema = Exclude<Parameters<typeof z.fromJSONSchema>[0], boolean>;
  type Content = Record<string, { schema: Schema }>;
  interface Operation {
    readonly summary: string;
    readonly security: unknown[];
    readonly operationId: string;
    readonly parameters: {
      name: string;
      in: string;
      required: boolean;
      description: string;
      schema: Schema;
    }[];
    readonly requestBody?: { content: Content };
    readonly responses: Record<string, { description: string; content: Content }>;
  }
  const document = async () => {
    const { body, headers } = await call("GET /openapi.json", { headers: {} });
    expect(headers.get("content-type")).toBe("application/json");
    return body as {
      openapi: string;
      info: object;
      servers: { url: string }[];
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, Schema> };
    };
  };
  /** With each reference replaced by what it leads to. */
  const resolved = async (schema: Schema): Promise<Schema> => {
    const { schemas } = (await document()).components;
    const text = JSON.stringify(schema).replace(
      /\{"\$ref":"#\/components\/schemas\/(\w+)"\}/g,
      (_, name) => JSON.stringify(schemas[name] ?? fail()),
    );
    expect(text).not.toContain("$ref");
    return JSON.parse(text);
  };
  const operationOf = async (path: string, method: string) =>
    (await document()).paths[path]?.[method] ?? fail();

  test("is OpenAPI 3.1 and has every route, and no other", async () => {
    const { openapi, info, paths } = await document();
    expect(openapi).toBe("3.1.0");
    expect(info).toMatchObject({
      title: "Tidemark",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    const described = Object.entries(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    const served = api.specs.map(({ method, path }) => `${method} ${path}`);
    expect(described.toSorted()).toEqual(served.toSorted());
  });

  test("has a name of its own for each route, and a server", async () => {
    const { paths, servers } = await document();
    const ids = Object.values(paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(ids.filter((id) => !/^[a-z][A-Za-z]+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(api.specs.length);
    expect(servers).toEqual([{ url: "/" }]);
  });

  test("has no reference that leads nowhere, and no bounds that say nothing", async () => {
    const whole = await document();
    const text = JSON.stringify(whole);
    const names = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, target = ""]) => target);
    expect(new Set(names)).toEqual(
      new Set(Object.keys(whole.components.schemas).map((name) => `#/components/schemas/${name}`)),
    );
    expect(Object.keys(whole.components.schemas)).toEqual(["AuditEvent", "Problem"]);
    for (const schema of Object.values(whole.components.schemas)) {
      expect(schema).toMatchObject({ type: "object", properties: expect.anything() });
    }
    expect(text).not.toContain(String(Number.MAX_SAFE_INTEGER));
    expect(text).not.toContain("$defs");
    expect(whole.paths["/dead-letters/{id}/retry"]?.post?.responses["202"]?.description).toMatch(
      /^Accepted/,
    );
  });

  test("describes each route completely: parameters, body, answers, and who may call", async () => {
    for (const { method, path, auth } of api.specs) {
      const operation = await operationOf(path, method);
      expect(operation.summary).not.toBe("");
      expect(operation.security).toHaveLength({ admin: 3, slack: 1, none: 0 }[auth]);
      const inPath = operation.parameters.filter((parameter) => parameter.in === "path");
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
      for (const { name, schema, description } of operation.parameters) {
        expect(schema).toHaveProperty("type");
        expect(description, `${operation.operationId} ${name}`).toMatch(/\w+/);
      }
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect(description).not.toBe("");
        for (const { schema } of Object.values(content)) {
          expect(z.fromJSONSchema(await resolved(schema))).toBeDefined();
        }
      }
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(auth === "admin" ? ["401", "403", "429", "503"] : []),
      );
    }
  });

  test("is made from the schemas that check: what it describes is what comes", async () => {
    relay("acme").letters = [
      { id: 1, destination: null, eventId: "e", reason: "r", atMs: 0, item: "{}", retrying: false },
    ];
    const requests = [...adminRoutes, "GET /health", "GET /openapi.json"];
    for (const request of requests) {
      const answer = await callAdmin(request);
      const [method = "", path = ""] = request
        .replace(/\?.*/, "")
        .replace(/acme:1|shop/, "{id}")
        .replace("/team/", "/{name}/")
        .replace("01K7M0000000000000000000AB", "{event}")
        .replace("acme:01K7M000", "{plan}")
        .split(" ");
      const { responses } = await operationOf(path, method.toLowerCase());
      const type = answer.headers.get("content-type") ?? "";
      const described = responses[answer.status]?.content[type]?.schema;
      expect(described, `${request} ${answer.status}`).toBeDefined();
      expect(
        z.fromJSONSchema(await resolved(described ?? {})).safeParse(answer.body).error,
      ).toBeUndefined();
    }
    const { parameters } = await operationOf("/events", "get");
    const format = parameters.find(({ name }) => name === "format");
    expect(format?.schema).toMatchObject({
      enum: formatNames,
      default: "event",
    });
    const { requestBody } = await operationOf("/sync", "post");
    expect(requestBody?.content["application/json"]?.schema).toMatchObject({
      additionalProperties: false,
    });
  });

  test("tells that 502 stands for what could not be read or sent", async () => {
    for (const [path, method] of [
      ["/sync", "post"],
      ["/events", "get"],
      ["/destinations/{name}/test", "post"],
    ] as const) {
      const { responses } = await operationOf(path, method);
      expect(responses["502"]?.content).toEqual(responses["200"]?.content);
    }
  });

  test("describes what POST /resync and GET /receipts take and answer, each status of it", async () => {
    const resync = await operationOf("/resync", "post");
    expect(Object.keys(resync.responses)).toEqual(
      expect.arrayContaining(["200", "202", "400", "404", "409", "413", "422", "502"]),
    );
    expect(resync.responses["502"]?.content).toEqual(resync.responses["200"]?.content);
    const body = resync.requestBody?.content["application/json"]?.schema as {
      properties: Record<string, { description?: string; default?: unknown }>;
    };
    expect(body.properties.mode).toMatchObject({ enum: ["plan", "apply"], default: "plan" });
    for (const name of ["plan", "from", "to", "destinations", "redeliver", "workspace"])
      expect(body.properties[name]?.description, name).toMatch(/\w/);
    expect(Object.keys((await operationOf("/explain/{event}", "get")).responses)).toEqual(
      expect.arrayContaining(["200", "404", "503"]),
    );
    const receipts = await operationOf("/receipts", "get");
    expect(receipts.parameters.map(({ name }) => name)).toEqual(["workspace", "from", "to"]);
  });

  test("tells that GET /receipts answers in plain text, too", async () => {
    const { responses } = await operationOf("/receipts", "get");
    expect(Object.keys(responses["200"]?.content ?? {})).toEqual([
      "application/json",
      "text/plain",
    ]);
  });

  test("describes the 503 of /health as /health answers it", async () => {
    const { responses } = await operationOf("/health", "get");
    const schema = responses["503"]?.content["application/json"]?.schema ?? fail();
    const { body } = await call("GET /health", {}, envOf({ WORKSPACES: [] }));
    expect(z.fromJSONSchema(schema).safeParse(body).error).toBeUndefined();
  });
});

describe("POST /rules/backtest", () => {
  const ask = (body: object) => post("POST /rules/backtest", { workspace: "acme", ...body });

  test("takes entries in the place of KNOWN_GOOD, as they are written", async () => {
    const entry = { name: "office", where: { "source.ip": ["10.0.0.0/8"], type: "user_access.*" } };
    for (const knownGood of [undefined, [], [entry]]) await ask({ knownGood });
    const rest = { rules: ["*"], destinations: [], quiet: false };
    const asked = relay("acme").calls.map(([, request]) => Object(request).knownGood);
    expect(asked).toEqual([undefined, [], [{ ...entry, ...rest }]]);
    const { status, body } = await ask({ knownGood: [{ name: "a", where: { ip: "x" } }] });
    expect([status, body.detail]).toEqual([
      422,
      expect.stringMatching(/^body\.knownGood\.0\.where: expected fields of the event; "ip"/),
    ]);
  });

  test("asks for the time, the rules and their options, those of RULES where none are given", async () => {
    const RULES = { "login.api": { days: 9 }, "login.dormant_account": { days: 60 } };
    const body = {
      workspace: "acme",
      from: "2026-05-01T00:00:00Z",
      to: "2026-05-31T00:00:00Z",
      rules: ["login.*"],
      parameters: { "login.api": { severity: "low" } },
    };
    const answer = await call(
      "POST /rules/backtest",
      { body: JSON.stringify(body) },
      envOf({ RULES }),
    );
    expect([answer.status, answer.body]).toEqual([200, { workspace: "acme", ...backtestReport }]);
    expect(relay("acme").calls[0]?.[1]).toMatchObject({
      fromMs: Date.parse(body.from),
      toMs: Date.parse(body.to),
      learnDays: 7,
      rules: ["login.*"],
      parameters: { "login.api": { severity: "low" }, "login.dormant_account": { days: 60 } },
    });
  });

  test("answers 202 while there is more to read, 502 where it could not be read", async () => {
    relay("acme").overrides = { backtest: async () => ({ ...backtestReport, complete: false }) };
    expect((await ask({})).status).toBe(202);
    relay("acme").overrides = { backtest: async () => ({ ...backtestReport, problem: "no" }) };
    expect((await ask({})).status).toBe(502);
  });

  test.each([
    [{ rules: ["privilage.*"] }, /^body\.rules\.?\[?0\]?: expected the name of a rule/],
    [{ to: "2999-01-01T00:00:00Z" }, /^body\.to: is in the future/],
    [{ from: "2026-05-02T00:00:00Z", to: "2026-05-01T00:00:00Z" }, /^body\.from: is after to/],
    [{ learnDays: 91 }, /^body\.learnDays: expected a whole number from 0 to 90/],
    [{ parameters: { "login.api": { days: 0 } } }, /login\.api.*days: expected a whole number/],
    [{ parameters: { "login.apy": {} } }, /parameters: unknown .*login\.apy/],
  ])("says of %j what it expects", async (body, problem) => {
    const answer = await ask(body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors ?? [answer.body.detail]).toEqual([expect.stringMatching(problem)]);
  });
});
