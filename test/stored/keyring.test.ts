import { describe, expect, it } from "vitest";
import { Keyring } from "../../src/stored/keyring.ts";

const [first, second] = ["a-first-key-0123456789-0123456789", "a-second-key-0123456789-0123456789"];

async function ring(key: string | undefined): Promise<Keyring> {
  const opened = await Keyring.open({ CONFIG_KEY: key });
  if (!opened.ok) throw new Error(opened.problem);
  return opened.keyring;
}

describe("the keyring", () => {
  it("gives back what it sealed, in the same context only", async () => {
    const keyring = await ring(first);
    const sealed = await keyring.seal("hunter2", "acme\0token");
    expect(sealed).not.toContain("hunter2");
    expect(await keyring.unseal(sealed, "acme\0token")).toBe("hunter2");
    expect(await keyring.unseal(sealed, "other\0token")).toBeUndefined();
    expect(await keyring.unseal(sealed, "acme\0destinations.siem.secret")).toBeUndefined();
  });

  it("seals the same secret differently each time", async () => {
    const keyring = await ring(first);
    expect(await keyring.seal("hunter2", "a")).not.toBe(await keyring.seal("hunter2", "a"));
  });

  it("opens nothing that was changed, cut, or is no sealed text at all", async () => {
    const keyring = await ring(first);
    const sealed = await keyring.seal("hunter2", "a");
    const [version, id, nonce, text = ""] = sealed.split(".");
    const flipped = (text.startsWith("A") ? "B" : "A") + text.slice(1);
    for (const other of [
      [version, id, nonce, flipped].join("."),
      [version, id, nonce, text.slice(0, -4)].join("."),
      ["v2", id, nonce, text].join("."),
      `${sealed}.x`,
      "hunter2",
      "",
      "v1...",
    ])
      expect(await keyring.unseal(other, "a")).toBeUndefined();
  });

  it("opens with either of two keys while they are rotated, and seals with the first", async () => {
    const old = await (await ring(first)).seal("hunter2", "a");
    const rotating = await ring(`${second}, ${first}`);
    expect(await rotating.unseal(old, "a")).toBe("hunter2");
    expect(rotating.isCurrent(old)).toBe(false);
    const renewed = await rotating.seal("hunter2", "a");
    expect(rotating.isCurrent(renewed)).toBe(true);
    const after = await ring(second);
    expect(await after.unseal(renewed, "a")).toBe("hunter2");
    expect(await after.unseal(old, "a")).toBeUndefined();
  });

  it("knows a secret again by eight digits, which differ from workspace to workspace and from key to key", async () => {
    const keyring = await ring(first);
    const print = await keyring.fingerprint("hunter2", "acme");
    expect(print).toMatch(/^[0-9a-f]{8}$/);
    expect(await keyring.fingerprint("hunter2", "acme")).toBe(print);
    expect(await keyring.fingerprint("hunter2", "other")).not.toBe(print);
    expect(await (await ring(second)).fingerprint("hunter2", "acme")).not.toBe(print);
  });

  it.each([
    [undefined, "is not set"],
    ["", "is not set"],
    ["short", "shorter than 32 characters"],
    [`${first},short`, "shorter than 32 characters"],
  ])("of %j is none, and says why and what to do", async (key, why) => {
    const opened = await Keyring.open({ CONFIG_KEY: key });
    expect(opened).toMatchObject({ ok: false, problem: expect.stringContaining(why) });
    expect(JSON.stringify(opened)).toContain("npx wrangler secret put CONFIG_KEY");
  });
});
