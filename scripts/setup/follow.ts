// Follows destinations that lag, a backfill for one, until they are at the head of the log.
import type { Clock } from "../../src/http.ts";
import { Progress, toSpan } from "../progress.ts";
import type { Remote } from "../remote.ts";
import type { Statuses } from "./deployed.ts";
import { type Finding, failure, ok } from "./finding.ts";

const lookEveryMs = 2000;

/** Ends when none is behind any more, or when one cannot go on. */
export async function follow(remote: Remote, clock: Clock): Promise<readonly Finding[]> {
  const progress = new Progress("catching up");
  const began = new Map<string, number>();
  try {
    for (;;) {
      const { workspaces } = await remote.json<Statuses>("/status");
      const all = workspaces.flatMap(({ workspace, destinations }) =>
        destinations.map((one) => ({ ...one, key: `${workspace} ${one.name}` })),
      );
      const stuck = all.filter(({ state, problem }) => state === "paused" && problem !== null);
      if (stuck.length > 0)
        return stuck.map(({ name, problem }) =>
          failure(`destination ${name}`, "cannot catch up", problem ?? undefined),
        );
      const lagging = all.filter(({ state, lagSeconds }) => state !== "ok" && lagSeconds !== 0);
      if (lagging.length === 0)
        return [ok("destinations", `all ${all.length} are at the head of the log`)];
      for (const { key, lagSeconds } of lagging)
        began.set(key, Math.max(began.get(key) ?? 0, lagSeconds ?? 0));
      const slowest = lagging.toSorted((a, b) => (b.lagSeconds ?? 0) - (a.lagSeconds ?? 0))[0];
      const total = began.get(slowest?.key ?? "") ?? 0;
      const left = slowest?.lagSeconds ?? total;
      progress.at({
        done: Math.round((total - left) / 60),
        total: Math.ceil(total / 60),
        unit: `minutes of the log (${slowest?.name} is ${toSpan(left)} behind)`,
      });
      await clock.sleep(lookEveryMs);
    }
  } finally {
    progress.end();
  }
}
