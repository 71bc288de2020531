import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runScript } from "../support/script.ts";

const token = "an-admin-token-that-nobody-may-see";
const json = { receipts: [{ from: "a" }, { from: "b" }], keys: [] };

interface Canned {
  readonly status?: number;
  readonly type?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
}

let server: Server;
let url: string;
let folder: string;
let answer: (request: IncomingMessage) => Canned;
let asked: IncomingMessage[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request);
    const {
      status = 200,
      type = "text/plain; charset=utf-8",
      body = "",
      headers,
    } = answer(request);
    response.writeHead(status, { "content-type": type, ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-receipts-"));
  asked = [];
  answer = ({ headers }) =>
    headers.accept === "application/json"
      ? { type: "application/json", body: JSON.stringify(json) }
      : { body: "2026-06-01 12:00–13:00 UTC  quiet\n" };
});

const run = (args: readonly string[], env: Record<string, string> = { ADMIN_TOKEN: token }) =>
  runScript("receipts.ts", args, { cwd: folder, env });
const problem = (status: number, detail: string, errors?: string[]): Canned => ({
  status,
  type: "application/problem+json",
  body: JSON.stringify({ type: "about:blank", title: "…", status, detail, errors }),
});

describe("npm run receipts", () => {
  it("shows the receipts as text", async () => {
    const { code, out, err } = await run(["--url", url]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe("2026-06-01 12:00–13:00 UTC  quiet\n");
    expect(asked[0]?.url).toBe("/receipts");
    expect(asked[0]?.headers).toMatchObject({
      accept: "text/plain",
      authorization: `Bearer ${token}`,
    });
  });

  it("asks for a period and a workspace, also of a Worker below a path", async () => {
    const period = ["--from", "2026-06-01T00:00:00+02:00", "--to", "2026-06-02T00:00:00Z"];
    await run(["--url", `${url}/tidemark/`, ...period, "--workspace", "my & mine"]);
    const { pathname, searchParams } = new URL(asked[0]?.url ?? "", url);
    expect(pathname).toBe("/tidemark/receipts");
    expect(Object.fromEntries(searchParams)).toEqual({
      from: "2026-06-01T00:00:00+02:00",
      to: "2026-06-02T00:00:00Z",
      workspace: "my & mine",
    });
  });

  it("keeps them in a file, byte for byte, and says how to check it", async () => {
    const { code, out } = await run(["--url", url, "--json", "kept.json"]);
    expect(code).toBe(0);
    expect(out).toBe("2 receipts are in kept.json. Check them with: npm run verify -- kept.json\n");
    expect(readFileSync(join(folder, "kept.json"), "utf8")).toBe(JSON.stringify(json));
  });

  it("reads the token from .dev.vars where the environment has none", async () => {
    writeFileSync(join(folder, ".dev.vars"), `# local\nOTHER=1\nADMIN_TOKEN="${token}"\n`);
    const { code } = await run(["--url", url], {});
    expect(code).toBe(0);
    expect(asked[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it.each([
    ["no URL", [], /--url is missing/],
    ["what is no URL", ["--url", "tidemark"], /tidemark is not a URL/],
    ["http to another machine", ["--url", "http://tidemark.example.com"], /expected https/],
    ["an unknown option", ["--url", "https://a.example", "--form", "x"], /--form/],
  ])("says what is wrong with %s, and asks nothing", async (_, args, said) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(said);
    expect(asked).toEqual([]);
  });

  it("says where the token goes when there is none, or one that no header can carry", async () => {
    expect((await run(["--url", url], {})).err).toMatch(/ADMIN_TOKEN is not set.*\.dev\.vars/);
    const { err } = await run(["--url", url], { ADMIN_TOKEN: `${token}\n${token}` });
    expect(err).toMatch(/no header can carry/);
    expect(err).not.toContain(token);
  });

  it("says of a refused token how to set another", async () => {
    answer = () => problem(401, "This route needs the admin token");
    const { code, err } = await run(["--url", url]);
    expect(code).toBe(1);
    expect(err).toMatch(
      /does not take this ADMIN_TOKEN \(401\).*npx wrangler secret put ADMIN_TOKEN/,
    );
  });

  it("passes on what the Worker says: each mistake of a broken configuration, an unknown workspace", async () => {
    const mistakes = ["WORKSPACES is missing", "DESTINATIONS[0].url is missing"];
    answer = () =>
      problem(503, "The configuration is broken: nothing is pulled or sent.", mistakes);
    const broken = await run(["--url", url]);
    expect(broken.code).toBe(1);
    expect(broken.err).toMatch(
      /503: The configuration is broken.*\n {2}- WORKSPACES.*\n {2}- DEST/,
    );
    answer = () => problem(404, "No workspace is called x");
    expect((await run(["--url", url, "--workspace", "x"])).err).toMatch(/404: No workspace/);
  });

  it("says that nobody answers there", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    const { code, err } = await run(["--url", `http://127.0.0.1:${port}`]);
    expect(code).toBe(1);
    expect(err).toContain(`127.0.0.1:${port} cannot be reached: ECONNREFUSED`);
  });

  it("says that something else answers there, and goes nowhere else with the token", async () => {
    answer = () => ({ type: "text/html", body: "<h1>Welcome</h1>" });
    expect((await run(["--url", url])).err).toMatch(/not like Tidemark\. Check --url/);
    answer = () => ({ status: 302, headers: { location: `${url}/elsewhere` } });
    expect((await run(["--url", url])).err).toMatch(/answers 302/);
    expect(asked).toHaveLength(2);
  });

  it("says that the file cannot be written", async () => {
    const { code, err } = await run(["--url", url, "--json", "no/such/folder.json"]);
    expect(code).toBe(1);
    expect(err).toMatch(/--json: ENOENT/);
  });

  it("never shows the token, not even where the answer repeats it", async () => {
    answer = ({ headers }) => problem(422, `query: what is ${headers.authorization}?`);
    const refused = await run(["--url", url]);
    expect(refused.err).toContain("‹secret›");
    answer = ({ headers }) => ({ body: `hello ${headers.authorization}` });
    const shown = await run(["--url", url]);
    expect(refused.err + refused.out + shown.err + shown.out).not.toContain(token);
  });
});
