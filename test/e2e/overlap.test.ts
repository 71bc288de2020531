import { afterEach, describe, expect, it } from "vitest";
import { generate } from "../../sandbox/activity/activity.ts";
import { integer, seeded } from "../../sandbox/random.ts";
import { shiftWhileWalking } from "../../sandbox/webflow/quirks.ts";
import type { WorkerLine } from "../../sandbox/worker.ts";
import { systemClock } from "../../src/http.ts";
import { Deployed, until, workspace } from "./deployed.ts";

const minuteMs = 60_000;
let deployed: Deployed | undefined;
afterEach(() => deployed?.stop());

/** The spans of the runs that the Worker logged, in the order of their beginning. */
function runsIn(lines: readonly WorkerLine[]): { fromMs: number; toMs: number }[] {
  return lines
    .filter(({ text }) => text.includes('"message":"run"'))
    .map(({ text }) => JSON.parse(text) as { startedMs: number; tookMs: number })
    .map(({ startedMs, tookMs }) => ({ fromMs: startedMs, toMs: startedMs + tookMs }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
}

describe("the Worker, asked from all sides", () => {
  it("runs single-file through 24 overlapping /sync, half of them from a time, with beats and alarms while events come in, and sends nothing twice", async () => {
    const random = seeded(7);
    const world = new Deployed({
      siem: { start: "1h" },
      team: { start: "1m" },
      archive: {},
      vars: { PUBLIC_URL: "https://tidemark.example.com" },
    });
    deployed = world;
    const nowMs = Date.now();
    world.generate(300, nowMs - 50 * minuteMs, nowMs - 2 * minuteMs);
    world.generate(100, nowMs, nowMs + 8000);
    await world.start();
    const from = new Date(nowMs - 30 * minuteMs).toISOString();
    const answers = await Promise.all(
      Array.from({ length: 24 }, async (_, index) => {
        await systemClock.sleep(integer(random, 0, 4000));
        if (index % 6 === 0) await world.worker.cron();
        return world.ask("POST", "/sync", index % 2 === 0 ? undefined : { from });
      }),
    );
    for (const { status, data } of answers) {
      expect(status).toBe(200);
      expect(data).toMatchObject({ workspaces: [{ report: { trigger: "sync", source: "ok" } }] });
    }
    const since = (item: unknown) => Date.parse((item as { timestamp: string }).timestamp);
    const events = world.log.count;
    const recent = world.log.all().filter((item) => since(item) >= Date.parse(from)).length;
    const counts = () =>
      [world.siemIds(), world.archiveIds(), world.slackIds()].map((ids) => ids.length);
    await until(
      () => counts().every((count, index) => count >= (index === 0 ? events : recent)),
      100_000,
      () => `${counts()} of ${events} and ${recent}`,
    );
    const polls = world.api.counts.requests + 3;
    await until(
      () => world.api.counts.requests > polls,
      20_000,
      () => "no polls",
    );
    expect(counts()).toEqual([events, recent, recent]);
    for (const ids of [world.siemIds(), world.archiveIds(), world.slackIds()])
      expect(new Set(ids).size).toBe(ids.length);
    const runs = runsIn(world.lines);
    expect(runs.length).toBeGreaterThan(5);
    const overlaps = runs.filter(({ toMs }, index) => toMs > (runs[index + 1]?.fromMs ?? toMs));
    expect(overlaps).toEqual([]);
  }, 160_000);

  it("reads a log exactly that a late event shifts before each single answer", async () => {
    const nowMs = Date.now();
    const world = new Deployed({
      siem: { start: "2h" },
      team: { minSeverity: "critical" },
      archive: { start: "2h" },
    });
    deployed = world;
    // All within the overlap that each run reads again: a late event may come before or behind where the walk is.
    world.generate(1500, nowMs - 110_000, nowMs - 1000);
    const late = generate({
      seed: 2,
      count: 60,
      fromMs: nowMs - 110_000,
      toMs: nowMs - 1000,
      workspace,
    });
    world.beforeAnswer = shiftWhileWalking(
      world.log,
      late.map(({ item }) => item),
    );
    await world.start();
    await until(
      () =>
        world.log.count === 1560 &&
        world.siemIds().length >= 1560 &&
        world.archiveIds().length >= 1560,
      90_000,
      () => `${world.siemIds().length}, ${world.archiveIds().length} of ${world.log.count}`,
    );
    const polls = world.api.counts.requests + 3;
    await until(
      () => world.api.counts.requests > polls,
      20_000,
      () => "no polls",
    );
    for (const ids of [world.siemIds(), world.archiveIds()]) {
      expect(new Set(ids).size).toBe(1560);
      expect(ids).toHaveLength(1560);
    }
  }, 120_000);
});
