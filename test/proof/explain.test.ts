// What became of one event, held against what the receivers really got.
import { describe, expect, it } from "vitest";
import { generate } from "../../sandbox/activity/activity.ts";
import { type IdentifiedRecord, identify, idPrefix } from "../../src/event/identity.ts";
import { toAuditEvent } from "../../src/event/normalize.ts";
import { type Explained, type Explanation, explain } from "../../src/proof/explain.ts";
import { router } from "../../src/route.ts";
import { isUnusable, parseRecord } from "../../src/source/record.ts";
import { resync } from "../support/resync.ts";
import { login, startMs, token, World, workspaceId } from "../support/world.ts";

const minute = 60_000;
const hour = 60 * minute;

function ask(world: World, id: string): Promise<Explained> {
  const { memoryDays } = world.config;
  const workspace = { id: workspaceId, memoryDays };
  return world.clock.run(explain(world.pipeline, world.ports, workspace, id));
}

/** Undefined for an event that nobody knows. */
async function explained(world: World, id: string): Promise<Explanation | undefined> {
  const answer = await ask(world, id);
  return answer.kind === "known" ? answer.explanation : undefined;
}

async function at(world: World, id: string, name = "siem") {
  const found = await explained(world, id);
  const destination = found?.destinations.find((one) => one.name === name);
  if (!destination) throw new Error(`${id} is not explained at ${name}`);
  return destination;
}

/** All items of the log, with the ids that every reader gives them. */
function identified(world: World): IdentifiedRecord[] {
  const records = world.log.all().flatMap((item) => {
    const record = parseRecord(item);
    return isUnusable(record) ? [] : [record];
  });
  return identify(records, workspaceId);
}

const idsOf = (world: World) => identified(world).map(({ id }) => id);

describe("an event", () => {
  it("was first seen when, and by which run", async () => {
    const world = new World();
    await world.runFor(minute);
    world.log.add(login(world.clock.now()));
    await world.clock.runUntil(world.clock.now() + 7000);
    const startedMs = world.clock.now();
    await world.clock.run(world.pipeline.run("cron", 5000));
    const [id = ""] = world.inbox().ids;
    expect(await explained(world, id)).toMatchObject({
      event: id,
      time: new Date(startMs + minute).toISOString(),
      firstSeen: {
        at: new Date(startedMs).toISOString(),
        run: { startedAt: new Date(startedMs).toISOString(), trigger: "cron" },
      },
      judged: "new",
      twin: null,
      problem: null,
      summary: expect.stringMatching(/trillian@example.com/),
    });
  });

  it("that was first seen for a plan of a re-sync does not date from 1970", async () => {
    const world = new World();
    world.log.add(login(startMs - minute));
    await world.run();
    world.restart();
    await resync(world);
    const [id = ""] = idsOf(world);
    const seen = (await explained(world, id))?.firstSeen;
    expect(seen?.at).toBe(new Date(startMs).toISOString());
    expect(seen?.run?.startedAt ?? seen?.at).not.toMatch(/^1970/);
  });

  it("that came when the log had been read past it is judged late", async () => {
    const world = new World();
    world.log.add(login(startMs + 1000), { visibleAtMs: startMs + 100_000 });
    for (let i = 1; i < 15; i++) world.log.add(login(startMs + i * 10_000));
    await world.runFor(3 * minute);
    const [first = ""] = idsOf(world);
    expect(await explained(world, first)).toMatchObject({ judged: "late" });
  });

  it("that no run has read yet is judged unseen, and pending where it is owed", async () => {
    const world = new World({ destinations: { siem: {}, all: { except: ["user_access.*"] } } });
    await world.runFor(minute);
    world.log.add(login(world.clock.now()));
    await world.clock.runUntil(world.clock.now() + 1000);
    const [id = ""] = idsOf(world);
    expect(await explained(world, id)).toMatchObject({
      judged: "unseen",
      firstSeen: null,
      destinations: [
        { name: "siem", cause: "pending", filter: { takes: true } },
        { name: "all", filter: { takes: false } },
      ],
    });
  });

  it("that is truly equal to another is explained under an id of its own, with its place among them", async () => {
    const world = new World();
    const twin = login();
    for (let i = 0; i < 3; i++) world.log.add(structuredClone(twin));
    await world.runFor(minute);
    const [first = "", second = "", third = ""] = world.inbox().ids;
    expect(await explained(world, first)).toMatchObject({ twin: null });
    expect(await explained(world, second)).toMatchObject({ twin: { of: first, ordinal: 2 } });
    expect(await explained(world, third)).toMatchObject({
      twin: { of: first, ordinal: 3 },
      destinations: [{ cause: "delivered" }],
    });
    expect(await explained(world, `${first}-4`)).toBeUndefined();
  });

  it.each([
    "",
    "x",
    "0",
    "nobody",
    "01K7M00000",
    `${idPrefix(startMs)}0123456789ABCDEF`,
    "0000000000AAAAAAAAAAAAAAAA",
    "unplaced_0123456789abcdef0123456789",
    "01K7M0000000000000000000AB-2",
    "' OR 1=1 --",
  ])("of the id %j is not known", async (id) => {
    const world = new World();
    world.log.add(login());
    await world.runFor(minute);
    expect(await ask(world, id)).toEqual({ kind: "unknown" });
    expect(world.pipeline.source.health?.kind).toBe("ok");
  });

  it("of a time beyond all calendars is not known, which is no fault of the log", async () => {
    const world = new World();
    expect(await ask(world, "ZZZZZZZZZZZZZZZZZZZZZZZZZZ")).toEqual({ kind: "unknown" });
  });

  it("is explained from the ledger while the source is down, with the reason why not more", async () => {
    const world = new World();
    world.log.add(login());
    await world.runFor(minute);
    const [id = ""] = world.inbox().ids;
    world.tokens.revoke(token);
    expect(await explained(world, id)).toMatchObject({
      summary: null,
      problem: expect.stringMatching(/npx wrangler secret put WEBFLOW_TOKEN/),
      judged: "new",
      destinations: [{ cause: "delivered", filter: null }],
    });
  });

  it("of which nothing is known while the source is down is not said to be unknown to the log", async () => {
    const world = new World();
    await world.runFor(minute);
    world.log.add(login(world.clock.now()));
    await world.clock.runUntil(world.clock.now() + 1000);
    world.tokens.revoke(token);
    expect(await ask(world, idsOf(world)[0] ?? "")).toMatchObject({
      kind: "unread",
      problem: expect.stringMatching(/npx wrangler secret put WEBFLOW_TOKEN/),
    });
  });

  it("asks a source for nothing that wishes to be left alone, and tells the runs when it does", async () => {
    const world = new World();
    world.log.add(login());
    await world.runFor(minute);
    const [id = ""] = world.inbox().ids;
    world.faults.script("throttled");
    expect(await explained(world, id)).toMatchObject({
      problem: expect.stringMatching(/slow down/),
    });
    expect(world.pipeline.source.health?.kind).toBe("throttled");
    const requests = world.api.counts.requests;
    expect(await explained(world, id)).toMatchObject({ summary: null });
    expect(world.api.counts.requests).toBe(requests);
  });

  it("that was delivered so long ago that it is forgotten is not said to be on its way", async () => {
    const world = new World({ env: { MEMORY_DAYS: 7 } });
    world.log.add(login());
    await world.runFor(minute);
    const [id = ""] = world.inbox().ids;
    world.log.add(login(startMs + 9 * 24 * hour));
    await world.clock.runUntil(startMs + 9 * 24 * hour);
    await world.runFor(10 * minute);
    expect(world.ports.ledger.events.seen(id)).toBeUndefined();
    const found = await explained(world, id);
    expect(found?.judged).toBe("forgotten");
    expect(found?.destinations[0]?.cause).toBe("forgotten");
  });

  it("of the far past costs few requests and breaks nothing", async () => {
    const world = new World();
    for (let i = 0; i < 300; i++) world.log.add(login(startMs - i * 1000));
    await world.run();
    const requests = world.api.counts.requests;
    expect(await explained(world, "0000000001AAAAAAAAAAAAAAAA")).toBeUndefined();
    expect(world.api.counts.requests - requests).toBeLessThanOrEqual(20);
  });
});

describe("at a destination", () => {
  it("the filter says which of its rules it was", async () => {
    const world = new World({
      destinations: {
        siem: { only: ["custom_role.*"] },
        team: { except: ["user_access.*"] },
        ops: { minSeverity: "high" },
      },
    });
    world.log.add(login());
    await world.runFor(minute);
    const [id = ""] = idsOf(world);
    const { destinations } = (await explained(world, id)) ?? {};
    expect(destinations?.map(({ cause, because }) => [cause, because])).toEqual([
      ["filtered", 'its type is user_access.login, and only = ["custom_role.*"]'],
      ["filtered", 'its type is user_access.login, and except has "user_access.*"'],
      ["filtered", expect.stringMatching(/^its severity is \w+, and minSeverity = "high"$/)],
    ]);
  });

  it("each attempt is told with its outcome, equal ones counted, and when the next one is", async () => {
    const world = new World();
    world.log.add(login());
    let answers = 0;
    world.inbox().answer = () =>
      new Response("", { status: ++answers <= 2 ? 503 : 429, headers: { "retry-after": "3" } });
    await world.runFor(20_000);
    const [id = ""] = idsOf(world);
    const { cause, because, attempts, nextAttempt, at: settledAt } = await at(world, id);
    expect([cause, settledAt]).toEqual(["pending", null]);
    expect(because).toMatch(/attempts in a row have failed: HTTP 429/);
    expect(attempts).toMatchObject([
      { outcome: "retry", reason: expect.stringMatching(/503/), times: 2, events: 1 },
      { outcome: "retry", reason: expect.stringMatching(/429/), times: answers - 2, events: 1 },
    ]);
    expect(Date.parse(nextAttempt ?? "")).toBeGreaterThan(world.clock.now());
    world.inbox().answer = () => undefined;
    await world.runFor(10 * minute);
    expect(await at(world, id)).toMatchObject({
      cause: "delivered",
      at: new Date(world.inbox().received[0]?.atMs ?? 0).toISOString(),
      nextAttempt: null,
      attempts: expect.objectContaining({ length: 2 }),
    });
  });

  it("a pause is the reason, with the time of the next probe", async () => {
    const world = new World();
    world.inbox().answer = () => new Response("no", { status: 401 });
    world.log.add(login());
    await world.runFor(minute);
    const [id = ""] = idsOf(world);
    const { cause, because, attempts, nextAttempt } = await at(world, id);
    expect(cause).toBe("pending");
    expect(because).toMatch(/^the destination is paused since .*HTTP 401/);
    expect(attempts).toMatchObject([{ outcome: "halt", times: 1 }]);
    expect(Date.parse(nextAttempt ?? "") - world.clock.now()).toBeGreaterThan(50 * minute);
  });

  it("a dead letter is named with its number and reason, and a discarded one as such", async () => {
    const world = new World();
    world.inbox().answer = () => new Response("bad event", { status: 400 });
    world.log.add(login());
    await world.runFor(minute);
    const [id = ""] = idsOf(world);
    const [letter] = world.ports.ledger.deadLetters(1);
    if (!letter) throw new Error("a dead letter was to be there");
    expect(await at(world, id)).toMatchObject({
      cause: "dead_lettered",
      because: "HTTP 400: bad event",
      deadLetter: letter.id,
      attempts: [{ outcome: "reject", times: 1 }],
    });
    world.ports.ledger.discard(letter, world.clock.now());
    expect(await at(world, id)).toMatchObject({ cause: "discarded", deadLetter: null });
  });

  it("what happened before its start is not owed, until a re-sync brings it", async () => {
    const world = new World();
    world.log.add(login(startMs - minute));
    await world.runFor(minute);
    const [id = ""] = idsOf(world);
    expect(await at(world, id)).toMatchObject({ cause: "not_owed" });
    world.inbox().answer = () => new Response("down", { status: 503 });
    await resync(world);
    expect(await at(world, id)).toMatchObject({ cause: "pending" });
    await world.runFor(minute);
    world.inbox().answer = () => undefined;
    await world.runFor(10 * minute);
    expect(await at(world, id)).toMatchObject({ cause: "delivered" });
  });

  it("what a mark set forward by hand gave up is not owed", async () => {
    const world = new World();
    await world.runFor(3 * minute);
    world.inbox().answer = () => new Response("down", { status: 503 });
    world.log.add(login(world.clock.now()));
    await world.runFor(10 * minute);
    const through = new Date(world.clock.now()).toISOString();
    world.kv.value = JSON.stringify({ siem: { through } });
    await world.runFor(minute);
    expect(await at(world, idsOf(world)[0] ?? "")).toMatchObject({ cause: "not_owed" });
  });
});

describe("every event of a day", () => {
  it("has exactly one cause at each destination, and it is what the receiver saw", async () => {
    const filters = {
      siem: {},
      team: { only: ["workspace_membership.*", "user_access.*"], except: ["user_access.logout"] },
      audit: { minSeverity: "medium" },
      bad: {},
      late: {},
    };
    const world = new World({
      destinations: {
        siem: { ...filters.siem, start: "1h", batch: true },
        team: { ...filters.team, start: "1h" },
        audit: { ...filters.audit, start: "1h", batch: true },
        bad: { ...filters.bad, start: "1h", batch: true },
      },
      env: { POLL_SECONDS: 60 },
      seed: 5,
    });
    const made = generate({
      seed: 5,
      count: 400,
      fromMs: startMs - 30 * minute,
      toMs: startMs + 23 * hour,
      ties: 0.1,
      twins: 0.05,
      unknownTypes: 0.05,
      lateShare: 0.1,
      lateMaxMs: 40 * minute,
    });
    for (const { item, visibleAtMs } of made) world.log.add(item, { visibleAtMs });
    const ids = idsOf(world);
    const poison = new Set(ids.filter((_, i) => i % 4 === 1));
    world.inbox("team").answer = () =>
      world.random() < 0.3 ? new Response("down", { status: 503 }) : undefined;
    world.inbox("audit").answer = (sent) =>
      sent.some((id) => poison.has(id)) ? new Response("bad event", { status: 400 }) : undefined;
    await world.runFor(12 * hour);
    const [discarded] = world.ports.ledger.deadLetters(1);
    if (discarded) world.ports.ledger.discard(discarded, world.clock.now());
    // From noon on one is paused, and another is new.
    world.inbox("bad").answer = () => new Response("no", { status: 410 });
    const halfwayMs = world.clock.now();
    world.restart({
      destinations: {
        siem: { ...filters.siem, start: "1h", batch: true },
        team: { ...filters.team, start: "1h" },
        audit: { ...filters.audit, start: "1h", batch: true },
        bad: { ...filters.bad, start: "1h", batch: true },
        late: { ...filters.late, start: "now" },
      },
    });
    await world.runFor(10 * hour);
    await resync(world, {
      fromMs: startMs + hour,
      toMs: startMs + 2 * hour,
      destinations: ["siem"],
      redeliver: true,
    });
    await world.runFor(6 * hour);

    const causes = new Set<string>();
    for (const { id, record } of identified(world)) {
      const flags = { late: false, backfilled: false };
      const event = toAuditEvent(record, { id, workspace: { id: workspaceId }, flags });
      const found = await explained(world, id);
      expect(found?.destinations.map(({ name }) => name)).toEqual(Object.keys(filters));
      for (const { name, cause } of found?.destinations ?? []) {
        const filter = { only: [], except: [], minSeverity: "info", ...filters[name as "siem"] };
        const got = world.inbox(name).ids.includes(id);
        const wanted = router(filter as Parameters<typeof router>[0])(event);
        const truth = got
          ? "delivered"
          : name === "late" && record.timeMs < halfwayMs
            ? "not_owed"
            : !wanted
              ? "filtered"
              : name === "bad"
                ? "pending"
                : name === "audit" && poison.has(id)
                  ? id === discarded?.eventId
                    ? "discarded"
                    : "dead_lettered"
                  : "lost";
        expect([name, id, cause]).toEqual([name, id, truth]);
        causes.add(cause);
      }
      const redelivered = record.timeMs >= startMs + hour && record.timeMs <= startMs + 2 * hour;
      const copies = world.inbox("siem").ids.filter((one) => one === id).length;
      expect([id, copies]).toEqual([id, redelivered ? 2 : 1]);
    }
    expect([...causes].sort()).toEqual([
      "dead_lettered",
      "delivered",
      "discarded",
      "filtered",
      "not_owed",
      "pending",
    ]);
  }, 60_000);
});
