// What is known good: events of the operator's own automation, or from their own networks.
import type { AuditEvent } from "../event/event.ts";
import { toPattern } from "../event/pattern.ts";
import { takes, type Where } from "./where.ts";

export interface KnownGood {
  readonly name: string;
  readonly where: Where;
  /** Patterns of the rules that find nothing in it. */
  readonly rules: readonly string[];
  /** Names of destinations that it is kept out of. */
  readonly destinations: readonly string[];
  /** Whether it is kept out of every chat. */
  readonly quiet: boolean;
}

/** Whether the rule is to find nothing in the event: asked only where it has found something. */
export function excuses({ rules, where }: KnownGood, rule: string, event: AuditEvent): boolean {
  return rules.some((pattern) => toPattern(pattern)(rule)) && takes(where, event);
}

/** Those that keep events out of a destination. */
export function keptOut(
  all: readonly KnownGood[],
  { name, chat }: { readonly name: string; readonly chat: boolean },
): readonly KnownGood[] {
  return all.filter(({ destinations, quiet }) => (quiet && chat) || destinations.includes(name));
}

/** What rules do not read otherwise: the item as it was received. */
export function readsRaw(all: readonly KnownGood[]): boolean {
  return all.some(({ where: { all, not } }) =>
    [...all, ...not.flat()].some(({ path }) => path.startsWith("raw.")),
  );
}
