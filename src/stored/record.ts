// A workspace as it lies in KV and in its Durable Object: its secrets sealed one by one, all else readable.
import { isSecretName } from "../secrets.ts";
import { isObject } from "../source/record.ts";
import type { Keyring } from "./keyring.ts";

/** As in [[vars.WORKSPACES]] and [[vars.DESTINATIONS]], with each secret itself where "$NAME" stands there. */
export interface Wanted {
  readonly token: unknown;
  readonly destinations: readonly unknown[];
  /** Default: POLL_SECONDS. */
  readonly pollSeconds?: number | undefined;
}

/** The same, sealed. */
export interface StoredRecord extends Wanted {
  readonly id: string;
  /** Grows with each change. */
  readonly version: number;
  readonly updatedAt: string;
}

export type Draft = Omit<StoredRecord, "version" | "updatedAt">;

/** A secret as it is shown, with its fingerprint unless its key is lost. */
const masked = /^•{4}(?: [0-9a-f]{8})?$/;

interface Leaf {
  readonly text: string;
  /** Where it stands, by the names of destinations: `destinations.siem.secret[0]`. */
  readonly path: string;
  /** The same by their numbers, as a request body has it: `destinations[1].secret[0]`. */
  readonly place: string;
}

type Where = Omit<Leaf, "text">;

type Convert = (leaf: Leaf) => Promise<string>;

export async function seal(id: string, wanted: Wanted, keyring: Keyring): Promise<Draft> {
  const sealed = await mapWanted(wanted, ({ text, path }) => keyring.seal(text, `${id}\0${path}`));
  return { id, ...sealed };
}

/** Undefined where a secret does not open. */
export async function unseal(record: Draft, keyring: Keyring): Promise<Wanted | undefined> {
  let whole = true;
  const open = await mapWanted(record, async ({ text, path }) => {
    const secret = await keyring.unseal(text, `${record.id}\0${path}`);
    if (secret === undefined) whole = false;
    return secret ?? "";
  });
  return whole ? open : undefined;
}

/** Whether every secret is sealed under the key that is first now. */
export async function isCurrent(record: Draft, keyring: Keyring): Promise<boolean> {
  let current = true;
  await mapWanted(record, async ({ text }) => {
    if (!keyring.isCurrent(text)) current = false;
    return text;
  });
  return current;
}

/** For people: each secret as dots and a fingerprint; only dots where it does not open. */
export async function mask(record: Draft, keyring: Keyring | undefined): Promise<Wanted> {
  return mapWanted(record, async ({ text, path }) => {
    const secret = await keyring?.unseal(text, `${record.id}\0${path}`);
    return secret === undefined || !keyring ? "••••" : show(secret, record.id, keyring);
  });
}

async function show(secret: string, id: string, keyring: Keyring): Promise<string> {
  return `•••• ${await keyring.fingerprint(secret, id)}`;
}

/**
 * Puts the secrets back for which only their masks came. One is kept only where it stood, and only while the
 * destination goes where it went: a kept key must not be sent to another address.
 */
export async function unmask(
  id: string,
  wanted: Wanted,
  before: Wanted | undefined,
  keyring: Keyring,
): Promise<{ readonly wanted: Wanted; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const known = new Map<string, string>();
  const note = async ({ text, path }: Leaf) => {
    known.set(path, text);
    known.set(`${placeOf(path)} ${await show(text, id, keyring)}`, text);
    return text;
  };
  if (before) await mapWanted(before, note);
  const kept = ({ text, path }: Leaf) =>
    known.get(`${placeOf(path)} ${text}`) ?? (text === "••••" ? known.get(path) : undefined);
  const full = await mapWanted(wanted, async (leaf) => {
    if (!masked.test(leaf.text)) return leaf.text;
    const secret = kept(leaf);
    if (secret === undefined)
      problems.push(`body.${leaf.place}: no such secret is stored here; give the secret itself`);
    return secret ?? "";
  });
  const moved = new Set(namesOf(full).filter((name) => goes(full, name) !== goes(before, name)));
  await mapWanted(wanted, async (leaf) => {
    const { text, path, place } = leaf;
    const [, name = ""] = /^destinations\.([^.[]+)/.exec(path) ?? [];
    if (masked.test(text) && kept(leaf) !== undefined && moved.has(name))
      problems.push(
        `body.${place}: ${name} goes elsewhere than before, so give the secret itself, which is not sent to a new address unseen`,
      );
    return text;
  });
  return { wanted: full, problems: [...new Set(problems)] };
}

/** Without the place in a list: while keys are rotated they change places. */
function placeOf(path: string): string {
  return path.replace(/\[\d+\]$/, "");
}

/** Where a destination sends to: what must not change under a kept secret. */
function goes(wanted: Wanted | undefined, name: string): string {
  const found = wanted?.destinations.find((one) => isObject(one) && one.name === name);
  if (!isObject(found)) return "";
  const parts = Object.entries(found).filter(([option]) =>
    /^type$|url|site|region|endpoint|account|host|cloud|tenant/i.test(option),
  );
  return JSON.stringify(parts.toSorted(([a], [b]) => a.localeCompare(b)));
}

export function namesOf({ destinations }: Wanted): string[] {
  return destinations.flatMap((one) =>
    isObject(one) && typeof one.name === "string" ? [one.name] : [],
  );
}

/** With those that a digest makes beside them. */
export function placesOf(wanted: Wanted): string[] {
  const digests = wanted.destinations.flatMap((one) =>
    isObject(one) && typeof one.name === "string" && one.digest !== undefined
      ? [`${one.name}.digest`]
      : [],
  );
  return [...namesOf(wanted), ...digests];
}

async function mapWanted(
  { token, destinations, pollSeconds }: Wanted,
  convert: Convert,
): Promise<Wanted> {
  const [newToken, ...others] = await Promise.all([
    mapSecrets(token, { path: "token", place: "token" }, "token", convert),
    ...destinations.map((one, i) => {
      const name = isObject(one) && typeof one.name === "string" ? one.name : String(i);
      const where = { path: `destinations.${name}`, place: `destinations[${i}]` };
      return mapSecrets(one, where, "", convert);
    }),
  ]);
  return {
    token: newToken,
    destinations: others,
    ...(pollSeconds !== undefined && { pollSeconds }),
  };
}

/** By the same names as what is struck out of logs and answers. */
async function mapSecrets(
  value: unknown,
  where: Where,
  option: string,
  convert: Convert,
): Promise<unknown> {
  const inner = (part: string): Where => ({
    path: where.path + part,
    place: where.place + part,
  });
  if (Array.isArray(value))
    return Promise.all(value.map((one, i) => mapSecrets(one, inner(`[${i}]`), option, convert)));
  if (isObject(value)) {
    const entries = Object.entries(value).map(async ([name, one]) => {
      const under = option === "headers" ? option : name;
      return [name, await mapSecrets(one, inner(`.${name}`), under, convert)] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }
  return typeof value === "string" && isSecretName(option)
    ? convert({ text: value, ...where })
    : value;
}
