// How the events of a period stand with each destination, and which of them a re-sync would send.
import type { Plan, PlanCounts } from "../ledger/plans.ts";
import type { Ledger } from "../ledger.ts";
import type { Member } from "../member.ts";
import type { Mutes } from "../mutes/mutes.ts";
import type { Sight, Sighting } from "../sightings.ts";

/** In one plan, for all destinations together. */
const mostPlanned = 50_000;

export const nothing: PlanCounts = {
  send: 0,
  delivered: 0,
  filtered: 0,
  deadLettered: 0,
  onTheirWay: 0,
};

/** The members of these names; all where none is named. */
export function chosen(members: readonly Member[], names: readonly string[]): Member[] {
  return members.filter(({ lane }) => names.length === 0 || names.includes(lane.name));
}

/** The plan, with a stretch of the log added to it and noted. */
export function takeStretch(
  ledger: Ledger,
  plan: Plan,
  members: readonly Member[],
  sight: Sight,
  mutes: Mutes,
): Plan {
  const own = sight.sightings.filter(({ timeMs }) => timeMs >= plan.fromMs && timeMs <= plan.toMs);
  return ledger.transaction(() => {
    const counts = Object.fromEntries(
      members.map((member) => {
        const { name } = member.lane;
        const { ids, ...counted } = sort(ledger, plan, member, own, sight, mutes);
        ledger.plans.addEvents(plan.id, name, ids);
        return [name, add(plan.counts[name] ?? nothing, { ...counted, send: ids.length })];
      }),
    );
    const planned = Object.values(counts).reduce((sum, { send }) => sum + send, 0);
    const tooMany = `This plan would send more than ${mostPlanned} events. Take a shorter period, or fewer destinations.`;
    const next = {
      ...plan,
      counts,
      events: plan.events + own.length,
      refused: planned > mostPlanned ? tooMany : null,
    };
    ledger.plans.save(next);
    return next;
  });
}

function add(a: PlanCounts, b: PlanCounts): PlanCounts {
  return {
    send: a.send + b.send,
    delivered: a.delivered + b.delivered,
    filtered: a.filtered + b.filtered,
    deadLettered: a.deadLettered + b.deadLettered,
    onTheirWay: a.onTheirWay + b.onTheirWay,
  };
}

function sort(
  ledger: Ledger,
  { redeliver }: Plan,
  { lane, wants }: Member,
  sightings: readonly Sighting[],
  { low, high }: Sight,
  mutes: Mutes,
): Omit<PlanCounts, "send"> & { readonly ids: string[] } {
  const settled = ledger.events.settledBetween(lane.name, low, high);
  const dead = ledger.deadBetween(lane.name, low, high);
  const kept = ledger.mutes.keptBetween(lane.name, low, high);
  const position = ledger.position(lane.name);
  const sinceMs = position?.sinceMs ?? Number.POSITIVE_INFINITY;
  // What has no outcome behind that is in the lane's hands, or comes with its walk.
  const resumeMs = (position?.resume ?? Number.POSITIVE_INFINITY) * 1000;
  const sorted = { delivered: 0, filtered: 0, deadLettered: 0, onTheirWay: 0, ids: [] as string[] };
  for (const { id, timeMs, event } of sightings) {
    const outcome = settled.get(id);
    const ahead = timeMs >= resumeMs && timeMs >= sinceMs;
    if (!wants(event())) sorted.filtered += 1;
    else if (outcome === undefined && (ahead || ledger.errands.has(lane.name, id)))
      sorted.onTheirWay += 1;
    else {
      // A dead letter that an operator discarded is not missing.
      const missing = outcome !== "delivered" && (outcome !== "dead" || dead.has(id));
      const muted =
        (outcome === "filtered" && kept.has(id)) || mutes.keeping(lane.name, [event()]).size > 0;
      if (!redeliver && missing && muted) {
        sorted.filtered += 1;
        continue;
      }
      if (outcome === "delivered") sorted.delivered += 1;
      if (outcome === "dead") sorted.deadLettered += 1;
      if (redeliver || missing) sorted.ids.push(id);
    }
  }
  return sorted;
}
