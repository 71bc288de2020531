// Receipts that outlive what they are made of, and what must not hold up others.
import { describe, expect, it } from "vitest";
import { Budget } from "../../src/budget.ts";
import { betweenSource, day, hour, minute, receiptAt, slowWorld } from "../support/proof.ts";
import { resync } from "../support/resync.ts";
import { login, startMs, type World } from "../support/world.ts";

function traffic(world: World, fromMs: number, toMs: number): void {
  for (let at = fromMs + minute; at < toMs; at += 10 * minute) world.log.add(login(at));
}

/** Events at the beginning, and later ones that keep the log going. */
function eventful(world: World): void {
  for (const h of [1, 30, 60, 230]) traffic(world, startMs + h * hour, startMs + (h + 1) * hour);
}

describe("the receipt of an hour that is forgotten", () => {
  it("is kept when an old dead letter is discarded", async () => {
    const world = slowWorld({ env: { MEMORY_DAYS: 7 } });
    eventful(world);
    let refused = 0;
    world.inbox().answer = () =>
      refused++ === 0 ? new Response("no", { status: 422 }) : undefined;
    await world.runFor(10 * day);
    const kept = receiptAt(world, startMs + hour);
    expect(kept).toMatchObject({ final: true, events: 6, sourceTotal: 6 });
    const { ledger, clock } = world.ports;
    const [letter] = ledger.deadLetters(10);
    if (!letter) throw new Error("no dead letter");
    ledger.discard(letter, clock.now());
    expect(receiptAt(world, startMs + hour)).toEqual(kept);
  });

  it("is kept when its period is sent again", async () => {
    const world = slowWorld({ env: { MEMORY_DAYS: 7 }, destinations: { siem: {}, team: {} } });
    eventful(world);
    await world.runFor(10 * day);
    const kept = receiptAt(world, startMs + hour);
    expect(kept).toMatchObject({ state: "complete", final: true });
    await resync(world, {
      fromMs: startMs + hour,
      toMs: startMs + 2 * hour,
      destinations: ["siem"],
    });
    await world.runFor(hour);
    expect(world.inbox("siem").received.length).toBeGreaterThan(24);
    expect(receiptAt(world, startMs + hour)).toEqual(kept);
  });

  it("is kept when MEMORY_DAYS is lowered", async () => {
    const world = slowWorld({ env: { MEMORY_DAYS: 30 } });
    eventful(world);
    world.inbox().answer = () => new Response("no", { status: 503 });
    await world.runFor(28 * hour);
    world.inbox().answer = () => undefined;
    await world.runFor(9 * day);
    world.restart({ env: { POLL_SECONDS: 60, MEMORY_DAYS: 7 } });
    await world.runFor(25 * hour);
    expect(receiptAt(world, startMs + hour)).toMatchObject({
      state: "complete",
      final: true,
      events: 6,
      destinations: { siem: { delivered: 6, pending: 0 } },
    });
  });
});

describe("an hour that cannot be read again", () => {
  it.each([15, 25, 40])(
    "is given up with a word in the log, and holds up no other (POLL_SECONDS = %i)",
    async (seconds) => {
      const world = slowWorld({ env: { POLL_SECONDS: seconds } });
      traffic(world, startMs, startMs + 29 * hour);
      // The counts tell how many there are, the pages of a crowded second do not.
      betweenSource(world, (url, page) => {
        if (url.searchParams.get("limit") !== "1") delete page.pagination.total;
        return page;
      });
      await world.runFor(1.3 * hour);
      const visibleAtMs = world.clock.now() + hour;
      for (let i = 0; i < 150; i++) world.log.add(login(startMs + 5 * minute), { visibleAtMs });
      await world.runFor(30 * hour);
      expect(world.warnings("a span of the log could not be read again")).not.toEqual([]);
      for (let h = 1; h < 5; h++)
        expect(receiptAt(world, startMs + h * hour)).toMatchObject({
          state: "complete",
          final: true,
        });
      expect(receiptAt(world, startMs).state).toBe("shortfall");
    },
    60_000,
  );
});

describe("a plan", () => {
  it("whose budget ends just before its last count has no problem: it goes on", async () => {
    const world = slowWorld();
    traffic(world, startMs - hour, startMs);
    const request = {
      fromMs: startMs - hour,
      toMs: startMs,
      destinations: [],
      redeliver: false,
    };
    const report = await world.clock.run(world.pipeline.resync.plan(request, new Budget(2)));
    expect(report).toMatchObject({ state: "planning", problem: null });
    await world.runFor(minute);
    expect(world.pipeline.resync.get(report.id)).toMatchObject({ state: "ready", events: 6 });
  });
});
