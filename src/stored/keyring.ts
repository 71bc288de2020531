// The keys under which secrets lie in KV and in the ledger: AES-256-GCM, from the secret CONFIG_KEY by HKDF-SHA-256.
// CONFIG_KEY is one key, or several while it is rotated: the first encrypts, each decrypts.
import { Buffer } from "node:buffer";
import { configKeys } from "../secrets.ts";

/** As `openssl rand -hex 32` gives 64. */
const leastCharacters = 32;
const nonceBytes = 12;
const howToSet =
  "openssl rand -hex 32 | npx wrangler secret put CONFIG_KEY (or in .dev.vars for npm run dev)";

interface Key {
  readonly id: string;
  readonly aes: CryptoKey;
  readonly hmac: CryptoKey;
}

export type OpenedKeyring =
  | { readonly ok: true; readonly keyring: Keyring }
  | { readonly ok: false; readonly problem: string };

/** What is wrong with CONFIG_KEY, or null. */
export function configKeyProblem(keys: readonly string[]): string | null {
  if (keys.length === 0)
    return `the secret CONFIG_KEY is not set, under which the secrets of stored workspaces are encrypted. Set it with: ${howToSet}`;
  if (keys.every(({ length }) => length >= leastCharacters)) return null;
  return `CONFIG_KEY holds a key shorter than ${leastCharacters} characters. Set it with: ${howToSet}; while it is rotated: the new key, a comma, the old key`;
}

export class Keyring {
  readonly #keys: readonly [Key, ...Key[]];

  private constructor(keys: readonly [Key, ...Key[]]) {
    this.#keys = keys;
  }

  static async open(env: Readonly<Record<string, unknown>>): Promise<OpenedKeyring> {
    const texts = configKeys(env);
    const problem = configKeyProblem(texts);
    const [first, ...others] = await Promise.all(texts.map(derive));
    if (problem !== null || !first) return { ok: false, problem: problem ?? "CONFIG_KEY is empty" };
    return { ok: true, keyring: new Keyring([first, ...others]) };
  }

  /** `v1.<key id>.<nonce>.<ciphertext>`; opens only with the same context. */
  async seal(secret: string, context: string): Promise<string> {
    const [{ id, aes }] = this.#keys;
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const algorithm = { name: "AES-GCM", iv, additionalData: bytes(context) };
    const sealed = await crypto.subtle.encrypt(algorithm, aes, bytes(secret));
    return ["v1", id, base64(iv), base64(new Uint8Array(sealed))].join(".");
  }

  /** Undefined where no key of the ring opens it: another key, another context, or a text that was changed. */
  async unseal(sealed: string, context: string): Promise<string | undefined> {
    const [version, id, nonce, text, ...more] = sealed.split(".");
    const key = this.#keys.find((one) => one.id === id);
    if (version !== "v1" || !key || !nonce || !text || more.length > 0) return undefined;
    const iv = new Uint8Array(Buffer.from(nonce, "base64url"));
    const algorithm = { name: "AES-GCM", iv, additionalData: bytes(context) };
    try {
      const open = await crypto.subtle.decrypt(
        algorithm,
        key.aes,
        new Uint8Array(Buffer.from(text, "base64url")),
      );
      return new TextDecoder().decode(open);
    } catch {
      // Not ours, or changed: GCM tells no more.
      return undefined;
    }
  }

  /** Whether it is sealed under the first key. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`v1.${this.#keys[0].id}.`);
  }

  /** Eight digits by which a secret is known again within its workspace; without the key nobody can try guesses. */
  async fingerprint(secret: string, workspace: string): Promise<string> {
    const [{ hmac }] = this.#keys;
    const mac = await crypto.subtle.sign("HMAC", hmac, bytes(`${workspace}\0${secret}`));
    return Buffer.from(mac).toString("hex").slice(0, 8);
  }
}

async function derive(text: string): Promise<Key> {
  const material = await crypto.subtle.importKey("raw", bytes(text), "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  const by = (info: string) => ({
    name: "HKDF",
    hash: "SHA-256",
    salt: bytes("tidemark"),
    info: bytes(info),
  });
  const [id, aes, hmac] = await Promise.all([
    crypto.subtle.deriveBits(by("key id"), material, 32),
    crypto.subtle.deriveKey(
      by("configuration"),
      material,
      { name: "AES-GCM", length: 256 },
      false,
      ["encrypt", "decrypt"],
    ),
    crypto.subtle.deriveKey(
      by("fingerprint"),
      material,
      { name: "HMAC", hash: "SHA-256", length: 256 },
      false,
      ["sign"],
    ),
  ]);
  return { id: Buffer.from(id).toString("hex"), aes, hmac };
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}

function base64(data: Uint8Array): string {
  return Buffer.from(data).toString("base64url");
}
