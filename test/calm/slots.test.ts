import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../sandbox/clock.ts";
import { nodeSql } from "../../sandbox/sql.ts";
import { Slots } from "../../src/calm/slots.ts";
import { Ledger } from "../../src/ledger.ts";
import { mostInAMinute } from "../support/storm.ts";
import { startMs } from "../support/world.ts";

function open(most = 6) {
  const clock = new VirtualClock(startMs);
  const ports = { clock, ledger: new Ledger(nodeSql()) };
  return { clock, reopen: () => new Slots("team", most, ports) };
}

describe("the messages of a minute", () => {
  it("are all free at first, half of them for what is not severe", () => {
    const slots = open(6).reopen();
    expect([slots.free(true), slots.free(false), slots.freeMs(false)]).toEqual([6, 3, 0]);
  });

  it("are used up by what is not severe only to the half, and come back a minute after each was sent", async () => {
    const { clock, reopen } = open(4);
    const slots = reopen();
    slots.take(false);
    await clock.runUntil(startMs + 10_000);
    slots.take(false);
    expect([slots.free(false), slots.free(true)]).toEqual([0, 2]);
    expect(slots.freeMs(false)).toBe(startMs + 60_000);
    slots.take(true);
    slots.take(true);
    expect([slots.free(true), slots.freeMs(true)]).toEqual([0, startMs + 60_000]);
    await clock.runUntil(startMs + 60_000);
    expect([slots.free(true), slots.free(false)]).toEqual([1, 1]);
  });

  it("are remembered by the next process", () => {
    const { reopen } = open(2);
    reopen().take(true);
    expect([reopen().free(true), reopen().free(false)]).toEqual([1, 1]);
    reopen().take(false);
    expect([reopen().free(true), reopen().free(false)]).toEqual([0, 0]);
  });

  it("are given back where the message was refused", () => {
    const { reopen } = open(4);
    const slots = reopen();
    slots.take(true);
    slots.take(false);
    slots.giveBack(false);
    expect([slots.free(true), slots.free(false)]).toEqual([3, 2]);
    expect([reopen().free(true), reopen().free(false)]).toEqual([3, 2]);
    slots.giveBack(false);
    expect(slots.free(true)).toBe(3);
  });

  it("come back when the clock is set back over them", async () => {
    const { clock, reopen } = open(2);
    await clock.runUntil(startMs + 7_200_000);
    reopen().take(true);
    reopen().take(true);
    const earlier = new VirtualClock(startMs);
    const { ledger } = { ledger: new Ledger(nodeSql()) };
    ledger.set("messages:team", [
      [startMs + 7_200_000, 1],
      [startMs + 7_200_000, 1],
    ]);
    expect(new Slots("team", 2, { clock: earlier, ledger }).free(true)).toBe(2);
  });

  it("are never more than was promised in any minute, whatever is sent when, over any restarts", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 12 }),
        fc.array(
          fc.record({
            afterMs: fc.integer({ min: 0, max: 30_000 }),
            urgent: fc.boolean(),
            restart: fc.boolean(),
            wait: fc.boolean(),
          }),
          { maxLength: 120 },
        ),
        async (most, steps) => {
          const { clock, reopen } = open(most);
          let slots = reopen();
          const sent: { atMs: number; urgent: boolean }[] = [];
          for (const { afterMs, urgent, restart, wait } of steps) {
            await clock.runUntil(clock.now() + afterMs);
            if (restart) slots = reopen();
            // The time that is told is the right one: not earlier than it is free.
            if (wait) await clock.runUntil(Math.max(clock.now(), slots.freeMs(urgent)));
            if (slots.free(urgent) === 0) {
              expect(wait).toBe(false);
              continue;
            }
            slots.take(urgent);
            sent.push({ atMs: clock.now(), urgent });
          }
          expect(mostInAMinute(sent.map(({ atMs }) => atMs))).toBeLessThanOrEqual(most);
          const others = sent.filter(({ urgent }) => !urgent).map(({ atMs }) => atMs);
          expect(mostInAMinute(others)).toBeLessThanOrEqual(Math.ceil(most / 2));
        },
      ),
      { numRuns: 200 },
    ));
});
