import { createPublicKey, verify } from "node:crypto";
import fc from "fast-check";
import { calculateJwkThumbprint, compactVerify, createLocalJWKSet, importJWK } from "jose";
import { describe, expect, it } from "vitest";
import { nodeSql } from "../../sandbox/sql.ts";
import { Ledger } from "../../src/ledger.ts";
import { payloadOf, Signer } from "../../src/proof/signer.ts";

const receipt = { workspace: "w", from: "2026-06-01T12:00:00Z", events: 3, note: "größer – 名" };

describe("a signature", () => {
  it("is good by a JOSE library, found by its key's name in the key set", async () => {
    const signer = new Signer(new Ledger(nodeSql()));
    const keys = createLocalJWKSet({ keys: [{ ...signer.publicKey }] });
    const { payload, protectedHeader } = await compactVerify(signer.sign(receipt), keys);
    expect(protectedHeader).toEqual({ alg: "EdDSA", kid: signer.publicKey.kid });
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(receipt);
  });

  it("is good by node:crypto, over the bytes as they stand", () => {
    const signer = new Signer(new Ledger(nodeSql()));
    const key = createPublicKey({ key: { ...signer.publicKey }, format: "jwk" });
    const jws = signer.sign(receipt);
    const [head, payload, signature = ""] = jws.split(".");
    const given = Buffer.from(signature, "base64url");
    expect(given).toHaveLength(64);
    expect(verify(null, Buffer.from(`${head}.${payload}`), key, given)).toBe(true);
    expect(verify(null, Buffer.from(`${head}.${payload}A`), key, given)).toBe(false);
  });

  it("is bad as soon as one character of it is another", async () => {
    const signer = new Signer(new Ledger(nodeSql()));
    const key = await importJWK({ ...signer.publicKey }, "EdDSA");
    const jws = signer.sign(receipt);
    await fc.assert(
      fc.asyncProperty(fc.nat(jws.length - 2), async (at) => {
        const other = jws[at] === "B" ? "C" : "B";
        fc.pre(jws[at] !== ".");
        const changed = `${jws.slice(0, at)}${other}${jws.slice(at + 1)}`;
        await expect(compactVerify(changed, key)).rejects.toThrow();
      }),
      { numRuns: 60 },
    );
  });

  it("shows what was signed without a key", () => {
    expect(payloadOf(new Signer(new Ledger(nodeSql())).sign(receipt))).toEqual(receipt);
  });
});

describe("the key", () => {
  it("is called by its thumbprint (RFC 7638) and shows nothing private", async () => {
    const { publicKey } = new Signer(new Ledger(nodeSql()));
    expect(publicKey.kid).toBe(await calculateJwkThumbprint({ ...publicKey }));
    expect(Object.keys(publicKey).toSorted()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  });

  it("outlives the process, and is another in another ledger", () => {
    const ledger = new Ledger(nodeSql());
    const { kid } = new Signer(ledger).publicKey;
    expect(new Signer(ledger).publicKey.kid).toBe(kid);
    expect(new Signer(new Ledger(nodeSql())).publicKey.kid).not.toBe(kid);
  });

  it("checks what an earlier process signed", async () => {
    const ledger = new Ledger(nodeSql());
    const jws = new Signer(ledger).sign(receipt);
    const key = await importJWK({ ...new Signer(ledger).publicKey }, "EdDSA");
    await expect(compactVerify(jws, key)).resolves.toBeDefined();
  });
});
