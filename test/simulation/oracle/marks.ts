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
    if (got >= owed.length || got + errandsOf(world, name, truth) >= owed.length) continue;
    const what = `the mark of ${name} moved to ${through} over ${truth.event.time}: ${got} of ${owed.length} taken`;
    oracle.broken({ invariant: 3, kind: "over", what, about: { ...about, json: truth.json } });
  }
}

/** What came to light behind a destination is noted, and read and sent beside its walk. */
function errandsOf({ sql }: World, name: string, { timeMs }: Truth): number {
  const query = "SELECT count(*) AS n FROM errands WHERE destination = ? AND id >= ? AND id < ?";
  return Number(sql.exec(query, name, idPrefix(timeMs), idPrefix(timeMs + 1))[0]?.n);
}
