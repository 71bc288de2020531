// Receipts are signed with a key that the workspace's Durable Object makes for itself and never shows: Ed25519, as a
// JWS (RFC 7515, RFC 8037), so that any JOSE library can check one: https://www.rfc-editor.org/rfc/rfc8037
import { Buffer } from "node:buffer";
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import type { Ledger } from "../ledger.ts";

/** As it stands in a JWK Set (RFC 7517). */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  /** The key's thumbprint: https://www.rfc-editor.org/rfc/rfc7638 */
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

interface Keys {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

const key = "receipt_key";

export class Signer {
  readonly #ledger: Ledger;
  #loaded: Keys | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get publicKey(): PublicKey {
    return this.#keys().publicKey;
  }

  /** The payload as a compact JWS. */
  sign(payload: unknown): string {
    const { privateKey, publicKey } = this.#keys();
    const header = { alg: publicKey.alg, kid: publicKey.kid };
    const signed = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}`;
    return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
  }

  #keys(): Keys {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  #load(): Keys {
    const jwk = (this.#ledger.get(key) as JsonWebKey | undefined) ?? this.#make();
    const x = String(jwk.x);
    const members = JSON.stringify({ crv: "Ed25519", kty: "OKP", x });
    const kid = createHash("sha256").update(members).digest("base64url");
    return {
      privateKey: createPrivateKey({ key: { ...jwk }, format: "jwk" }),
      publicKey: { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" },
    };
  }

  #make(): JsonWebKey {
    const { kty, crv, x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    const jwk = { kty, crv, x, d } as JsonWebKey;
    this.#ledger.set(key, jwk);
    return jwk;
  }
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64url");
}

/** What a compact JWS of ours says. */
export function payloadOf(jws: string): unknown {
  return JSON.parse(Buffer.from(jws.split(".")[1] ?? "", "base64url").toString());
}
