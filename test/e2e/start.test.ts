import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const executablePath = "/usr/bin/chromium";
const root = join(import.meta.dirname, "../..");
const arguments_ =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

let command: ChildProcess | undefined;
let browser: Browser | undefined;
let printed = "";
let pageUrl = "";

beforeAll(async () => {
  command = spawn(process.execPath, ["sandbox/start.ts"], { cwd: root });
  command.stdout?.on("data", (data) => {
    printed += data;
  });
  while (!/http:\/\/localhost:\d+/.test(printed)) await once(command.stdout ?? command, "data");
  pageUrl = /http:\/\/localhost:\d+/.exec(printed)?.[0] ?? "";
}, 30_000);

afterAll(async () => {
  await browser?.close();
  if (command?.exitCode === null) {
    command.kill("SIGINT");
    await once(command, "exit");
  }
});

describe("npm start", () => {
  it("prints where to look: the page, the dashboard and its password, the Worker, and how to ask it", () => {
    expect(printed).toMatch(/Dashboard.*http:\/\/localhost:\d+\n.*password: sandbox-admin-token/);
    expect(printed).toMatch(/\/health/);
    expect(printed).toMatch(/Authorization: Bearer/);
  });

  it.skipIf(!existsSync(executablePath))(
    "shows in a browser how activity arrives, and how Slack catches up when it was down (needs /usr/bin/chromium)",
    async () => {
      browser = await chromium.launch({ executablePath, args: arguments_.split(" ") });
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      page.on("pageerror", (error) => errors.push(String(error)));
      await page.goto(pageUrl);
      await page.getByText("logged in").first().waitFor({ timeout: 15_000 });
      const down = page.getByRole("switch", { name: /slack/i });
      await down.click();
      await page.getByRole("button", { name: /role granted/i }).click();
      await page
        .getByText(/on the way/)
        .first()
        .waitFor({ timeout: 15_000 });
      await down.click();
      await expect
        .poll(() => page.getByText("nothing missing").count(), { timeout: 30_000 })
        .toBe(2);
      expect(await page.getByText(/[1-9]\d* twice/).count()).toBe(0);
      expect(errors).toEqual([]);
    },
    60_000,
  );

  it("ends at Ctrl-C within a second, without an error", async () => {
    const child = command;
    if (!child) throw new Error("not running");
    const startedMs = Date.now();
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(Date.now() - startedMs).toBeLessThan(1500);
  });
});
