// Events that are older than a receiver takes them: sent all the same, counted, and told once a day.
import { describe, expect, it } from "vitest";
import { vendorReceiver } from "../sandbox/receivers/vendor.ts";
import { datadog } from "../sandbox/receivers/vendors/datadog.ts";
import { workspaceStatus } from "../src/status.ts";
import { login, startMs, World, workspaceId } from "./support/world.ts";

const hour = 3_600_000;
const day = 24 * hour;

/** Datadog takes events of the last 18 hours at their own time; `ops` is told of what happens to Tidemark. */
function open() {
  const world = new World({
    destinations: {
      siem: { type: "datadog", start: "30d", ...datadog.options[0] },
      ops: { system: true, only: ["none.none"] },
    },
    sites: (clock) => ({
      "http-intake.logs.datadoghq.eu": vendorReceiver(datadog, { clock }),
    }),
  });
  const told = () => world.inbox("ops").received.map(({ type }) => type);
  const tooOld = () => {
    const { ports, pipeline, config } = world;
    const { destinations } = workspaceStatus(ports, pipeline, config, workspaceId);
    return destinations.map(({ name, tooOld }) => [name, tooOld]);
  };
  return { world, told, tooOld };
}

describe("events that are too old for their receiver", () => {
  it("are sent, counted in the status, and told once, with what becomes of them", async () => {
    const { world, told, tooOld } = open();
    for (let i = 0; i < 250; i++) world.log.add(login(startMs - 2 * day + i * 1000));
    for (let i = 0; i < 5; i++) world.log.add(login(startMs - 17 * hour + i * 1000));
    await world.runFor(hour);
    expect(world.sql.exec("SELECT count(*) AS n FROM settled WHERE destination = 'siem'")).toEqual([
      { n: 255 },
    ]);
    expect(tooOld()).toEqual([
      ["siem", { count: 250, last: expect.stringMatching(/^2026-06-01T12:0/) }],
      ["ops", null],
    ]);
    expect(told()).toEqual(["tidemark.events_too_old"]);
    expect(world.inbox("ops").received[0]?.body.summary).toMatch(
      /^Destination siem \(datadog\) was sent events older than 18 hours, \d+ so far: Datadog files them under the time of receipt, or drops them\./,
    );
  });

  it("are told again after a day, if more of them come, and not before", async () => {
    const { world, told, tooOld } = open();
    const oneMore = async (atMs: number) => {
      world.log.add(login(atMs));
      world.pipeline.rewind(atMs - hour);
      await world.runFor(hour);
    };
    await oneMore(startMs - 2 * day);
    await oneMore(startMs - 3 * day);
    expect(told()).toHaveLength(1);
    await world.runFor(day);
    expect(told()).toHaveLength(1);
    await oneMore(startMs - 4 * day);
    expect(told()).toHaveLength(2);
    expect(tooOld()[0]).toMatchObject(["siem", { count: 3 }]);
  });

  it("are counted on by the next process", async () => {
    const { world, tooOld } = open();
    world.log.add(login(startMs - 3 * day));
    await world.runFor(hour);
    world.restart();
    expect(tooOld()[0]).toMatchObject(["siem", { count: 1 }]);
  });
});
