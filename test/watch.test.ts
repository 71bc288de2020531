// Cron and alarm watch each other: whichever stops, the other goes on, and tells it once.
import { describe, expect, it } from "vitest";
import { Watch } from "../src/watch.ts";
import { World, workspaceId } from "./support/world.ts";

const minute = 60_000;
const poll = 10_000;

/** A Worker's time: the cron each minute, the alarm each poll, as long as each is alive. */
class Day {
  readonly world = new World({ destinations: { siem: {}, ops: { system: true } } });
  watch = this.#open();
  cron = true;
  alarm = true;
  /** As storage has it; null when none is set. */
  alarmMs: number | null = null;

  #open(): Watch {
    return new Watch(this.world.ports, this.world.pipeline.notices, workspaceId, this.world.config);
  }

  restart(): void {
    this.world.restart();
    this.watch = this.#open();
  }

  async pass(ms: number): Promise<void> {
    const { clock } = this.world;
    const endMs = clock.now() + ms;
    for (; clock.now() < endMs; await clock.runUntil(clock.now() + poll)) {
      const nowMs = clock.now();
      if (this.cron && nowMs % minute === 0) {
        this.watch.cron(this.alarmMs);
        await this.#run("cron");
      }
      if (this.alarm && this.alarmMs !== null && this.alarmMs <= nowMs) {
        this.watch.alarm();
        await this.#run("alarm");
      }
    }
  }

  async #run(trigger: "cron" | "alarm"): Promise<void> {
    this.alarmMs = this.world.clock.now() + poll;
    await this.world.clock.run(this.world.pipeline.run(trigger, 5000));
  }

  get told(): string[] {
    return this.world.inbox("ops").received.map(({ type }) => type.replace("tidemark.", ""));
  }
}

describe("cron and alarm", () => {
  it("that both run tell nothing, for a day and through restarts", async () => {
    const day = new Day();
    for (let i = 0; i < 24; i++) {
      await day.pass(60 * minute);
      day.restart();
    }
    expect(day.told).toEqual([]);
  });
});

describe("a cron that visits many workspaces in rotation", () => {
  const round = 23 * minute;

  function visited() {
    const world = new World({ destinations: { siem: {}, ops: { system: true } } });
    const { ports, pipeline } = world;
    const watch = new Watch(ports, pipeline.notices, workspaceId, { pollMs: 300_000 }, 60 * minute);
    const told = () => world.inbox("ops").received.map(({ type }) => type.replace("tidemark.", ""));
    /** Polled every five minutes. */
    const pass = async (ms: number) => {
      for (let i = 0; i < ms; i += 300_000) {
        watch.alarm();
        await world.run();
        await world.clock.runUntil(world.clock.now() + 300_000);
      }
    };
    return { world, watch, told, pass };
  }

  it("is not missed before its first visit, nor from one visit to the next", async () => {
    const { world, watch, told, pass } = visited();
    await pass(round);
    for (let i = 0; i < 5; i += 1) {
      watch.cron(world.clock.now() + 300_000, round);
      await pass(25 * minute);
    }
    expect(told()).toEqual([]);
  });

  it("is missed when it stays away for a rotation and four minutes", async () => {
    const { world, watch, told, pass } = visited();
    watch.cron(world.clock.now() + 300_000, round);
    await pass(25 * minute);
    expect(told()).toEqual([]);
    await pass(10 * minute);
    expect(told()).toEqual(["cron_stopped"]);
    watch.cron(world.clock.now() + 300_000, round);
    await pass(10 * minute);
    expect(told()).toEqual(["cron_stopped", "cron_recovered"]);
  });
});

describe("a cron that stops", () => {
  it("is told once, after five minutes, with what to do, and the alarm goes on polling", async () => {
    const day = new Day();
    await day.pass(10 * minute);
    day.cron = false;
    await day.pass(4 * minute);
    expect(day.told).toEqual([]);
    const requests = day.world.api.counts.requests;
    await day.pass(60 * minute);
    expect(day.told).toEqual(["cron_stopped"]);
    expect(day.world.api.counts.requests - requests).toBeGreaterThan(300);
    const [notice] = day.world.inbox("ops").received;
    expect(notice?.body.summary).toMatch(
      /has not fired since 2026-06-01T12:09:00.000Z.*Check \[triggers\] in wrangler.toml.*npx wrangler deploy/,
    );
  });

  it("is not told again after a restart, and its return is told once", async () => {
    const day = new Day();
    await day.pass(10 * minute);
    day.cron = false;
    await day.pass(20 * minute);
    day.restart();
    await day.pass(20 * minute);
    day.cron = true;
    await day.pass(20 * minute);
    day.restart();
    await day.pass(20 * minute);
    expect(day.told).toEqual(["cron_stopped", "cron_recovered"]);
  });

  it("that was never there is told once", async () => {
    const day = new Day();
    day.cron = false;
    day.alarmMs = day.world.clock.now();
    await day.pass(60 * minute);
    expect(day.told).toEqual(["cron_stopped"]);
  });

  it("and comes back again and again is told at each change, and at no other time", async () => {
    const day = new Day();
    await day.pass(2 * minute);
    for (let i = 0; i < 3; i++) {
      day.cron = false;
      await day.pass(10 * minute);
      day.cron = true;
      await day.pass(10 * minute);
    }
    const once = ["cron_stopped", "cron_recovered"];
    expect(day.told).toEqual([...once, ...once, ...once]);
  });
});

describe("an alarm that stops", () => {
  it("is told once, polled for by the cron in the meantime, and told again when it has been well for long", async () => {
    const day = new Day();
    await day.pass(10 * minute);
    day.alarm = false;
    const requests = day.world.api.counts.requests;
    await day.pass(20 * minute);
    expect(day.told).toEqual(["alarm_stopped"]);
    expect(day.world.api.counts.requests - requests).toBeGreaterThanOrEqual(20);
    const [notice] = day.world.inbox("ops").received;
    expect(notice?.body.summary).toMatch(/it last ran at 2026-06-01T12:09:50.000Z.*wrangler tail/);
    day.restart();
    day.alarm = true;
    await day.pass(20 * minute);
    expect(day.told).toEqual(["alarm_stopped"]);
    await day.pass(30 * minute);
    expect(day.told).toEqual(["alarm_stopped", "alarm_recovered"]);
  });

  it("is noticed when it is set no more, too", async () => {
    const day = new Day();
    await day.pass(10 * minute + poll);
    day.alarmMs = null;
    await day.pass(minute);
    expect(day.told).toEqual(["alarm_stopped"]);
    // The cron has set it again.
    expect(day.alarmMs).not.toBeNull();
  });

  it("is not told of while it may be on its way to its handler, as after a restart", async () => {
    const day = new Day();
    await day.pass(10 * minute + poll);
    await day.world.clock.runUntil(day.world.clock.now() + minute - poll);
    day.restart();
    day.watch.cron(null);
    await day.pass(10 * minute);
    expect(day.told).toEqual([]);
  });

  it("and is lost every ten minutes is told once, until it has been well for half an hour", async () => {
    const day = new Day();
    await day.pass(10 * minute + poll);
    for (let i = 0; i < 6; i++) {
      day.alarmMs = null;
      await day.pass(10 * minute);
    }
    expect(day.told).toEqual(["alarm_stopped"]);
    await day.pass(40 * minute);
    expect(day.told).toEqual(["alarm_stopped", "alarm_recovered"]);
  });
});

describe("both that stop at once", () => {
  it("are no fault of the cron's: what stood still with everything else is not told of it", async () => {
    const day = new Day();
    await day.pass(10 * minute);
    // The Worker was out of service; its alarm fires first.
    await day.world.clock.runUntil(day.world.clock.now() + 60 * minute + poll);
    day.restart();
    await day.pass(30 * minute);
    expect(day.told).not.toContain("cron_stopped");
  });
});
