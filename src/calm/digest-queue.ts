// A digest: what happened since the last one, told together when its time has come. Until then nothing is read for it:
// its mark stays where it is, and the log keeps what it will tell.
import type { Digest, Letter, Link } from "../destinations/destination.ts";
import { parseMemory } from "../digest/memory.ts";
import { nextAfter, type Schedule, zoneOf } from "../digest/schedule.ts";
import { toSummary } from "../digest/summary.ts";
import type { AuditEvent } from "../event/event.ts";
import { type Group, type Kind, type Load, type Queue, toLoad } from "../outbox.ts";
import type { Ports } from "../ports.ts";
import { isObject } from "../source/record.ts";
import { hourMs, hourOf } from "../time.ts";

/** More events make another message. */
const mostInOne = 5000;

interface Kept {
  /** Up to when the last digest told. */
  readonly untilMs: number;
  /** Of what happened since, a message told already: there was more than one holds. */
  readonly part?: boolean;
  /** What it left for the next one: see digest/memory.ts. */
  readonly memory: unknown;
  /** Changes with the destination's privacy, which makes other people of everybody. */
  readonly view: string;
}

interface Parts {
  readonly ports: Ports;
  /** The destination's name, and that of the one that is sent at once what is severe. */
  readonly name: string;
  readonly live: string;
  readonly schedule: Schedule;
  readonly workspaceId: string;
  readonly view: string;
  readonly link: (letters: Group) => Link | undefined;
}

export class DigestQueue implements Queue {
  readonly patient = true;
  readonly #parts: Parts;
  readonly #key: string;
  /** Composed, and not sent yet: what was tried is tried again as it was. */
  #loads: Load[] = [];
  readonly #waiting: Letter[] = [];
  /** When the log was last read to its end. */
  #caughtUpMs = 0;
  #kept: Kept;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { ports, name, view } = parts;
    this.#key = `digest:${name}`;
    const stored = ports.ledger.get(this.#key);
    const nowMs = ports.clock.now();
    const kept = isObject(stored) ? (stored as unknown as Kept) : undefined;
    // What lies far ahead is of a clock that has been set back since: there would be no digest until then.
    const untilMs = kept && kept.untilMs < nowMs + hourMs ? kept.untilMs : nowMs;
    this.#kept =
      kept && kept.view === view ? { ...kept, untilMs } : { untilMs, memory: undefined, view };
    if (!kept) ports.ledger.set(this.#key, this.#kept);
  }

  /** When the next one is due; now or earlier where it is. */
  get nextMs(): number {
    return nextAfter(this.#parts.schedule, this.#kept.untilMs);
  }

  get wants(): boolean {
    return this.#loads.length === 0 && this.#due;
  }

  get #due(): boolean {
    return this.nextMs <= this.#parts.ports.clock.now();
  }

  /** All that waits is one message, whatever way it came. */
  add(_kind: Kind, letters: Group): void {
    this.#waiting.push(...letters);
  }

  caughtUp(): void {
    this.#caughtUpMs = this.#parts.ports.clock.now();
  }

  /** The log was read to its end since it was due, or holds more than one message should tell. */
  get #complete(): boolean {
    return this.#caughtUpMs >= this.nextMs || this.#waiting.length >= mostInOne;
  }

  next(): Load | undefined {
    if (this.#loads.length === 0 && this.#due && this.#complete) this.#compose();
    const [load] = this.#loads;
    if (load) load.digest ??= this.#toDigest(load.letters);
    return load;
  }

  #compose(): void {
    const letters = this.#waiting.splice(0, mostInOne);
    const { ports, schedule, link } = this.#parts;
    // That nothing happened is worth a message a day, not one an hour; and none where one told already what did.
    if (letters.length === 0 && (schedule.kind === "hourly" || this.#kept.part))
      this.#keep(ports.clock.now(), this.#kept.memory);
    // Beside the walk: what is told so late changes the receipts of its hours.
    else this.#loads.push(toLoad("aside", letters, false, letters[0] && link(letters)));
  }

  #toDigest(letters: Group): Digest {
    const { ports, schedule, live } = this.#parts;
    const { ledger, clock } = ports;
    const fromMs = this.#kept.untilMs;
    const untilMs = clock.now();
    const events = letters.map(({ event }) => event);
    const ids = events.map(({ id }) => id);
    const sent = new Set(
      ids.filter((id) => ledger.events.settled(live, id)?.outcome === "delivered"),
    );
    const period = {
      fromMs,
      untilMs,
      zone: zoneOf(schedule),
      workspace: this.#workspace(events),
      sent,
    };
    const { summary, after } = toSummary(events, parseMemory(this.#kept.memory), period);
    const hours = ledger.hours.between(hourOf(fromMs), hourOf(untilMs));
    const looked = hours.reduce((sum, { polls }) => sum + polls, 0);
    const failed = hours.reduce((sum, { failures }) => sum + failures, 0);
    // With more to tell, or to be read, the period goes on.
    const last =
      this.#waiting.length === 0 && this.#loads.length === 1 && this.#caughtUpMs >= this.nextMs;
    return {
      summary,
      looks: { looked, saw: looked - failed },
      settle: () => (last ? this.#keep(untilMs, after) : this.#keep(fromMs, after, true)),
    };
  }

  /** As the destination may see it. */
  #workspace([first]: readonly AuditEvent[]): string {
    const { workspaceId, view } = this.#parts;
    if (first) return first.workspace.slug ?? first.workspace.id ?? workspaceId;
    return view === "" ? workspaceId : "the workspace";
  }

  #keep(untilMs: number, memory: unknown, part = false): void {
    this.#kept = { untilMs, memory, view: this.#parts.view, ...(part && { part }) };
    this.#parts.ports.ledger.set(this.#key, this.#kept);
  }

  dueMs(): number | undefined {
    const waits = this.#waiting.length > 0 || this.#parts.schedule.kind !== "hourly";
    return this.#loads.length > 0 || (waits && this.#due && this.#complete) ? 0 : undefined;
  }

  sending(): void {}

  refused(): void {}

  replace(load: Load, parts: readonly Group[]): void {
    const { link } = this.#parts;
    const loads = parts.map((part) => toLoad("aside", part, false, link(part)));
    this.#loads = this.#loads.flatMap((one) => (one === load ? loads : [one]));
  }

  clear(): readonly Load[] {
    this.#waiting.length = 0;
    this.#caughtUpMs = 0;
    this.#loads = this.#loads.filter(({ confirmation }) => confirmation);
    return this.#loads;
  }
}
