// Storm control: what is severe goes out at once and alone, the rest in as few messages as the channel's promise leaves.

import { inOrder, toGroups } from "../destinations/chat/groups.ts";
import type { Link } from "../destinations/destination.ts";
import { isSevere } from "../event/rank.ts";
import type { Clock } from "../http.ts";
import { type Group, type Kind, type Load, type Queue, toLoad } from "../outbox.ts";
import type { Slots } from "./slots.ts";

/** What is not severe waits this long at most, for the rest of a storm or of the log, so that it is told together. */
const patienceMs = { storm: 60_000, reading: 300_000 };
/** More than this is a storm, of which more is to come. */
const storm = 20;

const kinds: readonly Kind[] = ["notices", "walk", "aside"];

interface Waiting {
  readonly kind: Kind;
  readonly letter: Group[number];
  readonly sinceMs: number;
}

interface Parts {
  readonly slots: Slots;
  readonly clock: Clock;
  /** Whether the log goes on beyond what was added. */
  readonly reading: () => boolean;
  readonly pack: (letters: Group) => readonly Group[];
  /** A page that lists them all; undefined where there can be none. */
  readonly link: (letters: Group) => Link | undefined;
}

export class CalmQueue implements Queue {
  readonly patient = true;
  readonly wants = true;
  readonly #parts: Parts;
  /** Composed, and not sent yet: what was tried is tried again as it was. */
  #loads: Load[] = [];
  readonly #urgent: Waiting[] = [];
  readonly #others: Waiting[] = [];
  #last: Kind = "aside";

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  add(kind: Kind, letters: Group): void {
    const sinceMs = this.#parts.clock.now();
    for (const letter of letters)
      (isSevere(letter.event) ? this.#urgent : this.#others).push({ kind, letter, sinceMs });
  }

  next(): Load | undefined {
    const nowMs = this.#parts.clock.now();
    const urgentMs = this.#urgentMs();
    if (urgentMs !== undefined) return urgentMs <= nowMs ? this.#nextUrgent() : undefined;
    const othersMs = this.#othersMs();
    return othersMs !== undefined && othersMs <= nowMs ? this.#nextOther() : undefined;
  }

  dueMs(): number | undefined {
    return this.#urgentMs() ?? this.#othersMs();
  }

  #urgentMs(): number | undefined {
    if (this.#urgent.length === 0 && !this.#loads.some(({ urgent }) => urgent)) return undefined;
    return this.#parts.slots.freeMs(true);
  }

  #othersMs(): number | undefined {
    const [oldest] = this.#others;
    const composed = this.#loads.some(({ urgent }) => !urgent);
    if (!oldest && !composed) return undefined;
    const holdMs = composed || !oldest ? 0 : this.#heldUntilMs(oldest);
    return Math.max(holdMs, this.#parts.slots.freeMs(false));
  }

  #heldUntilMs({ sinceMs, letter }: Waiting): number {
    if (this.#parts.reading()) return sinceMs + patienceMs.reading;
    if (this.#others.length <= storm) return 0;
    // From when it happened: a process that dies begins no new minute, and what is old enough is told at once.
    return Math.min(sinceMs, Date.parse(letter.event.time)) + patienceMs.storm;
  }

  /** One by one, while that leaves a message for the others of them. */
  #nextUrgent(): Load | undefined {
    const composed = this.#loads.find(({ urgent }) => urgent);
    if (composed) return composed;
    const alone = this.#urgent.length === 1 || this.#parts.slots.free(true) > 1;
    this.#urgent.sort(bySeverityOf);
    const kind = this.#urgent[0]?.kind;
    return this.#compose(this.#urgent, alone ? this.#urgent.slice(0, 1) : this.#urgent, kind);
  }

  /** Each group by itself, where there are messages for all of them; else all together. */
  #nextOther(): Load | undefined {
    const composed = this.#loads.find(({ urgent }) => !urgent);
    if (composed) return composed;
    const kind = this.#kind();
    const together = this.#others.filter((one) => one.kind === kind);
    const groups = toGroups(together.map(({ letter }) => letter.event));
    const [first] = groups;
    if (groups.length > this.#parts.slots.free(false) || !first)
      return this.#compose(this.#others, together, kind);
    const ids = new Set(first.events.map(({ id }) => id));
    return this.#compose(
      this.#others,
      together.filter(({ letter }) => ids.has(letter.event.id)),
      kind,
    );
  }

  /** By turns: what is sent beside the walk, and there may be thousands of it, keeps nothing waiting. */
  #kind(): Kind | undefined {
    const waiting = new Set(this.#others.map(({ kind }) => kind));
    const turns = [...kinds.slice(kinds.indexOf(this.#last) + 1), ...kinds];
    const next = turns.find((kind) => waiting.has(kind));
    if (next) this.#last = next;
    return next;
  }

  /** Takes them out of the waiting as one load. What no message holds and no page can list waits on. */
  #compose(from: Waiting[], chosen: readonly Waiting[], kind: Kind | undefined): Load | undefined {
    const letters = chosen
      .filter((one) => one.kind === kind)
      .toSorted(bySeverityOf)
      .map(({ letter }) => letter);
    if (kind === undefined || letters.length === 0) return undefined;
    const load = this.#fitting(kind, letters);
    const taken = new Set(load.letters);
    from.splice(0, from.length, ...from.filter(({ letter }) => !taken.has(letter)));
    this.#loads.push(load);
    return load;
  }

  /** With a page where one message does not hold them all; without one, as many as it holds. */
  #fitting(kind: Kind, letters: Group): Load {
    const urgent = letters.some(({ event }) => isSevere(event));
    const [first = letters, ...more] = this.#parts.pack(letters);
    if (more.length === 0) return toLoad(kind, letters, urgent);
    const link = this.#parts.link(letters);
    return link ? toLoad(kind, letters, urgent, link) : toLoad(kind, first, urgent);
  }

  caughtUp(): void {}

  sending({ urgent }: Load): void {
    this.#parts.slots.take(urgent);
  }

  refused({ urgent }: Load): void {
    this.#parts.slots.giveBack(urgent);
  }

  replace(load: Load, parts: readonly Group[]): void {
    const loads = parts.flatMap((part) => this.#split(load.kind, part));
    this.#loads = this.#loads.flatMap((one) => (one === load ? loads : [one]));
  }

  #split(kind: Kind, letters: Group): Load[] {
    const load = this.#fitting(kind, letters);
    const rest = letters.slice(load.letters.length);
    return rest.length > 0 ? [load, ...this.#split(kind, rest)] : [load];
  }

  clear(): readonly Load[] {
    this.#urgent.length = 0;
    this.#others.length = 0;
    this.#loads = this.#loads.filter(({ confirmation }) => confirmation);
    return this.#loads;
  }
}

function bySeverityOf(a: Waiting, b: Waiting): number {
  return inOrder(a.letter.event, b.letter.event);
}
