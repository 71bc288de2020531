// A folder to set up, and a small internet on loopback that stands in for Webflow and Slack.
import { copyFileSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { seeded } from "../../sandbox/random.ts";
import { sandboxHook, slackReceiver } from "../../sandbox/receivers/slack.ts";
import { webflowApi } from "../../sandbox/webflow/api.ts";
import { AuditLog } from "../../sandbox/webflow/audit-log.ts";
import { Tokens } from "../../sandbox/webflow/tokens.ts";
import { systemClock } from "../../src/http.ts";
import { type Ended, runScript } from "./script.ts";

const root = join(import.meta.dirname, "../..");
export const token = "ws-token-of-a-set-up-that-nobody-may-see";
export const adminToken = "an-admin-token-that-nobody-may-see";
export const hook = sandboxHook;
export const secrets = {
  WEBFLOW_TOKEN: token,
  SLACK_WEBHOOK_URL: hook,
  ADMIN_TOKEN: adminToken,
};

export class SetUp {
  readonly folder = mkdtempSync(join(tmpdir(), "tidemark-setup-"));
  readonly log = new AuditLog();
  readonly tokens = new Tokens();
  readonly workspace = { id: "6621ccb459b561c69f29d57c", slug: "heart-of-gold", enterprise: true };
  readonly slack = slackReceiver({ clock: systemClock });
  /** Answers before the sandbox does, where it answers at all. */
  answer: (url: URL) => Response | undefined = () => undefined;
  readonly asked: URL[] = [];
  readonly #api;
  readonly #server: Server;

  constructor() {
    for (const file of ["wrangler.toml", ".dev.vars.example", ".gitignore"])
      copyFileSync(join(root, file), join(this.folder, file));
    this.tokens.issue(token);
    for (let i = 0; i < 3; i++) this.log.add(this.#login(i));
    const { log, tokens, workspace } = this;
    this.#api = webflowApi({ log, tokens, workspace, clock: systemClock, random: seeded(1) });
    const listener = getRequestListener(async (request) => this.#route(request));
    this.#server = createServer(listener);
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), "utf8");
  }

  run(
    script: string,
    args: readonly string[] = [],
    { env = {}, input = "" }: { env?: Record<string, string>; input?: string } = {},
  ): Promise<Ended> {
    const { port } = this.#server.address() as AddressInfo;
    const loopback = {
      NODE_OPTIONS: `--import ${join(import.meta.dirname, "loopback.ts")}`,
      LOOPBACK: `http://127.0.0.1:${port}`,
    };
    return runScript(script, args, { cwd: this.folder, env: { ...loopback, ...env }, input });
  }

  #login(i: number) {
    return {
      timestamp: new Date(Date.UTC(2026, 5, 1, 12, i)).toISOString(),
      eventType: "user_access",
      eventSubType: "login",
      actor: { type: "person", id: "60492e55bbddce079561cd7a", email: "ford@example.com" },
      workspace: { id: this.workspace.id, slug: this.workspace.slug },
      payload: { method: "dashboard" },
    };
  }

  async #route(request: Request): Promise<Response> {
    const meant = request.headers.get("x-meant-for") ?? "";
    const url = new URL(meant);
    this.asked.push(url);
    const headers = new Headers(request.headers);
    const init = request.method === "POST" ? { body: await request.text() } : {};
    const answered = this.answer(url);
    if (answered) return answered;
    const forwarded = new Request(meant, { method: request.method, headers, ...init });
    if (url.host === "api.webflow.com") return this.#api.fetch(forwarded);
    if (url.host === "hooks.slack.com") return this.slack.fetch(forwarded);
    return new Response("nobody is here", { status: 404 });
  }
}
