// A route is its description: the same schemas check what comes in and make up the OpenAPI document.
import { type Context, Hono } from "hono";
import { accepts } from "hono/accepts";
import { bodyLimit } from "hono/body-limit";
import type * as z from "zod";
import { type Config, type ParsedConfig, parseConfig } from "../config.ts";
import type { Env } from "../env.ts";
import { jsonLog, type Redact, redactor } from "../log.ts";
import type { AccessContext } from "./access.ts";
import type { Gate } from "./auth.ts";
import { check, checkQuery, type Shape } from "./check.ts";
import { Problem, type ProblemStatus } from "./problem.ts";

/** `Params`, `Query` and `Body` are zod schemas; a route that has none of one kind leaves it out. */
export interface RouteSpec<Params extends Shape, Query extends Shape, Body extends Shape> {
  /** What the route is called in clients made from the OpenAPI document. */
  readonly id: string;
  readonly method: "get" | "post" | "put" | "delete";
  /** With parameters as `{name}`. */
  readonly path: string;
  /** "slack": the handler checks the signature, which is over the body's bytes. */
  readonly auth: "admin" | "slack" | "none";
  readonly summary: string;
  readonly params?: Params;
  readonly query?: Query;
  /** JSON; an empty body counts as `{}`. */
  readonly body?: Body;
  /** Form-encoded, and read by the handler. */
  readonly form?: Shape;
  /** Of the answer when all goes well; default 200. */
  readonly status?: 200 | 202;
  /** What that status says here. */
  readonly success: string;
  readonly answer: z.ZodType;
  /** There is a form for people, too, for who asks for `text/plain`. */
  readonly text?: true;
  /** The answer is text of this type, for whoever asks. */
  readonly contentType?: string;
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
  /** As it came; its body is there for a route that has no schema for it. */
  readonly request: Request;
  /** For what goes on after the answer. */
  waitUntil(work: Promise<unknown>): void;
  /** The configuration; throws a Problem 503 that lists every mistake when it is broken. */
  config(): Config;
}

export interface Reply {
  readonly status?: 201 | 202 | 502 | 503;
  readonly data: unknown;
  /** The version of what is answered: goes out as `ETag`. */
  readonly version?: number;
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
  readonly #gate: Gate;

  constructor(gate: Gate) {
    this.#gate = gate;
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
        request: c.req.raw,
        waitUntil: (work) => c.executionCtx.waitUntil(work),
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
      if (spec.contentType !== undefined)
        return this.#answer(c, reply.text ?? "", status, spec.contentType);
      const text = reply.text !== undefined && accepts(c, asText) === "text/plain";
      const response = text
        ? this.#answer(c, reply.text, status, "text/plain; charset=utf-8")
        : this.#json(c, reply.data, status, "application/json");
      if (reply.version !== undefined) response.headers.set("etag", `"${reply.version}"`);
      return response;
    });
  }

  /**
   * Who calls, in words; for a route of its own, too. Throws a Problem unless it is an admin. Works with a broken
   * configuration as well: its mistakes are for the admin only.
   */
  admit(c: Context<{ Bindings: Env }>): Promise<string> {
    const log = jsonLog(this.#redact(c.env));
    return this.#gate.admit({ request: c.req.raw, env: c.env, access: accessOf(c), log });
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
    if (problem.retryAfterSeconds !== undefined) {
      response.headers.set("retry-after", String(problem.retryAfterSeconds));
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

/** `ctx.access`, which hono's types do not know. In a test there may be no context at all, and hono throws. */
function accessOf(c: Context<{ Bindings: Env }>): AccessContext | undefined {
  try {
    return (c.executionCtx as { readonly access?: AccessContext }).access;
  } catch {
    return undefined;
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
