// A route is its description: the same schemas check what comes in and make up the OpenAPI document.
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod";
import { type Config, type ParsedConfig, parseConfig } from "../config.ts";
import type { Env } from "../env.ts";
import { redactor } from "../log.ts";
import { readSecret } from "../secrets.ts";
import { requireAdmin } from "./auth.ts";
import { Problem, type ProblemStatus, problemSchema } from "./problem.ts";

type Shape = z.ZodObject;

/** `Params`, `Query` and `Body` are zod schemas; a route that has none of one kind leaves it out. */
export interface RouteSpec<Params extends Shape, Query extends Shape, Body extends Shape> {
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
  readonly answer: z.ZodType;
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
  /** The configuration; throws a Problem 503 that lists every mistake when it is broken. */
  config(): Config;
}

export interface Reply {
  readonly status?: 503;
  readonly data: unknown;
}

type AnySpec = RouteSpec<Shape, Shape, Shape>;
const maxBodyBytes = 64 * 1024;

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
    this.app.notFound((c) =>
      this.#problem(
        c,
        new Problem(404, `There is no ${c.req.method} ${c.req.path}. See /openapi.json.`),
      ),
    );
    this.app.onError((error, c) => {
      if (error instanceof Problem) return this.#problem(c, error);
      console.error(
        this.#redact(c.env)(
          JSON.stringify({
            level: "error",
            message: "request failed",
            path: c.req.path,
            error: String(error),
          }),
        ),
      );
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
      // Also with a broken configuration: its mistakes are for the admin only.
      if (spec.auth === "admin") requireAdmin(c.req.raw, readSecret(c.env, "ADMIN_TOKEN"));
      const reply = await handle({
        env: c.env,
        parsed,
        params: check("path", spec.params, c.req.param()),
        query: check("query", spec.query, c.req.query()),
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
      return this.#json(c, reply.data, reply.status ?? spec.status ?? 200, "application/json");
    });
  }

  /** Parsed once per isolate: a change of the environment starts new ones. */
  config(env: Env): ParsedConfig {
    const known = this.#configs.get(env);
    if (known) return known;
    const parsed = parseConfig(env);
    this.#configs.set(env, parsed);
    return parsed;
  }

  #redact(env: Env): (text: string) => string {
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

  /** The one way out: every answer has its secrets struck out. */
  #json(
    c: Context<{ Bindings: Env }>,
    data: unknown,
    status: number,
    contentType: string,
  ): Response {
    return new Response(this.#redact(c.env)(JSON.stringify(data)), {
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

function check<Schema extends Shape>(
  where: string,
  schema: Schema | undefined,
  value: unknown,
): z.output<Schema> {
  if (!schema) return {} as z.output<Schema>;
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(
    (issue) => `${[where, ...issue.path.map(String)].join(".")}: ${issue.message}`,
  );
  throw new Problem(422, errors.join("; "), errors);
}

/** OpenAPI 3.1 from the routes' own schemas. */
export function toOpenApi(specs: readonly AnySpec[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const spec of specs) {
    const problems = {
      ...(spec.auth === "admin" && {
        401: "No admin token, or a wrong one",
        403: "No ADMIN_TOKEN is set, or another site made the browser send the request",
        503: "The configuration is broken; `errors` lists every mistake",
      }),
      ...(spec.body && { 400: "The body is not JSON", 413: "The body is too large" }),
      ...((spec.params || spec.query || spec.body) && { 422: "A parameter is not as described" }),
      ...spec.problems,
    };
    paths[spec.path] = {
      ...paths[spec.path],
      [spec.method]: {
        summary: spec.summary,
        security: spec.auth === "admin" ? [{ bearer: [] }, { basic: [] }] : [],
        parameters: [...parameters("path", spec.params), ...parameters("query", spec.query)],
        ...(spec.body && {
          requestBody: {
            content: { "application/json": { schema: toSchema(spec.body, "input") } },
          },
        }),
        responses: {
          ...Object.fromEntries(
            Object.entries({ [spec.status ?? 200]: "OK", ...spec.alsoAnswers }).map(
              ([status, description]) => [
                status,
                {
                  description,
                  content: { "application/json": { schema: toSchema(spec.answer, "output") } },
                },
              ],
            ),
          ),
          ...Object.fromEntries(
            Object.entries(problems).map(([status, description]) => [
              status,
              {
                description,
                content: {
                  "application/problem+json": { schema: toSchema(problemSchema, "output") },
                },
              },
            ]),
          ),
        },
      },
    };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Tidemark", version },
    paths,
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The ADMIN_TOKEN" },
        basic: {
          type: "http",
          scheme: "basic",
          description: "Any user name; the ADMIN_TOKEN as password",
        },
      },
    },
  };
}

function toSchema(schema: z.ZodType, io: "input" | "output"): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

function parameters(place: "path" | "query", schema: Shape | undefined): unknown[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
  });
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: property,
  }));
}
