import { describe, expect, it } from "vitest";
import { hour, minute, receiptAt, slowWorld } from "../support/proof.ts";
import { login, startMs, token, World } from "../support/world.ts";

describe("the polls of an hour", () => {
  it("are counted with those that failed, across the end of the hour and a new process", async () => {
    const world = slowWorld();
    world.log.add(login(startMs + minute));
    await world.runFor(hour + 30 * minute);
    world.restart();
    await world.runFor(31 * minute);
    world.faults.script("internal_error");
    await world.runFor(2 * hour);
    // What a process had not written down when it ended is missing.
    expect(receiptAt(world, startMs + hour).polls).toBeGreaterThanOrEqual(59);
    expect(receiptAt(world, startMs + hour).polls).toBeLessThanOrEqual(62);
    expect(receiptAt(world, startMs + 2 * hour)).toMatchObject({
      failedPolls: 1,
      unreadSeconds: 0,
    });
  });

  it("that fail now and then make no hour blind; five minutes without one that goes well do", async () => {
    const world = slowWorld();
    world.log.add(login(startMs + minute));
    await world.runFor(hour + minute);
    for (const [at, minutes] of [
      [10, 4],
      [40, 12],
    ] as const) {
      await world.runFor(startMs + hour + at * minute - world.clock.now());
      world.tokens.revoke(token);
      await world.runFor(minutes * minute);
      world.tokens.restore(token);
      await world.runFor(2 * minute);
    }
    await world.runFor(2 * hour);
    const { state, unreadSeconds } = receiptAt(world, startMs + hour);
    expect(state).toBe("blind");
    expect(unreadSeconds).toBeGreaterThanOrEqual(11 * 60);
    expect(unreadSeconds).toBeLessThanOrEqual(14 * 60);
  });

  it("that were never one that went well, since the beginning, are blind and not quiet", async () => {
    const world = slowWorld();
    world.tokens.revoke(token);
    await world.runFor(2 * hour + 50 * minute);
    world.tokens.restore(token);
    await world.runFor(4 * hour);
    for (const at of [0, 1, 2])
      expect(receiptAt(world, startMs + at * hour)).toMatchObject({
        state: "blind",
        sourceTotal: 0,
      });
    expect(receiptAt(world, startMs + 3 * hour)).toMatchObject({ state: "quiet", sourceTotal: 0 });
  });

  it("that read a first page but never the second are no polls that went well", async () => {
    const world = slowWorld({ destinations: { siem: { batch: true } } });
    await world.run();
    for (let i = 0; i < 300; i++) world.log.add(login(startMs + 30 * minute + i * 20_000));
    const { fetch } = world.ports;
    let faulty = true;
    Object.assign(world.ports, {
      fetch: (request: Request) => {
        const from = new URL(request.url).searchParams.get("from") ?? "";
        const poisoned = faulty && Date.parse(from) > startMs + hour;
        return poisoned ? Promise.resolve(new Response("{")) : fetch(request);
      },
    });
    await world.runFor(4 * hour);
    faulty = false;
    await world.runFor(4 * hour);
    for (const at of [2, 3])
      expect(receiptAt(world, startMs + at * hour)).toMatchObject({ state: "blind", polls: 0 });
    expect(world.inbox().received).toHaveLength(300);
  });

  it("before the first whole hour, an outage that begins soon and lasts a day and a half is told in each hour", async () => {
    const world = slowWorld();
    await world.runFor(90 * minute);
    world.tokens.revoke(token);
    await world.runFor(40 * hour);
    world.tokens.restore(token);
    await world.runFor(2 * hour);
    const receipts = world.pipeline.receipts.between(startMs, startMs + 42 * hour);
    expect(receipts.map(({ state }) => state)).toEqual(["quiet", ...Array(41).fill("blind")]);
    const unread = receipts.reduce((sum, { unreadSeconds }) => sum + unreadSeconds, 0);
    expect(Math.abs(unread - 40 * 3600)).toBeLessThanOrEqual(120);
  });

  it("are the requests that were made: while the log is left alone, none fails", async () => {
    const world = new World();
    await world.run();
    world.tokens.revoke(token);
    const before = world.api.counts.requests;
    await world.runFor(hour);
    const requests = world.api.counts.requests - before;
    world.tokens.restore(token);
    await world.runFor(2 * hour);
    expect(requests).toBeLessThan(70);
    expect(receiptAt(world, startMs).failedPolls).toBeLessThanOrEqual(requests);
  });
});
