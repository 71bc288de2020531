// What the scripts that ask a deployed Tidemark have in common: its address, the admin token, and what goes wrong.
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { redactor } from "../src/log.ts";

const timeoutMs = 60_000;
const local = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What the user can mend; told without a stack. */
export class Mistake extends Error {}

/** Where the Worker is, with a route of its appended. */
export function toUrl(text: string | undefined, route: string, usage: string): URL {
  if (text === undefined) throw new Mistake(`--url is missing. Usage: ${usage}`);
  const url = URL.parse(text);
  if (url === null) throw new Mistake(`--url: ${text} is not a URL. Usage: ${usage}`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local.has(url.hostname)))
    throw new Mistake("--url: expected https://…, for the admin token travels with the request.");
  url.pathname = url.pathname.replace(/\/$/, "") + route;
  return url;
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

interface Question {
  readonly url: URL;
  readonly accept: "application/json" | "text/plain";
  /** Sent as JSON, with POST. */
  readonly body?: unknown;
  /** Statuses that are answers, too, besides those of success. */
  readonly also?: readonly number[];
}

/** The answer's body. Throws a Mistake for any other answer than what was asked for. */
export async function ask(question: Question, token: string): Promise<string> {
  const { url, accept, body, also = [] } = question;
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { authorization: `Bearer ${token}`, accept },
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      // The token is for this address only.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    });
  } catch (error) {
    throw new Mistake(`${url.origin} cannot be reached: ${reasonOf(error)}. Check --url.`);
  }
  const text = await response.text();
  const type = response.headers.get("content-type") ?? "no content type";
  if ((response.ok || also.includes(response.status)) && type.startsWith(accept)) return text;
  throw new Mistake(explain(url, response, type, text));
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

/** Runs a script; what it writes has the token struck out. */
export async function runWith(
  script: (token: () => string, write: (text: string) => void) => Promise<void>,
): Promise<void> {
  let redact = (text: string): string => text;
  const token = () => {
    const read = readAdminToken();
    redact = redactor([read]);
    return read;
  };
  try {
    await script(token, (text) => void process.stdout.write(redact(text)));
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    process.stderr.write(`${redact(error.message)}\n`);
    process.exitCode = 1;
  }
}
