// What belongs together among many events: what one actor did in bulk, the same thing several times, several things that
// happened to the same person or site.
import type { AuditEvent } from "../../event/event.ts";
import { bySeverity } from "../../event/rank.ts";

/** The most severe first, then in the order in which they happened. */
export function inOrder(a: AuditEvent, b: AuditEvent): number {
  return bySeverity(a, b) || order(a.time, b.time) || order(a.id, b.id);
}

export interface EventGroup {
  /** `bulk`: one actor, many things; `repeat`: one actor, one type; `target`: one target; `single`: an event by itself. */
  readonly by: "bulk" | "repeat" | "target" | "single";
  /** The most severe first. */
  readonly events: readonly AuditEvent[];
}

/** So many events of one actor at once are no handwork. */
const bulk = 10;

/** Each event in one group; the most severe group first, then the largest. */
export function toGroups(events: readonly AuditEvent[]): EventGroup[] {
  const groups: EventGroup[] = [];
  const split = (
    by: EventGroup["by"],
    least: number,
    keyOf: (event: AuditEvent) => string | undefined,
    among: readonly AuditEvent[],
  ): AuditEvent[] => {
    const rest: AuditEvent[] = [];
    for (const [key, members] of Map.groupBy(among, keyOf)) {
      if (key === undefined || members.length < least) rest.push(...members);
      else groups.push({ by, events: members.toSorted(inOrder) });
    }
    return rest;
  };
  const handmade = split("bulk", bulk, actorOf, events);
  const varied = split(
    "repeat",
    2,
    (event) => {
      const actor = actorOf(event);
      return actor && `${actor} ${event.type}`;
    },
    handmade,
  );
  const singles = split("target", 2, targetOf, varied);
  groups.push(...singles.map((event) => ({ by: "single" as const, events: [event] })));
  return groups.sort(({ events: [a, ...restA] }, { events: [b, ...restB] }) =>
    a && b ? bySeverity(a, b) || restB.length - restA.length || inOrder(a, b) : 0,
  );
}

function actorOf({ actor }: AuditEvent): string | undefined {
  return actor.id ?? actor.email ?? undefined;
}

function targetOf({ targets: [first], site }: AuditEvent): string | undefined {
  return first?.id ?? first?.email ?? site?.id ?? undefined;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
