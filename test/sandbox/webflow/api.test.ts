import { describe, expect, it } from "vitest";
import { event, startMs, token, world } from "./world.ts";

function filled(count: number, setup: Parameters<typeof world>[0] = {}) {
  const made = world(setup);
  for (let index = 0; index < count; index += 1)
    made.log.add(event(String(index), (count - index) * 1000));
  return made;
}

describe("a page of the log", () => {
  it("has ten events, the newest first, when nothing is asked for", async () => {
    const page = await filled(25).page();
    expect(page.items.map((item) => item.name)).toEqual(
      Array.from({ length: 10 }, (_, index) => String(24 - index)),
    );
    expect(page.pagination).toEqual({ limit: 10, offset: 0, total: 25 });
  });

  it("goes on where the offset says, to the end and beyond", async () => {
    const made = filled(25);
    const query = { limit: 10, sortOrder: "asc" };
    expect((await made.names({ ...query, offset: 20 })).join()).toBe("20,21,22,23,24");
    const beyond = await made.page({ ...query, offset: 30 });
    expect(beyond).toEqual({ items: [], pagination: { limit: 10, offset: 30, total: 25 } });
  });

  it("is the same from both ends", async () => {
    const made = filled(7);
    const up = await made.names({ limit: 100, sortOrder: "asc" });
    const down = await made.names({ limit: 100, sortOrder: "desc" });
    expect(down.reverse()).toEqual(up);
  });

  it("holds one event type when asked, and its total counts that type alone", async () => {
    const made = filled(5);
    made.log.add(event("role", 500, { eventType: "custom_role" }));
    made.log.add(event("news", 400, { eventType: "site_publishing" }));
    const page = await made.page({ eventType: "custom_role" });
    expect(page.items.map((item) => item.name)).toEqual(["role"]);
    expect(page.pagination.total).toBe(1);
    expect((await made.page()).pagination.total).toBe(7);
  });

  it("takes an empty parameter as absent and ignores unknown ones", async () => {
    const query = { limit: "", offset: "", sortOrder: "", eventType: "", from: "", colour: "red" };
    expect((await filled(3).page(query)).pagination).toEqual({ limit: 10, offset: 0, total: 3 });
  });

  it("shows an event only once its time has come", async () => {
    const made = world();
    made.log.add(event("soon", -5000));
    expect(await made.names()).toEqual([]);
    made.advance(5000);
    expect(await made.names()).toEqual(["soon"]);
  });

  it("is found by the workspace's id and by its slug", async () => {
    const made = filled(1);
    const byId = await made.get({}, token, `/v2/workspaces/${made.workspace.id}/audit_logs`);
    expect(byId.status).toBe(200);
    expect(byId.headers.get("content-type")).toContain("application/json");
  });
});

describe("a wrong parameter", () => {
  it.each([
    ["limit", "101"],
    ["limit", "0"],
    ["limit", "-1"],
    ["limit", "ten"],
    ["limit", "1.5"],
    ["offset", "-1"],
    ["sortOrder", "newest"],
    ["eventType", "workspace_settings"],
    ["eventType", "user_access,custom_role"],
    ["from", "yesterday"],
    ["from", "1756728000000"],
    ["to", "2026-09-01T00:00:00 02:00"],
  ])("%s=%s is a validation error that names it", async (param, value) => {
    const response = await filled(1).get({ [param]: value });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      code: "validation_error",
      message: "Validation Error",
      externalReference: null,
      details: [{ param, description: expect.stringContaining(value) }],
    });
  });

  it("is reported together with all the others", async () => {
    const response = await filled(1).get({ limit: 500, sortOrder: "up" });
    const { details } = (await response.json()) as { details: { param: string }[] };
    expect(details.map((detail) => detail.param)).toEqual(["limit", "sortOrder"]);
  });
});

describe("a refusal", () => {
  const body = async (response: Response) => [response.status, await response.json()];
  const refused = (code: string, message: string) => ({
    code,
    message,
    externalReference: null,
    details: [],
  });

  it("is 401 for a missing, unknown or revoked token, until it is restored", async () => {
    const made = filled(1);
    const expected = [401, refused("not_authorized", "Request not authorized")];
    const bare = new Request("https://api.webflow.com/v2/workspaces/harborline/audit_logs");
    expect(await body(await made.api.fetch(bare))).toEqual(expected);
    expect(await body(await made.get({}, "ws-stranger"))).toEqual(expected);
    made.tokens.revoke(token);
    expect(await body(await made.get())).toEqual(expected);
    made.tokens.restore(token);
    expect((await made.get()).status).toBe(200);
  });

  it("is 403 missing_scopes for a token without the scope", async () => {
    const made = filled(1);
    made.tokens.issue("ws-narrow", { scopes: ["sites:read"] });
    const message =
      "OAuthForbidden: You are missing the following scopes - 'workspace_activity:read'";
    expect(await body(await made.get({}, "ws-narrow"))).toEqual([
      403,
      refused("missing_scopes", message),
    ]);
  });

  it("is 403 for a workspace without an Enterprise plan", async () => {
    const made = filled(1);
    made.workspace.enterprise = false;
    const message = "This workspace is not associated with an Enterprise plan";
    expect(await body(await made.get())).toEqual([
      403,
      refused("not_enterprise_plan_workspace", message),
    ]);
  });

  it("is 403 forbidden for a token whose maker lost the right", async () => {
    const made = filled(1);
    made.tokens.issue("ws-former", { forbidden: true });
    const message = "User is not authorized to perform this action";
    expect(await body(await made.get({}, "ws-former"))).toEqual([
      403,
      refused("forbidden", message),
    ]);
  });

  it.each([
    "/v2/workspaces/elsewhere/audit_logs",
    "/v2/workspaces/%E0%A4%A/audit_logs",
    "/v2/workspaces/harborline/audit_logs/1",
    "/v2/sites",
    "/",
  ])("is 404 for %s", async (path) => {
    const message = "Requested resource not found: The site cannot be found";
    expect(await body(await filled(1).get({}, token, path))).toEqual([
      404,
      refused("resource_not_found", message),
    ]);
  });

  it("is 404 for another method", async () => {
    const made = filled(1);
    const url = "https://api.webflow.com/v2/workspaces/harborline/audit_logs";
    const headers = { authorization: `Bearer ${token}` };
    const response = await made.api.fetch(new Request(url, { method: "POST", headers }));
    expect(response.status).toBe(404);
  });
});

describe("the rate limit", () => {
  it("counts down on every answer, each with the documented Retry-After", async () => {
    const made = filled(1, { rateLimit: 3 });
    const left: (string | null)[] = [];
    for (let index = 0; index < 3; index += 1) {
      const { headers } = await made.get();
      expect(headers.get("x-ratelimit-limit")).toBe("3");
      expect(headers.get("retry-after")).toBe("60");
      left.push(headers.get("x-ratelimit-remaining"));
    }
    expect(left).toEqual(["2", "1", "0"]);
  });

  it("refuses what is too much until the minute is over, and says when that is", async () => {
    const made = filled(1, { rateLimit: 1 });
    expect((await made.get()).status).toBe(200);
    made.advance(20_500);
    const refused = await made.get();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("40");
    expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(await refused.json()).toEqual({
      code: "too_many_requests",
      message: "Too Many Requests",
      externalReference: null,
      details: [],
    });
    made.advance(40_000);
    expect((await made.get()).status).toBe(200);
  });

  it("is 60 by default, is kept for each token, and can be none at all", async () => {
    const made = filled(1);
    made.tokens.issue("ws-other");
    for (let index = 0; index < 60; index += 1) await made.get();
    expect((await made.get()).status).toBe(429);
    expect((await made.get({}, "ws-other")).status).toBe(200);
    const free = filled(1, { rateLimit: Number.POSITIVE_INFINITY });
    for (let index = 0; index < 200; index += 1) expect((await free.get()).status).toBe(200);
  });
});

it("token introspection tells what the token may do, without an application", async () => {
  const made = filled(1);
  await made.get();
  made.advance(5000);
  const response = await made.get({}, token, "/v2/token/introspect");
  expect(await response.json()).toEqual({
    authorization: {
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      createdOn: new Date(startMs).toISOString(),
      lastUsed: new Date(startMs + 5000).toISOString(),
      grantType: "client_credentials",
      rateLimit: 60,
      scope: "workspace_activity:read",
      authorizedTo: { siteIds: [], workspaceIds: [made.workspace.id], userIds: [] },
    },
  });
  expect((await made.get({}, "ws-stranger", "/v2/token/introspect")).status).toBe(401);
});

it("requests are counted by status", async () => {
  const made = filled(1);
  await made.get();
  await made.get();
  await made.get({}, "ws-stranger");
  await made.get({ limit: 500 });
  expect(made.api.counts).toEqual({
    requests: 4,
    failures: 0,
    byStatus: { 200: 2, 401: 1, 400: 1 },
  });
});
