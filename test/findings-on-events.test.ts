// What rules say of an event by itself, on the event: the same whenever and by whomever it is read, and only where asked for.
import { describe, expect, it } from "vitest";
import { explain } from "../src/proof/explain.ts";
import { apply, plan, resync } from "./support/resync.ts";
import { login, startMs, World, type WorldOptions, workspaceId } from "./support/world.ts";

const minute = 60_000;
const admin = {
  rule: "privilege.admin_granted",
  title: "Owner or Admin granted",
  severity: "high",
  reason: 'trillian@example.com made ford@example.com "Admin" in the workspace.',
  technique: { id: "T1098.003", name: "Account Manipulation: Additional Cloud Roles" },
};

const granted = (atMs: number, role = "Admin") =>
  login(atMs, {
    eventType: "workspace_membership",
    eventSubType: "user_role_updated",
    payload: {
      targetUser: { id: "6661ccb359b561c69f29d999", email: "ford@example.com" },
      roleName: role,
      previousRoleName: "Designer",
    },
  });

async function started(options: WorldOptions): Promise<World> {
  const world = new World(options);
  await world.run();
  return world;
}

const bodies = (world: World, name = "siem") => world.inbox(name).received.map(({ body }) => body);
const shown = (world: World, name = "siem") => bodies(world, name).map(({ findings }) => findings);

async function explained(world: World, id: string) {
  const workspace = { id: workspaceId, memoryDays: 90 };
  const answer = await world.clock.run(explain(world.pipeline, world.ports, workspace, id));
  return answer.kind === "known" ? answer.explanation.findings : [];
}

describe("an event of which a rule says something", () => {
  it("shows it where a destination asks for that, and nowhere else", async () => {
    const destinations = {
      siem: { findings: true },
      alerts: { rules: ["*"] },
      other: {},
      hec: { findings: true, format: "cloudevents" },
    };
    const world = await started({ destinations });
    world.log.add(granted(startMs + minute));
    world.log.add(login(startMs + 2 * minute));
    await world.runFor(30 * minute);
    expect(shown(world)).toEqual([[admin], undefined]);
    expect(bodies(world)[1]).not.toHaveProperty("findings");
    expect(shown(world, "other")).toEqual([undefined, undefined]);
    // A destination that is sent the finding itself sees it there, and not twice.
    expect(shown(world, "alerts")).toEqual([undefined, undefined, undefined]);
    expect(world.inbox("hec").received.map(({ body }) => body.findings)).toEqual([
      [admin],
      undefined,
    ]);
    expect(world.inbox().received.map(({ type }) => type)).not.toContain("tidemark.finding");
  });

  it("shows the same late, after a death, to whoever lags, from the dead letters and in a re-sync", async () => {
    const destinations = {
      siem: { findings: true },
      lame: { findings: true },
      sick: { findings: true },
    };
    const world = await started({ destinations });
    const refuse = { lame: new Response("down", { status: 503 }) };
    world.inbox("lame").answer = () => refuse.lame.clone();
    world.inbox("sick").answer = () => new Response("bad", { status: 400 });
    world.log.add(granted(startMs + minute));
    world.log.add(granted(startMs + minute + 5, "Owner"), { visibleAtMs: startMs + 9 * minute });
    await world.runFor(12 * minute);
    world.restart({ destinations });
    world.inbox("lame").answer = () => undefined;
    world.inbox("sick").answer = () => undefined;
    for (const { id } of world.ports.ledger.deadLetters(10)) world.ports.ledger.setRetrying(id);
    await world.runFor(30 * minute);
    await resync(world, { fromMs: startMs, toMs: startMs + 5 * minute, redeliver: true });
    await world.runFor(5 * minute);
    const findingsById = new Map(
      bodies(world).map(({ id, findings }) => [id, JSON.stringify(findings)]),
    );
    expect([...findingsById.values()].filter((text) => text?.includes("privilege"))).toHaveLength(
      2,
    );
    for (const name of ["siem", "lame", "sick"]) {
      expect(bodies(world, name).length).toBeGreaterThanOrEqual(4);
      for (const { id, findings } of bodies(world, name))
        expect(JSON.stringify(findings)).toBe(findingsById.get(id));
    }
  });

  it("shows it also when it happened before the rules were switched on, and is no finding then", async () => {
    const world = new World({
      destinations: { siem: { findings: true, rules: ["*"], start: "2h" } },
    });
    world.log.add(granted(startMs - 60 * minute));
    await world.runFor(20 * minute);
    expect(shown(world)).toEqual([[admin]]);
  });

  it("keeps nothing to judge later where no destination is sent findings", async () => {
    const world = await started({ destinations: { siem: { findings: true } } });
    world.log.add(granted(startMs + minute));
    await world.runFor(5 * minute);
    expect(world.sql.exec("SELECT * FROM rule_waiting")).toEqual([]);
    expect(world.ports.ledger.findings.newest(9)).toMatchObject([{ rule: admin.rule }]);
  });

  it("has the severities and options that RULES gives the rules", async () => {
    const RULES = {
      severity: { "privilege.*": "low" },
      "privilege.admin_granted": { roles: ["wizard"] },
    };
    const world = await started({ destinations: { siem: { findings: true } }, env: { RULES } });
    world.log.add(granted(startMs + minute));
    world.log.add(granted(startMs + 2 * minute, "Wizard"));
    await world.runFor(5 * minute);
    expect(shown(world)).toMatchObject([undefined, [{ severity: "low" }]]);
  });
});

describe("with privacy", () => {
  const env = { PRIVACY_KEY: "0123456789abcdef0123456789abcdef" };

  it("a reason is told again of what is left to see", async () => {
    const privacy = { pseudonymize: ["actor.email", "targets[].email"] };
    const world = await started({ destinations: { siem: { findings: true, privacy } }, env });
    world.log.add(granted(startMs + minute));
    await world.runFor(5 * minute);
    expect(shown(world)).toEqual([
      [
        {
          ...admin,
          reason: expect.stringMatching(
            /^p-[\da-f]{20}@pseudonym\.invalid made p-[\da-f]{20}@pseudonym\.invalid "Admin" in the workspace\.$/,
          ),
        },
      ],
    ]);
  });

  it("a reason that rests on what is hidden is not told", async () => {
    const privacy = { mask: ["role"] };
    const world = await started({ destinations: { siem: { findings: true, privacy } }, env });
    world.log.add(granted(startMs + minute));
    await world.runFor(5 * minute);
    expect(shown(world)).toEqual([[{ ...admin, reason: null }]]);
  });
});

describe("a filter", () => {
  it("may look at findings, whether the destination shows them or not", async () => {
    const where = { "findings[].severity": ">= medium" };
    const world = await started({
      destinations: { siem: { where }, not: { where: { not: where } } },
    });
    world.log.add(granted(startMs + minute));
    world.log.add(login(startMs + 2 * minute));
    await world.runFor(5 * minute);
    expect(bodies(world).map(({ type }) => type)).toEqual([
      "workspace_membership.user_role_updated",
    ]);
    expect(bodies(world, "not").map(({ type }) => type)).toEqual(["user_access.login"]);
  });

  it("on findings has its plans refused when RULES was changed", async () => {
    const destinations = {
      siem: { where: { "findings[].severity": ">= medium" } },
      team: { minSeverity: "low" },
    };
    const world = await started({ destinations });
    const ids = await Promise.all(
      ["siem", "team"].map(async (name) => (await plan(world, { destinations: [name] })).id),
    );
    world.restart({ destinations, env: { RULES: { severity: { "privilege.*": "low" } } } });
    expect(await apply(world, ids[0] ?? "")).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/configuration of its destinations has changed/),
    });
    expect(await apply(world, ids[1] ?? "")).toMatchObject({ kind: "applied" });
  });
});

describe("GET /explain", () => {
  it("tells what rules say of an event, by itself and with others, as long as that is remembered", async () => {
    const world = await started({ destinations: { siem: { rules: ["*"] } } });
    const from = (location: string) => ({ method: "dashboard", ipAddress: "192.0.2.1", location });
    world.log.add(granted(startMs + minute));
    world.log.add(login(startMs + 2 * minute, { payload: from("Lisbon PT") }));
    world.log.add(login(startMs + 11 * minute, { payload: from("Singapore SG") }));
    await world.runFor(30 * minute);
    const [grant = "", first = "", second = ""] = world
      .inbox()
      .received.filter(({ type }) => type !== "tidemark.finding")
      .map(({ id }) => id);
    expect(await explained(world, grant)).toEqual([
      {
        ...admin,
        time: new Date(startMs + minute).toISOString(),
        evidence: [grant],
        onEvent: true,
      },
    ]);
    const travel = {
      rule: "login.impossible_travel",
      time: new Date(startMs + 11 * minute).toISOString(),
      evidence: [first, second],
      onEvent: false,
    };
    expect(await explained(world, first)).toMatchObject([travel]);
    expect(await explained(world, second)).toMatchObject([travel]);
    world.ports.ledger.forgetBefore(startMs + 60 * minute);
    expect(await explained(world, second)).toEqual([]);
    // What the event alone decides needs no memory.
    expect(await explained(world, grant)).toMatchObject([{ ...admin, evidence: [grant] }]);
  });
});
