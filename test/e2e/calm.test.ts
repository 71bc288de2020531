// In workerd: a storm before a chat, its page for whoever has the link, and a destination that is paused with its digest.
import { afterEach, describe, expect, it } from "vitest";
import { sandboxHook } from "../../sandbox/receivers/slack.ts";
import { Deployed, token, until, workspace } from "./deployed.ts";

let deployed: Deployed | undefined;
afterEach(() => deployed?.stop());

const path = `/workspaces/${workspace.id}`;
const team = { name: "team", type: "slack", url: sandboxHook, system: false };
const added = (i: number) => ({
  timestamp: new Date().toISOString(),
  eventType: "workspace_membership",
  eventSubType: "user_added",
  actor: { id: "6661ccb359b561c69f29d554", email: "scim@example.com" },
  payload: { targetUser: { id: `u${i}`, email: `p${i}@example.com` }, method: "scim" },
});

describe("in workerd", { timeout: 150_000 }, () => {
  it("a stored workspace's storm is one message, whose link shows all of it to whoever has it", async () => {
    deployed = new Deployed({ vars: { WORKSPACES: [], DESTINATIONS: [] } });
    await deployed.start({ CONFIG_KEY: "a-key-of-the-tests-0123456789-0123456789" });
    // Whose address Tidemark learns where the admin comes in.
    expect((await deployed.ask("PUT", path, { token, destinations: [team] })).status).toBe(201);
    await until(
      () => deployed?.lines.some(({ text }) => text.includes('"message":"run"')) ?? false,
      10_000,
      () => JSON.stringify(deployed?.lines),
    );
    for (let i = 0; i < 700; i++) deployed.log.add(added(i));
    const links = () =>
      [...JSON.stringify(deployed?.slack.messages).matchAll(/<(http[^|>]+\/lists\/[^|>]+)\|/g)].map(
        ([, url]) => String(url),
      );
    await until(
      () => links().length > 0,
      120_000,
      () => JSON.stringify(deployed?.lines.slice(-20)),
    );
    expect(deployed.slack.messages).toHaveLength(1);
    const { pathname, search } = new URL(links()[0] ?? "");
    const pages = await Promise.all(
      [1, 2].map(async (page) => {
        const response = await deployed?.worker.fetch(`${pathname}${search}&page=${page}`);
        expect([response?.status, response?.headers.get("cache-control")]).toEqual([
          200,
          "no-store",
        ]);
        return response?.text();
      }),
    );
    const people = new Set(pages.join().match(/\bp\d+@example\.com/g));
    expect(people.size).toBe(700);
    const forged = await deployed.worker.fetch(`${pathname}?signature=${"A".repeat(24)}`);
    expect([forged.status, (await forged.text()).includes("example.com")]).toEqual([404, false]);
  });

  it("a destination is paused and resumed with its digest, which by its own name is paused alone", async () => {
    deployed = new Deployed({ team: { digest: "daily 09:00" } });
    await deployed.start();
    const states = async () => {
      const { data } = await (deployed as Deployed).ask("GET", "/status");
      const [first] = data.workspaces as { destinations: { name: string; state: string }[] }[];
      const paused = first?.destinations.filter(({ state }) => state === "paused");
      return paused?.map(({ name }) => name);
    };
    const say = async (what: string) =>
      (await deployed?.ask("POST", `/destinations/${what}`))?.status;
    expect(await say("team.digest/pause")).toBe(200);
    expect(await states()).toEqual(["team.digest"]);
    expect(await say("team.digest/resume")).toBe(200);
    expect(await say("team/pause")).toBe(200);
    expect(await states()).toEqual(["team", "team.digest"]);
    expect(await say("team/resume")).toBe(200);
    expect(await states()).toEqual([]);
    expect(await say("team.digest/test")).toBe(200);
  });
});
