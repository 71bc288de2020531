// A route is its description: the same schemas check what comes in and make up the OpenAPI document.
import { type Context, Hono } from "hono";
import { accepts } from "hono/accepts";
import { bodyLimit } from "hono/body-limit";
import type * as z from "zod";
import { type Config, type ParsedConfig, parseConfig } from "../config.ts";
import type { Env } from "../env.ts";
import { jsonLog, type Redact, redactor } from "../log.ts";
import { readSecret } from "../secrets.ts";
import { requireAdmin } from "./auth.ts";
import { check, checkQuery, type Shape } from "./check.ts";
import { Problem, type ProblemStatus } from "./problem.ts";

/** `Params`, `Query` and `Body` are zod schemas; a route that has none of one kind leaves it out. */
export interface RouteSpec<Params extends Shape, Query extends Shape, Body extends Shape> {
  /** What the route is called in clients made from the OpenAPI document. */
  readonly id: string;
  readonly method: "get" | "post" | "delete";
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly auth: "admin" | "none";
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  /** JSON; an empty body counts as `{}`. */
  readonly body?: Body;
  /** Of the answer when all goes well; default 200. */
  readonly status?: 200 | 202;
  /** What that status says here. */
  readonly success: string;
  readonly answer: z.ZodType;
  /** There is a form for people, too, for who asks for `text/plain`. */
  readonly text?: true;
  /** Other statuses of the same answer, and when. */
  readonly alsoAnswers?: Readonly<Record<number, string>>;
  /** Which problems a caller can meet, and when. */
  readonly problems?: Partial<Record<ProblemStatus, string>>;
}

export interface Call<Params, Query, Body> {
  readonly env: Env;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly parsed: ParsedConfig;
  /** Who calls, in words: `the admin token`, or an e-mail address; "" on a route that is for anybody. */
  readonly caller: string;
  /** The configuration; throws a Problem 503 that lists every mistake when it is broken. */
  config(): Config;
}

export interface Reply {
  readonly status?: 202 | 502 | 503;
  readonly data: unknown;
  /** The same for people, where a caller asks for `text/plain`. */
  readonly text?: string;
}

export type AnySpec = RouteSpec<Shape, Shape, Shape>;
const maxBodyBytes = 64 * 1024;
const asText = {
  header: "Accept" as const,
  supports: ["application/json", "text/plain"],
  default: "application/json",
};

export class Api {
  readonly app = new Hono<{ Bindings: Env }>();
  readonly specs: AnySpec[] = [];
  readonly #configs = new WeakMap<Env, ParsedConfig>();

  constructor() {
    this.app.use(
      bodyLimit({
        maxSize: maxBodyBytes,
        onError: (c) =>
          this.#problem(c, new Problem(413, `The body is larger than ${maxBodyBytes} bytes.`)),
      }),
    );
    this.app.notFound((c) => {
      const { path, method } = c.req;
      const allowed = this.#methodsOf(path);
      if (allowed.length === 0) {
        return this.#problem(
          c,
          new Problem(404, `There is no ${method} ${path}. See /openapi.json.`),
        );
      }
      const detail = `${path} does not take ${method}. Expected ${allowed.join(" or ")}.`;
      const response = this.#problem(c, new Problem(405, detail));
      response.headers.set("allow", allowed.join(", "));
      return response;
    });
    this.app.onError((error, c) => {
      if (error instanceof Problem) return this.#problem(c, error);
      const { method, path } = c.req;
      jsonLog(this.#redact(c.env)).error("request failed", { method, path, error });
      return this.#problem(
        c,
        new Problem(500, "Something went wrong here; the Worker's log says what."),
      );
    });
  }

  route<Params extends Shape, Query extends Shape, Body extends Shape>(
    spec: RouteSpec<Params, Query, Body>,
    handle: (
      call: Call<z.output<Params>, z.output<Query>, z.output<Body>>,
    ) => Promise<Reply> | Reply,
  ): void {
    this.specs.push(spec);
    this.app.on(spec.method, spec.path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
      const parsed = this.config(c.env);
      const caller = spec.auth === "admin" ? await this.admit(c) : "";
      const reply = await handle({
        env: c.env,
        parsed,
        caller,
        params: check("path", spec.params, c.req.param()),
        query: checkQuery(spec, c.req.queries()),
        body: check("body", spec.body, spec.body && (await readJson(c.req.raw))),
        config: () => {
          if (parsed.ok) return parsed.config;
          throw new Problem(
            503,
            "The configuration is broken: nothing is pulled or sent.",
            parsed.problems,
          );
        },
      });
      const status = reply.status ?? spec.status ?? 200;
      const text = reply.text !== undefined && accepts(c, asText) === "text/plain";
      return text
        ? this.#answer(c, reply.text, status, "text/plain; charset=utf-8")
        : this.#json(c, reply.data, status, "application/json");
    });
  }

  /**
   * Who calls, in words; for a route of its own, too. Throws a Problem unless it is an admin. Works with a broken
   * configuration as well: its mistakes are for the admin only.
   */
  async admit(c: Context<{ Bindings: Env }>): Promise<string> {
    return requireAdmin(c.req.raw, readSecret(c.env, "ADMIN_TOKEN"));
  }

  /** Parsed once per isolate: a change of the environment starts new ones. What is wrong is logged then. */
  config(env: Env): ParsedConfig {
    const known = this.#configs.get(env);
    if (known) return known;
    const parsed = parseConfig(env);
    this.#configs.set(env, parsed);
    if (!parsed.ok) {
      const { problems, secrets } = parsed;
      const log = jsonLog(redactor(secrets));
      log.error("configuration broken: nothing is pulled or sent", { problems });
    }
    return parsed;
  }

  #methodsOf(path: string): string[] {
    const given = path.split("/");
    const fits = (parts: readonly string[]) =>
      parts.length === given.length &&
      parts.every((part, i) => (part.startsWith("{") ? given[i] !== "" : given[i] === part));
    return this.specs
      .filter((spec) => fits(spec.path.split("/")))
      .map(({ method }) => method.toUpperCase());
  }

  #redact(env: Env): Redact {
    const parsed = this.config(env);
    return redactor(parsed.ok ? parsed.config.secrets : parsed.secrets);
  }

  #problem(c: Context<{ Bindings: Env }>, problem: Problem): Response {
    const response = this.#json(c, problem, problem.status, "application/problem+json");
    if (problem.status === 401) {
      response.headers.append("www-authenticate", 'Bearer realm="tidemark"');
      response.headers.append("www-authenticate", 'Basic realm="tidemark", charset="UTF-8"');
    }
    return response;
  }

  #json(
    c: Context<{ Bindings: Env }>,
    data: unknown,
    status: number,
    contentType: string,
  ): Response {
    return this.#answer(c, JSON.stringify(data), status, contentType);
  }

  /** The one way out: every answer has its secrets struck out. */
  #answer(
    c: Context<{ Bindings: Env }>,
    body: string,
    status: number,
    contentType: string,
  ): Response {
    return new Response(this.#redact(c.env)(body), {
      status,
      headers: {
        "content-type": contentType,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      },
    });
  }
}

async function readJson(request: Request): Promise<unknown> {
  const text = await request.text();
  if (text.trim() === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(
      400,
      'The body is not JSON. Expected an object, like {"from": "2026-11-23T10:00:00Z"}.',
    );
  }
}
