// `npm run backtest`, as a user runs it, against a server that answers as the Worker does.
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { runScript } from "../support/script.ts";

const token = "an-admin-token-that-nobody-may-see";
const report = {
  from: "2026-05-01T00:00:00.000Z",
  to: "2026-05-31T00:00:00.000Z",
  readTo: "2026-05-11T00:00:00.000Z",
  complete: false,
  events: 1200,
  problem: null,
  rules: [
    { rule: "login.api", severity: "medium", findings: 0, examples: [] },
    {
      rule: "login.new_country",
      severity: "high",
      findings: 3,
      examples: [{ time: "2026-05-02T08:00:00.000Z", reason: "ann logged in.", evidence: ["01"] }],
    },
  ],
};

let server: Server;
let url: string;
let folder: string;
let answers: { status: number; data: object }[] = [];
let asked: { path: string | undefined; method: string | undefined; body: string }[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    asked.push({ path: request.url, method: request.method, body });
    const { status, data } = answers.shift() ?? {
      status: 200,
      data: { ...report, complete: true },
    };
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(data));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidemark-backtest-"));
  asked = [];
  answers = [];
});

const run = (args: readonly string[]) =>
  runScript("backtest.ts", ["--url", url, "--pause", "0", ...args], {
    cwd: folder,
    env: { ADMIN_TOKEN: token },
  });

describe("npm run backtest", () => {
  it("asks the same until all is read, and prints the rules, the busiest first", async () => {
    answers = [
      { status: 202, data: report },
      { status: 502, data: { ...report, problem: "Webflow asked to wait" } },
    ];
    const { code, out, err } = await run(["--days", "30"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out.split("\n")).toEqual([
      "read to 2026-05-11T00:00:00.000Z",
      "read to 2026-05-11T00:00:00.000Z: Webflow asked to wait",
      "2026-05-01T00:00:00.000Z to 2026-05-31T00:00:00.000Z: 3 findings in 1200 events",
      "login.new_country  high          3    0.10 a day",
      "    2026-05-02T08:00:00.000Z  ann logged in.",
      "login.api          medium        0    0.00 a day",
      "",
    ]);
    expect(asked.map(({ path, method }) => `${method} ${path}`)).toEqual(
      Array(3).fill("POST /rules/backtest"),
    );
    expect(new Set(asked.map(({ body }) => body)).size).toBe(1);
  });

  it("passes on the rules and a file of their options", async () => {
    writeFileSync(join(folder, "options.json"), '{"login.api": {"days": 9}}');
    const { code } = await run(["--rules", "login.*, role.*", "--parameters", "options.json"]);
    expect(code).toBe(0);
    expect(JSON.parse(asked[0]?.body ?? "")).toMatchObject({
      rules: ["login.*", "role.*"],
      parameters: { "login.api": { days: 9 } },
    });
  });

  it("gives up on a log that cannot be read, and says where and why", async () => {
    answers = Array(5).fill({ status: 502, data: { ...report, problem: "The token is refused." } });
    const { code, err } = await run([]);
    expect([code, err]).toEqual([
      1,
      "The log cannot be read on from 2026-05-11T00:00:00.000Z: The token is refused.\n",
    ]);
  });

  it.each([
    [["--days", "many"], /--days: expected a number/],
    [["--parameters", "none.json"], /--parameters: ENOENT/],
    [["--form", "x"], /--form.*Usage/],
  ])("says what is wrong with %j, and asks nothing", async (args, said) => {
    const { code, err } = await run(args);
    expect(code).toBe(1);
    expect(err).toMatch(said);
    expect(asked).toEqual([]);
  });
});
