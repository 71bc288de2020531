// The official SDK reads the sandbox without knowing the difference; the documented examples come back as they are.
import { existsSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Webflow, WebflowClient, WebflowError } from "webflow-api";
import { WorkspaceAuditLogItem } from "webflow-api/serialization/types/WorkspaceAuditLogItem";
import { generate } from "../../../sandbox/activity/activity.ts";
import { seeded } from "../../../sandbox/random.ts";
import { eventTypes } from "../../../sandbox/webflow/api.ts";
import { AuditLog } from "../../../sandbox/webflow/audit-log.ts";
import { Faults } from "../../../sandbox/webflow/quirks.ts";
import { startMs, token, world } from "./world.ts";

const count = 345;
const events = generate({
  seed: 21,
  count,
  fromMs: startMs - 86_400_000,
  toMs: startMs,
  ties: 0.1,
  twins: 0.02,
});

describe("the official SDK", () => {
  const log = new AuditLog();
  for (const { item, visibleAtMs } of events) log.add(item, { visibleAtMs });
  const faults = new Faults(seeded(1));
  const sandbox = world({ log, faults, rateLimit: Number.POSITIVE_INFINITY });
  const server = serve({ fetch: sandbox.api.fetch, hostname: "127.0.0.1", port: 0 });
  let baseUrl = "";

  beforeAll(async () => {
    if (!server.listening) await new Promise((resolve) => server.once("listening", resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const client = (accessToken = token) =>
    new WebflowClient({ accessToken, baseUrl, maxRetries: 0 });
  const read = (request: Webflow.workspaces.AuditLogsGetWorkspaceAuditLogsRequest, of = token) =>
    client(of).workspaces.auditLogs.getWorkspaceAuditLogs("harborline", request);

  it("reads every event, page by page", async () => {
    const items: Webflow.WorkspaceAuditLogItem[] = [];
    for (let offset = 0; ; offset += 100) {
      const page = await read({ limit: 100, offset, sortOrder: "asc" });
      items.push(...(page.items ?? []));
      expect(page.pagination?.total).toBe(count);
      if (items.length >= count || page.items?.length === 0) break;
    }
    expect(items.map((item) => item.timestamp?.toISOString())).toEqual(
      events.map(({ item }) => item.timestamp),
    );
    expect(items.map((item) => item.eventType)).toEqual(events.map(({ item }) => item.eventType));
    expect(items.map((item) => item.payload)).toEqual(events.map(({ item }) => item.payload));
  });

  it.each(eventTypes)("filters by %s", async (eventType) => {
    const page = await read({ limit: 100, eventType });
    expect(page.items?.length).toBeGreaterThan(0);
    expect(page.items?.every((item) => item.eventType === eventType)).toBe(true);
  });

  it("filters by time", async () => {
    const from = new Date(events[100]?.item.timestamp ?? 0);
    const to = new Date(events[200]?.item.timestamp ?? 0);
    const page = await read({ limit: 1, from, to });
    const within = events.filter(
      ({ item }) => item.timestamp >= from.toISOString() && item.timestamp <= to.toISOString(),
    );
    expect(page.pagination?.total).toBe(within.length);
  });

  it("introspects the token", async () => {
    const { authorization } = await client().token.introspect();
    expect(authorization?.scope).toBe("workspace_activity:read");
    expect(authorization?.createdOn).toBeInstanceOf(Date);
  });

  it("throws its own error classes for 401, 403, 404, 429 and 500", async () => {
    await expect(read({}, "ws-stranger")).rejects.toBeInstanceOf(Webflow.UnauthorizedError);
    sandbox.tokens.issue("ws-narrow", { scopes: [] });
    await expect(read({}, "ws-narrow")).rejects.toBeInstanceOf(Webflow.ForbiddenError);
    const elsewhere = client().workspaces.auditLogs.getWorkspaceAuditLogs("elsewhere");
    await expect(elsewhere).rejects.toBeInstanceOf(Webflow.NotFoundError);
    faults.script("throttled");
    await expect(read({})).rejects.toBeInstanceOf(Webflow.TooManyRequestsError);
    faults.script("internal_error");
    await expect(read({})).rejects.toBeInstanceOf(Webflow.InternalServerError);
  });

  it("throws its general error for 400, 502 and 503, with the status", async () => {
    await expect(read({ limit: 101 })).rejects.toMatchObject({ statusCode: 400 });
    faults.script("html_bad_gateway");
    await expect(read({})).rejects.toMatchObject({ statusCode: 502 });
    faults.script("service_unavailable");
    const refused = await read({}).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).toBeInstanceOf(WebflowError);
    expect(refused).toMatchObject({ statusCode: 503, body: { code: "service_unavailable" } });
  });
});

it("every generated item of the 19 subtypes fits the SDK's types", () => {
  const kinds = new Set<string>();
  for (const { item } of generate({ seed: 4, count: 500, fromMs: 0, toMs: 1e9 })) {
    // actor.type is newer than the SDK: a key that it does not know, which it lets pass when it reads a page.
    const parsed = WorkspaceAuditLogItem.parse(item, { unrecognizedObjectKeys: "passthrough" });
    expect(parsed).toMatchObject({ ok: true });
    kinds.add(`${item.eventType}.${item.eventSubType}`);
  }
  expect(kinds.size).toBe(19);
});

const examplesPath = join(import.meta.dirname, "../../../../shared/data/webflow/examples.json");
const examples: unknown[] = existsSync(examplesPath)
  ? JSON.parse(readFileSync(examplesPath, "utf8"))
  : [];

it.skipIf(examples.length === 0)(
  "every documented example comes back byte for byte (needs ../shared/data/webflow/examples.json)",
  async () => {
    const made = world();
    for (const example of examples) made.log.add(example, { visibleAtMs: startMs });
    const body = await (await made.get({ limit: 100, sortOrder: "asc" })).text();
    for (const example of examples) expect(body).toContain(JSON.stringify(example));
    expect(JSON.parse(body)).toMatchObject({ pagination: { total: 24 } });
    expect(JSON.parse(body).items).toHaveLength(24);
  },
);
