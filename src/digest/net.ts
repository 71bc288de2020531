// Moves from one state to another, summed up: the first "before" against the last "after".
import type { AuditEvent, Severity } from "../event/event.ts";
import { isSevere } from "../event/rank.ts";
import { type Actor, actorsOf, type KeyOf, worstOf } from "./people.ts";

/** One step of one thing, as one event tells it. */
export interface Move<Thing, State> {
  /** What it is a step of. */
  readonly key: string;
  readonly thing: Thing;
  /** The person it happened to, as from `KeyOf`; null where there is none. */
  readonly person: string | null;
  readonly event: AuditEvent;
  readonly before: State;
  readonly after: State;
}

export interface Net<Thing, State> {
  readonly thing: Thing;
  readonly person: string | null;
  readonly before: State;
  readonly after: State;
  /** Of the worst of its events. */
  readonly severity: Severity;
  readonly by: readonly Actor[];
  readonly events: readonly string[];
  /** Whether what is severe of it was sent by itself. */
  readonly sent: boolean;
}

/** `moves` in the order of time. What comes out as it went in, as `same` says, is nothing. */
export function toNet<Thing, State>(
  moves: readonly Move<Thing, State>[],
  same: (before: State, after: State) => boolean,
  keyOf: KeyOf,
  sent: ReadonlySet<string>,
): Net<Thing, State>[] {
  const groups = new Map<string, Move<Thing, State>[]>();
  for (const move of moves) {
    const group = groups.get(move.key);
    if (group) group.push(move);
    else groups.set(move.key, [move]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last || same(first.before, last.after)) return [];
    const events = group.map(({ event }) => event);
    return {
      thing: last.thing,
      person: last.person,
      before: first.before,
      after: last.after,
      severity: worstOf(events),
      by: actorsOf(events, last.person, keyOf),
      events: events.map(({ id }) => id),
      sent:
        events.some(({ id }) => sent.has(id)) &&
        events.every((event) => sent.has(event.id) || !isSevere(event)),
    };
  });
}
