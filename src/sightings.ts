// What was read becomes events: identity, first sighting, and the letters that a destination is owed of it.
import { createHash } from "node:crypto";
import type { DestinationConfig } from "./config.ts";
import type { Letter } from "./destinations/destination.ts";
import { Drift } from "./drift.ts";
import { canonicalJson } from "./event/canonical.ts";
import { toType } from "./event/catalogue.ts";
import type { AuditEvent } from "./event/event.ts";
import { IdMemory } from "./event/id-memory.ts";
import { type IdentifiedRecord, type IdOf, idPrefix, idRange, makeId } from "./event/identity.ts";
import type { EventMaker } from "./event/maker.ts";
import { fingerprint, recognize } from "./event/recognize.ts";
import type { Run } from "./ledger/events.ts";
import { toLetter } from "./letter.ts";
import type { Member } from "./member.ts";
import type { Mutes } from "./mutes/mutes.ts";
import type { Ports } from "./ports.ts";
import type { Positions } from "./positions.ts";
import { type AuditRecord, isUnusable, parseRecord, type UnusableItem } from "./source/record.ts";
import type { Stretch } from "./source/walk.ts";
import { hourFrom, hourMs, hourOf } from "./time.ts";

/** Beyond any overlap, and the last hour's count. */
const youngMs = 2 * hourMs;
/** How many late events were not told of yet. */
export const lateKey = "late";

export interface Sighting {
  readonly id: string;
  readonly timeMs: number;
  event(): AuditEvent;
}

/** What one stretch of the log showed. */
export interface Sight {
  readonly sightings: readonly Sighting[];
  /** Seen earlier in these seconds, but not shown this time: the answer is older than what another read saw. */
  readonly absent: readonly string[];
  /** All ids of the stretch's seconds lie from `low` up to, not including, `high`. */
  readonly low: string;
  readonly high: string;
}

export class Sightings {
  readonly #ports: Ports;
  readonly #positions: Positions;
  readonly #workspaceId: string;
  readonly #toEvent: EventMaker;
  readonly #memoryMs: number;
  readonly #members: readonly Member[];
  readonly mutes: Mutes;
  /** The run under way, to which first sightings are put down. */
  run: Run;
  /** Called for each hour of which something was seen for the first time. */
  onNews: (hour: number) => void = () => {};
  /** Called with each event that was seen for the first time, in the transaction that notes it. */
  onFresh: ((event: AuditEvent) => void) | undefined;
  /** Events read, seen for the first time, of these late, and items without a usable timestamp; since this was made. */
  readonly counts = { read: 0, fresh: 0, late: 0, unusable: 0 };
  readonly drift: Drift;
  readonly #ids = new IdMemory();

  constructor(
    ports: Ports,
    positions: Positions,
    members: readonly Member[],
    {
      workspaceId,
      toEvent,
      memoryMs,
      mutes,
    }: {
      readonly workspaceId: string;
      readonly toEvent: EventMaker;
      readonly memoryMs: number;
      readonly mutes: Mutes;
    },
  ) {
    this.#ports = ports;
    this.#positions = positions;
    this.#members = members;
    this.#workspaceId = workspaceId;
    this.#toEvent = toEvent;
    this.#memoryMs = memoryMs;
    this.mutes = mutes;
    this.run = { startedMs: ports.clock.now(), trigger: "request" };
    this.drift = new Drift(ports.ledger);
  }

  /**
   * Gives each record of a stretch from second `cursor` on its identity and notes it; what has no place in time is
   * buried. What is new goes to the takers by their walk; others that are past it are owed it from now on.
   */
  see(stretch: Stretch, cursor: number, takers: readonly Member[]): Sight {
    const { ledger, clock } = this.#ports;
    const { low, high } = idRange(cursor * 1000, (stretch.through + 1) * 1000);
    const known = ledger.events.known(low, high);
    const identified = recognize(
      stretch.records,
      this.#workspaceId,
      known.fingerprints,
      this.#idOf(),
    );
    return ledger.transaction(() => {
      if (takers.length === 0) this.#positions.noteNewest(stretch.records);
      this.#bury(stretch.unusable);
      const { fresh, late, absent } = ledger.events.see(
        identified.map(({ id, record }) => ({
          id,
          late: this.#positions.isLate(record.second),
          fingerprint: () => fingerprint(record),
        })),
        known,
        this.run,
        clock.now(),
      );
      this.counts.read += identified.length;
      this.counts.fresh += fresh.size;
      for (const { id, record } of identified) {
        if (!fresh.has(id)) continue;
        const type = toType(record.raw.eventType, record.raw.eventSubType);
        ledger.statistics.count("events", [type], 1, record.timeMs);
        this.drift.note(record);
      }
      const lateNow = [...fresh].filter((id) => late.has(id)).length;
      ledger.statistics.count("late_events", [], lateNow, clock.now());
      this.#noteLate(lateNow);
      // What the ledger does not remember is no news: it may have been sent long since.
      const horizonMs = clock.now() - this.#memoryMs;
      const news = identified.filter(
        ({ id, record }) => fresh.has(id) && record.timeMs >= horizonMs,
      );
      const hours = new Set(news.map(({ record }) => hourOf(record.timeMs)));
      // An hour of which a part is forgotten cannot be counted again.
      for (const hour of hours) if (hour >= hourFrom(horizonMs)) this.onNews(hour);
      for (const member of this.#members) {
        if (!takers.some(({ lane }) => lane === member.lane)) this.#owe(member, news);
      }
      const sightings = identified.map(({ id, record }) =>
        this.#sighting(id, record, late.has(id)),
      );
      const { onFresh } = this;
      if (onFresh !== undefined) {
        const ids = new Set(news.map(({ id }) => id));
        for (const { id, event } of sightings) if (ids.has(id)) onFresh(event());
      }
      return { sightings, absent, low, high };
    });
  }

  /** What is older is seldom read again. */
  #idOf(): IdOf {
    const sinceMs = this.#ports.clock.now() - youngMs;
    return (record, workspaceId) =>
      record.timeMs < sinceMs ? makeId(record, workspaceId) : this.#ids.of(record, workspaceId);
  }

  /** Together with the events: what a process that dies has not told yet, the next one tells. */
  #noteLate(late: number): void {
    if (late === 0) return;
    const { ledger } = this.#ports;
    this.counts.late += late;
    ledger.set(lateKey, Number(ledger.get(lateKey) ?? 0) + late);
  }

  /** A destination that will not come by this second any more gets the event as an errand. */
  #owe({ lane }: Member, news: readonly IdentifiedRecord[]): void {
    const { ledger, clock } = this.#ports;
    const position = news.length > 0 ? ledger.position(lane.name) : undefined;
    if (!position) return;
    const { nextSecond = 0 } = lane;
    const sinceMs = clock.now();
    for (const { id, record } of news) {
      if (record.second >= nextSecond || record.timeMs < position.sinceMs) continue;
      ledger.errands.add(lane.name, { id, again: false, plan: null, sinceMs });
    }
  }

  /** The event is made when the first destination needs it: most of an overlap is settled long since. */
  #sighting(id: string, record: AuditRecord, late: boolean): Sighting {
    let made: AuditEvent | undefined;
    return {
      id,
      timeMs: record.timeMs,
      event: () => {
        made ??= this.#toEvent(record, id, late);
        return made;
      },
    };
  }

  /**
   * What of a stretch a destination is owed and has not settled yet, as letters in its format. What its filter does
   * not take is settled here.
   */
  lettersFor(member: Member, { sightings, absent, low, high }: Sight): Letter[] {
    const { ledger, clock } = this.#ports;
    const { name } = member.config;
    const position = ledger.position(name);
    if (!position || (sightings.length === 0 && absent.length === 0)) return [];
    const settled = ledger.events.settledBetween(name, low, high);
    const sinceMs = clock.now();
    for (const id of absent) {
      if (!settled.has(id) && id >= idPrefix(position.sinceMs))
        ledger.errands.add(name, { id, again: false, plan: null, sinceMs });
    }
    const owed = sightings.filter(
      ({ id, timeMs }) => timeMs >= position.sinceMs && !settled.has(id),
    );
    return this.toLetters(member, owed);
  }

  /**
   * As letters in a destination's format; what its filter does not take is settled as such, and so is what a mute keeps
   * back, but for what is asked for `again`.
   */
  toLetters(
    { config, wants }: Member,
    sightings: readonly Sighting[],
    again: ReadonlySet<string> = new Set(),
  ): Letter[] {
    const { ledger, clock } = this.#ports;
    const { name } = config;
    const activatedMs = ledger.position(name)?.activatedMs ?? 0;
    const events = sightings.map(({ timeMs, event }) => toOwn(event(), timeMs < activatedMs));
    const { wanted = [], unwanted = [] } = Object.groupBy(events, (event) =>
      wants(event) ? "wanted" : "unwanted",
    );
    const kept = this.mutes.keeping(
      name,
      wanted.filter(({ id }) => !again.has(id)),
    );
    const filtered = [...unwanted.map(({ id }) => id), ...kept.keys()];
    const nowMs = clock.now();
    const settle = () => ledger.settle(name, filtered, "filtered", nowMs);
    if (kept.size === 0) settle();
    else
      ledger.transaction(() => {
        settle();
        ledger.mutes.keep(name, kept);
      });
    ledger.statistics.count("deliveries", [name, "filtered"], filtered.length, nowMs);
    return wanted.filter(({ id }) => !kept.has(id)).map((event) => toLetter(event, config));
  }

  #bury(items: readonly UnusableItem[]): void {
    const { ledger, clock, log } = this.#ports;
    for (const { raw, reason } of items) {
      const item = toJson(raw);
      const eventId = `unplaced_${createHash("sha256").update(item).digest("hex").slice(0, 26)}`;
      if (ledger.isBuried(eventId)) continue;
      ledger.bury({ destination: null, eventId, reason, item }, clock.now());
      this.counts.unusable += 1;
      log.warn("dead letter", { destination: null, event: eventId, reason });
    }
  }

  /** The dead letters of a destination that an operator asked to send again. */
  buried(config: DestinationConfig): Letter[] {
    const { ledger } = this.#ports;
    return ledger.retrying(config.name).flatMap(({ eventId, item }) => {
      const record = parseRecord(JSON.parse(item));
      if (isUnusable(record)) return [];
      const event = this.#toEvent(record, eventId, ledger.events.wasLate(eventId));
      return [toLetter(event, config)];
    });
  }
}

/** An item is kept as it is, unless it is nested so deep that no JSON can be made of it again. */
function toJson(item: unknown): string {
  try {
    return canonicalJson(item);
  } catch (error) {
    return JSON.stringify({ unreadable: String(error) });
  }
}

/** `backfilled` is the one field that differs by destination. */
function toOwn(event: AuditEvent, backfilled: boolean): AuditEvent {
  return backfilled ? { ...event, flags: { ...event.flags, backfilled } } : event;
}
