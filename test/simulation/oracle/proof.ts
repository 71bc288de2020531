// What Tidemark says of itself in the end, against what each receiver has: the ledger's outcomes (1), the receipts that
// count them, and the explanation of single events (10).
import { explain } from "../../../src/proof/explain.ts";
import { hourOf } from "../../../src/time.ts";
import { workspaceId } from "../configuration.ts";
import type { Receiver } from "../receivers.ts";
import type { World } from "../world.ts";
import type { Breach } from "./breach.ts";

const hourMs = 3_600_000;
/** A destination's start reaches back so far, and a re-sync. */
const backMs = 3 * hourMs;
const outcomes = ["delivered", "filtered", "deadLettered", "pending", "notOwed"] as const;

export function judgeProof(world: World): Breach[] {
  const { object, clock, bornMs, receivers, destinations } = world;
  const receipts = object.process.pipeline.receipts.between(bornMs - backMs, clock.now() + hourMs);
  const breaches: Breach[] = [];
  for (const { name } of destinations) {
    const receiver = receivers.get(name);
    if (!receiver) continue;
    const add = (invariant: number, kind: string, what: string) =>
      breaches.push({ invariant, kind, what: `${name}: ${what}`, about: { destination: name } });
    const claimed = judgeClaims(world, receiver, add);
    for (const { from, events, destinations: counts } of receipts) {
      const count = counts[name];
      if (!count) continue;
      const hour = hourOf(Date.parse(from));
      const delivered = claimed.get(hour) ?? 0;
      const sum = outcomes.reduce((all, outcome) => all + count[outcome], 0);
      if (count.delivered !== delivered || sum !== events)
        add(
          10,
          "receipt",
          `${from}: ${JSON.stringify(count)}, ${delivered} of ${events} delivered`,
        );
    }
  }
  return breaches;
}

/** What the ledger calls delivered was taken, and what was told to be taken is called that. By hour, how many. */
function judgeClaims(
  { sql, oracle }: World,
  { drawn: { name }, taken }: Receiver,
  add: (invariant: number, kind: string, what: string) => void,
): Map<number, number> {
  const rows = sql.exec(
    "SELECT id FROM settled WHERE destination = ? AND outcome = 'delivered'",
    name,
  );
  const claimed = new Set(rows.map(({ id }) => String(id)));
  const times = new Map(taken.map(({ id, truth }) => [id, truth?.timeMs ?? 0]));
  const untaken = [...claimed].filter((id) => !times.has(id));
  if (untaken.length > 0)
    add(
      1,
      "claimed",
      `${untaken.length} are called delivered and never came, such as ${untaken[0]}`,
    );
  const untold = taken.find(
    ({ id, learned, atMs }) => learned && atMs > oracle.wipedMs && !claimed.has(id),
  );
  if (untold) add(1, "unclaimed", `${untold.id} came, and is not called delivered`);
  const hours = Map.groupBy(claimed, (id) => hourOf(times.get(id) ?? 0));
  return new Map([...hours].map(([hour, ids]) => [hour, ids.length]));
}

/** One event that came and one that is refused, at each destination. */
export async function judgeExplanations(world: World): Promise<Breach[]> {
  const { object, sql, oracle } = world;
  const { pipeline, ports, config } = object.process;
  const breaches: Breach[] = [];
  for (const { name } of world.destinations) {
    for (const [outcome, cause] of [
      ["delivered", "delivered"],
      ["dead", "dead_lettered"],
    ]) {
      const query = "SELECT max(id) AS id FROM settled WHERE destination = ? AND outcome = ?";
      const id = sql.exec(query, name, outcome ?? "")[0]?.id;
      if (typeof id !== "string") continue;
      oracle.onBudget(20);
      const workspace = { id: workspaceId, memoryDays: config.memoryDays };
      const explained = await explain(pipeline, ports, workspace, id);
      const destinations = explained.kind === "known" ? explained.explanation.destinations : [];
      const said = destinations.find((one) => one.name === name)?.cause;
      const what = `${id} at ${name} is ${cause}, and explained as ${said ?? explained.kind}`;
      if (said !== cause)
        breaches.push({ invariant: 10, kind: "explained", what, about: { destination: name } });
    }
  }
  return breaches;
}
