// What Tidemark tells of itself, as a webhook got it: each change once, none twice in a row, and in the end the truth.
// Not judged: what a ledger that was lost had told, and an order of times by a clock that was set meanwhile.
import { stuckAfterFailures } from "../../../src/lane.ts";
import type { Receiver, Told } from "../receivers.ts";
import type { World } from "../world.ts";
import type { Breach } from "./breach.ts";

export function judgeTold(world: World): Breach[] {
  const { receivers, drawn, oracle, steps } = world;
  if (oracle.counts.wipes > 0 || steps.some(({ byMs }) => byMs > 0)) return [];
  const throughout = new Set(drawn.destinations.map(({ name }) => name));
  for (const happening of drawn.happenings)
    if (happening.kind === "remove") throughout.delete(happening.name);
  return [...receivers.values()]
    .filter((receiver) => receiver.drawn.system && throughout.has(receiver.drawn.name))
    .flatMap((receiver) => judgeOne(world, receiver, throughout));
}

function judgeOne(world: World, receiver: Receiver, names: ReadonlySet<string>): Breach[] {
  const { name: destination } = receiver.drawn;
  const about = { destination };
  const breaches: Breach[] = [];
  const broken = (kind: string, what: string) =>
    breaches.push({ invariant: 10, kind, what: `${destination} was told: ${what}`, about });
  const stories = Map.groupBy(receiver.told.values(), subjectOf);
  for (const [subject, story] of stories) {
    // Of its own trouble nobody is told while it lasts.
    if (subject === null || subject === destination) continue;
    for (const [i, one] of story.entries()) {
      const next = story[i + 1];
      // A pause by hand may be given another end.
      const other = byHand(one) && next?.summary !== one.summary;
      const same = next?.type === one.type && byHand(next) === byHand(one);
      if (same && !other) broken("told-twice", `${one.type} of ${subject} twice in a row`);
    }
    if (isGood(story[0]))
      broken("told-never", `${story[0]?.type} of ${subject} before any trouble`);
  }
  const waiting = world.sql.exec("SELECT 1 FROM notices WHERE destination = ?", destination);
  if (waiting.length > 0) return breaches;
  for (const { lane } of world.object.process.pipeline.members) {
    if (!names.has(lane.name) || lane.name === destination) continue;
    const { pausedMs, failures } = lane.health;
    const last = stories.get(lane.name)?.at(-1);
    const well = last === undefined || isGood(last);
    const stuck = lane.condition.paused || failures >= stuckAfterFailures;
    if (stuck && well) broken("told-never", `nothing of ${lane.name}, which does not go on`);
    if (!well && failures === 0 && pausedMs === null && !lane.condition.held)
      broken("told-never", `not that ${lane.name} is well again`);
  }
  return breaches;
}

function subjectOf({ type, summary }: Told): string | null {
  if (type.startsWith("tidemark.source_")) return "the source";
  if (!type.startsWith("tidemark.destination_")) return null;
  return /estination (\S+) \(/.exec(summary)?.[1] ?? null;
}

function byHand({ summary }: Told): boolean {
  return / was paused by /.test(summary);
}

function isGood(one: Told | undefined): boolean {
  return /_(?:recovered|resumed)$/.test(one?.type ?? "");
}
