// Checks a file of receipts, as GET /receipts answers it, with a library that is not ours:
//   npm run verify -- receipts.json --key=<the key's thumbprint, noted earlier>
import { readFileSync } from "node:fs";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK } from "jose";
import * as z from "zod";
import { hourMs, toShortIso } from "../src/time.ts";

const receiptSchema = z.looseObject({
  workspace: z.string(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  state: z.string(),
  events: z.int().min(0),
  destinations: z.record(
    z.string(),
    z.looseObject({
      delivered: z.int().min(0),
      filtered: z.int().min(0),
      deadLettered: z.int().min(0),
      pending: z.int().min(0),
      notOwed: z.int().min(0),
    }),
  ),
  signature: z.string().nullable(),
});
const keySchema = z.looseObject({
  kty: z.literal("OKP"),
  crv: z.literal("Ed25519"),
  x: z.string(),
  kid: z.string(),
});
const fileSchema = z.looseObject({
  receipts: z.array(receiptSchema),
  keys: z.array(keySchema),
});
type Receipt = z.infer<typeof receiptSchema>;
type Key = z.infer<typeof keySchema>;

/** What was found, and what is wrong: nothing, it is hoped. */
interface Findings {
  readonly told: readonly string[];
  readonly mistakes: readonly string[];
}

const usage = "npm run verify -- <file of receipts> [--key=<thumbprint or x of the key>]";

/** `text` as GET /receipts answers it; the keys to be expected by thumbprint or `x`, none for any. */
async function verify(text: string, expected: readonly string[]): Promise<Findings> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { told: [], mistakes: ["the file is not JSON"] };
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const places = parsed.error.issues
      .slice(0, 5)
      .map(({ path, message }) => `${path.map(String).join(".") || "the file"}: ${message}`);
    return {
      told: [],
      mistakes: [`the file is not an answer of GET /receipts: ${places.join("; ")}`],
    };
  }
  const { receipts, keys } = parsed.data;
  const used = new Set<string>();
  const signatures = await Promise.all(receipts.map((receipt) => check(receipt, keys, used)));
  const workspaces = [...Map.groupBy(receipts, ({ workspace }) => workspace)];
  return {
    told: [
      ...workspaces.map(([workspace, own]) => tell(workspace, own)),
      ...(receipts.length === 0 ? ["No receipts are in the file."] : []),
      ...[...used].map((kid) => tellKey(kid, expected)),
    ],
    mistakes: [
      ...(await Promise.all(keys.map(wrongKey))).flat(),
      ...strangers(used, keys, expected),
      ...signatures.flat(),
      ...workspaces.flatMap(([workspace, own]) => gaps(workspace, own)),
      ...receipts.flatMap(wrongSums),
    ],
  };
}

function nameOf({ workspace, from }: Pick<Receipt, "workspace" | "from">): string {
  return `the receipt of ${from}, workspace ${workspace}`;
}

/** That the signature is good, and that what is shown is what was signed. */
async function check(receipt: Receipt, keys: readonly Key[], used: Set<string>): Promise<string[]> {
  const { signature, ...shown } = receipt;
  const name = nameOf(receipt);
  if (signature === null)
    return shown.state === "open" ? [] : [`${name} is ${shown.state}, but not signed`];
  let payload: Uint8Array;
  try {
    const { kid } = decodeProtectedHeader(signature);
    const key = keys.find((one) => one.kid === kid);
    if (!key) return [`${name} is signed with the key ${kid}, which is not in the file`];
    const verified = await compactVerify(signature, await importJWK(key, "EdDSA"), {
      algorithms: ["EdDSA"],
    });
    payload = verified.payload;
    used.add(key.kid);
  } catch (error) {
    return [`${name} has a wrong signature (${error instanceof Error ? error.message : error})`];
  }
  const signed = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
  return differences(signed, shown).map(
    (place) => `${name} was changed: ${place} is not what was signed`,
  );
}

/** The members that differ, by their path. */
function differences(signed: unknown, shown: unknown, path = ""): string[] {
  if (isDeepStrictEqual(signed, shown)) return [];
  if (!isRecord(signed) || !isRecord(shown)) return [path || "all of it"];
  return [...new Set([...Object.keys(signed), ...Object.keys(shown)])].flatMap((name) =>
    differences(signed[name], shown[name], path ? `${path}.${name}` : name),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A key's name is its thumbprint (RFC 7638): under another's name none may pass. */
async function wrongKey(key: Key): Promise<string[]> {
  const thumbprint = await calculateJwkThumbprint(key);
  return key.kid === thumbprint
    ? []
    : [`the key called ${key.kid} is another: its thumbprint is ${thumbprint}`];
}

function strangers(
  used: ReadonlySet<string>,
  keys: readonly Key[],
  expected: readonly string[],
): string[] {
  if (expected.length === 0) return [];
  const foreign = keys.filter(
    ({ kid, x }) => used.has(kid) && !expected.includes(kid) && !expected.includes(x),
  );
  const absent = expected.filter(
    (one) => !keys.some(({ kid, x }) => used.has(kid) && (one === kid || one === x)),
  );
  return [
    ...foreign.map(
      ({ kid }) => `receipts are signed with the key ${kid}, which is not the expected one`,
    ),
    ...absent.map((one) => `no receipt is signed with the expected key ${one}`),
  ];
}

/** From the first hour to the last, each is there once. */
function gaps(workspace: string, receipts: readonly Receipt[]): string[] {
  const times = receipts.map(({ from }) => Date.parse(from)).toSorted((a, b) => a - b);
  const odd = receipts
    .filter(
      ({ from, to }) =>
        Date.parse(from) % hourMs !== 0 || Date.parse(to) - Date.parse(from) !== hourMs,
    )
    .map((receipt) => `${nameOf(receipt)} is not of a whole hour`);
  const breaks = times.flatMap((ms, i) => {
    const before = times[i - 1];
    if (before === undefined || ms - before === hourMs) return [];
    if (ms === before)
      return [`the hour ${toShortIso(ms)} of workspace ${workspace} is there twice`];
    const last = ms - hourMs;
    const hours =
      before + hourMs === last
        ? toShortIso(last)
        : `${toShortIso(before + hourMs)} to ${toShortIso(last)}`;
    return [`no receipt for ${hours} of workspace ${workspace}`];
  });
  return [...odd, ...breaks];
}

/** Each event has one outcome at each destination. */
function wrongSums(receipt: Receipt): string[] {
  return Object.entries(receipt.destinations).flatMap(([name, at]) => {
    const sum = at.delivered + at.filtered + at.deadLettered + at.pending + at.notOwed;
    return sum === receipt.events
      ? []
      : [`${nameOf(receipt)}: the numbers of ${name} add up to ${sum}, not to ${receipt.events}`];
  });
}

function tell(workspace: string, receipts: readonly Receipt[]): string {
  const times = receipts.map(({ from }) => Date.parse(from));
  const states = [...Map.groupBy(receipts, ({ state }) => state)].map(
    ([state, all]) => `${all.length} ${state}`,
  );
  const unsigned = receipts.filter(({ signature }) => signature === null).length;
  const open = unsigned > 0 ? ` Not signed yet, for it may still change: ${unsigned}.` : "";
  const period = `${toShortIso(Math.min(...times))} to ${toShortIso(Math.max(...times) + hourMs)}`;
  return `Workspace ${workspace}, ${period}: ${receipts.length} receipts (${states.join(", ")}).${open}`;
}

function tellKey(kid: string, expected: readonly string[]): string {
  return expected.length > 0
    ? `Signed with the key ${kid}.`
    : `Signed with the key ${kid}. That this is your Tidemark's key, the file cannot tell: compare it with one that you noted earlier (GET /receipts/keys), or give that one with --key=<key>.`;
}

function parse(args: readonly string[]): { file: string; keys: readonly string[] } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { key: { type: "string", multiple: true } },
    });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) return `Expected one file. Usage: ${usage}`;
    return { file, keys: values.key ?? [] };
  } catch (error) {
    return `${error instanceof Error ? error.message : error} Usage: ${usage}`;
  }
}

async function main(): Promise<Findings> {
  const wish = parse(process.argv.slice(2));
  if (typeof wish === "string") return { told: [], mistakes: [wish] };
  let text: string;
  try {
    text = readFileSync(wish.file, "utf8");
  } catch (error) {
    return { told: [], mistakes: [error instanceof Error ? error.message : String(error)] };
  }
  return verify(text, wish.keys);
}

const { told, mistakes } = await main();
for (const line of told) console.log(line);
if (mistakes.length === 0) console.log("All is as it was signed.");
for (const mistake of mistakes) console.error(`Wrong: ${mistake}`);
process.exitCode = mistakes.length > 0 ? 1 : 0;
