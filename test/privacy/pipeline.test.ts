// Filters, severities and privacy in the pipeline: whichever way an event or a notice takes to a destination.
import { describe, expect, test } from "vitest";
import { event } from "../../src/formats/event.ts";
import { toLetter } from "../../src/letter.ts";
import { look } from "../../src/look.ts";
import { explain } from "../../src/proof/explain.ts";
import { testDestination } from "../../src/test-event.ts";
import { apply, readyPlan } from "../support/resync.ts";
import { login, startMs, World, workspaceId } from "../support/world.ts";

const minute = 60_000;
const hour = 60 * minute;
const privacy = {
  mask: ["source.ip", "source.location", "workspace.id"],
  pseudonymize: ["actor.email", "actor.id", "targets[].email"],
};
const env = { PRIVACY_KEY: "0123456789abcdef0123456789abcdef" };

/** A receiver that keeps every byte, and answers by what it is sent. */
function recorder() {
  const sent: string[] = [];
  const answers = { next: undefined as ((body: string) => Response | undefined) | undefined };
  const fetch = async (request: Request) => {
    const body = await request.text();
    sent.push([request.url, JSON.stringify([...request.headers]), body].join("\n"));
    return answers.next?.(body) ?? new Response(null, { status: 204 });
  };
  return { sent, answers, site: { fetch } };
}

const person = (name: string, atMs: number, more: Record<string, unknown> = {}) =>
  login(atMs, {
    actor: { type: "person", id: `id-of-${name}`, email: `${name}@example.com` },
    payload: { method: "sso", ipAddress: "192.0.2.77", location: "Nowhere XX", ...more },
  });
const hidden = ["@example.com", "id-of-", "192.0.2.77", "nowhere xx", workspaceId];
const idsIn = (sent: readonly string[]) =>
  sent.map((text) => /"webhook-id","([^"]+)"/.exec(text)?.[1] ?? "");
const leaks = (sent: readonly string[]) =>
  sent.flatMap((text) => hidden.filter((value) => text.toLowerCase().includes(value)));

describe("a destination with privacy", () => {
  test("gets nothing of what is hidden: live, from the past, late, again, by re-sync, in tests and in notices", async () => {
    const [guarded, chat] = [recorder(), recorder()];
    const world = new World({
      env,
      sites: () => ({ "guarded.example.com": guarded.site, "hooks.slack.com": chat.site }),
      destinations: {
        guarded: { privacy, system: true, start: "1h" },
        team: { type: "slack", url: "https://hooks.slack.com/services/T1/B1/abcdef", privacy },
        open: {},
      },
    });
    const ok = () => new Response("ok");
    chat.answers.next = ok;
    // The receiver of all repeats what it was sent, and refuses for good.
    world.inbox("open").answer = () =>
      new Response("no user marvin@example.com (id-of-marvin, 192.0.2.77)", { status: 400 });
    world.log.add(person("arthur", startMs - 30 * minute));
    world.log.add(person("ford", startMs + minute, { "id-of-ford": { at: "ford@example.com" } }));
    world.log.add(person("trillian", startMs + 10 * minute));
    world.log.add(person("late", startMs + 2 * minute), { visibleAtMs: startMs + 40 * minute });
    guarded.answers.next = (body) =>
      body.includes('"late":true')
        ? new Response(`cannot take ${body}`, { status: 400 })
        : undefined;
    await world.runFor(90 * minute);
    const dead = world.ports.ledger
      .deadLetters(10)
      .filter(({ destination }) => destination === "guarded");
    // What is ours is as it was: the item can be sent again as soon as its destination takes it.
    expect(dead.map(({ item }) => JSON.parse(item).actor.email)).toEqual(["late@example.com"]);
    guarded.answers.next = undefined;
    for (const { id } of dead) world.ports.ledger.setRetrying(id);
    await world.runFor(minute);
    expect(
      world.ports.ledger.deadLetters(10).some(({ destination }) => destination === "guarded"),
    ).toBe(false);

    const plan = await readyPlan(world, {
      fromMs: startMs,
      toMs: startMs + hour,
      destinations: ["guarded"],
      redeliver: true,
    });
    expect((await apply(world, plan.id)).kind).toBe("applied");
    await world.runFor(minute);

    world.inbox("open").answer = () => new Response("ford@example.com may not", { status: 403 });
    world.log.add(person("zaphod", world.clock.now()));
    await world.runFor(5 * minute);
    const member = world.pipeline.member("guarded");
    if (!member) throw new Error("no member");
    await world.clock.run(testDestination(world.ports, member, workspaceId));

    const types = guarded.sent.map((text) => /"type":"([^"]+)"/.exec(text)?.[1]);
    expect(types).toEqual(
      expect.arrayContaining([
        "user_access.login",
        "tidemark.schema_drift",
        "tidemark.dead_letters",
        "tidemark.destination_paused",
        "tidemark.test",
      ]),
    );
    // All of them came, the refused and re-sent ones twice, each under one id.
    const logins = idsIn(guarded.sent.filter((text) => text.includes("user_access.login")));
    expect([logins.length, new Set(logins).size]).toEqual([9, 5]);
    expect(chat.sent.length).toBeGreaterThan(3);
    expect(leaks(guarded.sent)).toEqual([]);
    expect(leaks(chat.sent)).toEqual([]);
    const all = guarded.sent.join("\n");
    expect(all).toContain("open: HTTP 400 [left out here for privacy");
    expect(all).toMatch(/p-[\da-f]{20}@pseudonym\.invalid logged in by SSO\./);
  });

  test("is told nothing that a notice was told with before it was guarded", async () => {
    const guarded = recorder();
    const destinations = { guarded: { system: true }, open: {} };
    const world = new World({
      sites: () => ({ "guarded.example.com": guarded.site }),
      destinations,
    });
    guarded.answers.next = () => new Response("down", { status: 503 });
    world.inbox("open").answer = () => new Response("no ford@example.com", { status: 400 });
    world.log.add(person("ford", startMs + 1000));
    await world.runFor(5 * minute);
    const before = guarded.sent.length;
    guarded.answers.next = undefined;
    world.restart({ env, destinations: { ...destinations, guarded: { system: true, privacy } } });
    await world.runFor(10 * minute);
    const after = guarded.sent.slice(before);
    expect(after.join()).toContain("tidemark.dead_letters");
    expect(leaks(after)).toEqual([]);
  });

  test("without it a letter holds the very event, and no copy", () => {
    const world = new World();
    const [config] = world.config.destinations;
    const given = { ...world, type: "x" } as never;
    expect(config && toLetter(given, config).event).toBe(given);
    expect(config && "received" in toLetter(given, { format: event })).toBe(false);
  });
});

describe("a filter", () => {
  const where = { "actor.email": "*@EXAMPLE.com", not: { "source.ip": "192.0.2.64/26" } };

  test("decides what a destination gets, is explained in words, and finds past events by hand", async () => {
    const world = new World({ destinations: { siem: { where }, audit: {} } });
    world.log.add(person("ford", startMs + 1000));
    world.log.add(person("arthur", startMs + 2000, { ipAddress: "192.0.2.9" }));
    world.log.add(person("marvin", startMs + 3000, { ipAddress: null }));
    await world.runFor(minute);
    const ids = world.inbox("audit").ids;
    expect(ids).toHaveLength(3);
    expect(world.inbox("siem").ids).toEqual(ids.slice(1));

    const workspace = { id: workspaceId, memoryDays: 90 };
    const found = await world.clock.run(
      explain(world.pipeline, world.ports, workspace, ids[0] ?? ""),
    );
    const siem = found.kind === "known" ? found.explanation.destinations[0] : undefined;
    expect(siem).toMatchObject({
      cause: "filtered",
      because: 'its source.ip is 192.0.2.77, and where.not has { "source.ip" = "192.0.2.64/26" }',
    });

    const query = {
      fromMs: startMs,
      limit: 10,
      only: [],
      minSeverity: "info",
      format: "event",
    } as const;
    const looked = await world.clock.run(
      look(world.ports, world.pipeline, workspaceId, 20, { ...query, where }),
    );
    expect(looked.events.map((one) => (one as { id: string }).id)).toEqual(ids.slice(1));
  });

  test("that has changed makes a plan out of date", async () => {
    const world = new World({ destinations: { siem: { where } } });
    world.log.add(person("arthur", startMs - minute, { ipAddress: "192.0.2.9" }));
    await world.runFor(minute);
    const plan = await readyPlan(world, { redeliver: true });
    world.restart({ destinations: { siem: { where: { role: "" } } } });
    await world.runFor(minute);
    expect((await apply(world, plan.id)).kind).not.toBe("applied");
  });
});

test("a severity of one's own counts for all destinations, for a look and for what is explained", async () => {
  const world = new World({
    env: { SEVERITY: { "user_access.*": "high", "user_access.logout": "info" } },
    destinations: { siem: { minSeverity: "high" } },
  });
  world.log.add(login(startMs + 1000));
  world.log.add(login(startMs + 2000, { eventSubType: "logout" }));
  await world.runFor(minute);
  expect(world.inbox().received.map(({ type, body }) => [type, body.severity])).toEqual([
    ["user_access.login", "high"],
  ]);
  const query = {
    fromMs: startMs,
    limit: 10,
    only: [],
    minSeverity: "high",
    format: "event",
  } as const;
  const looked = await world.clock.run(look(world.ports, world.pipeline, workspaceId, 20, query));
  expect(looked.events).toMatchObject([{ id: world.inbox().ids[0], severity: "high" }]);
});
