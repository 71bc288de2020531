import { describe, expect, test } from "vitest";
import { Newest } from "../src/newest.ts";
import { overview } from "../src/overview.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

async function worldWith(events: number) {
  const world = new World();
  await world.run();
  for (let i = 0; i < events; i += 1) world.log.add(login(startMs + 1000 * (i + 1)));
  await world.runFor(60_000);
  const newest = new Newest();
  return {
    world,
    read: (most: number) =>
      newest.read(world.ports, world.pipeline, world.config, workspaceId, most),
  };
}

describe("the newest events", () => {
  test("are so many of those that were seen, newest first", async () => {
    const { read } = await worldWith(7);
    const { events, problem } = await read(3);
    expect(problem).toBeNull();
    expect(events.map(({ time }) => Date.parse(time) - startMs)).toEqual([7000, 6000, 5000]);
    expect((await read(20)).events).toHaveLength(7);
  });

  test("cost no request before the first event, nor when none has come since", async () => {
    const { world, read } = await worldWith(0);
    const atFirst = world.api.counts.requests;
    expect(await read(3)).toEqual({ events: [], problem: null });
    expect(world.api.counts.requests).toBe(atFirst);
    world.log.add(login(world.clock.now() - 500));
    await world.run();
    expect((await read(3)).events).toHaveLength(1);
    const before = world.api.counts.requests;
    expect((await read(3)).events).toHaveLength(1);
    expect(world.api.counts.requests).toBe(before);
  });

  test("are read again when one came late, between those that were known", async () => {
    const { world, read } = await worldWith(3);
    await read(10);
    world.log.add(login(startMs + 1500), { visibleAtMs: world.clock.now() });
    await world.runFor(20_000);
    expect((await read(10)).events.map(({ flags }) => flags.late)).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });

  test("that cannot be read are not remembered as none", async () => {
    const { world, read } = await worldWith(3);
    world.tokens.revoke("ws-test-token-of-the-workspace");
    await world.run();
    const { events, problem } = await read(3);
    expect([events.length, problem]).toEqual([0, expect.stringContaining("token")]);
    world.tokens.restore("ws-test-token-of-the-workspace");
    await world.runFor(120_000);
    expect((await read(3)).events).toHaveLength(3);
  });
});

describe("the source's lag", () => {
  const lagOf = ({ ports, pipeline, config }: World) =>
    overview(ports, pipeline, config, workspaceId).sourceLagMs;

  test("is the median time from an event to its reading, and unknown without an event", async () => {
    const { world } = await worldWith(0);
    expect(lagOf(world)).toBeNull();
    for (const behindMs of [2000, 4000, 9000]) world.log.add(login(world.clock.now() - behindMs));
    await world.run();
    expect(lagOf(world)).toBe(4000);
  });

  test("is not told by a backlog that was read at last", async () => {
    const world = new World({ destinations: { siem: { start: "2d" } } });
    world.log.add(login(startMs - 5 * 3_600_000));
    await world.run();
    expect(lagOf(world)).toBeNull();
  });
});
