import { readdirSync, readFileSync, rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { Deployed, until } from "./deployed.ts";

const kills = Number(process.env.E2E_KILLS ?? 5);
const events = 1200;
const minuteMs = 60_000;
const persist = `/tmp/tidemark-kill-${process.pid}`;
let deployed: Deployed | undefined;
afterEach(async () => {
  await deployed?.stop();
  rmSync(persist, { recursive: true, force: true });
});

/** The workerd processes that this process has started, directly or not. */
function workerds(): number[] {
  const parents = new Map<number, { parent: number; name: string }>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      parents.set(Number(entry), { parent, name });
    } catch {
      // The process ended between the two looks.
    }
  }
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (parents.has(pid) && isOurs(parents.get(pid)?.parent ?? 0));
  return [...parents]
    .filter(([pid, { name }]) => name === "workerd" && isOurs(pid))
    .map(([pid]) => pid);
}

describe("the Worker, killed", () => {
  it(
    `loses nothing through ${kills} SIGKILLs in the middle of its work, and repeats no more than what was on its way, under the same id`,
    async () => {
      const world = new Deployed({
        persist,
        seed: 11,
        siem: { start: "2h" },
        team: { minSeverity: "critical" },
      });
      deployed = world;
      const nowMs = Date.now();
      world.generate(events, nowMs - 90 * minuteMs, nowMs - minuteMs);
      await world.start();
      for (let kill = 1; kill <= kills; kill++) {
        const goal = Math.floor((kill * events) / (kills + 1));
        await until(
          () => world.siemIds().length >= goal,
          minuteMs,
          () => `${world.siemIds().length} of ${goal}`,
        );
        const pids = workerds();
        expect(pids.length).toBeGreaterThan(0);
        for (const pid of pids) process.kill(pid, "SIGKILL");
        await world.stop();
        await world.start();
      }
      await until(
        () => new Set(world.siemIds()).size >= events,
        minuteMs,
        () => `${new Set(world.siemIds()).size} of ${events}`,
      );
      const repeats = world.siemIds().length - events;
      console.log(`${kills} kills: 0 of ${events} lost, ${repeats} repeated`);
      expect(new Set(world.siemIds()).size).toBe(events);
      expect(repeats).toBeLessThanOrEqual(kills);
      expect(world.siem.lastRefusal).toBeUndefined();
    },
    5 * minuteMs,
  );
});
