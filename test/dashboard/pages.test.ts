import { describe, expect, test } from "vitest";
import { pageRoutes } from "../../src/dashboard/route-list.ts";
import { toIso } from "../../src/time.ts";
import { budgetOf } from "../support/budget.ts";
import {
  adminToken,
  destination,
  event,
  House,
  hook,
  hours,
  letter,
  overviewOf,
  receipts,
} from "../support/dashboard.ts";
import { explanation } from "../support/fake-relay.ts";

const rule = {
  rule: "login.impossible_travel",
  title: "Impossible travel",
  severity: "high" as const,
  findings: 1234,
  heldBack: 7,
  last: toIso(Date.now() - 60_000),
};
const finding = (events: number) => ({
  ...rule,
  reason: "ann@example.com logged in from Madrid ES 30 minutes after a login from Lisbon PT.",
  technique: null,
  time: rule.last,
  evidence: Array.from({ length: events }, (_, n) => `01K7M00000000000000000000${n % 10}`),
});
const bytes = (text: string) => new TextEncoder().encode(text).length;

describe("the routes", () => {
  test("are those of the list, which the README is made from", () => {
    const { api } = new House();
    const own = new Set(api.specs.map(({ method, path }) => `${method} ${path}`));
    const mounted = api.app.routes
      .filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, "{$1}")}`)
      .filter((route) => !own.has(route));
    expect([...new Set(mounted)].toSorted()).toEqual(
      pageRoutes.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
  });

  const closed = pageRoutes.filter(({ auth }) => auth === "admin");
  test.each(closed)(
    "$method $path is for the admin only, and says how to sign in",
    async (route) => {
      const path = route.path.replace(/\{\w+\}/g, "x");
      const { status, headers, text } = await new House().ask(
        `${route.method.toUpperCase()} ${path}`,
        {
          headers: {},
        },
      );
      expect(status).toBe(401);
      expect(headers.get("www-authenticate")).toMatch(/^Basic realm="tidemark"/);
      expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(text).toMatch(/user name may be anything; the password is\s*<b>ADMIN_TOKEN<\/b>/);
    },
  );

  test("after too many wrong passwords say for how long none is looked at", async () => {
    const house = new House();
    const wrong = { headers: { authorization: `Basic ${btoa("me:wrong")}` } };
    for (let i = 0; i < 11; i++) await house.ask("GET /", wrong);
    const { status, headers, text } = await house.ask("GET /");
    expect([status, headers.get("content-type")]).toEqual([429, "text/html; charset=utf-8"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(text).toMatch(/sign-ins/);
  });

  test("without an ADMIN_TOKEN say how to set one", async () => {
    const { status, text } = await new House({ ADMIN_TOKEN: "" }).ask("GET /");
    expect(status).toBe(403);
    expect(text).toContain("npx wrangler secret put ADMIN_TOKEN");
  });

  test("take no form that another site has sent", async () => {
    const house = new House();
    const { status, text } = await house.ask("POST /dashboard/destinations/team", {
      headers: {
        authorization: `Basic ${btoa(`me:${adminToken}`)}`,
        "sec-fetch-site": "cross-site",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: "do=pause",
    });
    expect(status).toBe(403);
    expect(text).toContain("nothing was done");
    expect(house.relay().calls).toEqual([]);
  });
});

describe("every page", () => {
  test("is sent with a policy that lets nothing run or look but its own files, and is kept nowhere", async () => {
    const { headers, text } = await new House().ask("GET /");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; style-src 'self'; script-src 'self';/);
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(text).not.toMatch(/<style|style=|<script(?! src=)|\son\w+=/);
  });

  test("has its files under an address that changes with them, open to all and kept for a year", async () => {
    const house = new House();
    const { text } = await house.ask("GET /");
    const urls = [...text.matchAll(/(?:href|src)="(\/dashboard\/static\/[^"]+)"/g)].map(
      ([, url]) => url,
    );
    expect(new Set(urls).size).toBe(3);
    for (const url of urls) {
      const file = await house.ask(`GET ${url}`, { headers: {} });
      expect(file.status).toBe(200);
      expect(file.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    }
    expect((await house.ask("GET /dashboard/static/x/constructor", { headers: {} })).status).toBe(
      404,
    );
  });
});

describe("the first page", () => {
  test("shows a workspace, its numbers, and a destination with what is wrong and what to do", async () => {
    const house = new House();
    const problem = "Paused since 10:00: HTTP 403. Its backlog is held. Check its URL and keys.";
    house.relay().overrides = {
      overview: async () =>
        overviewOf({
          destinations: [
            destination(),
            destination({ name: "siem", type: "webhook", state: "paused", backlog: 31, problem }),
          ],
        }),
    };
    const { status, text } = await house.ask("GET /");
    expect(status).toBe(200);
    for (const words of ["Active", "Up to date", "Paused", problem, "4 s", "31", "Retry now"])
      expect(text).toContain(words);
    expect(text).toMatch(/97\.5 %|98\.8 %/);
    expect(text).toContain("<title>Latency by hour: now 600 ms, at most 600 ms</title>");
  });

  test("before the first run says what comes next, and where the events will stand", async () => {
    const house = new House();
    const starting = { state: "starting", lastRead: null, newestEvent: null, since: null } as const;
    house.relay().overrides = {
      overview: async () =>
        overviewOf({
          ...starting,
          destinations: [destination({ state: "starting", through: null })],
        }),
    };
    const { text } = await house.ask("GET /");
    expect(text).toContain("The first read comes with the next minute");
    expect(text).toContain("None yet since Tidemark began");
    expect(text).toContain("The first comes when the first whole hour is over");
  });

  test("without a destination says where to add one", async () => {
    const house = new House();
    house.relay().overrides = { overview: async () => overviewOf({ destinations: [] }) };
    expect((await house.ask("GET /")).text).toContain("<code>[[vars.DESTINATIONS]]</code>");
  });

  test("tells why the log cannot be read, and when it is read again", async () => {
    const house = new House();
    const problem = "Webflow does not accept the token. Make a new one, and set it.";
    house.relay().overrides = {
      overview: async () =>
        overviewOf({ state: "refused", problem, nextRead: toIso(Date.now() + 50_000) }),
      newest: async () => ({ events: [], problem: "no token is accepted" }),
    };
    const { text } = await house.ask("GET /");
    expect(text).toMatch(/Refused.*Webflow does not accept the token.*Read again.*in \d+ s/s);
    expect(text).toContain("The log could not be read just now: no token is accepted");
  });

  test("of several workspaces begins with all of them; one that cannot be asked hides none of the others", async () => {
    const workspaces = ["acme", "beta"].map((id) => ({ id, token: "$WEBFLOW_TOKEN" }));
    const house = new House({ WORKSPACES: workspaces });
    house.relay("beta").overrides = { overview: () => Promise.reject(new Error("gone")) };
    const { status, text } = await house.ask("GET /");
    expect(status).toBe(200);
    expect(text).toContain('<a href="#w0"><bdi class="name">acme</bdi></a>');
    expect(text).toContain("could not be asked");
  });

  test.each([
    [2, 5, "full"],
    [4, 5, "compact"],
    [12, 5, "line"],
  ])("of %i workspaces with %i destinations each stays light: %s", async (many, each, depth) => {
    const ids = Array.from({ length: many }, (_, i) => `workspace-${i}`);
    const names = Array.from({ length: each }, (_, i) => `destination-${i}`);
    const house = new House({
      WORKSPACES: ids.map((id) => ({ id, token: "$WEBFLOW_TOKEN" })),
      DESTINATIONS: names.map((name) => ({ name, type: "slack", url: hook })),
    });
    for (const id of ids) {
      house.relay(id).overrides = {
        overview: async () =>
          overviewOf(
            { destinations: names.map((name) => destination({ name })) },
            { hours: hours(names), receipts: receipts(72) },
          ),
        newest: async (most) => ({
          events: Array.from({ length: most }, () => event({ summary: "x".repeat(120) })),
          problem: null,
        }),
      };
    }
    const { text } = await house.ask("GET /");
    expect(bytes(text)).toBeLessThan(50 * 1024);
    expect(text.includes("Newest events")).toBe(depth === "full");
    expect(text.includes("Test destination-0")).toBe(depth !== "line");
    expect(text.includes("/?workspace=workspace-1")).toBe(depth !== "full");
    const own = await house.ask("GET /?workspace=workspace-1");
    expect(own.text).toContain("Newest events");
    expect(own.text).not.toContain("workspace-0");
  });

  test("stays below 50 KiB with a full house: 20 destinations, receipts of three days, letters, events", async () => {
    const names = Array.from({ length: 20 }, (_, i) => `destination-number-${i}`);
    const house = new House({
      DESTINATIONS: names.map((name) => ({ name, type: "slack", url: hook })),
    });
    const relay = house.relay();
    const states = ["ok", "behind", "waiting", "paused"] as const;
    relay.letters = Array.from({ length: 9 }, (_, i) => ({ ...letter, id: i + 1 }));
    relay.overrides = {
      overview: async () =>
        overviewOf(
          {
            deadLetters: 9,
            rules: Array.from({ length: 22 }, () => ({ ...rule, findings: 9, heldBack: 9 })),
            destinations: names.map((name, i) =>
              destination({
                name,
                state: states[i % 4] ?? "ok",
                problem: i % 4 > 1 ? "HTTP 503: down. Nothing is lost: it is tried again." : null,
              }),
            ),
          },
          {
            hours: hours(names),
            receipts: receipts(72),
            findings: Array.from({ length: 10 }, () => finding(12)),
          },
        ),
      newest: async (most) => ({
        events: Array.from({ length: most }, () => event({ summary: "x".repeat(120) })),
        problem: null,
      }),
    };
    const { text } = await house.ask("GET /");
    expect(text).toContain("destination-number-19");
    expect(bytes(text)).toBeLessThan(50 * 1024);
  });

  test("with all of its files stays below 50 KiB in an ordinary house", async () => {
    const house = new House();
    const { text } = await house.ask("GET /");
    const urls = [...text.matchAll(/(?:href|src)="(\/dashboard\/static\/[^"]+)"/g)].map(
      ([, url]) => url,
    );
    const files = await Promise.all([...new Set(urls)].map((url) => house.ask(`GET ${url}`)));
    expect(bytes(text + files.map((file) => file.text).join(""))).toBeLessThan(50 * 1024);
  });
});

describe("a broken configuration", () => {
  const broken = {
    POLL_SECONDS: "often",
    DESTINATIONS: [{ name: "team", type: "slak", url: "$NOPE" }],
  };

  test("is a page that lists every mistake with its remedy", async () => {
    const { status, text } = await new House(broken).ask("GET /");
    expect(status).toBe(503);
    expect(text).toContain("npx wrangler secret put NOPE");
    expect(text).toContain("POLL_SECONDS: expected a whole number");
    expect(text).toContain("DESTINATIONS[0].type: expected one of");
  });

  test("is for the admin only", async () => {
    const { status, text } = await new House(broken).ask("GET /", { headers: {} });
    expect(status).toBe(401);
    expect(text).not.toContain("POLL_SECONDS");
  });
});

describe("what comes from outside", () => {
  const hostile = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "\u202Eevil"];

  test("is escaped wherever it stands: names, sentences, reasons, payloads", async () => {
    const house = new House();
    const relay = house.relay();
    const text = `${hostile.join(" ")} ${"w".repeat(3000)}`;
    relay.letters = [
      { ...letter, destination: text, reason: text, item: JSON.stringify({ text }) },
    ];
    relay.overrides = {
      overview: async () =>
        overviewOf({
          deadLetters: 1,
          destinations: [destination({ name: text, problem: text, lastError: text })],
        }),
      newest: async () => ({
        events: [event({ summary: text, type: text, id: text })],
        problem: text,
      }),
      explain: async () => ({
        kind: "known",
        explanation: {
          ...explanation("01"),
          summary: text,
          problem: text,
          findings: explanation("01").findings.map((one) => ({
            ...one,
            reason: text,
            title: text,
            evidence: [text],
          })),
        },
      }),
      look: async () => ({
        events: [event({ summary: text, role: text })],
        next: null,
        problem: text,
      }),
    };
    for (const path of [
      "/",
      "/dashboard/dead-letters",
      "/dashboard/events?type=%22%3E%3Cb%3E",
      "/dashboard/events/01",
    ]) {
      const page = await house.ask(`GET ${path}`);
      expect(page.status, path).toBe(200);
      expect(page.text, path).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
      expect(page.text, path).not.toMatch(/<script>|<img src=x|<b>(?=")/);
    }
  });

  test("of a workspace tells what each rule found this week, and leads to the findings with their events", async () => {
    const house = new House();
    const { evidence, ...found } = finding(2);
    const calm = { rule: "login.api", title: "API login", findings: 0, heldBack: 0, last: null };
    const rules = [rule, { ...rule, ...calm }];
    house.relay().overrides = {
      overview: async () => overviewOf({ rules }, { findings: [{ ...found, evidence }] }),
    };
    const { text } = await house.ask("GET /");
    const [, section = ""] = /aria-label="Findings in acme">(.*?)<\/section>/s.exec(text) ?? [];
    expect(section).toMatch(/2 rules on.*Impossible travel.*>1,234<.*1 min ago.*>7</s);
    expect(section).not.toContain("API login");
    expect(section).toContain('href="/dashboard/findings?workspace=acme"');
    const page = await house.ask("GET /dashboard/findings?workspace=acme");
    expect(page.text).toMatch(
      /ann@example\.com logged in from Madrid.*Impossible travel.*API login.*>none</s,
    );
    const links = [...page.text.matchAll(/href="(\/dashboard\/events\/[^"]+)"/g)];
    expect(links.map(([, href]) => href)).toEqual(
      evidence.map((id) => `/dashboard/events/${id}?workspace=acme`),
    );
    house.relay().overrides = { overview: async () => overviewOf({ rules: rules.slice(1) }) };
    expect((await house.ask("GET /")).text).toContain(
      "No rule has found anything in the last 7 days.",
    );
    house.relay().overrides = {};
    expect((await house.ask("GET /")).text).not.toContain("Findings in acme");
    expect((await house.ask("GET /dashboard/findings")).text).toMatch(
      /None is remembered.*findings = true/s,
    );
  });

  test("of an event tells what rules say of it, and leads to the events that it rests on", async () => {
    const id = "01K7M000000000000000000009";
    const { text } = await new House().ask(`GET /dashboard/events/${id}`);
    const [, section = ""] = /aria-labelledby="findings">(.*?)<\/section>/s.exec(text) ?? [];
    expect(section).toMatch(
      /What rules say of it.*>high<.*Owner or Admin granted\.<\/b> Ann made Ben/s,
    );
    const links = [...section.matchAll(/href="([^"]+)"/g)].map(([, href]) => href);
    expect(links).toEqual(["/dashboard/events/01K7M000000000000000000000?workspace=acme"]);
  });

  test("has its secrets struck out, also where they stand escaped in HTML or inside JSON", async () => {
    const house = new House();
    const relay = house.relay();
    const leak = `${hook} https://siem.example.com/in?key=a&b ${adminToken} ws-0123456789abcdef`;
    relay.letters = [{ ...letter, reason: leak, item: JSON.stringify({ leak }) }];
    relay.overrides = {
      overview: async () =>
        overviewOf({ deadLetters: 1, destinations: [destination({ problem: leak })] }),
      newest: async () => ({ events: [event({ summary: leak })], problem: leak }),
    };
    for (const path of ["/", "/dashboard/dead-letters"]) {
      const { text } = await house.ask(`GET ${path}`);
      expect(text).toContain("‹secret›");
      for (const secret of [hook, "key=a&amp;b", "key=a&b", adminToken, "ws-0123456789abcdef"])
        expect(text, path).not.toContain(secret);
    }
  });

  test("in an address is never said as if it were ours", async () => {
    const { text } = await new House().ask("GET /?notice=paused&on=Your+account+is+closed");
    expect(text).not.toContain("account is closed");
    expect(text).not.toContain('role="status">Your');
  });
});

describe("what today takes of Cloudflare's plan", () => {
  test("stands on the page with its limit and where midnight will find it", async () => {
    const house = new House();
    house.relay().overrides = { overview: async () => overviewOf({ budget: budgetOf() }) };
    const { text } = await house.ask("GET /");
    expect(text).toContain("Today → midnight UTC, of the free plan");
    expect(text).toContain("rows written <b>16,000 → 34,000</b> of 100,000<svg");
    expect(text).toContain("All else: below a tenth. Polled every 10 s.");
  });

  test("is told at the top when it is used up", async () => {
    const house = new House();
    const budget = budgetOf({ standing: "held", problem: "Today's part is used up." });
    house.relay().overrides = { overview: async () => overviewOf({ budget }) };
    const { text } = await house.ask("GET /");
    expect(text).toContain('<p class="notice bad">Today&#39;s part is used up.</p>');
  });
});
