// The dashboard with stored workspaces: the list of them, and each as a page of its own.
import { describe, expect, it } from "vitest";
import { House } from "../support/dashboard.ts";
import { configKey, fakeRegister } from "../support/register.ts";

const pad = (n: number) => `shop-${String(n).padStart(4, "0")}`;

function house(count: number) {
  const { roll, REGISTER } = fakeRegister(...Array.from({ length: count }, (_, i) => pad(i)));
  return { roll, house: new House({ REGISTER, CONFIG_KEY: configKey }) };
}

describe("the list of stored workspaces", () => {
  it("shows twenty of a thousand with how each was last seen, and asks none of them", async () => {
    const { house: home, roll } = house(1000);
    const problem = "<b>The token</b> is refused.";
    roll.note([{ id: pad(3), state: "refused", problem }], 23 * 60_000, Date.now());
    const { status, text } = await home.ask("GET /dashboard/workspaces");
    expect(status).toBe(200);
    expect(text.match(/<tr>/g)).toHaveLength(21);
    expect(text).toContain("&lt;b&gt;The token&lt;/b&gt; is refused.");
    expect(text).toContain("in 23 minutes");
    expect(text).toContain(`href="/dashboard/workspaces?after=${pad(19)}"`);
    expect(Object.keys(home.relays)).toEqual([]);
    const next = await home.ask(`GET /dashboard/workspaces?after=${pad(19)}`);
    expect(next.text).toContain(pad(20));
    expect(next.text).not.toContain(pad(19));
    const refused = await home.ask("GET /dashboard/workspaces?state=refused");
    expect(refused.text.match(/<tr>/g)).toHaveLength(2);
  });

  it("says what to do where there is none", async () => {
    const { text } = await new House().ask("GET /dashboard/workspaces");
    expect(text).toContain("PUT /workspaces/&lt;id&gt;");
  });

  it("is open to nobody but an admin", async () => {
    const answer = await house(3).house.ask("GET /dashboard/workspaces", { headers: {} });
    expect([answer.status, answer.text.includes(pad(1))]).toEqual([401, false]);
  });
});

describe("the first page", () => {
  it("tells how many are stored besides, by state, and asks only those of wrangler.toml", async () => {
    const { house: home } = house(1000);
    const { text } = await home.ask("GET /");
    expect(text).toContain("1,000 workspaces stored beside wrangler.toml");
    expect(Object.keys(home.relays)).toEqual(["acme"]);
  });

  it("shows one stored workspace in full under its address, and its buttons act on that one", async () => {
    const { house: home } = house(30);
    const relay = home.relay(pad(7));
    const { status, text } = await home.ask(`GET /?workspace=${pad(7)}`);
    expect([status, text.includes("Newest events")]).toEqual([200, true]);
    const fields = { do: "pause", workspace: pad(7) };
    const referer = { referer: `https://tidemark.example.com/?workspace=${pad(7)}` };
    const { headers } = await home.send("/dashboard/destinations/own", fields, referer);
    expect(headers.get("location")).toBe(`/?workspace=${pad(7)}&notice=paused&on=own`);
    await home.send("/dashboard/sync", { workspace: pad(7) });
    expect(relay.calls.map(([name]) => name)).toEqual(expect.arrayContaining(["pause", "sync"]));
    expect(home.relay().calls).toEqual([]);
  });
});
