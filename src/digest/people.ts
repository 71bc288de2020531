// Who is who in the events of a period. What is hidden from a destination tells nobody apart: it is as if it were not told.
import type { AuditEvent, Person, Severity } from "../event/event.ts";
import { severities } from "../event/event.ts";
import { rankOf } from "../event/rank.ts";
import { masked } from "../privacy/private.ts";

/** What may be compared and shown; null for what is not told, empty or hidden. */
export function told(text: string | null | undefined): string | null {
  return text && text.trim() !== "" && !text.includes(masked) ? text : null;
}

export function toldAddress({ email }: Person): string | null {
  return told(email)?.trim().toLowerCase() ?? null;
}

/** Under which a person is known within a period; null for somebody who is not named. */
export type KeyOf = (person: Person) => string | null;

/** By id where one is told, also for who is named by the address alone, if it is one person's. */
export function toKeyOf(events: readonly AuditEvent[]): KeyOf {
  const ids = new Map<string, string | null>();
  for (const { actor, targets } of events)
    for (const person of [...(actor.type === "token" ? [] : [actor]), ...targets]) {
      const [id, address] = [told(person.id), toldAddress(person)];
      if (id === null || address === null) continue;
      const known = ids.get(address);
      ids.set(address, known === undefined || known === id ? id : null);
    }
  return (person) => {
    const address = toldAddress(person);
    const id = told(person.id) ?? (address === null ? null : ids.get(address)) ?? null;
    if (id !== null) return `id ${id}`;
    return address === null ? null : `address ${address}`;
  };
}

/** Who did it; of a token the name that it has: its id. */
export function actorKey({ actor }: AuditEvent, keyOf: KeyOf): string | null {
  if (actor.type !== "token") return keyOf(actor);
  const id = told(actor.id);
  return id === null ? null : `token ${id}`;
}

export type Actor = AuditEvent["actor"];

/** Whoever did it to somebody else, each once. */
export function actorsOf(
  events: readonly AuditEvent[],
  person: string | null,
  keyOf: KeyOf,
): Actor[] {
  const actors = new Map<string, Actor>();
  for (const event of events) {
    const key = actorKey(event, keyOf);
    if (key !== null && key !== person && !actors.has(key)) actors.set(key, event.actor);
  }
  return [...actors.values()];
}

export function worstOf(events: readonly { readonly severity: Severity }[]): Severity {
  return severities[Math.max(0, ...events.map(rankOf))] ?? "info";
}
