// Invariant 3: the mark moves last, only over settled events, and backwards only by an operator.
import { idPrefix } from "../../../src/event/identity.ts";
import type { Truth } from "../truth.ts";
import type { World } from "../world.ts";

/** A mark moved, or not, to `through`; the destination's next read starts at `resume`. */
export function judgeMove(world: World, name: string, through: number, resume: number): void {
  const { oracle, truths, receivers } = world;
  const policy = oracle.policies.of(name);
  const { sinceMs, through: before } = policy;
  if (through === before || sinceMs === undefined) return;
  const about = { destination: name };
  if (through < before) {
    const what = `the mark of ${name} went back from ${before} to ${through}`;
    oracle.broken({ invariant: 3, kind: "back", what, about });
    return;
  }
  const receiver = receivers.get(name);
  if (!receiver) return;
  for (const truth of truths.between(before, through)) {
    if (truth.timeMs < sinceMs || !oracle.wantsThroughout(policy, truth)) continue;
    if (receiver.poison.has(truth)) continue;
    // What appeared when the log had been read past it comes with the next read, if that starts before it.
    const owed = truth.heard.filter(({ afterwards }) => !(afterwards && truth.second >= resume));
    const got = receiver.idsOf(truth).size;
    if (got >= owed.length || got + countOf(world, "errands", truth, name) >= owed.length) continue;
    // Without an order, a page is shown before it is known which of its seconds are complete.
    const noted = world.drawn.quirks.sort === "timestamp" || countOf(world, "seen", truth) > got;
    if (!noted) continue;
    const what = `the mark of ${name} moved to ${through} over ${truth.event.time}: ${got} of ${owed.length} taken`;
    oracle.broken({ invariant: 3, kind: "over", what, about: { ...about, json: truth.json } });
  }
}

/** Errands: what came to light behind a destination is noted, and read and sent beside its walk. */
function countOf(
  { sql }: World,
  table: "errands" | "seen",
  { timeMs }: Truth,
  destination?: string,
): number {
  const query = `SELECT count(*) AS n FROM ${table} WHERE id >= ? AND id < ?`;
  const ids = [idPrefix(timeMs), idPrefix(timeMs + 1)];
  const rows =
    destination === undefined
      ? sql.exec(query, ...ids)
      : sql.exec(`${query} AND destination = ?`, ...ids, destination);
  return Number(rows[0]?.n);
}
