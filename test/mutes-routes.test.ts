// Mutes through the API and the dashboard: who may, what is made of a wish, and that bad input changes nothing.
import { describe, expect, it } from "vitest";
import type { Mute } from "../src/mutes/mute.ts";
import { toIso } from "../src/time.ts";
import { adminToken, event, House, hook, overviewOf } from "./support/dashboard.ts";
import { configKey, fakeRegister } from "./support/register.ts";

const hour = 3_600_000;
const authorization = `Bearer ${adminToken}`;

const stored = (change: Partial<Mute> = {}): Mute => ({
  ...{ id: 3, only: ["user_access.*"], where: {}, rules: [], destinations: ["team"] },
  ...{ includeHigh: false, reason: "<b>release</b> day", by: "ford@example.com" },
  ...{ sinceMs: Date.now() - hour, untilMs: Date.now() + hour, endedMs: null, endedBy: null },
  keptBack: { team: 12 },
  ...change,
});

async function post(house: House, body: unknown) {
  const init = { headers: { authorization }, body: JSON.stringify(body) };
  const { status, text } = await house.ask("POST /mutes", init);
  return { status, body: JSON.parse(text) };
}
const made = (house: House, id = "acme") =>
  house.relay(id).calls.filter(([what]) => what === "mute");

describe("POST /mutes", () => {
  it("mutes in the chats, unless destinations are named, and answers what was made", async () => {
    const house = new House();
    const { status, body } = await post(house, { only: ["user_access.*"], for: "2h", reason: "x" });
    expect(status).toBe(200);
    const [[, order, by] = []] = made(house);
    expect(order).toMatchObject({ destinations: ["team"], includeHigh: false, reason: "x" });
    expect(by).toBe("the admin token");
    expect(body.mutes).toMatchObject([
      { id: "acme:3", state: "active", keptBack: {}, ended: null },
    ]);
    expect(Date.parse(body.mutes[0].until) - Date.now()).toBeGreaterThan(2 * hour - 10_000);
    await post(house, {
      rules: ["login.*"],
      until: toIso(Date.now() + hour),
      destinations: ["siem"],
    });
    expect(made(house)[1]?.[1]).toMatchObject({ destinations: ["siem"], rules: ["login.*"] });
  });

  it("mutes in each workspace whose events go there, or in the one that is named", async () => {
    const token = "$WEBFLOW_TOKEN";
    const house = new House({
      WORKSPACES: ["acme", "beta", "gamma"].map((id) => ({ id, token })),
      DESTINATIONS: [
        { name: "team", type: "slack", url: hook, workspaces: ["acme", "beta"] },
        { name: "ops", type: "slack", url: `${hook}2`, workspaces: ["beta"] },
      ],
    });
    expect((await post(house, { only: ["*"], for: "1h" })).body.mutes).toHaveLength(2);
    expect(made(house, "acme")[0]?.[1]).toMatchObject({ destinations: ["team"] });
    expect(made(house, "beta")[0]?.[1]).toMatchObject({ destinations: ["team", "ops"] });
    expect(made(house, "gamma")).toEqual([]);
    await post(house, { only: ["*"], for: "1h", workspace: "beta" });
    expect([made(house, "acme").length, made(house, "beta").length]).toEqual([1, 2]);
    const none = await post(house, { only: ["*"], for: "1h", workspace: "gamma" });
    expect(none).toMatchObject({ status: 422 });
    expect(await post(house, { only: ["*"], for: "1h", workspace: "no" })).toMatchObject({
      status: 404,
    });
  });

  const only = ["user_access.*"];
  it.each<[object, RegExp]>([
    [{ for: "2h" }, /^body\.only: expected what to mute, by only, where or rules/],
    [{ only }, /^body\.for: expected how long/],
    [{ only, for: "2h", until: toIso(Date.now() + hour) }, /^body\.for: expected how long/],
    [{ only, for: "2 h" }, /^body\.for: expected a span/],
    [{ only, for: "0h" }, /^body\.for: expected a time/],
    [{ only, for: "31d" }, /^body\.for: expected a time like .*30 days/],
    [{ only, until: toIso(Date.now() - hour) }, /^body\.for: .*to come/],
    [{ only, until: "tomorrow" }, /^body\.until: expected a time like/],
    [
      { only, for: "2h", destinations: ["teem"] },
      /^body\.destinations: teem: no such destination; expected one of team, siem/,
    ],
    [{ rules: ["logn.*"], for: "2h" }, /^body\.rules\.0: expected the name of a rule/],
    [
      { where: { "actor.emial": "x" }, for: "2h" },
      /^body\.where: expected fields of the event; "actor\.emial".*"actor\.email"/,
    ],
    [{ where: { "source.ip": "10.0.0.0/99" }, for: "2h" }, /^body\.where: .*network/],
    [{ where: { "actor.email": "x".repeat(5000) }, for: "2h" }, /^body\.where: expected at most/],
    [{ only: ["tidemark.finding"], for: "2h" }, /^body\.only: findings are muted by rules/],
    [{ only: [""], for: "2h" }, /^body\.only\.0: expected a list of types/],
    [{ only, for: "2h", reason: "x".repeat(301) }, /^body\.reason: expected at most 300/],
    [{ only, for: "2h", includeHigh: "yes" }, /^body\.includeHigh: expected true or false/],
    [{ only, for: "2h", types: [] }, /^body: unknown types; expected only only, where, rules/],
  ])("changes nothing for %j", async (wish, message) => {
    const house = new House();
    const { status, body } = await post(house, wish);
    expect(status).toBe(422);
    expect(body.detail).toMatch(message);
    expect(made(house)).toEqual([]);
  });

  it("in a stored workspace wants the destinations named, says so, and is listed and ended there", async () => {
    const { REGISTER } = fakeRegister("shop");
    const house = new House({ REGISTER, CONFIG_KEY: configKey });
    const wish = { only: ["*"], for: "1h", workspace: "shop" };
    const { status, body } = await post(house, wish);
    expect([status, made(house, "shop")]).toEqual([422, []]);
    expect(body.detail).toMatch(/^body\.destinations: of a stored workspace .* name them.* own$/);
    expect((await post(house, { ...wish, destinations: ["own"] })).status).toBe(200);
    expect(made(house, "shop")[0]?.[1]).toMatchObject({ destinations: ["own"] });
    house.relay("shop").overrides.mutes = async () => [stored()];
    const as = { headers: { authorization } };
    const listed = await house.ask("GET /mutes?workspace=shop", as);
    expect(JSON.parse(listed.text).mutes).toMatchObject([{ id: "shop:3" }]);
    expect((await house.ask("DELETE /mutes/shop:3", as)).status).toBe(200);
    expect(house.relay("shop").calls.at(-1)?.[0]).toBe("unmute");
  });

  it("changes nothing in any workspace where one has a hundred mutes", async () => {
    const token = "$WEBFLOW_TOKEN";
    const house = new House({ WORKSPACES: ["acme", "beta"].map((id) => ({ id, token })) });
    house.relay("beta").overrides.mutes = async () =>
      Array.from({ length: 100 }, (_, id) => stored({ id }));
    const { status, body } = await post(house, { only, for: "2h" });
    expect([status, body.detail]).toEqual([
      409,
      expect.stringMatching(/100 mutes in workspace beta/),
    ]);
    expect([made(house, "acme"), made(house, "beta")]).toEqual([[], []]);
  });

  it("tells to name a destination where there is no chat", async () => {
    const url = "https://siem.example.com/in";
    const house = new House({
      DESTINATIONS: [{ name: "siem", type: "webhook", url, secret: "$SIGN" }],
    });
    const { body } = await post(house, { only, for: "2h" });
    expect(body.detail).toMatch(/no chat is configured.*expected one of siem/);
  });

  it("is for the admin", async () => {
    for (const request of ["POST /mutes", "GET /mutes", "DELETE /mutes/acme:3"]) {
      const init = request.startsWith("POST") ? { body: "{}" } : {};
      expect((await new House().ask(request, { headers: {}, ...init })).status).toBe(401);
    }
  });
});

describe("GET and DELETE /mutes", () => {
  const house = new House();
  house.relay().overrides.mutes = async () => [
    stored(),
    stored({ id: 2, endedMs: Date.now() - 60_000, endedBy: "trillian" }),
    stored({ id: 1, untilMs: Date.now() - 1000 }),
  ];

  it("lists them, all or by state", async () => {
    const ask = async (query = "") =>
      JSON.parse((await house.ask(`GET /mutes${query}`)).text).mutes;
    const all = await ask();
    expect(all).toMatchObject([
      { id: "acme:3", state: "active", by: "ford@example.com", keptBack: { team: 12 } },
      { id: "acme:2", state: "ended", endedBy: "trillian" },
      { id: "acme:1", state: "ended", endedBy: null },
    ]);
    expect(await ask("?state=active")).toMatchObject([{ id: "acme:3" }]);
    expect((await house.ask("GET /mutes?state=now")).status).toBe(422);
  });

  it("ends one, by its id or its number, and tells of one that there is not", async () => {
    for (const id of ["acme:3", "3"]) {
      const { status, text } = await house.ask(`DELETE /mutes/${id}`);
      expect([status, JSON.parse(text)]).toMatchObject([200, { state: "ended" }]);
    }
    for (const id of ["acme:9", "9", "beta:3", "x"]) {
      const { status, text } = await house.ask(`DELETE /mutes/${id}`);
      expect([status, text]).toEqual([
        404,
        expect.stringContaining(`There is no mute ${id} under`),
      ]);
    }
  });
});

describe("the dashboard", () => {
  it("shows what is muted on the first page, with who, until when, why, how much, and a way to end it", async () => {
    const house = new House();
    house.relay().overrides.overview = async () => overviewOf({}, { mutes: [stored()] });
    const { text } = await house.ask("GET /");
    expect(text).toContain("Events of type &quot;user_access.*&quot;");
    expect(text).toContain("<bdi>ford@example.com</bdi>");
    expect(text).toContain("&lt;b&gt;release&lt;/b&gt; day");
    expect(text).toContain("team 12");
    expect(text).toContain('action="/dashboard/mutes/acme%3A3"');
  });

  it("says nothing of mutes on the first page where nothing is muted", async () => {
    const { text } = await new House().ask("GET /");
    expect(text).not.toContain("Muted now");
  });

  it("lists them on a page of their own, with those that ended and a form", async () => {
    const house = new House();
    house.relay().overrides.mutes = async () => [
      stored(),
      stored({ id: 2, endedMs: Date.now() - 1 }),
    ];
    const { text } = await house.ask("GET /dashboard/mutes");
    expect(text).toMatch(/Muted now.*End now.*Mute something.*Ended/s);
    expect(text.match(/>End now</g)).toHaveLength(1);
    expect(text).toContain('<option value="siem">siem</option>');
  });

  it.each<[Record<string, string>, object]>([
    [
      { what: "user_access.*", for: "2h" },
      { only: ["user_access.*"], destinations: ["team"] },
    ],
    [
      { what: "login.*", for: "7d", destination: "siem", high: "yes", reason: " moving " },
      { rules: ["login.*"], destinations: ["siem"], includeHigh: true, reason: "moving" },
    ],
    [{ what: "ann@example.com", for: "30m" }, { where: { "actor.email": "ann@example.com" } }],
    [{ type: "new_thing.happened", for: "2h" }, { only: ["new_thing.happened"] }],
    [{ actor: "6661ccb3", for: "2h" }, { where: { "actor.id": "6661ccb3" } }],
    [{ actor: "ann@example.com", for: "2h" }, { where: { "actor.email": "ann@example.com" } }],
  ])("mutes by its form: %j", async (fields, order) => {
    const house = new House();
    const { status, headers } = await house.send("/dashboard/mutes", {
      workspace: "acme",
      ...fields,
    });
    expect(status).toBe(303);
    expect(headers.get("location")).toBe("/dashboard/mutes?workspace=acme&notice=muted");
    expect(made(house)).toMatchObject([["mute", order, "the admin token"]]);
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ what: "", for: "2h" }, /Mute what\?/],
    [{ what: "user_acess.*", for: "2h" }, /is no type, no rule/],
    [{ what: "login.*", for: "1y" }, /expected a time like/],
    [{ what: "login.*", for: "2h", destination: "teem" }, /no such destination/],
    [{ what: "login.*", for: "2h", reason: "x".repeat(301) }, /at most 300/],
  ])("changes nothing for %j, and says why", async (fields, message) => {
    const house = new House();
    const page = await house.send("/dashboard/mutes", { workspace: "acme", ...fields });
    expect(page.status).toBe(422);
    expect(page.text).toMatch(message);
    expect(made(house)).toEqual([]);
  });

  it("ends one by its button, and goes back to where that stood", async () => {
    const house = new House();
    house.relay().overrides.mutes = async () => [stored()];
    const end = async (fields: Record<string, string>) =>
      (await house.send("/dashboard/mutes/acme%3A3", fields)).headers.get("location");
    expect(await end({ back: "" })).toBe("/?notice=unmuted");
    expect(await end({ back: "mutes" })).toBe("/dashboard/mutes?workspace=acme&notice=unmuted");
    expect((await house.send("/dashboard/mutes/acme%3A9", {})).status).toBe(404);
  });

  it("does nothing that another site's form asks for", async () => {
    const house = new House();
    const from = { "sec-fetch-site": "cross-site" };
    const fields = { workspace: "acme", what: "login.*", for: "2h" };
    expect((await house.send("/dashboard/mutes", fields, from)).status).toBe(403);
    expect((await house.send("/dashboard/mutes/acme%3A3", {}, from)).status).toBe(403);
    expect(house.relay().calls).toEqual([]);
  });

  it("offers on an event's page to mute its type and its actor", async () => {
    const house = new House();
    const shown = event({ severity: "high" });
    house.relay().overrides.look = async () => ({ events: [shown], next: null, problem: null });
    const { text } = await house.ask(`GET /dashboard/events/${shown.id}`);
    expect(text).toMatch(/name="type" value="user_access\.login">Mute this type for 2 h/);
    expect(text).toMatch(/name="actor" value="ann@example\.com">Mute this actor for 2 h/);
    expect(text).toContain("and so would this event");
  });
});
