import { describe, expect, it } from "vitest";
import { VirtualClock } from "../sandbox/clock.ts";
import { nodeSql } from "../sandbox/sql.ts";
import { Ledger } from "../src/ledger.ts";
import { Marks } from "../src/marks.ts";
import { toIsoSecond } from "../src/source/client.ts";
import { Kv, login, startMs, World } from "./support/world.ts";

const minute = 60_000;
const second0 = startMs / 1000;
const value = (second: number, name = "siem") =>
  JSON.stringify({ [name]: { through: toIsoSecond(second) } });

function open(workspaces = 1) {
  const clock = new VirtualClock(startMs);
  const ledger = new Ledger(nodeSql());
  const kv = new Kv();
  const again = () => new Marks(kv, ledger, clock, () => 900 / workspaces);
  const pass = (ms: number) => clock.runUntil(clock.now() + ms);
  return { clock, ledger, kv, marks: again(), again, pass };
}
const at = (second: number) => new Map([["siem", second]]);

describe("marks that are written", () => {
  it("are one readable value: an ISO time for each destination", async () => {
    const { marks, kv } = open();
    await marks.write(
      new Map([
        ["siem", second0],
        ["team", second0 - 1],
      ]),
    );
    expect(JSON.parse(kv.value ?? "")).toEqual({
      siem: { through: "2026-06-01T12:00:00Z" },
      team: { through: "2026-06-01T11:59:59Z" },
    });
  });

  it("are written when they moved, and never more than 900 times a day, by any process", async () => {
    const { again, kv, pass } = open();
    for (let i = 0; i < 1440; i++) {
      await again().write(at(second0 + i));
      await pass(minute);
    }
    expect(kv.writes).toBeLessThanOrEqual(900);
    expect(kv.writes).toBeGreaterThan(700);
  });

  it("share the day's writes among the workspaces", async () => {
    const { marks, kv, pass } = open(3);
    for (let i = 0; i < 1440; i++) {
      await marks.write(at(second0 + i));
      await pass(minute);
    }
    expect(kv.writes).toBeLessThanOrEqual(300);
  });

  it("are not written again while they stand still, also by the next process", async () => {
    const { again, kv, pass } = open();
    for (let i = 0; i < 10; i++) {
      await again().write(at(second0));
      await pass(3 * minute);
    }
    expect(kv.writes).toBe(1);
  });

  it("that KV refused are written later, at the same pace as others", async () => {
    const { marks, kv, pass } = open();
    kv.failing = true;
    await expect(marks.write(at(second0))).rejects.toThrow("KV PUT failed");
    kv.failing = false;
    await marks.write(at(second0));
    expect(kv.writes).toBe(0);
    await pass(97_000);
    await marks.write(at(second0));
    expect(kv.writes).toBe(1);
  });
});

describe("marks that are read", () => {
  it("are no news when there are none, or when we wrote them", async () => {
    const { marks, again } = open();
    expect(await marks.edits()).toBeUndefined();
    await marks.write(at(second0));
    expect(await marks.edits()).toBeUndefined();
    expect(await again().edits()).toBeUndefined();
  });

  it("are no news when KV took a write and said that it did not", async () => {
    const { marks, kv, again } = open();
    const { write } = kv;
    kv.write = async (text) => {
      await write.call(kv, text);
      throw new Error("KV PUT failed: connection reset");
    };
    await expect(marks.write(at(second0))).rejects.toThrow("reset");
    expect(kv.value).toBe(value(second0));
    expect(await marks.edits()).toBeUndefined();
    expect(await again().edits()).toBeUndefined();
  });

  it("are no news when we replaced them less than an hour ago, however stale, also after a restart", async () => {
    const { marks, again, kv, pass } = open();
    for (let i = 0; i < 150; i++) {
      await marks.write(at(second0 + i));
      await pass(2 * minute);
    }
    // Value i was replaced when value i + 1 was written, 2 minutes after it.
    for (let i = 121; i < 150; i++) {
      kv.stale = value(second0 + i);
      expect([i, await marks.edits(), await again().edits()]).toEqual([i, undefined, undefined]);
    }
    kv.stale = value(second0 + 90);
    expect((await marks.edits())?.through).toEqual(at(second0 + 90));
  });

  it("are no news though KV has refused every write for hours: it still shows the last that it took", async () => {
    const world = new World();
    await world.runFor(minute);
    world.kv.write = async () => {
      throw new Error("KV PUT failed: 429");
    };
    for (let i = 1; i <= 60; i++) world.log.add(login(startMs + i * 5 * minute));
    await world.runFor(300 * minute);
    world.restart();
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(60);
    expect(world.warnings("mark set from outside")).toEqual([]);
  });

  it("of KV that does not answer are given up after five seconds", async () => {
    const { marks, kv, clock } = open();
    kv.read = () => new Promise(() => undefined);
    await expect(clock.run(marks.edits())).rejects.toThrow("KV did not answer within 5 s");
  });

  it("are an operator's when we never wrote them, until they are acknowledged", async () => {
    const { marks, again, kv } = open();
    await marks.write(at(second0));
    kv.value = value(second0 - 3600);
    const edits = await marks.edits();
    expect(edits).toEqual({ value: kv.value, through: at(second0 - 3600) });
    marks.acknowledge(edits?.value ?? "");
    expect([await marks.edits(), await again().edits()]).toEqual([undefined, undefined]);
    kv.stale = value(second0);
    expect(await marks.edits()).toBeUndefined();
  });

  it("name only the destinations that were edited, in whatever layout and precision", async () => {
    const { marks, kv } = open();
    await marks.write(
      new Map([
        ["siem", second0],
        ["team", second0],
      ]),
    );
    const team = { through: "2026-06-01T13:30:00.999+02:00", by: "ann" };
    kv.value = JSON.stringify({ team, siem: { through: "2026-06-01T12:00:00Z" } }, null, 2);
    expect((await marks.edits())?.through).toEqual(new Map([["team", second0 - 1800]]));
  });

  it.each([
    ["no JSON", "{", /JSON/],
    ["an empty value", "", /JSON/],
    ["a list", "[]", /not a JSON object/],
    ["null", "null", /not a JSON object/],
    ["a mark without a time", '{"siem":{}}', /mark of siem in KV needs a time, like/],
    ["a bare time", '{"siem":"2026-06-01T12:00:00Z"}', /mark of siem in KV needs a time/],
    ["a time that is none", '{"siem":{"through":"yesterday"}}', /mark of siem in KV needs a time/],
    ["a number", '{"siem":{"through":1780315200}}', /mark of siem in KV needs a time/],
  ])("are refused with the reason when they are %s", async (_, text, reason) => {
    const { marks, kv } = open();
    kv.value = text;
    await expect(marks.edits()).rejects.toThrow(reason);
  });
});

describe("marks in a running workspace", () => {
  it("that nobody can read change nothing, are told, and are mended by the next write", async () => {
    const world = new World();
    world.log.add(login());
    await world.runFor(2 * minute);
    world.kv.value = '{"siem":{"through":"yesterday"}}';
    world.log.add(login(startMs + 3 * minute));
    await world.runFor(5 * minute);
    expect(world.inbox().received).toHaveLength(2);
    expect(world.warnings("marks not readable").length).toBeGreaterThan(0);
    expect(world.mark()).toBe("2026-06-01T12:03:00Z");
  });

  it("of a destination that is no longer configured do no harm", async () => {
    const world = new World();
    world.kv.value = value(second0, "former");
    world.log.add(login());
    await world.runFor(3 * minute);
    expect(world.inbox().received).toHaveLength(1);
  });

  it("set forward by an operator to a second give up that second and what came before it", async () => {
    const world = new World();
    world.inbox().answer = () => new Response("down", { status: 503 });
    world.log.add(login((second0 + 600) * 1000 + 500));
    world.log.add(login((second0 + 601) * 1000));
    await world.runFor(15 * minute);
    world.kv.value = value(second0 + 600);
    world.inbox().answer = () => undefined;
    await world.runFor(15 * minute);
    expect(world.inbox().received.map(({ body }) => body.time)).toEqual([
      "2026-06-01T12:10:01.000Z",
    ]);
  });

  it("set into the future, or for a name that no destination has, are ignored and told once", async () => {
    const world = new World();
    await world.runFor(minute);
    world.kv.value = JSON.stringify({
      siem: { through: "2027-06-01T00:00:00Z" },
      sime: { through: "2026-06-01T00:00:00Z" },
    });
    world.log.add(login(startMs + 2 * minute));
    await world.runFor(15 * minute);
    expect(world.inbox().received).toHaveLength(1);
    expect(world.warnings("mark from outside ignored").map(({ fields }) => fields.reason)).toEqual([
      "it lies in the future",
      "no destination has this name",
    ]);
  });

  it("set back by an operator while a re-sync goes further back cut nothing off it", async () => {
    const world = new World({
      env: { REQUEST_BUDGET: 10 },
      destinations: { siem: { start: "1m" } },
    });
    for (let i = 0; i < 60; i++) world.log.add(login(startMs - (180 - i) * minute));
    await world.run();
    await world.runFor(2 * minute);
    world.pipeline.rewind(startMs - 240 * minute);
    world.kv.value = value(second0 - 600);
    await world.runFor(10 * minute);
    expect(world.inbox().received).toHaveLength(60);
    expect(new Set(world.inbox().ids).size).toBe(60);
  });

  it("of our own, read stale and then fresh after the ledger was lost, give up no late event", async () => {
    const world = new World();
    await world.runFor(3 * minute);
    const stale = world.kv.value;
    world.log.add(login(startMs + 5 * minute));
    await world.runFor(4 * minute);
    world.sql = nodeSql();
    world.kv.stale = stale;
    world.inbox().answer = () => new Response("down", { status: 503 });
    world.restart();
    await world.run();
    world.kv.stale = undefined;
    await world.run();
    world.inbox().answer = () => undefined;
    const late = startMs + 4 * minute;
    world.log.add(login(late), { visibleAtMs: world.clock.now() + 1000 });
    await world.runFor(10 * minute);
    const times = world.inbox().received.map(({ body }) => body.time);
    expect(times).toContain(new Date(late).toISOString());
    expect(world.warnings("mark set from outside")).toHaveLength(1);
  });

  it("set back by an operator in the middle of a send repeat nothing", async () => {
    const world = new World();
    await world.runFor(minute);
    world.log.add(login(startMs + 70_000));
    await world.clock.runUntil(startMs + 80_000);
    world.inbox().answer = () => {
      world.kv.value = value(second0 - 3600);
      world.inbox().answer = () => undefined;
      return undefined;
    };
    await world.runFor(5 * minute);
    expect(world.warnings("mark set from outside")).toHaveLength(1);
    expect(world.inbox().received).toHaveLength(1);
  });
});
