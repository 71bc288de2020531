// Invariant 9: within the free plan's means. Requests are counted as they are made; the writes to KV at the end.
import { minute } from "../draw.ts";
import type { World } from "../world.ts";
import type { Breach } from "./breach.ts";

const writesPerDay = 900;
const dayMs = 1440 * minute;

/**
 * Never more writes than 900 a day allow in the time lived: a first one, and one more for each loss of the ledger, which
 * knows the last one, and for each time that the clock was set.
 */
export function judgeWrites({ kv, clock, oracle, bornMs, steps }: World): Breach[] {
  const { writesMs } = kv;
  const extra = 1 + oracle.counts.wipes + steps.length;
  const livedMs = clock.now() - bornMs;
  const allowed = Math.floor((livedMs * writesPerDay) / dayMs) + extra;
  if (writesMs.length <= allowed) return [];
  const what = `${writesMs.length} writes to KV, ${allowed} allowed`;
  return [{ invariant: 9, kind: "writes", what }];
}

/** Each death takes along what was not noted yet: so many rows, and those of a run. */
const forgottenAtDeath = 1500;

/** Never more rows than the plan allows, by SQLite's own count; the alarm's are among the platform's. */
export function judgeRows({ rows, sql, oracle }: World): Breach[] {
  if (rows === null) return [];
  const { written } = sql.used();
  const allowed = rows + forgottenAtDeath * oracle.counts.deaths;
  if (written <= allowed) return [];
  return [{ invariant: 9, kind: "rows", what: `${written} rows written, ${allowed} allowed` }];
}
