import { describe, expect, it } from "vitest";
import { generate } from "../../sandbox/activity/activity.ts";
import { seeded } from "../../sandbox/random.ts";
import { nodeSql } from "../../sandbox/sql.ts";
import { shiftWhileWalking } from "../../sandbox/webflow/quirks.ts";
import {
  betweenSource,
  day,
  hour,
  minute,
  receiptAt,
  requestsDuring,
  slowWorld,
  wrongSums,
} from "../support/proof.ts";
import { login, startMs, token, World } from "../support/world.ts";

const down = () => new Response("down", { status: 503 });

/** Something every few minutes, so that the log is never without a youngest event. */
function traffic(world: World, ms: number, everyMs = 7 * minute): void {
  for (let at = everyMs; at < ms; at += everyMs) world.log.add(login(startMs + at));
}

/** Adds an event of that moment that the log shows only so much later. */
function addLate(world: World, atMs: number, lateMs: number) {
  const item = login(atMs);
  world.log.add(item, { visibleAtMs: atMs + lateMs });
  return item;
}

/** How often an item reached a destination, and whether it was called late. */
function deliveriesOf(world: World, item: unknown, name = "siem"): boolean[] {
  return world
    .inbox(name)
    .received.filter(({ body }) => JSON.stringify(body.raw) === JSON.stringify(item))
    .map(({ body }) => (body.flags as { late: boolean }).late);
}

/** Each event of the log has reached the destination once. */
function expectAllOnce(world: World, name = "siem"): void {
  const { ids } = world.inbox(name);
  expect(ids).toHaveLength(new Set(ids).size);
  expect(ids).toHaveLength(world.log.count);
}

describe("an event that comes late", () => {
  it("into a crowd of which a poll reads but the end again is found by counting within two minutes", async () => {
    const world = new World();
    await world.run();
    for (let i = 0; i < 1000; i++) world.log.add(login(startMs + minute + i * 60));
    const late = [10, 20, 30].map((s) => addLate(world, startMs + minute + s * 1000, 60_000));
    await world.runFor(2 * minute + 30_000);
    expect(world.inbox().received.length).toBeGreaterThanOrEqual(1000);
    await world.runFor(minute + 30_000);
    for (const item of late) expect(deliveriesOf(world, item)).toEqual([true]);
    expectAllOnce(world);
  });

  it.each([
    ["10 minutes", 10 * minute, 30 * minute],
    ["50 minutes", 50 * minute, 70 * minute],
    ["90 minutes", 90 * minute, 26 * hour],
    ["20 hours", 20 * hour, 26 * hour],
  ])("by %s reaches every destination once, and is called late", async (_, lateMs, foundMs) => {
    const world = slowWorld({ destinations: { siem: {}, team: { only: ["user_access.*"] } } });
    await world.run();
    traffic(world, 30 * hour);
    const at = startMs + 2 * hour + 50 * minute;
    const item = addLate(world, at, lateMs);
    await world.clock.runUntil(startMs + 1);
    await world.runFor(2 * hour + 50 * minute + foundMs + 10 * minute);
    for (const name of ["siem", "team"]) expect(deliveriesOf(world, item, name)).toEqual([true]);
    await world.runFor(30 * hour - 3 * hour - foundMs);
    for (const name of ["siem", "team"]) {
      expect(deliveriesOf(world, item, name)).toEqual([true]);
      expectAllOnce(world, name);
    }
    expect(receiptAt(world, at)).toMatchObject({ late: 1, state: "late", final: true });
  });

  it("moves no mark, neither forward nor back", async () => {
    const world = slowWorld();
    await world.run();
    traffic(world, 2 * hour);
    await world.runFor(2 * hour);
    const { through } = world.ports.ledger.position("siem") ?? {};
    const item = addLate(world, startMs + hour + 30 * minute, 31 * minute);
    await world.runFor(6 * minute);
    expect(deliveriesOf(world, item)).toEqual([true]);
    expect(world.ports.ledger.position("siem")?.through).toBe(through);
  });

  it("that a filter does not take is settled as such, and not sent", async () => {
    const world = slowWorld({
      destinations: { siem: {}, team: { except: ["user_access.login"] } },
    });
    await world.run();
    traffic(world, 3 * hour);
    addLate(world, startMs + hour + 30 * minute, 40 * minute);
    await world.runFor(3.5 * hour);
    expectAllOnce(world);
    expect(world.inbox("team").received).toEqual([]);
    const { events, destinations } = receiptAt(world, startMs + hour);
    expect(destinations.team).toMatchObject({ filtered: events, delivered: 0, pending: 0 });
    expect(world.ports.ledger.errands.next("team", 9)).toEqual([]);
  });

  it("is found in an hour of many thousands, without reading it all again", async () => {
    const world = slowWorld({ destinations: { siem: { batch: true } } });
    await world.run();
    for (let i = 0; i < 6000; i++) world.log.add(login(startMs + 10 * minute + i * 500));
    await world.runFor(70 * minute);
    const before = world.api.counts.requests;
    await world.runFor(10 * minute);
    const usual = world.api.counts.requests - before;
    const item = addLate(world, startMs + 40 * minute, 40 * minute + 1);
    expect(await requestsDuring(world, 10 * minute)).toBeLessThan(usual + 40);
    expect(deliveriesOf(world, item)).toEqual([true]);
    expectAllOnce(world);
  });
});

const quirks = [true, false].flatMap((fromInclusive) =>
  [true, false].flatMap((toInclusive) =>
    (["ms", "second"] as const).flatMap((filterPrecision) =>
      (["stable", "shuffled"] as const).map((tieOrder) => ({
        fromInclusive,
        toInclusive,
        filterPrecision,
        tieOrder,
      })),
    ),
  ),
);

describe("whatever the source's filters include", () => {
  it.each(quirks)(
    "each event comes once, and each hour's count is its own: $fromInclusive $toInclusive $filterPrecision $tieOrder",
    async (rules) => {
      const world = slowWorld({ destinations: { siem: { batch: true } } });
      Object.assign(world.quirks, rules);
      await world.run();
      const random = seeded(7);
      traffic(world, 30 * hour);
      for (let h = 1; h < 6; h++) {
        const atHour = startMs + h * hour;
        // On the hour, at the ends of the windows around it, and equal ones among them.
        for (const ms of [-1000, -1, 0, 0, 1, 999, 1000, 1001]) world.log.add(login(atHour + ms));
        const twin = login(atHour);
        world.log.add(twin);
        world.log.add(structuredClone(twin));
        world.log.add(structuredClone(twin), { visibleAtMs: atHour + 25 * minute });
        for (let i = 0; i < 12; i++) {
          const ms = Math.floor(random() * 60) * minute + (random() < 0.5 ? 0 : 500);
          addLate(world, atHour + ms, (3 + random() * 200) * minute);
        }
      }
      for (let i = 0; i < 130; i++) world.log.add(login(startMs + 3.5 * hour + i));
      addLate(world, startMs + 3.5 * hour + 7, 20 * minute);
      await world.runFor(31 * hour);
      expectAllOnce(world);
      const receipts = world.pipeline.receipts.between(startMs, startMs + 6 * hour);
      expect(receipts).toHaveLength(6);
      expect(wrongSums(receipts)).toEqual([]);
      for (const { sourceTotal, events, final, note, destinations } of receipts) {
        expect({ sourceTotal, final, note }).toEqual({
          sourceTotal: events,
          final: true,
          note: null,
        });
        expect(destinations.siem).toMatchObject({ delivered: events, shortfall: null });
      }
    },
  );

  it("a log in no order is recounted as exactly", async () => {
    const world = slowWorld({ destinations: { siem: { batch: true } } });
    Object.assign(world.quirks, { sort: "ignored", tieOrder: "shuffled" });
    await world.run();
    traffic(world, 28 * hour, 30_000);
    addLate(world, startMs + hour + 20 * minute, 4 * hour);
    addLate(world, startMs + 2 * hour, 30 * minute);
    await world.runFor(29 * hour);
    expectAllOnce(world);
    expect(receiptAt(world, startMs + hour)).toMatchObject({ state: "late", final: true });
  });
});

describe("a recount costs little", () => {
  it("where nothing is new: one request in five minutes, beside the polls", async () => {
    const world = slowWorld();
    await world.run();
    traffic(world, 5 * hour);
    await world.runFor(5 * hour);
    expect(await requestsDuring(world, 2 * hour)).toBeLessThanOrEqual(2 * 60 + 2 * 12 + 2 * 2 + 6);
  });

  it("where the log counts items that have no place in time: it is not searched for them for ever", async () => {
    const world = slowWorld({ destinations: { siem: { batch: true } } });
    await world.run();
    traffic(world, 28 * hour, 10_000);
    for (let i = 0; i < 60; i++) {
      const visibleAtMs = startMs + hour + i * minute + 500;
      world.log.add({ eventType: "user_access", payload: { n: i } }, { visibleAtMs });
    }
    await world.runFor(hour);
    const during = await requestsDuring(world, hour);
    const after = await requestsDuring(world, hour);
    await world.runFor(hour);
    const later = await requestsDuring(world, hour);
    // Polls every half minute, for something happens all the time, that read the overlap again; twelve recounts, the search.
    expect(during).toBeLessThan(60 * 12);
    expect(after).toBeLessThan(60 * 12);
    expect(later).toBeLessThan(150);
    await world.runFor(24 * hour);
    const receipt = receiptAt(world, startMs + hour);
    expect(receipt).toMatchObject({ state: "shortfall", events: 360, sourceTotal: 420 });
    expect(receipt.note).toMatch(
      /counts 60 more than it shows with a usable time: see GET \/dead-/,
    );
    expect(world.inbox().received).toHaveLength(world.log.count - 60);
  });
});

describe("a recount while", () => {
  const calm = { siem: {}, team: {} };

  it("a destination fails: it gets the late event when it is well again, the other at once", async () => {
    const world = slowWorld({ destinations: calm });
    await world.run();
    traffic(world, 5 * hour);
    await world.runFor(hour);
    world.inbox().answer = down;
    const item = addLate(world, startMs + 30 * minute, 40 * minute);
    await world.runFor(30 * minute);
    expect(deliveriesOf(world, item, "team")).toEqual([true]);
    expect(deliveriesOf(world, item)).toEqual([]);
    world.inbox().answer = () => undefined;
    await world.runFor(3.6 * hour);
    for (const name of ["siem", "team"]) expect(deliveriesOf(world, item, name)).toEqual([true]);
    for (const name of ["siem", "team"]) expectAllOnce(world, name);
  });

  it("a destination is paused for a day: it gets all that came late meanwhile, once", async () => {
    const world = slowWorld({ destinations: calm });
    await world.run();
    traffic(world, 30 * hour, 20 * minute);
    await world.runFor(hour);
    world.inbox().answer = () => new Response("gone", { status: 403 });
    for (const late of [15, 50, 300]) addLate(world, startMs + hour + 7 * minute, late * minute);
    addLate(world, startMs + 30 * minute, 2 * hour);
    await world.runFor(26 * hour);
    expect(world.inbox("team").received.length).toBeGreaterThan(world.inbox().received.length);
    world.inbox().answer = () => undefined;
    await world.runFor(4 * hour);
    expectAllOnce(world, "siem");
    expectAllOnce(world, "team");
  });

  it("a destination lags: it gets the late event with its walk or beside it, once", async () => {
    const world = slowWorld({ destinations: { siem: {}, team: { batch: true } } });
    await world.run();
    traffic(world, 3 * hour, 5000);
    const { inboxes, clock } = world;
    // A receiver that takes 8 s for each message, where one comes every 5 s.
    const { fetch } = world.ports;
    Object.assign(world.ports, {
      fetch: async (request: Request) => {
        if (new URL(request.url).host.startsWith("siem")) await clock.sleep(8000);
        return fetch(request);
      },
    });
    await world.runFor(hour);
    const items = [10, 25, 40, 55].map((at) =>
      addLate(world, startMs + at * minute, hour + 5 * minute - at * minute),
    );
    await world.runFor(2 * hour);
    for (const item of items) expect(deliveriesOf(world, item, "team")).toEqual([true]);
    await world.runFor(5 * hour);
    for (const name of Object.keys(inboxes)) expectAllOnce(world, name);
  });

  it("a new destination reads the past: it gets what nobody has seen, and so does the old one", async () => {
    const world = slowWorld({ destinations: { siem: { batch: true } } });
    await world.run();
    traffic(world, 8 * hour, minute);
    await world.runFor(5 * hour);
    // Too old for the recount of the last hour, and the hour's first recount is over.
    const item = addLate(world, startMs + 1.2 * hour, 3.8 * hour - minute);
    world.restart({ destinations: { siem: { batch: true }, team: { start: "5h", batch: true } } });
    await world.runFor(20 * minute);
    for (const name of ["siem", "team"]) expect(deliveriesOf(world, item, name)).toEqual([true]);
    await world.runFor(3 * hour);
    for (const name of ["siem", "team"]) expectAllOnce(world, name);
  });

  it("the source fails again and again: nothing is lost, repeated or called quiet", async () => {
    const world = slowWorld({ seed: 5 });
    world.faults.mix = {
      rate: 0.4,
      kinds: ["internal_error", "cut_json", "null_items", "connection_failure", "throttled"],
    };
    await world.run();
    traffic(world, 28 * hour);
    for (let h = 1; h < 5; h++) addLate(world, startMs + h * hour + 9 * minute, h * 20 * minute);
    await world.runFor(28 * hour);
    world.faults.mix = null;
    await world.runFor(2 * hour);
    expectAllOnce(world);
    const receipts = world.pipeline.receipts.between(startMs, startMs + 4 * hour);
    expect(receipts.filter(({ state }) => state === "quiet")).toEqual([]);
    expect(receipts.every(({ final, failedPolls }) => final && failedPolls > 0)).toBe(true);
  });

  it("the log grows with each request for it: a walk that is shifted all the time ends exact", async () => {
    const world = slowWorld({ destinations: { siem: { batch: true } } });
    await world.run();
    for (let i = 0; i < 2000; i++) world.log.add(login(startMs + 10 * minute + i * 1300));
    const late = Array.from({ length: 400 }, (_, i) => login(startMs + 10 * minute + i * 6500));
    const shift = shiftWhileWalking(world.log, late);
    await world.clock.runUntil(startMs + hour);
    betweenSource(world, (_, page) => {
      shift(world.clock.now());
      return page;
    });
    await world.runFor(3 * hour);
    expect(world.log.count).toBe(2400);
    expectAllOnce(world);
  });

  it("the clock is five minutes fast, slow, or set back by an hour", async () => {
    for (const skewMs of [5 * minute, -5 * minute]) {
      const world = slowWorld();
      world.skewMs = skewMs;
      await world.run();
      traffic(world, 28 * hour);
      addLate(world, startMs + hour + minute, 30 * minute);
      addLate(world, startMs + hour + minute, 20 * hour);
      await world.runFor(10 * hour);
      world.skewMs -= hour;
      const item = addLate(world, startMs + 9.5 * hour, 40 * minute);
      await world.runFor(30 * minute);
      expect(deliveriesOf(world, item)).toEqual([true]);
      await world.runFor(18 * hour);
      expectAllOnce(world);
    }
  });
});

describe("without pagination.total", () => {
  it("late events are found all the same, by reading the hour again", async () => {
    const world = slowWorld();
    betweenSource(world, (_, { items }) => ({ items }));
    await world.run();
    traffic(world, 28 * hour);
    const items = [20 * minute, 20 * hour].map((ms) => addLate(world, startMs + hour + minute, ms));
    await world.runFor(28 * hour);
    for (const item of items) expect(deliveriesOf(world, item)).toEqual([true]);
    expectAllOnce(world);
  });
});

describe("one answer without pagination.total", () => {
  it("does not end the recounts of the last hour", async () => {
    const world = slowWorld();
    let without = 0;
    betweenSource(world, (url, page) =>
      url.searchParams.get("limit") === "1" && without-- > 0 ? { items: page.items } : page,
    );
    await world.run();
    traffic(world, 10 * hour);
    await world.runFor(hour);
    without = 1;
    await world.runFor(3 * hour);
    const item = addLate(world, startMs + 3.6 * hour, 24 * minute);
    await world.runFor(10 * minute);
    expect(deliveriesOf(world, item)).toEqual([true]);
  });
});

describe("when the log keeps its events for a few hours only", () => {
  it("nothing is sent twice, nothing is counted below zero, and the receipt says what is gone", async () => {
    const world = slowWorld();
    await world.run();
    traffic(world, 30 * hour, 10_000);
    const { fetch } = world.ports;
    Object.assign(world.ports, {
      fetch: (request: Request) => {
        const url = new URL(request.url);
        const from = url.searchParams.get("from");
        if (url.host !== "api.webflow.com" || from === null) return fetch(request);
        const kept = Math.max(Date.parse(from), world.clock.now() - 5 * hour);
        url.searchParams.set("from", new Date(kept).toISOString());
        return fetch(new Request(url, request));
      },
    });
    await world.runFor(30 * hour);
    expectAllOnce(world);
    const receipt = receiptAt(world, startMs + hour);
    expect(receipt).toMatchObject({ final: true, sourceTotal: 0, events: 360 });
    expect(receipt.note).toMatch(/the source shows 360 fewer than it once did/);
  });
});

describe("a ledger that was lost", () => {
  it("begins anew from the mark: nothing is lost, and only what lies in the overlap can come again", async () => {
    const world = slowWorld();
    await world.run();
    traffic(world, 30 * hour, minute);
    await world.runFor(5 * hour);
    const mark = Date.parse(world.mark() ?? "");
    world.sql = nodeSql();
    world.restart();
    const late = addLate(world, startMs + 6.5 * hour, 30 * minute);
    await world.runFor(25 * hour);
    const again = [...Map.groupBy(world.inbox().received, ({ id }) => id).values()].filter(
      (copies) => copies.length > 1,
    );
    for (const [first] of again)
      expect(Date.parse(String(first?.body.time))).toBeGreaterThanOrEqual(mark - 2 * minute - 1000);
    expect(new Set(world.inbox().ids).size).toBe(world.log.count);
    expect(deliveriesOf(world, late)).toEqual([true]);
    expect(receiptAt(world, startMs + 6 * hour)).toMatchObject({ state: "late" });
  });
});

describe("a process that dies", () => {
  /**
   * Lets the process die at its nth request, before or after it has reached the other side; then another begins.
   * Returns what receivers took without the process learning of it; undefined when it had no nth request to make.
   */
  async function dieAt(
    world: World,
    nth: number,
    when: "before" | "after",
  ): Promise<string[] | undefined> {
    const process = { alive: true };
    const { sql } = world;
    world.sql = {
      exec: (query, ...bindings) => (process.alive ? sql.exec(query, ...bindings) : []),
      transaction: (work) => (process.alive ? sql.transaction(work) : work()),
      used: () => sql.used(),
    };
    world.restart();
    const { fetch } = world.ports;
    const never = new Promise<Response>(() => {});
    const unheard: string[] = [];
    let requests = 0;
    const send = async (request: Request) => {
      const here = ++requests === nth;
      if (here && when === "before") process.alive = false;
      if (!process.alive) return never;
      const name = new URL(request.url).host.split(".")[0] ?? "";
      const known = world.inboxes[name]?.received.length ?? 0;
      const answer = await fetch(request);
      if (here) process.alive = false;
      if (process.alive) return answer;
      unheard.push(...(world.inboxes[name]?.ids.slice(known).map((id) => `${name} ${id}`) ?? []));
      return never;
    };
    Object.assign(world.ports, { fetch: send });
    while (process.alive && world.clock.now() < startMs + 1.7 * hour) {
      world.pipeline.run("alarm", 5000).catch(() => undefined);
      await world.clock.runUntil(world.clock.now() + minute);
    }
    const died = !process.alive;
    process.alive = false;
    world.sql = sql;
    world.restart();
    return died ? unheard : undefined;
  }

  it.each(["before", "after"] as const)(
    "at any moment, %s a request of a recount or an errand has gone out, loses nothing, and repeats only what it never heard of",
    async (when) => {
      let nth = 1;
      for (let died = true; died && nth < 100; nth++) {
        const world = slowWorld({ destinations: { siem: {}, team: {} } });
        await world.run();
        traffic(world, 2 * hour, 3 * minute);
        await world.runFor(1.5 * hour);
        const items = [20, 21, 50].map((at) =>
          addLate(world, startMs + at * minute, 1.5 * hour - at * minute + 1),
        );
        const unheard = await dieAt(world, nth, when);
        died = unheard !== undefined;
        await world.runFor(45 * minute);
        for (const [name, inbox] of Object.entries(world.inboxes)) {
          for (const item of items) expect(deliveriesOf(world, item, name)).toContain(true);
          expect(new Set(inbox.ids).size, `${name}, request ${nth}`).toBe(world.log.count);
          const again = inbox.ids.filter((id, i) => inbox.ids.indexOf(id) < i);
          const allowed = new Set(unheard?.map((one) => one.split(" ")[1]));
          expect(
            again.filter((id) => !allowed.has(id)),
            `${name}, request ${nth}`,
          ).toEqual([]);
        }
      }
      expect(nth).toBeGreaterThan(15);
      expect(nth).toBeLessThan(100);
    },
    60_000,
  );

  it("refused for a day, a token that comes back brings all that was late meanwhile", async () => {
    const world = slowWorld();
    await world.run();
    traffic(world, 2 * day, 20 * minute);
    await world.runFor(2 * hour);
    world.tokens.revoke(token);
    addLate(world, startMs + hour, 3 * hour);
    addLate(world, startMs + 1.8 * hour, 20 * hour);
    await world.runFor(day);
    world.tokens.restore(token);
    await world.runFor(day);
    expectAllOnce(world);
  });
});

describe("a crowded second", () => {
  it("that a late event joins is read again within a run, and polled on with few requests", async () => {
    const world = new World({ destinations: { siem: { batch: true } } });
    await world.run();
    const made = generate({
      seed: 1,
      count: 300,
      fromMs: startMs + 10 * minute,
      toMs: startMs + 10 * minute + 900,
    });
    for (const { item } of made) world.log.add(item);
    traffic(world, 30 * minute, 9000);
    await world.runFor(25 * minute);
    addLate(world, startMs + 10 * minute, 16 * minute);
    expect(await requestsDuring(world, 20 * minute)).toBeLessThan(20 * 15);
    expectAllOnce(world);
  });
});
