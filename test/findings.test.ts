// Findings on their way: to the destinations that ask for them, once, through outages, deaths and late events.
import { describe, expect, it } from "vitest";
import { parseConfig } from "../src/config.ts";
import { overview } from "../src/overview.ts";
import { workspaceStatus } from "../src/status.ts";
import { login, startMs, World, type WorldOptions, workspaceId } from "./support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const findingsAt = (world: World, name = "siem") =>
  world.inbox(name).received.filter(({ type }) => type === "tidemark.finding");
const rulesAt = (world: World, name = "siem") =>
  findingsAt(world, name).map(({ body }) => {
    const { payload } = body.raw as { payload: { rule: string } };
    return payload.rule;
  });

function granted(atMs: number, role = "Admin") {
  return login(atMs, {
    eventType: "workspace_membership",
    eventSubType: "user_role_updated",
    payload: {
      targetUser: { id: "6661ccb359b561c69f29d999", email: "ford@example.com" },
      roleName: role,
      previousRoleName: "Designer",
    },
  });
}

function travel(world: World): void {
  const from = (location: string) => ({ method: "dashboard", ipAddress: "192.0.2.1", location });
  world.log.add(login(startMs + minute, { payload: from("Lisbon PT") }));
  world.log.add(login(startMs + 11 * minute, { payload: from("Singapore SG") }));
}

async function started(options: WorldOptions): Promise<World> {
  const world = new World(options);
  await world.run();
  return world;
}

describe("a finding", () => {
  it("that the event alone decides comes with the event, to whoever asks for the rule", async () => {
    const world = await started({
      destinations: {
        siem: { rules: ["privilege.*"], only: ["user_access.*"] },
        other: { rules: ["login.*"] },
        none: {},
      },
    });
    world.log.add(granted(startMs + minute));
    await world.runFor(2 * minute);
    expect(rulesAt(world)).toEqual(["privilege.admin_granted"]);
    expect([findingsAt(world, "other"), findingsAt(world, "none")]).toEqual([[], []]);
    const [finding] = findingsAt(world);
    expect(finding?.body).toMatchObject({
      severity: "high",
      time: new Date(startMs + minute).toISOString(),
      summary: expect.stringMatching(/^Owner or Admin granted: trillian@example.com made ford/),
      raw: { payload: { evidence: world.inbox("other").ids.slice(-1) } },
    });
  });

  it("that rests on history comes when late events have had their time", async () => {
    const world = await started({ destinations: { siem: { rules: ["login.*"] } } });
    travel(world);
    await world.runFor(25 * minute);
    expect(rulesAt(world)).toEqual([]);
    await world.runFor(3 * minute);
    expect(rulesAt(world)).toEqual(["login.impossible_travel"]);
  });

  it("comes once, though the receiver is down and the process dies again and again", async () => {
    const world = await started({ destinations: { siem: { rules: ["*"] } } });
    world.inbox().answer = () => new Response("down", { status: 503 });
    travel(world);
    world.log.add(granted(startMs + 2 * minute));
    for (let n = 0; n < 10; n += 1) {
      await world.runFor(4 * minute);
      world.restart();
    }
    world.inbox().answer = () => undefined;
    await world.runFor(60 * minute);
    expect(rulesAt(world).toSorted()).toEqual([
      "login.impossible_travel",
      "privilege.admin_granted",
    ]);
  });

  it("is not made of what happened before the rules were switched on", async () => {
    const world = new World({ destinations: { siem: { rules: ["*"], start: "2h" } } });
    world.log.add(granted(startMs - 60 * minute));
    await world.runFor(20 * minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(findingsAt(world)).toEqual([]);
  });

  it("has the severity that RULES gives it, and heeds minSeverity", async () => {
    const world = await started({
      destinations: { siem: { rules: ["*"], minSeverity: "critical" }, all: { rules: ["*"] } },
      env: { RULES: { "privilege.admin_granted": { severity: "medium" } } },
    });
    world.log.add(granted(startMs + minute));
    await world.runFor(2 * minute);
    expect(findingsAt(world)).toEqual([]);
    expect(findingsAt(world, "all")).toMatchObject([{ body: { severity: "medium" } }]);
  });

  it("has the severity that the most specific pattern gives its rule, unless its options have one", async () => {
    const RULES = {
      severity: { "*": "low", "privilege.*": "medium", "privilege.admin_granted": "info" },
    };
    const severities = async (env: Record<string, unknown>) => {
      const world = await started({ destinations: { siem: { rules: ["*"] } }, env });
      world.log.add(granted(startMs + minute));
      travel(world);
      await world.runFor(30 * minute);
      return findingsAt(world).map(({ body }) => body.severity);
    };
    expect(await severities({ RULES })).toEqual(["info", "low"]);
    const own = { "login.impossible_travel": { severity: "critical" } };
    expect(await severities({ RULES: { ...RULES, ...own } })).toEqual(["info", "critical"]);
  });

  it("costs nothing where nobody asks for one, and is forgotten when nobody does any more", async () => {
    const world = await started({});
    world.log.add(granted(startMs + minute));
    await world.runFor(2 * minute);
    const rows = () =>
      world.sql.exec(
        "SELECT (SELECT count(*) FROM rule_facts) + (SELECT count(*) FROM rule_waiting) AS n",
      )[0]?.n;
    expect(rows()).toBe(0);
    world.restart({ destinations: { siem: { rules: ["*"] } } });
    world.log.add(granted(startMs + 3 * minute));
    await world.runFor(5 * minute);
    expect(rows()).toBe(1);
    await world.runFor(20 * minute);
    expect(rows()).toBeGreaterThan(2);
    world.restart({ destinations: { siem: {} } });
    expect(rows()).toBe(0);
  });
});

describe("the numbers", () => {
  const flights = (world: World, count: number) => {
    const from = (location: string) => ({ method: "dashboard", ipAddress: "192.0.2.1", location });
    for (let n = 0; n < count; n += 1) {
      const actor = { type: "person", id: `id-${n}`, email: `p${n}@example.com` };
      const atMs = startMs + n * 30 * minute;
      world.log.add(login(atMs + minute, { actor, payload: from("Lisbon PT") }));
      world.log.add(login(atMs + 11 * minute, { actor, payload: from("Singapore SG") }));
    }
  };
  const RULES = { "login.impossible_travel": { mostAWeek: 2 } };

  it("tell each rule's week, what was held back, and that of which nothing was told", async () => {
    const destinations = {
      siem: { rules: ["login.impossible_travel", "privilege.*"], minSeverity: "critical" },
    };
    const world = await started({ destinations, env: { RULES } });
    flights(world, 5);
    world.log.add(granted(startMs + 5 * minute));
    await world.runFor(4 * hour);
    expect(findingsAt(world)).toEqual([]);
    const { rules } = workspaceStatus(world.ports, world.pipeline, world.config, workspaceId);
    expect(rules.map(({ rule }) => rule)).toEqual([
      "privilege.admin_after_joining",
      "privilege.admin_granted",
      "login.impossible_travel",
      "privilege.guest_became_member",
    ]);
    expect(rules.filter(({ findings }) => findings > 0)).toEqual([
      {
        rule: "privilege.admin_granted",
        title: "Owner or Admin granted",
        severity: "high",
        findings: 1,
        heldBack: 0,
        last: new Date(startMs + 5 * minute).toISOString(),
      },
      {
        rule: "login.impossible_travel",
        title: "Impossible travel",
        severity: "high",
        findings: 2,
        heldBack: 3,
        last: new Date(startMs + 41 * minute).toISOString(),
      },
    ]);
    expect(world.ports.ledger.statistics.totals).toMatchObject({
      "findings login.impossible_travel high": 2,
      "findings_held_back login.impossible_travel": 3,
    });
    const { findings } = overview(world.ports, world.pipeline, world.config, workspaceId);
    expect(findings.map(({ rule }) => rule)).toEqual([
      "login.impossible_travel",
      "login.impossible_travel",
      "privilege.admin_granted",
    ]);
  });

  it("of a week past are gone, the findings stay, and the next one says what was held back", async () => {
    const world = await started({ destinations: { siem: { rules: ["*"] } }, env: { RULES } });
    flights(world, 3);
    await world.runFor(4 * hour);
    await world.clock.runUntil(startMs + 8 * 24 * hour);
    await world.run();
    const status = () =>
      workspaceStatus(world.ports, world.pipeline, world.config, workspaceId).rules.find(
        ({ rule }) => rule === "login.impossible_travel",
      );
    expect(status()).toMatchObject({ findings: 0, heldBack: 0, last: null });
    expect(world.ports.ledger.findings.newest(9)).toHaveLength(2);
    const late = world.clock.now();
    world.log.add(login(late, { payload: { location: "Lisbon PT", ipAddress: "192.0.2.1" } }));
    world.log.add(
      login(late + 5 * minute, { payload: { location: "Singapore SG", ipAddress: "192.0.2.2" } }),
    );
    await world.runFor(hour);
    expect(findingsAt(world).at(-1)?.body.summary).toMatch(
      /1 finding of this rule before it was held back by mostAWeek\. Events: /,
    );
    expect(status()).toMatchObject({ findings: 1, heldBack: 0 });
  });

  it("say nothing of rules that no destination asks for", async () => {
    const world = await started({ destinations: { siem: {} } });
    const status = workspaceStatus(world.ports, world.pipeline, world.config, workspaceId);
    expect(status.rules).toEqual([]);
  });
});

describe("the configuration", () => {
  const problems = (rules: unknown, RULES: unknown) => {
    const parsed = parseConfig({
      T: "token",
      S: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAbCdEfGh",
      WORKSPACES: [{ id: workspaceId, token: "$T" }],
      DESTINATIONS: [
        { name: "siem", type: "webhook", url: "https://siem.example.com/in", secret: "$S", rules },
      ],
      RULES,
    });
    return parsed.ok ? [] : parsed.problems;
  };

  it("takes patterns, a delay, and the rules' own options", () => {
    expect(
      problems(["*"], {
        settleMinutes: 5,
        severity: { "login.*": "low", "privilege.admin_granted": "critical" },
        "login.impossible_travel": { severity: "critical", kmPerHour: 800 },
        "invitation.untrusted_domain": { trustedDomains: ["acme.com"] },
      }),
    ).toEqual([]);
  });

  it("tells of a rule or an option that does not exist, and of a value that does not fit", () => {
    expect(problems(["privilage.*"], {})).toEqual([
      expect.stringMatching(
        /^DESTINATIONS\[0\]\.rules\[0\]: expected the name of a rule.*"privilage\.\*" picks none.*privilege\.admin_granted/,
      ),
    ]);
    expect(
      problems([], {
        "login.impossible_travle": {},
        "login.api": { hours: 3 },
        "login.dormant_account": { days: 0 },
        severity: { "privilege.owner_granted": "high", "logins.*": "low", "*": "grave" },
      }).toSorted(),
    ).toEqual([
      "RULES.severity.*: expected one of info, low, medium, high, critical",
      'RULES.severity["logins.*"]: expected the name of a rule, or a pattern that picks some; "logins.*" picks none, the closest are login.password_instead_of_sso, login.new_country, login.new_network, login.impossible_travel',
      'RULES.severity["privilege.owner_granted"]: expected the name of a rule, or a pattern that picks some; "privilege.owner_granted" picks none, the closest are privilege.admin_granted',
      expect.stringMatching(/^RULES: unknown rule login\.impossible_travle; expected only settle/),
      expect.stringMatching(
        /^RULES\["login\.api"\]: unknown option hours; expected only severity, days,/,
      ),
      'RULES["login.dormant_account"].days: expected a whole number from 7 to 730',
    ]);
  });
});
