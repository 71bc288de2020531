// The dashboard in a real browser, on the Worker as it is deployed: every button, the form, both themes, a phone.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type Locator,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminToken, Deployed, token, until, workspace } from "./deployed.ts";

const executablePath = "/usr/bin/chromium";
const args =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pages = ["", "events", "findings", "dead-letters", "mutes", "resync"].map((page) =>
  page === "" ? "/" : `/dashboard/${page}`,
);
const pressable = "a[href], button, summary, input, select";
// What runs in the browser stands as a text: its names are none of Node's.
const countShifts = `
  shifts = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) shifts += value;
  }).observe({ type: "layout-shift", buffered: true });`;
interface Measured {
  readonly shifts: number;
  readonly overflow: number;
}
const measure = `({
  shifts,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
})`;
const refused = { kind: "answer", status: 400, word: "unknown_field" } as const;

describe.skipIf(!existsSync(executablePath))("the dashboard (needs /usr/bin/chromium)", () => {
  const deployed = new Deployed({
    siem: { start: "2d", findings: true },
    archive: { start: "2d" },
    team: { start: "2d", minSeverity: "high" },
  });
  const errors: string[] = [];
  let browser: Browser;
  let page: Page;

  async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<BrowserContext> {
    return browser.newContext({
      baseURL: deployed.worker.url,
      httpCredentials: { username: "me", password: adminToken },
      ...options,
    });
  }

  function listen(to: Page): Page {
    to.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    to.on("pageerror", (error) => errors.push(String(error)));
    return to;
  }

  const notice = () => page.locator(".notice[role=status]").first();
  const press = (name: string | RegExp) => page.getByRole("button", { name, exact: true }).click();
  const choose = async (menu: string, name: string) => {
    await page.locator(`summary[aria-label="${menu}"]`).click();
    await page.locator(".menu[open]").getByRole("button", { name }).click();
  };
  const anew = async (part: Locator) => {
    await page.reload();
    return part.textContent();
  };
  const row = (name: string) =>
    page.locator("tbody", { has: page.getByText(name, { exact: true }) });

  beforeAll(async () => {
    let requests = 0;
    deployed.siem.faults = () => (++requests % 25 === 0 ? refused : undefined);
    const nowMs = Date.now();
    deployed.generate(120, nowMs - 30 * 3_600_000, nowMs - 20_000);
    await deployed.start();
    await until(
      () => deployed.siemIds().length > 90 && deployed.archiveIds().length > 110,
      30_000,
      () => `${deployed.siemIds().length} and ${deployed.archiveIds().length} arrived`,
    );
    deployed.siem.faults = () => undefined;
    browser = await chromium.launch({ executablePath, args: args.split(" ") });
    page = listen(await (await open()).newPage());
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await deployed.stop();
  });

  it("asks for a password, and says which", async () => {
    const response = await deployed.worker.fetch("/");
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain("Basic");
    expect(await response.text()).toContain("ADMIN_TOKEN");
  });

  it("tests a destination, and says what its receiver said, for better and for worse", async () => {
    await page.goto("/");
    await press("Test siem");
    await expect.poll(() => notice().textContent()).toBe("siem accepted the test event.");
    deployed.archive.faults = () => ({ kind: "answer", status: 403, word: "forbidden" });
    await press("Test archive");
    await expect.poll(() => notice().textContent()).toContain("did not accept the test event");
    expect(await row("archive").textContent()).toContain("check the destination's URL and keys");
  });

  it("tries a destination that waits or is paused again, when told to", async () => {
    deployed.generate(1, Date.now() - 2000, Date.now() - 1000);
    await expect.poll(() => anew(row("archive")), { timeout: 20_000 }).toContain("Paused since");
    deployed.archive.faults = () => undefined;
    await press("Retry now archive");
    await expect.poll(() => notice().textContent()).toContain("archive is tried now");
    await expect.poll(() => anew(row("archive")), { timeout: 20_000 }).toContain("Up to date");
  });

  it("pauses a destination for an hour, and lets it go on", async () => {
    await choose("Pause siem", "For an hour");
    await expect.poll(() => notice().textContent()).toContain("siem is paused");
    expect(await row("siem").textContent()).toMatch(/Paused by hand.*by the admin token, until/s);
    await press("Resume siem");
    await expect.poll(() => notice().textContent()).toBe("siem goes on.");
    await expect.poll(() => anew(row("siem")), { timeout: 20_000 }).toContain("Up to date");
  });

  it("reads the log when told to", async () => {
    const before = deployed.api.counts.requests;
    await press(`Sync now: ${workspace.id}`);
    await expect.poll(() => notice().textContent()).toContain("was read just now");
    expect(deployed.api.counts.requests).toBeGreaterThan(before);
  });

  it("shows a dead letter's payload, discards one, and sends another again", async () => {
    const letters = page.locator(".letters > li");
    await page.goto("/dashboard/dead-letters");
    const count = await letters.count();
    expect(count).toBeGreaterThan(2);
    await letters.first().locator(".links summary").click();
    await expect.poll(() => letters.first().locator("pre").isVisible()).toBe(true);
    await letters.first().locator("summary[aria-label^=Discard]").click();
    await press("Discard it");
    await expect.poll(() => notice().textContent()).toContain("discarded");
    expect(await letters.count()).toBe(count - 1);
    const had = deployed.siemIds().length;
    await letters
      .first()
      .getByRole("button", { name: /^Retry/ })
      .click();
    await expect.poll(() => notice().textContent()).toContain("sent again");
    await expect.poll(() => deployed.siemIds().length, { timeout: 20_000 }).toBe(had + 1);
  });

  it("finds events by type, severity, person and period, and explains one in every format", async () => {
    await page.goto("/");
    await page.getByRole("link", { name: "All events" }).click();
    await page.getByLabel("Type").fill("workspace_membership.*");
    await page.getByLabel("Period").selectOption("7d");
    await press("Show");
    const types = page.locator(".events .type");
    await expect.poll(() => types.count()).toBeGreaterThan(3);
    for (const type of await types.allTextContents())
      expect(type).toMatch(/^workspace_membership\./);
    const all = await types.count();
    await page.getByLabel("Severity").selectOption("high");
    await press("Show");
    await expect.poll(() => types.count()).toBeLessThan(all);
    await page.getByLabel("Severity").selectOption("info");
    await page.getByLabel("Person").fill("harborline");
    await press("Show");
    await expect.poll(() => types.count()).toBeGreaterThan(0);
    await page.locator(".events a").first().click();
    await page.getByText("What became of it").waitFor();
    expect(await page.locator(".outcomes > li").count()).toBe(3);
    await page.getByText("ocsf", { exact: true }).click();
    await page.getByText('"class_uid"').first().waitFor();
  });

  it("shows what a rule has found, and leads to the event, which says so itself", async () => {
    await page.goto("/");
    const findings = page.getByLabel(`Findings in ${workspace.id}`);
    expect(await findings.textContent()).toContain("No rule has found anything");
    deployed.log.add({
      timestamp: new Date().toISOString(),
      eventType: "workspace_setting",
      eventSubType: "setting_updated",
      actor: { type: "person", id: "6661ccb359b561c69f29d554", email: "trillian@example.com" },
      payload: { setting: "ai_toggle", previousValue: "false", value: "true" },
    });
    await expect.poll(() => anew(findings), { timeout: 20_000 }).toContain("AI switched on");
    expect(await findings.locator("tbody tr").allTextContents()).toEqual([
      expect.stringMatching(/^AI switched on1(.* ago|just now)0$/),
    ]);
    await page.getByRole("link", { name: "All findings" }).click();
    await page.getByText("turned AI features on").waitFor();
    await page.locator(".events a").first().click();
    await page.getByText("What rules say of it").waitFor();
    expect(await page.locator("details.format pre").first().textContent()).toContain(
      '"rule": "setting.ai_switched_on"',
    );
  });

  it("shows what a re-sync would send before it does, and then sends just that", async () => {
    await page.goto("/dashboard/resync");
    await page.getByLabel("team").uncheck();
    await page.getByLabel("siem").uncheck();
    await page.getByLabel("Also what was delivered before").check();
    const had = deployed.archiveIds().length;
    await press("Make a plan");
    const send = page.getByRole("button", { name: /^Send \d+ now$/ });
    const planned = Number(/\d+/.exec((await send.textContent()) ?? "")?.[0]);
    expect(planned).toBeGreaterThan(5);
    expect(deployed.archiveIds().length).toBe(had);
    await send.click();
    await expect.poll(() => notice().textContent()).toContain("The plan is applied");
    await expect.poll(() => deployed.archiveIds().length, { timeout: 30_000 }).toBe(had + planned);
    await expect
      .poll(() => anew(page.locator(".verdict")), {
        timeout: 20_000,
      })
      .toContain(`All is sent: ${planned} deliveries.`);
  });

  it("mutes a type for siem, says so, counts what that keeps back, and ends it by its button", async () => {
    await page.goto("/");
    await page.getByRole("link", { name: "Mutes" }).click();
    await page.getByLabel("What").fill("user_access.*");
    await page.getByLabel("Kept out of").selectOption("siem");
    await page.getByLabel("Why").fill("logins of the load test");
    await page.getByLabel("High and critical severity, too").check();
    await press("Mute");
    await expect.poll(() => notice().textContent()).toContain("Muted.");
    const nowMs = Date.now();
    const [had, others] = [deployed.siemIds().length, deployed.archiveIds().length];
    for (const n of [1, 2, 3])
      deployed.log.add({
        timestamp: new Date(nowMs + n).toISOString(),
        eventType: "user_access",
        eventSubType: "login",
        actor: { id: "6661ccb359b561c69f29d554", email: "load@example.com" },
        payload: { method: "sso", ipAddress: `192.0.2.${n}` },
      });
    await expect.poll(() => deployed.archiveIds().length, { timeout: 20_000 }).toBe(others + 3);
    await page.goto("/");
    const muted = page.getByRole("region", { name: /^Mutes of/ });
    await expect.poll(() => anew(muted), { timeout: 20_000 }).toContain("siem 3");
    expect(await muted.textContent()).toMatch(
      /By the admin token, until .*, in .*logins of the load/s,
    );
    expect(deployed.siemIds().length).toBe(had);
    const id = deployed.archiveIds().at(-1) ?? "";
    await page.goto(`/dashboard/events/${id}`);
    await page.getByText("Muted by the admin token until").waitFor();
    await page.goto("/");
    await press(/^End now: mute 1 of/);
    await expect.poll(() => notice().textContent()).toContain("The mute has ended.");
    const told = () => deployed.lines.filter(({ text }) => text.includes("tidemark.mute_"));
    await expect.poll(() => told().length).toBe(2);
    await page.goto(`/dashboard/events/${id}`);
    await press("Mute this actor for 2 h");
    await expect.poll(() => notice().textContent()).toContain("Muted.");
    await page.getByText("Events with actor.email load@example.com").waitFor();
    expect(deployed.siemIds().length).toBe(had);
  });

  it("says what is wrong with the form, and leads back to it", async () => {
    await page.goto("/dashboard/resync");
    await page.getByLabel("From (UTC)").fill("2099-01-01T00:00:00");
    await press("Make a plan");
    await page.getByText("is in the future").waitFor();
    await page.getByRole("link", { name: "Back" }).click();
    await page.getByRole("button", { name: "Make a plan" }).waitFor();
    // The browser itself tells the console of an answer 422.
    expect(errors.splice(0)).toEqual([expect.stringContaining("422")]);
  });

  it("keeps itself fresh without taking the focus or what is unfolded away, and stops when it cannot", async () => {
    const context = await open();
    const live = listen(await context.newPage());
    await live.clock.install();
    await live.goto("/");
    await live.getByRole("button", { name: "Test team" }).focus();
    await live.locator(".letters .links summary").first().click();
    await live.getByRole("button", { name: "Test team" }).focus();
    await live.evaluate('document.querySelector("h2").setAttribute("data-old", "")');
    await live.clock.fastForward(10_100);
    await expect.poll(() => live.locator("h2[data-old]").count()).toBe(0);
    expect(await live.evaluate('document.activeElement.getAttribute("aria-label")')).toBe(
      "Test team",
    );
    expect(await live.locator(".letters pre").first().isVisible()).toBe(true);
    await live.route("**/*", (route) => route.abort());
    await live.clock.fastForward(10_100);
    await live.getByText("Not refreshed since").waitFor();
    await context.close();
    expect(errors.splice(0)).toEqual([expect.stringContaining("ERR_FAILED")]);
  });

  const looks = [
    { colorScheme: "light", width: 1280 },
    { colorScheme: "dark", width: 1280 },
    { colorScheme: "light", width: 390 },
    { colorScheme: "dark", width: 390 },
  ] as const;
  it.each(looks)(
    "is accessible, steady and as wide as the screen: $colorScheme, $width px",
    async ({ colorScheme, width }) => {
      const context = await open({
        colorScheme,
        viewport: { width, height: 800 },
        bypassCSP: false,
      });
      const look = listen(await context.newPage());
      await look.addInitScript(countShifts);
      await look.goto("/dashboard/events?period=7d");
      const event = await look.locator(".events a").first().getAttribute("href");
      for (const path of [...pages, event ?? ""]) {
        await look.goto(path);
        const { shifts, overflow } = await look.evaluate<Measured>(measure);
        expect([path, shifts, overflow]).toEqual([path, 0, 0]);
        await look.evaluate(
          'for (const one of document.querySelectorAll("details:not(.menu)")) one.open = true',
        );
        await look.evaluate(axe);
        const { violations } = await look.evaluate<Pick<AxeResults, "violations">>("axe.run()");
        const found = violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
        expect([path, found]).toEqual([path, []]);
      }
      await context.close();
      expect(errors.splice(0)).toEqual([]);
    },
    60_000,
  );

  it("is used by keyboard alone: each link, field and button is reached, and a menu opens and acts", async () => {
    await page.goto("/");
    const wanted = await page.evaluate<number>(
      `[...document.querySelectorAll("${pressable}")].filter((one) => one.checkVisibility()).length`,
    );
    const reached = new Set<number>();
    for (let i = 0; i < wanted + 8; i += 1) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate<number>(
          `[...document.querySelectorAll("${pressable}")].indexOf(document.activeElement)`,
        ),
      );
    }
    reached.delete(-1);
    expect(reached.size).toBe(wanted);
    await page.locator('summary[aria-label="Pause team"]').focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => notice().textContent()).toContain("team is paused");
    await press("Resume team");
    await expect.poll(() => notice().textContent()).toBe("team goes on.");
  });

  it("works without JavaScript", async () => {
    const context = await open({ javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto("/");
    await plain.getByRole("button", { name: "Test siem", exact: true }).click();
    await plain.getByText("siem accepted the test event.").first().waitFor();
    await context.close();
  });

  it("says why the log cannot be read", async () => {
    deployed.tokens.revoke(token);
    await page.goto("/");
    await press(`Sync now: ${workspace.id}`);
    await expect.poll(() => notice().textContent()).toContain("could not be read: see below");
    expect(await page.locator(".workspace").textContent()).toContain("Refused");
    deployed.tokens.restore(token);
    expect(errors).toEqual([]);
  });
});
