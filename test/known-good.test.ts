// Known good: rules find nothing in it and learn from it all the same, and only who asks is spared its events.
import { describe, expect, it } from "vitest";
import { parseConfig } from "../src/config.ts";
import { explain } from "../src/proof/explain.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

const minute = 60_000;
const scim = "6661ccb359b561c69f29d001";

function granted(atMs: number, actorId = scim) {
  return login(atMs, {
    eventType: "workspace_membership",
    eventSubType: "user_role_updated",
    actor: { type: "person", id: actorId, email: "scim@example.com" },
    payload: {
      targetUser: { id: "6661ccb359b561c69f29d999", email: "ford@example.com" },
      roleName: "Admin",
      previousRoleName: "Designer",
    },
  });
}

function travel(world: World): void {
  const from = (location: string) => ({ method: "dashboard", ipAddress: "192.0.2.1", location });
  world.log.add(login(startMs + minute, { payload: from("Lisbon PT") }));
  world.log.add(login(startMs + 11 * minute, { payload: from("Singapore SG") }));
}

const findings = (world: World, name = "siem") =>
  world
    .inbox(name)
    .received.filter(({ type }) => type === "tidemark.finding")
    .map(({ body }) => (body.raw as { payload: { rule: string } }).payload.rule);
const events = (world: World, name: string) =>
  world.inbox(name).received.filter(({ type }) => !type.startsWith("tidemark."));

async function explained(world: World, id: string) {
  const found = await world.clock.run(
    explain(world.pipeline, world.ports, { ...world.config, id: workspaceId }, id),
  );
  if (found.kind !== "known") throw new Error(found.kind);
  return found.explanation;
}

describe("an event that is known good", () => {
  const entry = { name: "our SCIM", where: { "actor.id": scim } };

  it("is no finding of any rule, and of others it is; every destination still gets it", async () => {
    const world = new World({
      destinations: { siem: { rules: ["*"] } },
      env: { KNOWN_GOOD: [entry] },
    });
    await world.run();
    world.log.add(granted(startMs + minute));
    world.log.add(granted(startMs + 2 * minute, "6661ccb359b561c69f29d002"));
    await world.runFor(3 * minute);
    expect(findings(world)).toEqual(["privilege.admin_granted"]);
    expect(events(world, "siem")).toHaveLength(2);
  });

  it("is a finding of rules that the entry does not name", async () => {
    const world = new World({
      destinations: { siem: { rules: ["*"] } },
      env: { KNOWN_GOOD: [{ ...entry, rules: ["login.*"] }] },
    });
    await world.run();
    world.log.add(granted(startMs + minute));
    await world.runFor(3 * minute);
    expect(findings(world)).toEqual(["privilege.admin_granted"]);
  });

  it("shows no finding of these rules on itself either, to whomever, and is explained so", async () => {
    const privacy = { mask: ["actor.id", "actor.email"] };
    const world = new World({
      destinations: { siem: { findings: true }, masked: { findings: true, privacy } },
      env: { KNOWN_GOOD: [entry, { ...entry, name: "logins", rules: ["login.*"] }] },
    });
    await world.run();
    world.log.add(granted(startMs + minute));
    world.log.add(granted(startMs + 2 * minute, "6661ccb359b561c69f29d002"));
    await world.runFor(3 * minute);
    for (const name of ["siem", "masked"]) {
      const [good, odd] = events(world, name).map(({ body }) => body);
      expect(good).not.toHaveProperty("findings");
      expect(odd?.findings).toMatchObject([{ rule: "privilege.admin_granted" }]);
    }
    const [id = ""] = world.inbox("siem").ids;
    expect(await explained(world, id)).toMatchObject({
      knownGood: ["our SCIM", "logins"],
      findings: [],
    });
  });

  it("shows a finding with its reason to whom only what is left of it would be known good", async () => {
    const world = new World({
      destinations: { siem: { findings: true, privacy: { mask: ["actor.id"] } } },
      env: { KNOWN_GOOD: [{ name: "nobody", where: { "actor.id": "[masked]" } }] },
    });
    await world.run();
    world.log.add(granted(startMs + minute));
    await world.runFor(3 * minute);
    expect(events(world, "siem").map(({ body }) => body.findings)).toMatchObject([
      [{ rule: "privilege.admin_granted", reason: expect.stringContaining("Admin") }],
    ]);
  });

  it("is learned from: the login in Lisbon makes the next one, in Singapore, impossible", async () => {
    const good = (location: string) => [
      { name: "office", where: { "source.location": location }, rules: ["login.*"] },
    ];
    for (const [location, found] of [
      ["Lisbon PT", ["login.impossible_travel"]],
      ["Singapore SG", []],
    ] as const) {
      const world = new World({
        destinations: { siem: { rules: ["login.impossible_travel"] } },
        env: { KNOWN_GOOD: good(location) },
      });
      await world.run();
      travel(world);
      await world.runFor(40 * minute);
      expect(findings(world)).toEqual(found);
    }
  });

  it("is kept out of the destinations that the entry names, as filtered, and explained so", async () => {
    const world = new World({
      destinations: { siem: {}, team: {} },
      env: { KNOWN_GOOD: [{ ...entry, destinations: ["team"] }] },
    });
    await world.run();
    world.log.add(granted(startMs + minute));
    await world.runFor(3 * minute);
    const [id = ""] = world.inbox("siem").ids;
    expect(events(world, "team")).toEqual([]);
    expect(world.ports.ledger.events.settled("team", id)?.outcome).toBe("filtered");
    const explanation = await explained(world, id);
    expect(explanation.knownGood).toEqual(["our SCIM"]);
    expect(explanation.destinations).toMatchObject([
      { name: "siem", cause: "delivered" },
      {
        name: "team",
        cause: "filtered",
        because: 'it is known good, as "our SCIM" in KNOWN_GOOD, which keeps it out of here',
      },
    ]);
  });

  it("is kept out of chats only where the entry is quiet", () => {
    const at = (quiet: boolean) => {
      const parsed = parseConfig({ ...environment, KNOWN_GOOD: [{ ...entry, quiet }] });
      if (!parsed.ok) throw new Error(parsed.problems.join());
      return parsed.config.destinations.map(({ name, knownGood = [] }) => [name, knownGood.length]);
    };
    expect(at(false)).toEqual([
      ["siem", 0],
      ["team", 0],
    ]);
    expect(at(true)).toEqual([
      ["siem", 0],
      ["team", 1],
    ]);
  });

  it("changes what a re-sync sends: a plan from before it is refused", async () => {
    const world = new World({ destinations: { siem: {} } });
    await world.run();
    world.log.add(granted(startMs + minute));
    await world.runFor(3 * minute);
    const { resync } = world.pipeline;
    const { Budget } = await import("../src/budget.ts");
    const span = { fromMs: startMs, toMs: startMs + 2 * minute, destinations: [], redeliver: true };
    const plan = await world.clock.run(resync.plan(span, new Budget(40)));
    expect(plan).toMatchObject({ state: "ready", counts: { siem: { send: 1 } } });
    world.restart({ env: { KNOWN_GOOD: [{ ...entry, destinations: ["siem"] }] } });
    const applied = await world.clock.run(world.pipeline.resync.apply(plan.id, new Budget(40)));
    expect(applied).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("configuration of its destinations has changed"),
    });
    const again = await world.clock.run(world.pipeline.resync.plan(span, new Budget(40)));
    expect(again.counts).toMatchObject({ siem: { send: 0, filtered: 1 } });
  });

  it("changes it also where only a filter on findings tells the difference", async () => {
    const destinations = { siem: { where: { "findings[].severity": ">= high" } } };
    const world = new World({ destinations });
    await world.run();
    world.log.add(granted(startMs + minute));
    await world.runFor(3 * minute);
    const { Budget } = await import("../src/budget.ts");
    const span = { fromMs: startMs, toMs: startMs + 2 * minute, destinations: [], redeliver: true };
    const plan = await world.clock.run(world.pipeline.resync.plan(span, new Budget(40)));
    expect(plan.counts).toMatchObject({ siem: { send: 1 } });
    world.restart({ destinations, env: { KNOWN_GOOD: [entry] } });
    const { resync } = world.pipeline;
    expect(await world.clock.run(resync.apply(plan.id, new Budget(40)))).toMatchObject({
      kind: "refused",
    });
    const again = await world.clock.run(resync.plan(span, new Budget(40)));
    expect(again.counts).toMatchObject({ siem: { send: 0, filtered: 1 } });
  });
});

const environment = {
  T: "token",
  S: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAbCdEfGh",
  WORKSPACES: [{ id: workspaceId, token: "$T" }],
  DESTINATIONS: [
    { name: "siem", type: "webhook", url: "https://siem.example.com/in", secret: "$S" },
    {
      name: "team",
      type: "slack",
      url: "https://hooks.slack.com/services/T00000000/B00000000/abc",
    },
  ],
};

describe("KNOWN_GOOD", () => {
  const where = { "actor.email": "scim@example.com" };
  const problems = (KNOWN_GOOD: unknown) => {
    const parsed = parseConfig({ ...environment, KNOWN_GOOD });
    return parsed.ok ? parsed.config.warnings : parsed.problems;
  };

  it("takes networks, rules and destinations", () => {
    expect(
      problems([
        { name: "office", where: { "source.ip": ["10.0.0.0/8"], not: { type: "custom_role.*" } } },
        { name: "our SCIM", where, rules: ["access.*"], destinations: ["team"], quiet: true },
      ]),
    ).toEqual([]);
  });

  it.each([
    [{}, /^KNOWN_GOOD: expected a list: add \[\[vars\.KNOWN_GOOD\]\]/],
    [[{ where }], /^KNOWN_GOOD\[0\]\.name: expected a name for people/],
    [[{ name: "a" }], /^KNOWN_GOOD\[0\]\.where: expected a table/],
    [[{ name: "a", where: {} }], /^KNOWN_GOOD\[0\]\.where: expected at least one condition/],
    [[{ name: "a", where: { "actor.emial": "x" } }], /^KNOWN_GOOD\[0\]\.where: .*"actor\.email"/],
    [[{ name: "a", where: { "source.ip": "10.0.0.0/40" } }], /^KNOWN_GOOD\[0\]\.where: .*network/],
    [
      [{ name: "a", where: { "flags.late": true } }],
      /^KNOWN_GOOD\[0\]\.where: .*how the event came/,
    ],
    [
      [{ name: "a", where: { "findings[].rule": "login.api" } }],
      /^KNOWN_GOOD\[0\]\.where: .*findings\[\]\.rule says what rules find in it/,
    ],
    [
      [{ name: "a", where, rules: ["acess.*"] }],
      /^KNOWN_GOOD\[0\]\.rules\[0\]: expected the name of/,
    ],
    [
      [{ name: "a", where, destinations: ["teem"] }],
      /^KNOWN_GOOD\[0\]\.destinations: "teem" is none of DESTINATIONS; expected one of siem, team/,
    ],
    [[{ name: "a", where, quiet: "yes" }], /^KNOWN_GOOD\[0\]\.quiet: expected true or false/],
    [
      [{ name: "a", where, only: [] }],
      /^KNOWN_GOOD\[0\]: unknown option only; expected only name, where/,
    ],
    [
      [
        { name: "a", where },
        { name: "a", where },
      ],
      /^KNOWN_GOOD\[1\]\.name: "a" stands there twice/,
    ],
  ])("tells what is wrong with %j", (given, message) => {
    expect(problems(given)).toEqual([expect.stringMatching(message)]);
  });

  it("warns of an entry that changes nothing, and of a type that nobody knows", () => {
    expect(problems([{ name: "a", where: { type: "user_acess.*" }, rules: [] }])).toEqual([
      expect.stringMatching(/^KNOWN_GOOD\[0\]\.where: "user_acess\.\*" matches none of the/),
      expect.stringMatching(/^KNOWN_GOOD\[0\] \("a"\) changes nothing/),
    ]);
  });
});
