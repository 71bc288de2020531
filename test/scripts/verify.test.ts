import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { nodeSql } from "../../sandbox/sql.ts";
import { Ledger } from "../../src/ledger.ts";
import type { SignedReceipt } from "../../src/proof/receipts.ts";
import { type PublicKey, Signer } from "../../src/proof/signer.ts";
import { hour, slowWorld } from "../support/proof.ts";
import { runScript } from "../support/script.ts";
import { login, startMs } from "../support/world.ts";

interface File {
  receipts: SignedReceipt[];
  keys: PublicKey[];
}

const folder = mkdtempSync(join(tmpdir(), "tidemark-verify-"));
let good: File;
let key: PublicKey;

/** The receipts of six hours, the last one open, as GET /receipts answers them. */
beforeAll(async () => {
  const world = slowWorld({ destinations: { siem: {}, team: { only: ["custom_role.*"] } } });
  for (let i = 0; i < 72; i++) world.log.add(login(startMs + i * 5 * 60_000 + 60_000));
  await world.runFor(5.5 * hour);
  const { receipts } = world.pipeline;
  key = receipts.signer.publicKey;
  const answer = { receipts: receipts.between(startMs, world.clock.now()), keys: [key] };
  good = JSON.parse(JSON.stringify(answer));
});

/** The file with something done to it, checked. */
async function verify(change: (file: File) => unknown = () => undefined, ...args: string[]) {
  const file: File = structuredClone(good);
  const changed = change(file);
  const text = typeof changed === "string" ? changed : JSON.stringify(file);
  const path = join(folder, "receipts.json");
  writeFileSync(path, text);
  return runScript("verify.ts", [path, ...args], { cwd: folder });
}

function at(file: File, index: number): SignedReceipt {
  const receipt = file.receipts[index];
  if (!receipt) throw new Error("no such receipt");
  return receipt;
}

describe("npm run verify", () => {
  it("says of a good file what is in it, and that the key is to be compared with one noted earlier", async () => {
    const { code, out, err } = await verify();
    expect(err).toBe("");
    expect(code).toBe(0);
    expect(out).toMatch(/2026-06-01T12:00:00Z to 2026-06-01T18:00:00Z: 6 receipts \(.*complete/);
    expect(out).toMatch(/Not signed yet, for it may still change: 2/);
    expect(out).toContain(`the key ${key.kid}`);
    expect(out).toMatch(/compare it with one that you noted earlier/);
  });

  it.each(["kid", "x"] as const)("takes the expected key by its %s", async (member) => {
    const { code, out } = await verify(undefined, `--key=${key[member]}`);
    expect(code).toBe(0);
    expect(out).not.toMatch(/compare/);
  });

  it("names a key that is not the expected one", async () => {
    const { code, err } = await verify(undefined, "--key=another");
    expect(code).toBe(1);
    expect(err).toContain(`signed with the key ${key.kid}, which is not the expected one`);
    expect(err).toContain("no receipt is signed with the expected key another");
  });

  it("names each number that was changed", async () => {
    const { code, err } = await verify((file) => {
      Object.assign(at(file, 1), { events: 1, sourceTotal: 1 });
      Object.assign(at(file, 1).destinations.siem ?? {}, { delivered: 1 });
    });
    expect(code).toBe(1);
    expect(err).toMatch(/2026-06-01T13:00:00Z.* was changed: events is not what was signed/);
    expect(err).toMatch(/sourceTotal is not what was signed/);
    expect(err).toMatch(/destinations\.siem\.delivered is not what was signed/);
    expect(err).not.toMatch(/T14:00:00Z/);
  });

  it("names a member that was added or taken away", async () => {
    const { err } = await verify((file) => {
      Object.assign(at(file, 0), { checkedBy: "me" });
      Reflect.deleteProperty(at(file, 1), "note");
    });
    expect(err).toMatch(/T12:00:00Z.*checkedBy is not what was signed/);
    expect(err).toMatch(/T13:00:00Z.*note is not what was signed/);
  });

  it("names a signature that was tampered with, and one of another hour", async () => {
    const { err } = await verify((file) => {
      const [head, payload] = at(file, 0).signature?.split(".") ?? [];
      Object.assign(at(file, 0), { signature: `${head}.${payload}.${"A".repeat(86)}` });
      Object.assign(at(file, 1), { signature: at(good, 2).signature });
    });
    expect(err).toMatch(/T12:00:00Z.* has a wrong signature/);
    expect(err).toMatch(/T13:00:00Z.* was changed: from is not what was signed/);
  });

  it("takes no signature without a key's work: alg none", async () => {
    const { code, err } = await verify((file) => {
      const payload = at(file, 0).signature?.split(".")[1];
      const header = JSON.stringify({ alg: "none", kid: key.kid });
      const none = Buffer.from(header).toString("base64url");
      Object.assign(at(file, 0), { signature: `${none}.${payload}.` });
    });
    expect(code).toBe(1);
    expect(err).toMatch(/T12:00:00Z.* has a wrong signature/);
  });

  it("names an hour that is missing, one that is there twice, and hours that are missing in a row", async () => {
    const { code, err } = await verify((file) => {
      const [a, , c, , , f] = file.receipts;
      file.receipts = [a, c, c, f].flatMap((receipt) => receipt ?? []);
    });
    expect(code).toBe(1);
    expect(err).toMatch(/no receipt for 2026-06-01T13:00:00Z of workspace/);
    expect(err).toMatch(/the hour 2026-06-01T14:00:00Z .* is there twice/);
    expect(err).toMatch(/no receipt for 2026-06-01T15:00:00Z to 2026-06-01T16:00:00Z/);
  });

  it("does not mind the order of the receipts", async () => {
    const { code } = await verify((file) => file.receipts.reverse());
    expect(code).toBe(0);
  });

  it("names a receipt that was signed by somebody else, whatever its key is called", async () => {
    const stranger = new Signer(new Ledger(nodeSql()));
    const forge = (file: File) => {
      const { signature: _, ...receipt } = at(file, 0);
      Object.assign(at(file, 0), { signature: stranger.sign(receipt) });
    };
    const absent = await verify(forge);
    expect(absent.code).toBe(1);
    expect(absent.err).toContain(`signed with the key ${stranger.publicKey.kid}, which is not in`);
    const added = await verify((file) => {
      forge(file);
      file.keys.push(stranger.publicKey);
    }, `--key=${key.kid}`);
    expect(added.err).toContain(`${stranger.publicKey.kid}, which is not the expected one`);
    const disguised = await verify((file) => {
      file.keys = [{ ...stranger.publicKey, kid: key.kid }];
    });
    expect(disguised.err).toMatch(/is another: its thumbprint is/);
    expect(disguised.err).toMatch(/has a wrong signature/);
  });

  it("names a closed hour whose signature was taken away, and tells of open ones without fault", async () => {
    const { err } = await verify((file) => Object.assign(at(file, 0), { signature: null }));
    expect(err.trim().split("\n")).toHaveLength(1);
    expect(err).toMatch(/T12:00:00Z.* is complete, but not signed/);
  });

  it("says of a file that is no JSON, or of another shape, what it is", async () => {
    expect((await verify(() => "<html>")).err).toBe("Wrong: the file is not JSON\n");
    for (const other of [
      "[]",
      '{"items":[]}',
      '{"receipts":[{"workspace":"a"}],"keys":[]}',
      "null",
    ]) {
      const { code, err } = await verify(() => other);
      expect(code).toBe(1);
      expect(err).toMatch(/^Wrong: the file is not an answer of GET \/receipts: .+/);
    }
  });

  it("says that a file does not exist, and how it is called", async () => {
    const cwd = folder;
    expect((await runScript("verify.ts", ["nowhere.json"], { cwd })).err).toMatch(/ENOENT/);
    const { code, err } = await runScript("verify.ts", [], { cwd });
    expect(code).toBe(1);
    expect(err).toMatch(/npm run verify -- <file of receipts>/);
    expect((await runScript("verify.ts", ["a", "--what"], { cwd })).err).toMatch(/--what.*Usage/s);
  });
});
