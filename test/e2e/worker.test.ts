import { afterEach, describe, expect, it } from "vitest";
import { adminToken, Deployed, token, until } from "./deployed.ts";

const events = Number(process.env.E2E_EVENTS ?? 1500);
const minuteMs = 60_000;
let deployed: Deployed | undefined;
afterEach(() => deployed?.stop());

async function deploy(...args: ConstructorParameters<typeof Deployed>): Promise<Deployed> {
  deployed = new Deployed(...args);
  return deployed;
}

const login = () => ({
  timestamp: new Date().toISOString(),
  eventType: "user_access",
  eventSubType: "login",
  actor: { id: "6661ccb359b561c69f29d554", email: "trillian@example.com" },
  payload: { method: "sso" },
});

describe("the Worker in workerd", () => {
  it("starts without a network, polls by its alarm alone, and brings a new event to Slack and to the webhook", async () => {
    const world = await deploy();
    await world.start();
    world.log.add(login());
    await until(
      () => world.siemIds().length >= 1 && world.slackIds().length >= 1,
      10_000,
      () => JSON.stringify(world.lines),
    );
    expect(world.slackIds()).toEqual(world.siemIds());
    expect(world.siem.lastRefusal).toBeUndefined();
    expect(world.slack.lastRefusal).toBeUndefined();
  });

  it("judges by the rules: what an event alone decides at once, what rests on history after the delay", async () => {
    const world = await deploy({
      siem: { rules: ["*"], only: ["user_access.*"] },
      archive: { findings: true },
      vars: { RULES: { settleMinutes: 0 } },
    });
    await world.start();
    world.log.add(login());
    await until(
      () => world.siemIds().length === 1,
      10_000,
      () => JSON.stringify(world.lines),
    );
    const actor = { type: "person", id: "6661ccb359b561c69f29d554", email: "trillian@example.com" };
    world.log.add({
      ...login(),
      eventType: "workspace_setting",
      eventSubType: "setting_updated",
      payload: { setting: "ai_toggle", value: "true" },
    });
    world.log.add({ ...login(), actor, payload: { method: "api" } });
    // The login, and what is found of the setting and of the login.
    await until(
      () => world.siemIds().length === 4,
      20_000,
      () => JSON.stringify([world.siemIds(), world.lines.slice(-5)]),
    );
    expect(world.siem.lastRefusal).toBeUndefined();
    // Who asks for that sees on the event itself what is found of it.
    const onEvents = world.archive.deliveries.flatMap(({ events }) =>
      events.map(({ data }) => (data as { findings?: { rule: string }[] }).findings),
    );
    expect(onEvents.flatMap((findings) => findings ?? [])).toMatchObject([
      { rule: "setting.ai_switched_on", severity: "medium" },
    ]);
    const { data } = await world.ask("GET", "/status");
    const [{ rules = [] } = {}] = data.workspaces as { rules?: Record<string, unknown>[] }[];
    expect(rules.filter(({ findings }) => findings === 1).map(({ rule }) => rule)).toEqual([
      "login.api",
      "setting.ai_switched_on",
    ]);
    const [id = ""] = world.archive.deliveries.flatMap(({ events }) =>
      events.filter(({ type }) => type.startsWith("workspace_setting.")).map((one) => one.id),
    );
    const explained = await world.ask("GET", `/explain/${id}`);
    expect(explained.data.findings).toMatchObject([
      { rule: "setting.ai_switched_on", evidence: [id], onEvent: true },
    ]);
  });

  it(
    `brings ${events} events with ties, twins, unknown types and late ones to both destinations, none twice, while one request in ten fails`,
    async () => {
      const world = await deploy({
        seed: 3,
        siem: { start: "2h" },
        team: { start: "2h" },
        vars: { REQUEST_BUDGET: 45, PUBLIC_URL: "https://tidemark.example.com" },
      });
      const nowMs = Date.now();
      world.generate(events, nowMs - 90 * minuteMs, nowMs, 20_000);
      world.faults.mix = {
        rate: 0.1,
        kinds: [
          "internal_error",
          "throttled",
          "throttled_without_hint",
          "cut_json",
          "html_ok",
          "null_items",
          "connection_failure",
        ],
      };
      const fault = () =>
        world.random() < 0.1
          ? world.random() < 0.5
            ? ({ kind: "answer", status: 503, word: "service_unavailable" } as const)
            : ({ kind: "cut", taken: false } as const)
          : undefined;
      world.slack.faults = fault;
      world.siem.faults = fault;
      await world.start();
      const startedMs = Date.now();
      await until(
        () => world.siemIds().length >= events && world.slackIds().length >= events,
        15 * minuteMs,
        () =>
          `siem ${world.siemIds().length}, slack ${world.slackIds().length} of ${events}; ${JSON.stringify(world.lines.slice(-3))}`,
      );
      // A repeat would come with the next polls.
      const requests = world.api.counts.requests;
      await until(
        () => world.api.counts.requests > requests + 3,
        30_000,
        () => "no polls",
      );
      expect(new Set(world.siemIds()).size).toBe(events);
      expect(world.siemIds()).toHaveLength(events);
      expect(new Set(world.slackIds()).size).toBe(events);
      expect(world.slackIds()).toHaveLength(events);
      expect(world.siem.lastRefusal).toBeUndefined();
      expect(world.slack.lastRefusal).toBeUndefined();
      console.log(
        `${events} events in ${((Date.now() - startedMs) / 1000).toFixed(1)} s; ${world.api.counts.requests} source requests, ${world.slack.messages.length} Slack messages`,
      );
    },
    16 * minuteMs,
  );

  it("loses and repeats nothing when the token is revoked in the middle of a walk and a new one is set later", async () => {
    const world = await deploy({
      persist: `/tmp/tidemark-e2e-${process.pid}`,
      siem: { start: "2h", batch: true },
      team: { minSeverity: "critical" },
    });
    world.generate(1000, Date.now() - 90 * minuteMs, Date.now() - minuteMs);
    const stop = world.siem.onDelivery(() => {
      if (world.siemIds().length > 400) world.tokens.revoke(token);
    });
    await world.start();
    await until(
      () => world.lines.some(({ text }) => text.includes("source not readable")),
      20_000,
      () => `${world.siemIds().length}`,
    );
    stop();
    const { status, data } = await world.ask("GET", "/status");
    expect(status).toBe(200);
    expect(JSON.stringify(data)).toMatch(/npx wrangler secret put WEBFLOW_TOKEN/);
    expect((await world.worker.fetch("/health")).status).toBe(503);
    expect(world.siemIds().length).toBeLessThan(1000);
    await world.stop();
    world.tokens.issue("ws-the-next-token-of-the-tests");
    await world.start({ WEBFLOW_TOKEN: "ws-the-next-token-of-the-tests" });
    await world.ask("POST", "/sync");
    await until(
      () => world.siemIds().length >= 1000,
      30_000,
      () => `${world.siemIds().length} of 1000`,
    );
    expect(world.siemIds()).toHaveLength(1000);
    expect(new Set(world.siemIds()).size).toBe(1000);
  }, 90_000);

  it("answers its routes over HTTP: status, sync from a time, events, a test message, OpenAPI; and refuses strangers", async () => {
    const world = await deploy();
    world.generate(5, Date.now() - 30 * minuteMs, Date.now() - 20 * minuteMs);
    await world.start();
    expect(world.siemIds()).toHaveLength(0);
    const from = new Date(Date.now() - 60 * minuteMs).toISOString();
    const synced = await world.ask("POST", "/sync", { from });
    expect(synced.status).toBe(200);
    expect(world.siemIds()).toHaveLength(5);
    await world.ask("POST", "/sync", { from });
    expect(world.siemIds()).toHaveLength(5);
    const looked = await world.ask("GET", `/events?from=${from}`);
    expect((looked.data.events as unknown[]).length).toBe(5);
    const tested = await world.ask("POST", "/destinations/siem/test");
    expect(tested.data).toMatchObject({ outcome: "delivered" });
    expect((await world.ask("GET", "/openapi.json")).data).toHaveProperty("paths./sync");
    expect((await world.ask("POST", "/sync", { from: "yesterday" })).status).toBe(422);
    for (const path of ["/status", "/events", "/dead-letters"]) {
      expect((await world.worker.fetch(path)).status).toBe(401);
    }
    const all = JSON.stringify([
      world.lines,
      synced,
      looked,
      tested,
      await world.ask("GET", "/status"),
    ]);
    for (const secret of [token, adminToken, "sandboxsandboxsandbox000", "dGhlLXNpZ25p"]) {
      expect(all).not.toContain(secret);
    }
  }, 60_000);

  it("answers ten wrong tokens in a minute, and then no sign-in at all from there", async () => {
    const world = await deploy();
    await world.start({}, { beat: false });
    const statuses = async (authorization: string, times: number) => {
      const all: number[] = [];
      for (let i = 0; i < times; i += 1) {
        all.push((await world.worker.fetch("/status", { headers: { authorization } })).status);
      }
      return all;
    };
    const wrong = await statuses("Bearer a-wrong-token", 12);
    expect(wrong.slice(0, 10)).toEqual(Array(10).fill(401));
    expect(wrong.slice(10)).toEqual([429, 429]);
    expect(await statuses(`Bearer ${adminToken}`, 1)).toEqual([429]);
    expect((await world.worker.fetch("/health")).status).not.toBe(429);
    expect((await world.worker.fetch("/status")).status).toBe(401);
    const warnings = world.lines.filter(({ text }) => text.includes("too many failed sign-ins"));
    expect(warnings.map(({ level }) => level)).toEqual(["warn"]);
    expect(JSON.stringify(world.lines)).not.toContain("a-wrong-token");
  }, 60_000);

  it("keeps an event that a receiver refuses among the dead letters, sends it again when asked to, and discards it", async () => {
    const world = await deploy({ team: { minSeverity: "critical" } });
    await world.start();
    world.siem.faults = () => ({ kind: "answer", status: 400, word: "no such field" });
    world.log.add(login());
    const letters = async () =>
      (await world.ask("GET", "/dead-letters")).data.deadLetters as Record<string, unknown>[];
    const refused = (times: number) =>
      until(
        () => world.lines.filter(({ text }) => text.includes('"dead letter"')).length >= times,
        15_000,
        () => `not refused ${times} times`,
      );
    await refused(1);
    const [letter] = await letters();
    expect(letter).toMatchObject({ destination: "siem", reason: "HTTP 400: no such field" });
    const path = `/dead-letters/${encodeURIComponent(String(letter?.id))}`;
    expect((await world.ask("POST", `${path}/retry`)).status).toBe(202);
    await refused(2);
    world.siem.faults = () => undefined;
    expect((await world.ask("POST", `${path}/retry`)).status).toBe(202);
    await until(
      () => world.siemIds().length === 1,
      15_000,
      () => "not sent again",
    );
    expect(world.siemIds()).toEqual([letter?.event]);
    await expect.poll(letters, { timeout: 10_000 }).toEqual([]);
    expect((await world.ask("DELETE", path)).status).toBe(404);
  }, 60_000);
});
