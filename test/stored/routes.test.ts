// Stored workspaces through HTTP, with real tenancies behind it: what is taken, shown, kept secret and refused.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import { createApi } from "../../src/routes/app.ts";
import { secretsIn } from "../../src/secrets.ts";
import { configKey } from "../support/register.ts";
import { Tenants } from "../support/tenants.ts";

const adminToken = "correct-horse-battery-staple";
const hook = "https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdef";
const signing = "whsec_dGhlLXNpZ25pbmctc2VjcmV0LW9mLXRoZS10ZXN0cyE=";
const otherSigning = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAbCdEfGh";
const siem = { name: "siem", type: "webhook", url: "https://siem.example.com/in", secret: signing };
const team = { name: "team", type: "slack", url: hook };
const wanted = { token: "ws-token-of-the-shop-0123456789", destinations: [siem, team] };

let world: Tenants;
let api = createApi();
const logged: string[] = [];
beforeEach(() => {
  world = new Tenants();
  api = createApi();
  logged.length = 0;
  for (const level of ["info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((line) => void logged.push(String(line)));
});
afterEach(() => vi.restoreAllMocks());

async function ask(
  request: string,
  body?: unknown,
  headers: Record<string, string> = {},
  change: Record<string, unknown> = {},
) {
  const [method = "GET", path = "/"] = request.split(" ");
  const env = {
    ADMIN_TOKEN: adminToken,
    ...world.env,
    RELAY: { getByName: (id: string) => world.relay(id) },
    REGISTER: world.register.REGISTER,
    ...change,
  };
  const response = await api.app.request(
    path,
    {
      method,
      headers: { authorization: `Bearer ${adminToken}`, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    },
    env as unknown as Env,
  );
  const text = await response.text();
  return {
    status: response.status,
    etag: response.headers.get("etag"),
    text,
    body: JSON.parse(text),
  };
}

const put = (body: unknown, headers: Record<string, string> = {}) =>
  ask("PUT /workspaces/shop", body, headers);

describe("PUT /workspaces/{id}", () => {
  it("stores a workspace, and shows it without its secrets, which lie encrypted in KV and in the ledger", async () => {
    const { status, body, etag } = await put(wanted);
    expect([status, body.version, body.warnings, etag]).toEqual([201, 1, [], '"1"']);
    const shown = await ask("GET /workspaces/shop");
    expect(shown.body).toMatchObject({
      id: "shop",
      version: 1,
      token: expect.stringMatching(/^•••• [0-9a-f]{8}$/),
      destinations: [{ name: "siem", type: "webhook", secret: expect.stringMatching(/^••••/) }, {}],
      status: { state: "quiet", problem: null },
    });
    const kept = [...world.kv.values(), JSON.stringify(world.ledgers.get("shop")?.get("stored"))];
    for (const secret of [wanted.token, signing, hook, siem.url, configKey])
      for (const text of [...kept, shown.text, ...logged]) expect(text).not.toContain(secret);
    expect((await world.tenancy("shop")).config?.workspaces[0]?.tokens[0]?.value).toBe(
      wanted.token,
    );
  });

  it("is in force also where wrangler.toml keeps known good from destinations of its own", async () => {
    const knownGood = {
      name: "our SCIM",
      where: { method: "scim" },
      destinations: ["main", "team"],
    };
    Object.assign(world.env, {
      WORKSPACES: [{ id: "acme", token: "ws-0123456789" }],
      DESTINATIONS: [{ ...team, name: "main" }, team],
      KNOWN_GOOD: [knownGood],
    });
    await put(wanted);
    const { body } = await ask("GET /workspaces/shop");
    expect(body.status).toEqual({ state: "quiet", problem: null });
    const { config } = await world.tenancy("shop");
    expect(config?.knownGood[0]).toMatchObject({ destinations: ["team"] });
  });

  it("reads no secret of the Worker for it, wherever its name stands", async () => {
    for (const destinations of [
      ["$ADMIN_TOKEN"],
      [["$ADMIN_TOKEN"]],
      [{ ...siem, name: "$ADMIN_TOKEN" }],
      [{ ...siem, where: { type: ["$ADMIN_TOKEN"] } }],
    ]) {
      const { status, body } = await put({ ...wanted, destinations });
      expect(status).toBe(422);
      expect(body.detail).toContain("$ADMIN_TOKEN names a secret of the Worker");
    }
  });

  it("keeps a masked secret that is put back, also in another order, and takes a new one beside it", async () => {
    await put({ ...wanted, destinations: [{ ...siem, secret: [signing, otherSigning] }, team] });
    const { body: shown } = await ask("GET /workspaces/shop");
    const [shownSiem, shownTeam] = shown.destinations;
    const next = {
      ...shown,
      token: ["ws-another-token-0123456789", shown.token],
      destinations: [
        shownTeam,
        { ...shownSiem, secret: shownSiem.secret.toReversed(), only: ["custom_role.*"] },
      ],
    };
    expect((await put(next)).body).toMatchObject({ version: 2 });
    const { config } = await world.tenancy("shop");
    expect(config?.workspaces[0]?.tokens.map(({ value }) => value)).toEqual([
      "ws-another-token-0123456789",
      wanted.token,
    ]);
    expect(config?.destinations.map(({ name }) => name)).toEqual(["team", "siem"]);
    const secrets = config?.secrets ?? [];
    for (const secret of [hook, signing, otherSigning]) expect(secrets).toContain(secret);
  });

  it("sends no kept secret to another address, and none that was never stored", async () => {
    await put(wanted);
    const { body: shown } = await ask("GET /workspaces/shop");
    const moved = { ...shown.destinations[0], url: "https://evil.example.com/in" };
    const stranger = { ...shown.destinations[0], name: "other" };
    const { status, body } = await put({ ...shown, destinations: [moved, stranger] });
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      "body.destinations[1].url: no such secret is stored here; give the secret itself",
      "body.destinations[1].secret: no such secret is stored here; give the secret itself",
      "body.destinations[0].secret: siem goes elsewhere than before, so give the secret itself, which is not sent to a new address unseen",
    ]);
    expect((await ask("GET /workspaces/shop")).body.version).toBe(1);
  });

  it("tells every mistake together, each with its place in the body, and changes nothing", async () => {
    const { status, body } = await put({
      token: "",
      pollSeconds: 0,
      destinations: [
        { name: "a b", type: "webhook", url: "http://siem.example.com", secret: "short" },
        { name: "fax", type: "fax" },
        { ...team, workspaces: ["other"], colour: "red" },
      ],
    });
    expect(status).toBe(422);
    const places = body.errors.map((text: string) => text.split(":")[0]);
    expect(places).toEqual([
      "body.pollSeconds",
      "body.token",
      "body.destinations[0].name",
      "body.destinations[0].url",
      "body.destinations[0].secret",
      "body.destinations[1].type",
      "body.destinations[2]",
      "body.destinations[2].workspaces",
    ]);
    expect(JSON.stringify(body)).not.toContain("wrangler.toml");
    expect([world.kv.size, world.roll.count()]).toEqual([0, 0]);
  });

  it("reads no secret of the Worker", async () => {
    const { status, body } = await put({
      token: "$ADMIN_TOKEN",
      destinations: [{ ...siem, headers: { "x-key": "$CONFIG_KEY" } }],
    });
    expect([status, body.errors]).toEqual([
      422,
      [
        expect.stringMatching(/^body\.token: \$ADMIN_TOKEN names a secret of the Worker/),
        expect.stringMatching(/^body\.destinations\[0\]\.headers: \$CONFIG_KEY names/),
      ],
    ]);
  });

  it("guards against lost updates by If-Match, If-None-Match and the version in the body", async () => {
    expect((await put(wanted, { "if-match": '"1"' })).status).toBe(412);
    expect((await put(wanted, { "if-none-match": "*" })).status).toBe(201);
    expect((await put(wanted, { "if-none-match": "*" })).status).toBe(412);
    expect((await put({ ...wanted, version: 1 })).body.version).toBe(2);
    expect((await put({ ...wanted, version: 1 })).status).toBe(412);
    expect((await put(wanted, { "if-match": '"2"' })).body.version).toBe(3);
    expect((await put({ ...wanted, version: 2 }, { "if-match": '"3"' })).status).toBe(422);
    expect((await put(wanted, { "if-match": "3" })).status).toBe(422);
    const { status, body } = await put({ ...wanted, version: 1 });
    expect([status, body.title, body.detail]).toEqual([
      412,
      "Precondition Failed",
      expect.stringMatching(/stands at version 3, not at version 1/),
    ]);
  });

  it("of two changes of one version at the same moment lets one through", async () => {
    await put(wanted);
    const both = await Promise.all([
      put({ ...wanted, version: 1 }),
      put({ ...wanted, version: 1 }),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412]);
  });

  it("only checks with dry_run", async () => {
    const request = "PUT /workspaces/shop?dry_run";
    expect((await ask(request, wanted)).body).toMatchObject({ dryRun: true, version: 0 });
    expect((await ask(request, { ...wanted, destinations: [] })).status).toBe(422);
    expect([world.kv.size, world.roll.count(), world.ledgers.size]).toEqual([0, 0, 0]);
  });

  it("leaves a workspace of wrangler.toml alone, and says why", async () => {
    const inFile = {
      WORKSPACES: [{ id: "shop", token: "plain-token" }],
      DESTINATIONS: [team],
    };
    for (const [method, status, why] of [
      ["PUT", 409, "stands in wrangler.toml, which goes before"],
      ["GET", 404, "stands in wrangler.toml: it is read"],
      ["DELETE", 404, "stands in wrangler.toml: it is read"],
    ] as const) {
      const answer = await ask(
        `${method} /workspaces/shop`,
        method === "PUT" ? wanted : undefined,
        {},
        inFile,
      );
      expect([answer.status, answer.body.detail]).toEqual([status, expect.stringContaining(why)]);
    }
  });

  it.each([
    [
      "no key",
      {
        CONFIG_KEY: undefined,
        WORKSPACES: [{ id: "a", token: "plain-token" }],
        DESTINATIONS: [team],
      },
      "CONFIG_KEY is not set",
    ],
    ["a short key", { CONFIG_KEY: "short" }, "shorter than 32 characters"],
    ["no register", { REGISTER: undefined }, "no binding REGISTER"],
  ])("with %s says what the Worker lacks", async (_what, change, why) => {
    const { status, body } = await ask("PUT /workspaces/shop", wanted, {}, change);
    expect([status, body.detail]).toEqual([503, expect.stringContaining(why)]);
  });

  it.each(["a%20b", "-a", "a%2Fb", "x".repeat(101), "a:b"])("takes no id like %j", async (id) => {
    expect((await ask(`PUT /workspaces/${id}`, wanted)).status).toBe(422);
    expect(world.ledgers.size).toBe(0);
  });

  it("whatever the body holds: what is taken comes back as it was put, what is not changes nothing, and no secret is told", async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        signing,
        otherSigning,
        hook,
        siem.url,
        "siem",
        "webhook",
        "slack",
        "splunk",
        "•••• 0123abcd",
        "$ADMIN_TOKEN",
      ),
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.boolean(),
    );
    const destination = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          name: fc.stringMatching(/^[a-z]{1,8}$/),
          type: fc.constant("webhook"),
          url: fc.webUrl({ validSchemes: ["https"] }),
          secret: fc.constantFrom(signing, otherSigning),
          minSeverity: fc.constantFrom("info", "high"),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record(
          { name: piece, type: piece, url: piece, secret: piece },
          { requiredKeys: [] },
        ),
      },
      { weight: 1, arbitrary: fc.object({ maxDepth: 2 }) },
    );
    const body = fc.record(
      {
        token: fc.oneof(
          { weight: 3, arbitrary: fc.stringMatching(/^ws-[a-z0-9]{20,40}$/) },
          { weight: 1, arbitrary: piece },
          { weight: 1, arbitrary: fc.array(piece, { maxLength: 3 }) },
        ),
        destinations: fc.array(destination, { maxLength: 3 }),
        pollSeconds: fc.oneof(fc.integer({ min: 1, max: 3600 }), piece),
      },
      { requiredKeys: ["token", "destinations"] },
    );
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(body, async (given) => {
        world = new Tenants();
        await put(wanted);
        const before = world.kv.get("workspace:shop");
        const { status, text, body: answer } = await put(given);
        const secrets = secretsIn(given).filter(
          (secret) => secret.length >= 12 && !secret.startsWith("••••") && secret !== siem.url,
        );
        const spilt = (where: string) => secrets.filter((secret) => where.includes(secret));
        expect(spilt(text)).toEqual([]);
        if (status !== 200) {
          expect([status, answer.errors.length > 0]).toEqual([422, true]);
          expect(world.kv.get("workspace:shop")).toBe(before);
          return;
        }
        taken += 1;
        const shown = await ask("GET /workspaces/shop");
        const stored = world.kv.get("workspace:shop") ?? "";
        expect([spilt(shown.text), spilt(stored), spilt(logged.join())]).toEqual([[], [], []]);
        // Put back as it is shown, it is what it was.
        const { config } = await world.tenancy("shop");
        const again = await put(shown.body);
        expect([again.status, again.body.version]).toEqual([200, 3]);
        const after = (await world.tenancy("shop")).config;
        const prints = (one: typeof config) =>
          one?.destinations.map(({ name, destination }) => [name, destination.fingerprint]);
        expect(prints(after)).toEqual(prints(config));
        expect(after?.workspaces).toEqual(config?.workspaces);
      }),
      { numRuns: 80 },
    );
    expect(taken).toBeGreaterThan(3);
  });
});

describe("GET /workspaces", () => {
  it("lists them page by page with how each was last seen, and asks none of them", async () => {
    for (let i = 0; i < 5; i += 1) await ask(`PUT /workspaces/shop-${i}`, wanted);
    world.roll.note(
      [{ id: "shop-3", state: "refused", problem: "the token is refused" }],
      60_000,
      5,
    );
    for (const relay of world.relays.values()) relay.calls.length = 0;
    const { body } = await ask("GET /workspaces?limit=3");
    expect(body).toMatchObject({
      total: 5,
      states: { unseen: 4, refused: 1 },
      roundMinutes: 1,
      next: "shop-2",
    });
    const rest = await ask("GET /workspaces?limit=3&after=shop-2");
    expect(rest.body.workspaces).toMatchObject([
      {
        id: "shop-3",
        state: "refused",
        problem: "the token is refused",
        destinations: ["siem", "team"],
      },
      { id: "shop-4", state: "unseen" },
    ]);
    expect(rest.body.next).toBeNull();
    expect((await ask("GET /workspaces?state=refused")).body.workspaces).toHaveLength(1);
    expect([...world.relays.values()].flatMap(({ calls }) => calls)).toEqual([]);
  });

  it("stays cheap with a thousand: neither it nor health, status and metrics ask a workspace", async () => {
    for (let i = 0; i < 1000; i += 1)
      world.roll.put({ id: `shop-${i}`, version: 1, updatedAt: "", destinations: [] }, 0);
    const seen = Array.from({ length: 1000 }, (_, i) => ({
      ...{ id: `shop-${i}`, problem: null },
      state: i < 10 ? "refused" : "quiet",
    }));
    world.roll.note(seen, 60_000, Date.now());
    const health = await ask("GET /health");
    expect([health.status, health.body]).toEqual([
      200,
      { status: "ok", workspaces: [], stored: "ok" },
    ]);
    const { body: status } = await ask("GET /status");
    expect(status.stored).toMatchObject({
      total: 1000,
      states: { quiet: 990, refused: 10 },
      well: true,
    });
    const metrics = await api.app.request(
      "/metrics",
      { headers: { authorization: `Bearer ${adminToken}` } },
      {
        ADMIN_TOKEN: adminToken,
        ...world.env,
        REGISTER: world.register.REGISTER,
      } as unknown as Env,
    );
    expect(await metrics.text()).toContain('tidemark_stored_workspaces{state="refused"} 10');
    expect((await ask("GET /workspaces?limit=200")).body.workspaces).toHaveLength(200);
    expect(world.relays.size).toBe(0);
  });

  it("turns health red when none is well, or when nobody is looked at any more", async () => {
    await put(wanted);
    world.roll.note([{ id: "shop", state: "blind", problem: null }], 60_000, Date.now());
    expect((await ask("GET /health")).status).toBe(503);
    world.roll.note([{ id: "shop", state: "quiet", problem: null }], 60_000, Date.now());
    expect((await ask("GET /health")).status).toBe(200);
    world.roll.note([], 60_000, Date.now() - 400_000);
    expect((await ask("GET /health")).body).toMatchObject({ status: "failing", stored: "failing" });
  });
});

describe("DELETE /workspaces/{id}", () => {
  it("takes a workspace out of KV and the list, its secrets out of the ledger, and keeps the ledger for a while", async () => {
    await put(wanted);
    const { body } = await ask("DELETE /workspaces/shop");
    expect(body).toMatchObject({ id: "shop", deleted: true, ledgerUntil: expect.any(String) });
    expect([world.kv.size, world.roll.count()]).toEqual([0, 0]);
    expect(JSON.stringify(world.ledgers.get("shop")?.get("stored"))).not.toContain("v1.");
    expect((await ask("GET /workspaces/shop")).status).toBe(404);
    expect((await ask("DELETE /workspaces/shop")).status).toBe(404);
    expect((await put({ ...wanted, version: 0 })).body.version).toBe(3);
  });

  it("erases all of it at once when asked to", async () => {
    await put(wanted);
    expect((await ask("DELETE /workspaces/shop?erase=true")).body.ledgerUntil).toBeNull();
    expect(world.relay("shop").calls.at(-1)).toEqual(["retire", 0]);
  });
});

describe("what is asked about one stored workspace", () => {
  it.each([
    ["GET /status?workspace=shop", undefined, 200],
    ["POST /sync", { workspace: "shop" }, 200],
    ["GET /events?workspace=shop", undefined, 200],
    ["GET /receipts?workspace=shop", undefined, 200],
    ["GET /receipts/keys?workspace=shop", undefined, 200],
    ["GET /explain/01K7M0000000000000000000AB?workspace=shop", undefined, 200],
    ["GET /dead-letters?workspace=shop", undefined, 200],
    ["POST /dead-letters/shop:1/retry", undefined, 202],
    ["POST /destinations/siem/test?workspace=shop", undefined, 200],
    ["POST /destinations/siem/pause?workspace=shop", {}, 200],
    [
      "POST /resync",
      { workspace: "shop", from: "2026-01-01T00:00:00Z", destinations: ["team"] },
      200,
    ],
    ["GET /resync/shop:01K7M000", undefined, 200],
    ["POST /rules/backtest", { workspace: "shop" }, 200],
    ["POST /destinations/nobody/test?workspace=shop", undefined, 404],
    ["GET /status?workspace=nowhere", undefined, 404],
  ])("%s", async (request, body, status) => {
    await put(wanted);
    expect((await ask(request, body)).status).toBe(status);
  });

  it("is refused with the reason while it is misconfigured", async () => {
    await put(wanted);
    world.restart({ CONFIG_KEY: "quite-another-key-0123456789-0123456789" });
    world.roll.note([{ id: "shop", state: "misconfigured", problem: null }], 60_000, 1);
    const { status, body } = await ask("GET /status?workspace=shop");
    expect([status, body.detail]).toEqual([
      409,
      expect.stringMatching(
        /Workspace shop is misconfigured\. .*a key that CONFIG_KEY does not hold/,
      ),
    ]);
    const shown = await ask("GET /workspaces/shop");
    expect(shown.body).toMatchObject({ token: "••••", status: { state: "misconfigured" } });
    expect((await put(wanted)).body.version).toBe(2);
    world.roll.note([{ id: "shop", state: "quiet", problem: null }], 60_000, 2);
    expect((await ask("GET /status?workspace=shop")).status).toBe(200);
  });
});
