import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { forecast, hasRoom, midnightAfter, plan, type Situation } from "../../src/governor/plan.ts";
import { plans, resources, shareOf, type Use } from "../../src/governor/plans.ts";

const dayMs = 86_400_000;
const midnightMs = Date.parse("2026-06-02T00:00:00Z");
const noon = midnightMs + dayMs / 2;
const none = Object.fromEntries(resources.map((name) => [name, 0])) as unknown as Use;
/** What quiet polls every 10 s take in half a day. */
const halfADay: Use = {
  objectRequests: 4320,
  rowsWritten: 8000,
  rowsRead: 200_000,
  kvWrites: 0,
  kvReads: 4320,
  gbSeconds: 5400,
};
const quiet: Situation = {
  nowMs: noon,
  plan: plans.free,
  used: halfADay,
  lately: halfADay,
  latelyRuns: 4320,
  pollMs: 10_000,
  happenedMs: null,
  destinations: 2,
  waiting: 0,
  sourceRate: 60,
  before: "ok",
};

describe("the pace of the polls", () => {
  it("is what was promised while nothing happens", () => {
    expect(plan(quiet)).toMatchObject({ pollMs: 10_000, standing: "ok", mayRead: true, short: [] });
  });

  it.each([
    [10_000, 5000],
    [3000, 2000],
    [2000, 2000],
    [1000, 1000],
    [60_000, 30_000],
  ])("of %i ms is %i for five minutes after something happened", (pollMs, eagerMs) => {
    const at = (agoMs: number) =>
      plan({ ...quiet, plan: plans.paid, sourceRate: 300, pollMs, happenedMs: noon - agoMs });
    expect(at(0).pollMs).toBe(eagerMs);
    expect(at(299_999).pollMs).toBe(eagerMs);
    expect(at(300_000).pollMs).toBe(pollMs);
  });

  it("is no faster where polls alone would take a good part of what the source allows", () => {
    const happened = { ...quiet, happenedMs: noon };
    expect(plan({ ...happened, sourceRate: 48 }).pollMs).toBe(5000);
    expect(plan({ ...happened, sourceRate: 47 }).pollMs).toBe(10_000);
  });

  it("gives up the faster polls first, then slows down as far as it must, and says what is short", () => {
    const busy = (rowsWritten: number) =>
      plan({
        ...quiet,
        happenedMs: noon,
        used: { ...halfADay, rowsWritten: rowsWritten / 2 },
        lately: { ...halfADay, rowsWritten },
      });
    expect(busy(20_000).pollMs).toBe(5000);
    expect(busy(84_000)).toMatchObject({ pollMs: 10_000, standing: "ok" });
    const slow = busy(96_000);
    expect(slow).toMatchObject({ standing: "slow", mayRead: true, short: ["rowsWritten"] });
    expect(slow.pollMs).toBeGreaterThan(10_000);
    expect(slow.forecast.rowsWritten).toBeLessThanOrEqual(95_000);
    expect(busy(150_000)).toMatchObject({ pollMs: 70_000, standing: "slow", mayRead: true });
  });

  it("that was slow is as promised again only where that leaves room", () => {
    const rows = { ...halfADay, rowsWritten: 86_000 };
    const near = { ...quiet, used: { ...halfADay, rowsWritten: 43_000 }, lately: rows };
    expect(plan(near).standing).toBe("ok");
    expect(plan({ ...near, before: "slow" }).standing).toBe("slow");
  });

  it("of two workspaces on one free plan leaves their objects time to sleep", () => {
    const { pollMs, short, forecast } = plan({
      ...quiet,
      nowMs: midnightMs,
      used: none,
      plan: shareOf(plans.free, 2),
    });
    expect(short).toEqual(["gbSeconds"]);
    expect(pollMs).toBeGreaterThan(15_000);
    expect(pollMs).toBeLessThan(25_000);
    expect(forecast.gbSeconds).toBeLessThanOrEqual(6500);
  });

  it("is kept on the paid plan whatever it costs", () => {
    const much = Object.fromEntries(resources.map((name) => [name, 1e12])) as unknown as Use;
    const paid = { ...quiet, plan: plans.paid, used: much, lately: much };
    expect(plan(paid)).toMatchObject({ pollMs: 10_000, standing: "ok", mayRead: true });
  });
});

describe("when the day's rows come to their end", () => {
  it("nothing new is read until midnight, while what is left bears a quiet rest of the day", () => {
    const used = { ...halfADay, rowsWritten: 90_000 };
    const held = plan({ ...quiet, used });
    expect(held).toMatchObject({ standing: "held", mayRead: false, short: ["rowsWritten"] });
    expect(held.forecast.rowsWritten).toBeLessThanOrEqual(100_000);
    expect(plan({ ...quiet, used, nowMs: midnightMs + dayMs - 1000 }).mayRead).toBe(true);
  });

  it("the same holds of the rows that are read", () => {
    const { mayRead, short } = plan({ ...quiet, used: { ...halfADay, rowsRead: 4_900_000 } });
    expect([mayRead, short]).toEqual([false, ["rowsRead"]]);
  });

  it("a new day begins with reading, however many share the plan, and whatever a destination holds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 10_000 }),
        (n, destinations, waiting) => {
          const share = shareOf(plans.free, n);
          const morning = { nowMs: midnightMs, plan: share, used: none, destinations, waiting };
          expect(hasRoom(morning)).toBe(true);
        },
      ),
    );
  });
});

const amount = (limit: number) => fc.integer({ min: 0, max: 2 * limit });
const someUse = fc.record(
  Object.fromEntries(resources.map((name) => [name, amount(plans.free.perDay[name])])) as Record<
    keyof Use,
    fc.Arbitrary<number>
  >,
);
const situations: fc.Arbitrary<Situation> = fc.record({
  nowMs: fc.integer({ min: midnightMs, max: midnightMs + dayMs }),
  plan: fc
    .tuple(fc.constantFrom(plans.free, plans.paid), fc.integer({ min: 1, max: 20 }))
    .map(([one, workspaces]) => shareOf(one, workspaces)),
  used: someUse,
  lately: someUse,
  latelyRuns: fc.integer({ min: 0, max: 100_000 }),
  pollMs: fc.integer({ min: 1, max: 60 }).map((seconds) => seconds * 1000),
  happenedMs: fc.option(fc.integer({ min: midnightMs - dayMs, max: midnightMs + dayMs })),
  destinations: fc.integer({ min: 1, max: 20 }),
  waiting: fc.integer({ min: 0, max: 20_000 }),
  sourceRate: fc.integer({ min: 1, max: 600 }),
  before: fc.constantFrom("ok", "slow", "held"),
});

describe("whatever the situation, a plan", () => {
  it("is one and the same, and holds what it says", () => {
    fc.assert(
      fc.property(situations, (situation) => {
        const made = plan(situation);
        expect(plan(situation)).toEqual(made);
        const { pollMs, standing, mayRead, short } = made;
        expect(pollMs).toBeGreaterThanOrEqual(Math.min(2000, situation.pollMs));
        expect(pollMs).toBeLessThanOrEqual(Math.max(70_000, situation.pollMs));
        if (standing === "ok") expect(pollMs).toBeLessThanOrEqual(situation.pollMs);
        expect(mayRead).toBe(standing !== "held");
        expect(short.length > 0).toBe(standing !== "ok");
        if (!situation.plan.hard) expect(standing).toBe("ok");
        for (const name of resources)
          expect(made.forecast[name]).toBeGreaterThanOrEqual(situation.used[name]);
      }),
      { numRuns: 1000 },
    );
  });

  it("polls no faster where more is used, and reads no more", () => {
    fc.assert(
      fc.property(
        situations,
        fc.constantFrom(...resources),
        fc.nat(50_000),
        (situation, name, n) => {
          const more = {
            ...situation,
            used: { ...situation.used, [name]: situation.used[name] + n },
          };
          const [less, made] = [plan(situation), plan(more)];
          expect(made.pollMs).toBeGreaterThanOrEqual(less.pollMs);
          if (!less.mayRead) expect(made.mayRead).toBe(false);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("forecasts less for slower polls, and what is used at midnight", () => {
    fc.assert(
      fc.property(situations, fc.integer({ min: 1, max: 60 }), (situation, seconds) => {
        const fast = forecast(situation, seconds * 1000);
        const slow = forecast(situation, seconds * 2000);
        for (const name of resources) expect(slow[name]).toBeLessThanOrEqual(fast[name]);
        const late = { ...situation, nowMs: midnightAfter(situation.nowMs) - 1 };
        for (const name of resources)
          expect(forecast(late, 10_000)[name]).toBeLessThanOrEqual(situation.used[name] + 30);
      }),
    );
  });
});
