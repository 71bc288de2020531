import { rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { integer, type Random, seeded } from "../../sandbox/random.ts";
import { systemClock } from "../../src/http.ts";
import { account, type Kill, tell } from "./account.ts";
import { Deployed, type DestinationName, until } from "./deployed.ts";
import { readLedger } from "./ledger-on-disk.ts";
import { Recording } from "./recording.ts";
import { gone, kill, workerds } from "./workerd.ts";

const kills = Number(process.env.E2E_KILLS ?? 25);
const events = Number(process.env.E2E_KILL_EVENTS ?? 10_000);
const seed = Number(process.env.E2E_KILL_SEED ?? 11);
const minuteMs = 60_000;
/** No work for so long, and none will come: longer than a retry takes, and than a chat's minute that is used up. */
const stallMs = 70_000;
const persist = `/tmp/tidemark-kill-${process.pid}`;
const names: readonly DestinationName[] = ["team", "siem", "archive"];
let deployed: Deployed | undefined;
afterEach(async () => {
  await deployed?.stop();
  rmSync(persist, { recursive: true, force: true });
});

/** After so much of the work, 0 to 1, or so soon after the last start; and then a little later. */
type Moment = { readonly work: number; readonly laterMs: number } | { readonly soonMs: number };

/** In the very first run, then spread over the whole work; two in five follow the kill before at once. */
function moments(random: Random, count: number): Moment[] {
  const soon = Array.from({ length: count }, (_, index) => index > 0 && random() < 0.4);
  const spread = soon.slice(1).filter((isSoon) => !isSoon).length;
  let drawn = 0;
  return soon.map((isSoon, index) => {
    if (index === 0) return { work: Number.MIN_VALUE, laterMs: integer(random, 0, 200) };
    if (isSoon) return { soonMs: integer(random, 0, 400) };
    drawn += 1;
    return { work: (0.97 * (drawn - random())) / spread, laterMs: integer(random, 0, 200) };
  });
}

describe("the Worker, killed", () => {
  it(
    `loses none of ${events} events at three destinations through ${kills} SIGKILLs at any moment of its work, and repeats only what was taken and not yet written`,
    async () => {
      const random = seeded(seed);
      const recording = new Recording(random, {
        team: { mostMs: 100 },
        siem: { mostMs: 3 },
        archive: { mostMs: 300 },
      });
      const nowMs = Date.now();
      const sinceMs = nowMs - 2 * minuteMs;
      const world = new Deployed({
        persist,
        seed,
        siem: { start: "2h" },
        archive: { start: "2h" },
        // Only what the log holds: what it tells of itself, e.g. of an alarm that came late, is not counted on.
        team: { start: new Date(sinceMs).toISOString(), system: false, maxPerMinute: 60 },
        vars: { REQUEST_BUDGET: 1000 },
        around: recording.around,
      });
      deployed = world;
      // Most lie in the log, one in ten comes in meanwhile.
      world.generate(events * 0.9, nowMs - 90 * minuteMs, nowMs - 1000);
      world.generate(events * 0.1, nowMs, nowMs + 4 * events);
      const timeOf = (item: unknown) => Date.parse((item as { timestamp: string }).timestamp);
      const expected: Readonly<Record<DestinationName, number>> = {
        team: world.log.all().filter((item) => timeOf(item) >= sinceMs).length,
        siem: events,
        archive: events,
      };
      const left = () =>
        names.map((name) => `${name} ${recording.taken[name].size} of ${expected[name]}`).join();
      const done = () =>
        names.reduce((sum, name) => sum + recording.taken[name].size / expected[name], 0) /
        names.length;

      const size = () => names.reduce((sum, name) => sum + recording.taken[name].size, 0);
      /** False when the work stands still before the condition holds: the account tells why. */
      const reached = async (condition: () => boolean) => {
        for (let before = -1; before < size() && !condition(); ) {
          before = size();
          await until(() => condition() || size() > before, stallMs, left).catch(() => undefined);
        }
        return condition();
      };

      const startedMs = performance.now();
      // The first beat's run is cut off by the first kill, and by the next ones those that they fall in.
      const beat = () => void world.worker.cron().catch(() => undefined);
      await world.start({}, { beat: false });
      beat();
      const struck: Kill[] = [];
      for (const [index, moment] of moments(random, kills).entries()) {
        const pids = workerds();
        if ("work" in moment && !(await reached(() => done() >= moment.work))) break;
        await systemClock.sleep("work" in moment ? moment.laterMs : moment.soonMs);
        const atMs = kill(pids);
        // At once, for the tool around workerd would start it again by itself.
        await world.stop();
        await gone(pids);
        struck.push({
          life: index + 1,
          atMs,
          moment:
            "work" in moment
              ? `at ${(100 * done()).toFixed(0)} %`
              : `${moment.soonMs} ms after a start`,
          ledger: readLedger(persist),
        });
        await world.start({}, { beat: false });
        // After the first kill, and every other time, it is the alarm alone that goes on with the work.
        if (index > 0 && random() < 0.5) beat();
      }
      await reached(() => names.every((name) => recording.taken[name].size >= expected[name]));
      // A repeat would come with the next polls.
      const polls = world.api.counts.requests + 3;
      await until(() => world.api.counts.requests > polls && recording.open === 0, 20_000, left);

      const accounts = names.map((name) => account(name, recording.requests, struck));
      const told = world.lines.flatMap(
        ({ text }) => /"event":"tidemark\.(\w+)"/.exec(text)?.[1] ?? [],
      );
      const took = ((performance.now() - startedMs) / 1000).toFixed(1);
      console.log(
        [
          `${struck.length} kills in ${took} s, seed ${seed}; ${world.slack.messages.length} Slack messages, ${world.api.counts.requests} source requests; told of itself: ${told.join() || "nothing"}`,
          ...names.map((name, index) => {
            const repeats = accounts[index]?.repeats.map(({ request }) => request.events.length);
            const repeated = (repeats ?? []).reduce((sum, count) => sum + count, 0);
            return `${name}: ${expected[name] - recording.taken[name].size} of ${expected[name]} lost, ${repeated} events in ${repeats?.length} requests repeated`;
          }),
          ...accounts.flatMap(({ repeats }) => repeats.map(tell)),
        ].join("\n"),
      );
      expect(accounts.flatMap(({ faults }) => faults)).toEqual([]);
      for (const name of names) expect(recording.taken[name].size, name).toBe(expected[name]);
      // Dying is nothing that cron or alarm would tell of one another; types that nobody knows are, each once.
      expect(told.filter((name) => name !== "schema_drift")).toEqual([]);
      expect(struck).toHaveLength(kills);
      expect(world.siem.lastRefusal).toBeUndefined();
      expect(world.archive.lastRefusal).toBeUndefined();
      expect(world.slack.lastRefusal).toBeUndefined();
    },
    10 * minuteMs,
  );
});
