// What a lane has taken over to send: the loads that wait, and which parcels are through.
import type { Confirmation } from "./deliver.ts";
import type { Digest, Letter, Link } from "./destinations/destination.ts";

/** In whole seconds since the epoch: up to where all is settled, and from where the next read starts. */
interface Position {
  readonly through: number;
  readonly resume: number;
}

/** Letters of a stretch of the log, and where the destination stands once they are settled. */
export interface Parcel {
  readonly letters: Group;
  /** Null for what is sent beside the walk (errands, dead letters again, notices): it moves no mark. */
  readonly position: Position | null;
  /** Tidemark's own events, which the ledger keeps itself until they are taken. */
  readonly notices?: true;
}

export type Group = readonly Letter[];

/** Events of the walk through the log, events that are sent beside it, or Tidemark's own. */
export type Kind = "walk" | "aside" | "notices";

/** Letters that travel in one request. */
export interface Load {
  kind: Kind;
  letters: Group;
  /** Something in it is severe: it goes before what is not. */
  readonly urgent: boolean;
  /** The page that lists all of it, where the message cannot. */
  readonly link: Link | undefined;
  /** It is told as a digest. */
  digest?: Digest;
  /** It was taken, and is asked about until it is safe. */
  confirmation: Confirmation | undefined;
}

export function toLoad(kind: Kind, letters: Group, urgent = false, link?: Link): Load {
  return { kind, letters, urgent, link, confirmation: undefined };
}

/** Which letters travel together, and when. */
export interface Queue {
  /** It lets letters wait, and the log is read on meanwhile. */
  readonly patient: boolean;
  /** The log is to be read for it. */
  readonly wants: boolean;
  add(kind: Kind, letters: Group): void;
  /** The log was read to its end. */
  caughtUp(): void;
  /** What is to be sent at this moment; undefined when nothing is. */
  next(): Load | undefined;
  /** When there is something to be sent, now or earlier for at once; undefined when there is nothing. */
  dueMs(): number | undefined;
  /** A digest: when the next one is due. */
  readonly nextMs?: number;
  /** A load is on its way out. */
  sending(load: Load): void;
  /** The receiver refused it: nobody saw it. */
  refused(load: Load): void;
  /** Letters of a load stay together, as it did: it is replaced by these parts, none where all has come to an end. */
  replace(load: Load, parts: readonly Group[]): void;
  /** Forgets everything but what was taken and is not safe yet, which it returns. */
  clear(): readonly Load[];
}

/** In the order in which it came, at once. */
export class Fifo implements Queue {
  readonly patient = false;
  readonly wants = true;
  #loads: Load[] = [];
  readonly #pack: (letters: Group) => readonly Group[];

  constructor(pack: (letters: Group) => readonly Group[]) {
    this.#pack = pack;
  }

  add(kind: Kind, letters: Group): void {
    this.#loads.push(...this.#pack(letters).map((group) => toLoad(kind, group)));
  }

  next(): Load | undefined {
    return this.#loads[0];
  }

  dueMs(): number | undefined {
    return this.#loads.length > 0 ? 0 : undefined;
  }

  caughtUp(): void {}

  sending(): void {}

  refused(): void {}

  replace(load: Load, parts: readonly Group[]): void {
    const at = this.#loads.indexOf(load);
    if (at >= 0) this.#loads.splice(at, 1, ...parts.map((part) => toLoad(load.kind, part)));
  }

  clear(): readonly Load[] {
    this.#loads = this.#loads.filter(({ confirmation }) => confirmation);
    return this.#loads;
  }
}

/** Who falls this many parcels behind leaves the shared read and catches up on its own. */
const maxParcels = 2;
/** Some 20 MB of events. */
const mostWaiting = 10_000;

interface Taken {
  position: Parcel["position"];
  /** How many of its letters have not come to an end. */
  left: number;
}

export class Outbox {
  #parcels: Taken[] = [];
  #parcelOf = new Map<Letter, Taken>();
  readonly #ids = new Set<string>();
  readonly queue: Queue;

  constructor(queue: Queue) {
    this.queue = queue;
  }

  next(): Load | undefined {
    return this.queue.next();
  }

  get dueMs(): number | undefined {
    return this.queue.dueMs();
  }

  isDue(nowMs: number): boolean {
    return (this.dueMs ?? Number.POSITIVE_INFINITY) <= nowMs;
  }

  /** A digest may tell of nothing. */
  get empty(): boolean {
    return this.#parcels.length === 0 && this.dueMs === undefined;
  }

  /** How many letters have not come to an end. */
  get size(): number {
    return this.#parcelOf.size;
  }

  /** It takes no more for now. */
  get full(): boolean {
    return this.queue.patient
      ? this.#parcelOf.size >= mostWaiting
      : this.#parcels.length >= maxParcels;
  }

  /** It may be read for. */
  get free(): boolean {
    return this.queue.patient ? this.queue.wants && !this.full : this.empty;
  }

  holds(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Where the destination stands once everything in here is settled. */
  get position(): Position | undefined {
    return this.#parcels.findLast(({ position }) => position !== null)?.position ?? undefined;
  }

  add({ letters, position, notices }: Parcel): void {
    // What was read again while it waits is not taken twice.
    const fresh = letters.filter(({ event }) => !this.#ids.has(event.id));
    const last = this.#parcels.at(-1);
    if (fresh.length === 0 && position && last?.position)
      last.position = behind(last.position, position);
    else this.#take(fresh, position);
    if (fresh.length > 0) this.queue.add(notices ? "notices" : position ? "walk" : "aside", fresh);
  }

  #take(letters: Group, position: Parcel["position"]): void {
    const parcel = { position, left: letters.length };
    this.#parcels.push(parcel);
    for (const letter of letters) {
      this.#parcelOf.set(letter, parcel);
      this.#ids.add(letter.event.id);
    }
  }

  /** Of a load these letters are left to send, in their order; the others have come to an end. */
  keep(load: Load, rest: Group): void {
    for (const letter of load.letters) if (!rest.includes(letter)) this.#end(letter);
    load.letters = rest;
    if (rest.length === 0) this.queue.replace(load, []);
  }

  #end(letter: Letter): void {
    const parcel = this.#parcelOf.get(letter);
    if (!parcel) return;
    parcel.left -= 1;
    this.#parcelOf.delete(letter);
    this.#ids.delete(letter.event.id);
  }

  /** A load becomes two: its halves, or the letter at `at` and the others. */
  split(load: Load, at?: number): void {
    const { letters } = load;
    const half = Math.ceil(letters.length / 2);
    const culprit = at === undefined ? [] : letters.slice(at, at + 1);
    const parts =
      culprit.length > 0
        ? [culprit, letters.filter((_, i) => i !== at)]
        : [letters.slice(0, half), letters.slice(half)];
    this.queue.replace(load, parts);
  }

  /** Lets go of what is through; returns the position behind it, where it is one. */
  passed(): Position | undefined {
    let passed: Parcel["position"] = null;
    this.#parcels = this.#parcels.filter(({ position, left }, i, all) => {
      // Marks move in the order of the log; what lies beside it waits for nothing.
      const first = all.slice(0, i).every((before) => before.left === 0 || !before.position);
      const through = left === 0 && (!position || first);
      if (through && position) passed = behind(passed, position);
      return !through;
    });
    return passed ?? undefined;
  }

  /** Forgets what waits. What a receiver has taken is not sent again as long as it may turn out to be safe. */
  reset(): void {
    this.#parcels = [];
    this.#parcelOf.clear();
    this.#ids.clear();
    for (const load of this.queue.clear()) {
      if (load.kind === "walk") load.kind = "aside";
      this.#take(load.letters, null);
    }
  }
}

/** Where a destination stands behind both: a read that shows nothing new ends where it began. */
function behind(before: Parcel["position"], { through, resume }: Position): Position {
  return { through: Math.max(before?.through ?? through, through), resume };
}

/** The groups that travel together. A letter that breaks the packing travels alone, so that it breaks nothing but itself. */
export function packed(
  pack: (letters: Group) => readonly Group[],
  letters: Group,
  onBroken: (error: unknown) => void,
): readonly Group[] {
  if (letters.length === 0) return [];
  try {
    return pack(letters);
  } catch (error) {
    if (letters.length === 1) {
      onBroken(error);
      return [letters];
    }
    const half = Math.ceil(letters.length / 2);
    const parts = [letters.slice(0, half), letters.slice(half)];
    return parts.flatMap((part) => packed(pack, part, onBroken));
  }
}
