import { describe, expect, it } from "vitest";
import { Keyring } from "../../src/stored/keyring.ts";
import { type Draft, seal } from "../../src/stored/record.ts";
import { configKey } from "../support/register.ts";
import { Tenants } from "../support/tenants.ts";

const newKey = "the-key-that-comes-after-0123456789-0123456789";
const token = "ws-token-of-the-shop-0123456789";
const destinations = [
  { name: "team", type: "slack", url: "https://hooks.slack.com/services/T1/B1/abcdefabcdef" },
];

async function draft(id = "shop", key = configKey): Promise<Draft> {
  const opened = await Keyring.open({ CONFIG_KEY: key });
  if (!opened.ok) throw new Error(opened.problem);
  return seal(id, { token, destinations, pollSeconds: 300 }, opened.keyring);
}

async function stored(world = new Tenants()) {
  const tenancy = await world.tenancy("shop");
  await tenancy.change(await draft(), undefined, 0);
  await tenancy.publish();
  return { world, tenancy };
}

describe("a stored workspace's configuration", () => {
  it("is in force as soon as it was taken, with the interval of its own", async () => {
    const { tenancy } = await stored();
    expect(tenancy.config).toMatchObject({ pollMs: 300_000, workspaces: [{ id: "shop" }] });
  });

  it("is there after a restart, and reaches KV and the roll also when KV refused it at first", async () => {
    const world = new Tenants();
    world.kvFails = true;
    const tenancy = await world.tenancy("shop");
    await tenancy.change(await draft(), undefined, 0);
    await expect(tenancy.publish()).rejects.toThrow("429");
    expect(world.roll.count()).toBe(0);
    world.kvFails = false;
    world.restart();
    const again = await world.tenancy("shop");
    expect([again.config?.workspaces[0]?.tokens[0]?.value, again.published]).toEqual([
      token,
      false,
    ]);
    await again.publish();
    expect([world.kv.size, world.roll.get("shop")?.version, again.published]).toEqual([1, 1, true]);
  });

  it("comes back from KV where the object lost its own, and never goes back to an older one", async () => {
    const { world } = await stored();
    const older = world.kv.get("workspace:shop") ?? "";
    world.ledgers.clear();
    world.restart();
    const lost = await world.tenancy("shop");
    expect(lost.problem).toContain("No configuration");
    expect([lost.isOlderThan(1), await lost.recover(), lost.problem]).toEqual([true, true, null]);
    await lost.change(await draft(), 1, 0);
    world.kv.set("workspace:shop", older);
    expect([lost.isOlderThan(2), await lost.recover(), lost.record?.version]).toEqual([
      false,
      false,
      2,
    ]);
  });

  it("does not come back once it was deleted and erased, while KV still shows it", async () => {
    const { world, tenancy } = await stored();
    const stale = world.kv.get("workspace:shop") ?? "";
    tenancy.remove(0, 0);
    await tenancy.publish();
    world.ledgers.clear();
    world.restart();
    world.kv.set("workspace:shop", stale);
    const erased = await world.tenancy("shop");
    expect([await erased.recover(), erased.record]).toEqual([false, null]);
  });

  it.each([
    ["nothing", null],
    ["another workspace's", { id: "other", version: 9, updatedAt: "", destinations: [] }],
    ["no configuration", { id: "shop", version: "9" }],
  ])("is not taken from KV where that holds %s", async (_what, value) => {
    const world = new Tenants();
    world.roll.put({ id: "shop", version: 9, updatedAt: "", destinations: [] }, 0);
    world.kv.set("workspace:shop", JSON.stringify(value));
    const tenancy = await world.tenancy("shop");
    expect([await tenancy.recover(), tenancy.record]).toEqual([false, null]);
  });

  it("of another workspace is of no use under a changed id: its secrets do not open there", async () => {
    const { world } = await stored();
    const record = JSON.parse(world.kv.get("workspace:shop") ?? "");
    world.kv.set("workspace:evil", JSON.stringify({ ...record, id: "evil" }));
    world.roll.put({ id: "evil", version: 1, updatedAt: "", destinations: [] }, 0);
    const evil = await world.tenancy("evil");
    await evil.recover();
    expect([evil.config, evil.problem]).toEqual([undefined, expect.stringContaining("encrypted")]);
  });
});

describe("CONFIG_KEY", () => {
  it("that was replaced leaves the workspace misconfigured, with a way out, and nothing else broken", async () => {
    const { world } = await stored();
    world.restart({ CONFIG_KEY: newKey });
    const tenancy = await world.tenancy("shop");
    expect([tenancy.config, tenancy.problem]).toEqual([
      undefined,
      expect.stringMatching(
        /a key that CONFIG_KEY does not hold.*PUT \/workspaces\/<id>.*Nothing is read/,
      ),
    ]);
    await (await world.tenancy("new")).change(await draft("new", newKey), undefined, 0);
    expect((await world.tenancy("new")).problem).toBeNull();
    world.restart({ CONFIG_KEY: `${newKey},${configKey}` });
    expect((await world.tenancy("shop")).problem).toBeNull();
  });

  it.each([undefined, "short"])("of %j says so", async (key) => {
    const { world } = await stored();
    world.restart({ CONFIG_KEY: key });
    expect((await world.tenancy("shop")).problem).toMatch(
      /CONFIG_KEY (is not set|holds a key shorter)/,
    );
  });

  it("is rotated in three steps: both, a restart that seals all anew, the new one alone", async () => {
    const { world } = await stored();
    world.restart({ CONFIG_KEY: `${newKey} ${configKey}` });
    const tenancy = await world.tenancy("shop");
    expect([tenancy.published, tenancy.record?.version]).toEqual([false, 1]);
    await tenancy.publish();
    world.restart({ CONFIG_KEY: newKey });
    expect((await world.tenancy("shop")).config?.workspaces[0]?.tokens[0]?.value).toBe(token);
    world.ledgers.clear();
    world.restart();
    const lost = await world.tenancy("shop");
    await lost.recover();
    expect(lost.problem).toBeNull();
  });
});

describe("the writes of the marks to KV", () => {
  it("are shared out among as many as there are, noted only when their number has changed by much", async () => {
    const { world, tenancy } = await stored();
    const { config } = tenancy;
    expect(config?.sharers).toBe(1);
    tenancy.share(1000);
    expect(config?.sharers).toBe(1500);
    const before = JSON.stringify(world.ledgers.get("shop")?.get("stored"));
    tenancy.share(1100);
    tenancy.share(600);
    expect(JSON.stringify(world.ledgers.get("shop")?.get("stored"))).toBe(before);
    tenancy.share(1);
    expect(config?.sharers).toBe(1);
  });

  it("come once an hour at least where the plan is paid for", async () => {
    const world = new Tenants();
    world.env = { ...world.env, REQUEST_BUDGET: 1000 };
    const { tenancy } = await stored(world);
    tenancy.share(100_000);
    expect((tenancy.config?.sharers ?? 0) * 96).toBeLessThanOrEqual(3700);
  });
});
