// Secrets in the configuration: reading those that it names, and knowing those that it holds.
import { Buffer } from "node:buffer";
import { isObject } from "./source/record.ts";

/** What came to light on the way. */
export interface Lookup {
  readonly secrets: string[];
  readonly missing: { path: string; secret: string }[];
}

/** "$NAME" reads the secret NAME. */
export const reference = /^\$([A-Za-z]\w*)$/;

/** The names of all secrets that a value reads, however deep they stand. */
export function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (isObject(value)) return Object.values(value).flatMap(references);
  return (typeof value === "string" && reference.exec(value)?.slice(1)) || [];
}

/** What .dev.vars.example said once: a copy that was not filled in must not open any door. */
const placeholder = /^(?:the workspace token|a long random string)/;

/** Without the line break that a file or a pipe leaves behind it; null when it is not set. */
export function readSecret(env: Readonly<Record<string, unknown>>, name: string): string | null {
  const held = env[name];
  const secret = typeof held === "string" ? held.trim() : "";
  return secret === "" || placeholder.test(secret) ? null : secret;
}

/** The keys under which stored workspaces are encrypted, the one that encrypts first; none where none is set. */
export function configKeys(env: Readonly<Record<string, unknown>>): string[] {
  return (readSecret(env, "CONFIG_KEY") ?? "").split(/[\s,]+/).filter((part) => part !== "");
}

/** Replaces each "$NAME" by the secret of that name, however deep it stands. */
export function resolve(
  value: unknown,
  path: string,
  env: Readonly<Record<string, unknown>>,
  found: Lookup,
): unknown {
  if (Array.isArray(value))
    return value.map((item, i) => resolve(item, `${path}[${i}]`, env, found));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        resolve(item, `${path}.${key}`, env, found),
      ]),
    );
  }
  const secret = typeof value === "string" ? reference.exec(value)?.[1] : undefined;
  if (secret === undefined) return value;
  const held = readSecret(env, secret);
  if (held !== null) {
    found.secrets.push(held);
    return held;
  }
  found.missing.push({ path, secret });
  return value;
}

/** Tokens, signing secrets, URLs, which may carry a key, and headers, whatever their names: by the option's name. */
export function isSecretName(option: string): boolean {
  return /url|secret|token|key|password|^headers$/i.test(option);
}

export function secretsIn(value: unknown, key = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => secretsIn(item, key));
  if (isObject(value)) {
    const own = Object.entries(value).flatMap(([name, item]) =>
      secretsIn(item, key === "headers" ? key : name),
    );
    return [...own, ...basicOf(value)];
  }
  // A reference that led nowhere is a name, which the problem about it tells.
  const held = typeof value === "string" && !reference.test(value);
  return held && isSecretName(key) ? [value] : [];
}

/** User and password as they stand in a header: https://www.rfc-editor.org/rfc/rfc7617 */
function basicOf({ user, password }: Readonly<Record<string, unknown>>): string[] {
  if (typeof user !== "string" || typeof password !== "string") return [];
  return [Buffer.from(`${user}:${password}`).toString("base64")];
}

/**
 * The parts of a secret that a receiver may repeat by themselves: of a URL as in "Cannot POST /in/<key>", of a header
 * without its "Bearer". Ordinary words stay: struck out one by one, they would tear holes into every sentence.
 */
export function partsOf(secret: string): string[] {
  const url = URL.parse(secret);
  if (!url) return secret.split(" ").filter(looksLikeKey);
  const { href, pathname, search, searchParams } = url;
  const written = [...search.matchAll(/=([^&]*)/g)].map(([, value = ""]) => value);
  const inPath = pathname.split("/");
  // Each as it stands in the URL, and as it is meant.
  const parts = new Set([...inPath, ...inPath.map(decoded), ...written, ...searchParams.values()]);
  return [href, pathname + search, pathname, search, ...[...parts].filter(looksLikeKey)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function looksLikeKey(text: string): boolean {
  return text.length >= 16 || (text.length >= 8 && /\d/.test(text) && /[a-z]/i.test(text));
}
