// Fetches the completeness receipts of a deployed Tidemark: to read, or with `--json <file>` as evidence to keep.
//   npm run receipts -- --url https://tidemark.example.workers.dev --from 2026-11-23T00:00:00Z
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs, parseEnv } from "node:util";
import { redactor } from "../src/log.ts";

const usage =
  "npm run receipts -- --url https://<your worker> [--from <time>] [--to <time>] [--workspace <id>] [--json <file>]";
const timeoutMs = 60_000;
const local = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What the user can mend; told without a stack. */
class Mistake extends Error {}

interface Wish {
  readonly url: URL;
  readonly json: string | undefined;
}

function parseWish(args: readonly string[]): Wish {
  const { values } = parse(args);
  if (values.url === undefined) throw new Mistake(`--url is missing. Usage: ${usage}`);
  const url = URL.parse(values.url);
  if (url === null) throw new Mistake(`--url: ${values.url} is not a URL. Usage: ${usage}`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local.has(url.hostname)))
    throw new Mistake("--url: expected https://…, for the admin token travels with the request.");
  url.pathname = `${url.pathname.replace(/\/$/, "")}/receipts`;
  for (const name of ["from", "to", "workspace"] as const) {
    const value = values[name];
    if (value !== undefined) url.searchParams.set(name, value);
  }
  return { url, json: values.json };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { url: text, from: text, to: text, workspace: text, json: text },
    });
  } catch (error) {
    throw new Mistake(`${error instanceof Error ? error.message : error}. Usage: ${usage}`);
  }
}

/** From the environment, or from where `wrangler dev` reads it. */
function readAdminToken(): string {
  const file = ".dev.vars";
  const vars = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {};
  const token = (process.env.ADMIN_TOKEN || vars.ADMIN_TOKEN || "").trim();
  if (token === "")
    throw new Mistake(
      "ADMIN_TOKEN is not set. Set it in the environment, or write a line ADMIN_TOKEN=… into .dev.vars.",
    );
  // As a header it could not be sent, and the error would show it.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Mistake("ADMIN_TOKEN contains a blank or a character that no header can carry.");
  return token;
}

async function receive({ url, json }: Wish, token: string): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers: {
        authorization: `Bearer ${token}`,
        accept: json === undefined ? "text/plain" : "application/json",
      },
      // The token is for this address only.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw new Mistake(`${url.origin} cannot be reached: ${reasonOf(error)}. Check --url.`);
  }
  const body = await response.text();
  const type = response.headers.get("content-type") ?? "no content type";
  if (response.ok && type.startsWith(json === undefined ? "text/plain" : "application/json"))
    return body;
  throw new Mistake(explain(url, response, type, body));
}

function reasonOf(error: unknown): string {
  const { cause, name, message } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === "TimeoutError") return `no answer within ${timeoutMs / 1000} s`;
  return cause?.code ?? cause?.message ?? message;
}

function explain(url: URL, { status }: Response, type: string, body: string): string {
  if (status === 401)
    return `${url.origin} does not take this ADMIN_TOKEN (401). Use the one that the Worker has, or set it anew with: npx wrangler secret put ADMIN_TOKEN`;
  if (type.startsWith("application/problem+json")) {
    const { detail, errors = [] } = JSON.parse(body) as { detail?: string; errors?: string[] };
    const others = errors.filter((error) => error !== detail).map((error) => `\n  - ${error}`);
    return `${url.origin} answers ${status}: ${detail}${others.join("")}`;
  }
  return `${url.origin} answers ${status} (${type}), not like Tidemark. Check --url.`;
}

function keep(file: string, body: string): string {
  const { receipts = [] } = JSON.parse(body) as { receipts?: unknown[] };
  try {
    writeFileSync(file, body);
  } catch (error) {
    throw new Mistake(`--json: ${error instanceof Error ? error.message : error}`);
  }
  return `${receipts.length} receipts are in ${file}. Check them with: npm run verify -- ${file}\n`;
}

let redact = (text: string): string => text;
try {
  const wish = parseWish(process.argv.slice(2));
  const token = readAdminToken();
  redact = redactor([token]);
  const body = redact(await receive(wish, token));
  process.stdout.write(wish.json === undefined ? body : keep(wish.json, body));
} catch (error) {
  if (!(error instanceof Mistake)) throw error;
  process.stderr.write(`${redact(error.message)}\n`);
  process.exitCode = 1;
}
