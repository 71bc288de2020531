import { describe, expect, it } from "vitest";
import { workspaceStatus } from "../src/status.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

const minute = 60_000;
const statusOf = (world: World) =>
  workspaceStatus(world.ports, world.pipeline, world.config, workspaceId);

describe("the state of a workspace", () => {
  it("whose log never showed an event is quiet, and nothing lies behind its marks", async () => {
    const world = new World();
    expect(statusOf(world).state).toBe("starting");
    await world.runFor(3 * minute);
    const { state, newestEvent, destinations } = statusOf(world);
    expect([state, newestEvent, destinations[0]?.lagSeconds]).toEqual(["quiet", null, 0]);
  });

  it("is active for an hour after its youngest event, then quiet", async () => {
    const world = new World();
    world.log.add(login(startMs + minute));
    await world.runFor(30 * minute);
    expect(statusOf(world)).toMatchObject({
      state: "active",
      newestEvent: new Date(startMs + minute).toISOString().replace(".000Z", "Z"),
    });
    await world.runFor(32 * minute);
    expect(statusOf(world).state).toBe("quiet");
  });

  it("is blind, never quiet, when the log gives no usable answer", async () => {
    const world = new World();
    await world.runFor(2 * minute);
    world.faults.mix = { rate: 1, kinds: ["html_ok"] };
    await world.runFor(2 * minute);
    const { state, destinations } = statusOf(world);
    expect([state, destinations[0]?.lagSeconds]).toEqual(["blind", null]);
  });
});
