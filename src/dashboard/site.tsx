// How a page comes about: who may see it, what is checked, what it is sent with, and what stands there when it fails.
import type { Context } from "hono";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import { jsonLog, type Redact, redactor } from "../log.ts";
import type { Api } from "../routes/api.ts";
import { workspaceIn } from "../routes/plans.ts";
import { Problem } from "../routes/problem.ts";
import { type Known, knowing } from "../routes/workspace.ts";
import { BrokenPage, ProblemPage, SignInPage } from "./problem.tsx";
import type { PagePath } from "./route-list.ts";

type Ctx = Context<{ Bindings: Env }>;

export interface Visit {
  readonly env: Env;
  /** Of wrangler.toml; where the address names a stored workspace, that one's workspaces and destinations alone. */
  readonly config: VisitConfig;
  /** The address names a stored workspace. */
  readonly stored: boolean;
  /** Who it is, in words. */
  readonly caller: string;
  readonly nowMs: number;
  /** As it was asked for. */
  readonly url: string;
  /** The first page as it was last seen: of all workspaces, or of one. */
  readonly home: string;
  /** A parameter of the path. */
  param(name: string): string;
  /** A parameter of the query; "" where it is not given. */
  query(name: string): string;
}

type VisitConfig = Omit<Config, keyof Known> & Known;

/** What a form sent. */
export interface Fields {
  /** "" where it is not given. */
  text(name: string): string;
  all(name: string): readonly string[];
}

const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

export class Site {
  readonly #api: Api;

  constructor(api: Api) {
    this.#api = api;
  }

  page(path: PagePath, render: (visit: Visit) => Promise<JSX.Element>): void {
    this.#route("get", path, "/", async (c, visit) => this.#html(c, await render(visit), 200));
  }

  /** `act` gives the address of the page that shows what came of it. */
  form(path: PagePath, back: string, act: (visit: Visit, fields: Fields) => Promise<string>): void {
    this.#route("post", path, back, async (c, visit) => {
      const fields = await readFields(c);
      const named = fields.text("workspace") || undefined;
      const config = await knowing(c.env, visit.config, named);
      const location = await act({ ...visit, config }, fields);
      return new Response(null, {
        status: 303,
        headers: { location, "cache-control": "no-store" },
      });
    });
  }

  /** For whoever has its address, which is secret. */
  openPage(path: PagePath, render: (visit: Omit<Visit, "caller">) => Promise<JSX.Element>): void {
    this.#route(
      "get",
      path,
      "/",
      async (c, visit) => forStrangers(await this.#html(c, await render(visit), 200)),
      true,
    );
  }

  #route(
    method: "get" | "post",
    path: PagePath,
    back: string,
    handle: (c: Ctx, visit: Visit) => Promise<Response>,
    open = false,
  ): void {
    this.#api.app.on(method, path.replace(/\{(\w+)\}/g, ":$1"), async (c) => {
      const nowMs = Date.now();
      try {
        const caller = open ? "" : await this.#api.admit(c);
        const parsed = this.#api.config(c.env);
        if (!parsed.ok) return await this.#broken(c, nowMs, open ? [] : parsed.problems);
        // A stranger has nothing looked up for them, and is told of no workspace.
        const config = open ? parsed.config : await knowing(c.env, parsed.config, namedIn(c));
        return await handle(c, {
          env: c.env,
          config,
          stored: config !== parsed.config,
          caller,
          nowMs,
          url: c.req.url,
          home: open ? "/" : await homeOf(c, parsed.config),
          param: (name) => c.req.param(name) ?? "",
          query: (name) => c.req.query(name) ?? "",
        });
      } catch (error) {
        const response = await this.#failed(c, error, nowMs, back);
        return open ? forStrangers(response) : response;
      }
    });
  }

  #broken(c: Ctx, nowMs: number, problems: readonly string[]): Promise<Response> {
    return this.#html(c, <BrokenPage nowMs={nowMs} problems={problems} />, 503);
  }

  async #failed(c: Ctx, error: unknown, nowMs: number, back: string): Promise<Response> {
    const problem = error instanceof Problem ? error : this.#surprise(c, error);
    if (problem.status !== 401) {
      const page = <ProblemPage nowMs={nowMs} problem={problem} back={back} />;
      const response = await this.#html(c, page, problem.status);
      const { retryAfterSeconds } = problem;
      if (retryAfterSeconds !== undefined)
        response.headers.set("retry-after", String(retryAfterSeconds));
      return response;
    }
    const tried = c.req.header("authorization") !== undefined;
    const page = <SignInPage nowMs={nowMs} detail={tried ? problem.message : null} />;
    const response = await this.#html(c, page, 401);
    response.headers.set("www-authenticate", 'Basic realm="tidemark", charset="UTF-8"');
    return response;
  }

  #surprise(c: Ctx, error: unknown): Problem {
    const { method, path } = c.req;
    jsonLog(this.#redact(c.env)).error("request failed", { method, path, error });
    return new Problem(
      500,
      "Something went wrong here; the Worker's log says what: npx wrangler tail",
    );
  }

  async #html(c: Ctx, page: JSX.Element, status: number): Promise<Response> {
    const text = this.#redact(c.env)(`<!doctype html>${await page}`);
    return new Response(text, {
      status,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
      },
    });
  }

  /** Also in the forms in which a secret stands inside HTML. */
  #redact(env: Env): Redact {
    const parsed = this.#api.config(env);
    const secrets = parsed.ok ? parsed.config.secrets : parsed.secrets;
    const forms = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]);
    return redactor([...secrets, ...forms.map(escaped)]);
  }
}

/** Its address is the key to it: it goes to no other page, and into no index. */
function forStrangers(response: Response): Response {
  response.headers.set("referrer-policy", "no-referrer");
  response.headers.set("x-robots-tag", "noindex");
  return response;
}

/** Where a form of the first page was sent from, as far as its browser tells. */
async function homeOf(c: Ctx, config: Config): Promise<string> {
  const from = URL.parse(c.req.header("referer") ?? "")?.searchParams.get("workspace");
  const { workspaces } = await knowing<Known>(c.env, config, from ?? undefined);
  const known = workspaces.find(({ id }) => id === from);
  const only = config.workspaces.length === 1 && config.workspaces[0]?.id === known?.id;
  return known && !only ? `/?${new URLSearchParams({ workspace: known.id })}` : "/";
}

/** The workspace that the address is about, by its name or by that of a dead letter or a plan. */
function namedIn(c: Ctx): string | undefined {
  const placed = [c.req.param("id"), c.req.param("plan"), c.req.query("before")];
  const found = placed.find((id) => id?.includes(":"));
  return c.req.query("workspace") || (found && workspaceIn(found));
}

/** As hono/jsx writes a text. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

async function readFields(c: Ctx): Promise<Fields> {
  const data = await c.req.formData().catch(() => {
    throw new Problem(400, "This address takes a form of the dashboard.");
  });
  const all = (name: string) => data.getAll(name).filter((value) => typeof value === "string");
  return { all, text: (name) => all(name)[0] ?? "" };
}
