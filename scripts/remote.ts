// A running Tidemark, local or deployed, asked over HTTP by its admin.
import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { Mistake, reasonOf } from "./mistake.ts";

const timeoutMs = 60_000;
const local = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** A problem document that the Worker answered. */
export class Refusal extends Mistake {
  readonly status: number;
  /** Each mistake by itself, where there are several. */
  readonly errors: readonly string[];

  constructor(message: string, status: number, errors: readonly string[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** Where it is: `--url` as given. */
export function parseUrl(given: string | undefined, usage: string): URL {
  if (given === undefined) throw new Mistake(`--url is missing. Usage: ${usage}`);
  const url = URL.parse(given);
  if (url === null) throw new Mistake(`--url: ${given} is not a URL. Usage: ${usage}`);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local.has(url.hostname)))
    throw new Mistake("--url: expected https://…, for the admin token travels with the request.");
  return url;
}

/** From the environment, or from where `wrangler dev` reads it. */
export function readAdminToken(file = ".dev.vars"): string {
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

export interface Asked {
  readonly method?: "GET" | "POST";
  readonly body?: unknown;
  readonly accept?: "application/json" | "text/plain";
}

export class Remote {
  readonly url: URL;
  readonly #token: string;

  constructor(url: URL, token: string) {
    this.url = url;
    this.#token = token;
  }

  /** Its answer as text, whatever the status, if it is Tidemark's. Throws a Mistake for everything else. */
  async text(path: string, asked: Asked = {}): Promise<string> {
    const { method = "GET", body, accept = "application/json" } = asked;
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#at(path), {
        method,
        headers: { authorization: `Bearer ${this.#token}`, accept },
        // The token is for this address only.
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMs),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (error) {
      const why =
        (error as Error).name === "TimeoutError"
          ? `no answer within ${timeoutMs / 1000} s`
          : reasonOf(error);
      throw new Mistake(`${this.url.origin} cannot be reached: ${why}. Check --url.`);
    }
    const type = response.headers.get("content-type") ?? "no content type";
    // 502 and 503 come with the usual document where they are about Webflow or a receiver.
    const usual = response.ok || response.status === 502 || response.status === 503;
    if (usual && type.startsWith(accept)) return text;
    throw this.#explain(response.status, type, text);
  }

  async json<Shape>(path: string, asked: Asked = {}): Promise<Shape> {
    const text = await this.text(path, asked);
    try {
      return JSON.parse(text);
    } catch {
      throw new Mistake(`${this.url.origin} does not answer with JSON. Check --url.`);
    }
  }

  #at(path: string): URL {
    const [pathname = "", search = ""] = path.split("?");
    const url = new URL(this.url);
    url.pathname = url.pathname.replace(/\/$/, "") + pathname;
    url.search = search;
    return url;
  }

  #explain(status: number, type: string, body: string): Mistake {
    const { origin } = this.url;
    if (status === 401)
      return new Refusal(
        `${origin} does not take this ADMIN_TOKEN (401). Use the one that the Worker has, or set it anew with: npx wrangler secret put ADMIN_TOKEN`,
        status,
      );
    if (type.startsWith("application/problem+json")) {
      const { detail, errors = [] } = JSON.parse(body) as { detail?: string; errors?: string[] };
      const others = errors.filter((error) => error !== detail);
      const list = others.map((error) => `\n  - ${error}`).join("");
      return new Refusal(`${origin} answers ${status}: ${detail}${list}`, status, others);
    }
    return new Mistake(`${origin} answers ${status} (${type}), not like Tidemark. Check --url.`);
  }
}
