// Stored workspaces in workerd: put over HTTP, polled by their own alarm, changed, recovered and taken out.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/http.ts";
import { adminToken, Deployed, token, until, workspace } from "./deployed.ts";

const configKey = "a-key-of-the-tests-0123456789-0123456789";
const signingSecret = "whsec_dGhlLXNpZ25pbmctc2VjcmV0LW9mLXRoZS10ZXN0cyE=";
let deployed: Deployed | undefined;
afterEach(() => deployed?.stop());

/** Nothing stands in wrangler.toml but the key. */
async function deploy(secrets: Record<string, string> = {}, persist?: string): Promise<Deployed> {
  deployed = new Deployed({
    vars: { WORKSPACES: [], DESTINATIONS: [], POLL_SECONDS: 1 },
    ...(persist !== undefined && { persist }),
  });
  await deployed.start({ CONFIG_KEY: configKey, ...secrets });
  return deployed;
}

const wanted = {
  token,
  destinations: [
    { name: "siem", type: "webhook", url: "https://siem.example.com/in", secret: signingSecret },
  ],
};
const login = () => ({
  timestamp: new Date().toISOString(),
  eventType: "user_access",
  eventSubType: "login",
  actor: { id: "6661ccb359b561c69f29d554", email: "trillian@example.com" },
  payload: { method: "sso" },
});
/** Once more from here on. */
function polled(world: Deployed): Promise<void> {
  const runs = () => world.lines.filter(({ text }) => text.includes('"message":"run"')).length;
  const before = runs();
  return until(
    () => runs() > before,
    10_000,
    () => JSON.stringify(world.lines),
  );
}
const path = `/workspaces/${workspace.id}`;

describe("a stored workspace", { timeout: 60_000 }, () => {
  it("is polled by its alarm as soon as it is put, takes a change at once, and ends when it is deleted", async () => {
    const world = await deploy();
    const put = await world.ask("PUT", path, wanted);
    expect([put.status, put.data.version]).toEqual([201, 1]);
    await polled(world);
    world.log.add(login());
    await until(
      () => world.siemIds().length === 1,
      10_000,
      () => JSON.stringify(world.lines),
    );

    const { data: shown } = await world.ask("GET", path);
    expect(JSON.stringify(shown)).not.toContain(signingSecret);
    const archive = {
      name: "archive",
      type: "webhook",
      url: "https://archive.example.com/in",
      secret: signingSecret,
    };
    const more = { ...shown, destinations: [...(shown.destinations as unknown[]), archive] };
    expect((await world.ask("PUT", path, more)).data.version).toBe(2);
    expect((await world.ask("PUT", path, more)).status).toBe(412);
    await polled(world);
    world.log.add({ ...login(), payload: { method: "api" } });
    await until(
      () => world.siemIds().length === 2 && world.archiveIds().length === 1,
      10_000,
      () => JSON.stringify(world.lines),
    );

    await world.worker.cron();
    const { data: listed } = await world.ask("GET", "/workspaces");
    expect(listed).toMatchObject({ total: 1, states: { active: 1 } });
    const events = await world.ask("GET", `/events?workspace=${workspace.id}`);
    expect(events.data.events).toHaveLength(2);

    expect((await world.ask("DELETE", `${path}?erase=true`)).status).toBe(200);
    expect((await world.ask("GET", path)).status).toBe(404);
    const last = world.lines.length;
    world.log.add(login());
    await world.worker.cron();
    await systemClock.sleep(2500);
    expect(world.lines.slice(last)).toEqual([]);
    expect(world.siemIds()).toHaveLength(2);
    const text = JSON.stringify(world.lines);
    for (const secret of [token, signingSecret, configKey, adminToken])
      expect(text).not.toContain(secret);
  });

  it("outlives the process; under a lost key it is misconfigured, and goes on where it was once the key is back", async () => {
    const persist = mkdtempSync(join(tmpdir(), "tidemark-"));
    const world = await deploy({}, persist);
    await world.ask("PUT", path, wanted);
    await polled(world);
    world.log.add(login());
    await until(
      () => world.siemIds().length === 1,
      10_000,
      () => JSON.stringify(world.lines),
    );
    // Not before the ledger has it: an end in between would repeat it, under the same id.
    await polled(world);
    await world.stop();

    const newKey = "another-key-of-the-tests-0123456789-0123456789";
    await world.start({ CONFIG_KEY: newKey });
    const { data: lost } = await world.ask("GET", "/workspaces");
    expect(lost).toMatchObject({ states: { misconfigured: 1 } });
    expect((await world.ask("GET", `/status?workspace=${workspace.id}`)).status).toBe(409);
    const health = await world.worker.fetch("/health");
    expect([health.status, await health.json()]).toMatchObject([503, { stored: "failing" }]);
    await world.stop();

    await world.start({ CONFIG_KEY: `${newKey},${configKey}` });
    world.log.add({ ...login(), payload: { method: "api" } });
    await until(
      () => world.siemIds().length === 2,
      10_000,
      () => JSON.stringify(world.lines),
    );
    // By now its secrets are sealed under the new key.
    await world.stop();
    await world.start({ CONFIG_KEY: newKey });
    expect((await world.ask("GET", path)).data).toMatchObject({ version: 1, status: {} });
    expect((await world.ask("GET", "/workspaces")).data.states).toEqual({ active: 1 });
    rmSync(persist, { recursive: true, force: true });
  });
});
