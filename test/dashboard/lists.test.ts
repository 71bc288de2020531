// The page behind a message's link, which is open to whoever has the link: what it shows, and what strangers get.
import { beforeEach, describe, expect, it } from "vitest";
import type { List } from "../../src/calm/lists.ts";
import { House } from "../support/dashboard.ts";
import { configKey, fakeRegister } from "../support/register.ts";

const id = "Zm9ydHktdHdvLWZvcnR5Lg";
const signature = "c2lnbmF0dXJlLW9mLXRoZS1s";
const link = (workspace: string, more = "") =>
  `GET /lists/${workspace}/${id}?signature=${signature}${more}`;
const stranger = { headers: {} };

function listOf(count: number, summary = "Ann logged in"): List {
  return {
    destination: "team",
    untilMs: Date.parse("2026-12-04T12:00:00Z"),
    events: Array.from({ length: count }, (_, i) => ({
      id: `0${i}`,
      time: "2026-11-27T12:00:00.000Z",
      type: "user_access.login",
      severity: "info" as const,
      summary,
    })),
  };
}

let asked: [string, string][];
beforeEach(() => {
  asked = [];
});

/** With the stored workspace `shop`; what the register is asked is noted. */
function open(list: List | null = listOf(3)) {
  const { REGISTER, stub } = fakeRegister("shop");
  const gets: string[] = [];
  const get = (name: string) => {
    gets.push(name);
    return stub.get(name);
  };
  const house = new House({
    REGISTER: { getByName: () => ({ ...stub, get }) },
    CONFIG_KEY: configKey,
  });
  for (const name of ["acme", "shop"])
    house.relay(name).overrides = {
      list: async (...args) => {
        asked.push(args);
        return list;
      },
    };
  return { house, gets, REGISTER };
}

describe("the page of a list", () => {
  it("shows its events to whoever has the link, and is kept, indexed and told to other sites by nobody", async () => {
    const { house } = open();
    const { status, headers, text } = await house.ask(link("acme"), stranger);
    expect(status).toBe(200);
    expect(text).toContain("3 events for team");
    expect(text.match(/Ann logged in/g)).toHaveLength(3);
    expect(asked).toEqual([[id, signature]]);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-robots-tag")).toBe("noindex");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("content-security-policy")).toMatch(/^default-src 'none';/);
    expect(text).not.toContain('aria-label="Pages"');
  });

  it("is there for a stored workspace as well", async () => {
    const { house } = open();
    expect((await house.ask(link("shop"), stranger)).status).toBe(200);
  });

  it("writes whatever stands in an event as text", async () => {
    const { house } = open(listOf(1, '<img src=x onerror="alert(1)"> & "more"'));
    const { text } = await house.ask(link("acme"), stranger);
    expect(text).not.toContain("<img src=x");
    expect(text).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp;");
  });

  it.each([
    ["0", 1],
    ["-3", 1],
    ["1e9", 1],
    ["9".repeat(400), 3],
    ["2", 2],
    ["NaN", 1],
    ["<b>", 1],
  ])("takes any page number: %s", async (page, shown) => {
    const { house } = open(listOf(1100));
    const { status, text } = await house.ask(link("acme", `&page=${page}`), stranger);
    expect([status, /Page (\d+) of 3/.exec(text)?.[1]]).toEqual([200, String(shown)]);
  });
});

describe("a stranger", () => {
  it.each([
    `GET /lists/acme/${id}`,
    `GET /lists/acme/${id}?signature=`,
    `GET /lists/acme/${id}?signature=${"A".repeat(9000)}`,
    `GET /lists/acme/${id}?signature=${signature}%00`,
    `GET /lists/acme/${"A".repeat(3000)}?signature=${signature}`,
    `GET /lists/acme/..%2f..%2fstatus?signature=${signature}`,
    `GET /lists/nobody/${id}?signature=${signature}`,
    `GET /lists/__proto__/${id}?signature=${signature}`,
    `GET /lists/%ff/${id}?signature=${signature}`,
  ])("wakes no workspace with what can be no link of ours: %s", async (request) => {
    const { house } = open();
    const { status, text } = await house.ask(request, stranger);
    expect([status, asked]).toEqual([404, []]);
    expect(text).toContain("This link is not valid, or not any more");
    expect(Object.keys(house.relays)).toEqual(["acme", "shop"]);
  });

  it("is told the same of a list that is not there and of a workspace that is not there", async () => {
    const { house } = open(null);
    const [none, nowhere] = [
      await house.ask(link("acme"), stranger),
      await house.ask(link("nobody"), stranger),
    ];
    const plain = ({ text }: { text: string }) => text.replace(/\d\d:\d\d:\d\d/g, "");
    expect([none.status, plain(none)]).toEqual([404, plain(nowhere)]);
  });

  it("learns nothing of other workspaces by the query or by where they say they come from", async () => {
    const { house, gets } = open();
    house.relay("shop").overrides.stored = async () => {
      throw new Error("asked");
    };
    const referer = { headers: { referer: "https://tidemark.example.com/?workspace=shop" } };
    await house.ask(link("acme", "&workspace=shop&before=shop:1"), referer);
    expect(gets).toEqual([]);
  });
});
