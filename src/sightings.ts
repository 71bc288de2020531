// What was read becomes events: identity, first sighting, and the letters that a destination is owed of it.
import { createHash } from "node:crypto";
import type { DestinationConfig } from "./config.ts";
import type { Letter } from "./destinations/destination.ts";
import { canonicalJson } from "./event/canonical.ts";
import type { AuditEvent } from "./event/event.ts";
import { identify } from "./event/identity.ts";
import { toAuditEvent } from "./event/normalize.ts";
import type { Format } from "./formats/format.ts";
import type { Member } from "./member.ts";
import type { Ports } from "./ports.ts";
import type { Positions } from "./positions.ts";
import { type AuditRecord, isUnusable, parseRecord, type UnusableItem } from "./source/record.ts";
import type { Stretch } from "./source/walk.ts";

export interface Sighting {
  readonly id: string;
  readonly timeMs: number;
  event(): AuditEvent;
}

export class Sightings {
  readonly #ports: Ports;
  readonly #positions: Positions;
  readonly #workspaceId: string;
  /** Events read, seen for the first time, and items without a usable timestamp; since this was made. */
  readonly counts = { read: 0, fresh: 0, unusable: 0 };

  constructor(ports: Ports, positions: Positions, workspaceId: string) {
    this.#ports = ports;
    this.#positions = positions;
    this.#workspaceId = workspaceId;
  }

  /** Gives each record of a stretch its identity and notes it; what has no place in time is buried. */
  see(stretch: Stretch): Sighting[] {
    const { ledger, clock } = this.#ports;
    const identified = identify(stretch.records, this.#workspaceId);
    return ledger.transaction(() => {
      this.#bury(stretch.unusable);
      const { fresh, late } = ledger.see(
        identified.map(({ id, record }) => ({ id, late: this.#positions.isLate(record.second) })),
        clock.now(),
      );
      this.counts.read += identified.length;
      this.counts.fresh += fresh;
      return identified.map(({ id, record }) => this.#sighting(id, record, late.has(id)));
    });
  }

  /** The event is made when the first destination needs it: most of an overlap is settled long since. */
  #sighting(id: string, record: AuditRecord, late: boolean): Sighting {
    let made: AuditEvent | undefined;
    return {
      id,
      timeMs: record.timeMs,
      event: () => {
        made ??= toAuditEvent(record, {
          id,
          workspace: { id: this.#workspaceId },
          flags: { late, backfilled: false },
        });
        return made;
      },
    };
  }

  /** What of a stretch a destination is owed and has not settled yet, as letters in its format. */
  lettersFor({ config, wants }: Member, sightings: readonly Sighting[]): Letter[] {
    const [first, last] = [sightings[0], sightings.at(-1)];
    if (!first || !last) return [];
    const settled = this.#ports.ledger.settledBetween(config.name, first.id, last.id);
    const position = this.#ports.ledger.position(config.name);
    if (!position) return [];
    return sightings
      .filter(({ id, timeMs }) => timeMs >= position.sinceMs && !settled.has(id))
      .map(({ timeMs, event }) => toOwn(event(), timeMs < position.activatedMs))
      .filter(wants)
      .map((event) => toLetter(event, config.format));
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
  buried({ name, format }: DestinationConfig): Letter[] {
    const { ledger } = this.#ports;
    return ledger.retrying(name).flatMap(({ eventId, item }) => {
      const record = parseRecord(JSON.parse(item));
      if (isUnusable(record)) return [];
      const event = toAuditEvent(record, {
        id: eventId,
        workspace: { id: this.#workspaceId },
        flags: { late: ledger.wasLate(eventId), backfilled: false },
      });
      return [toLetter(event, format)];
    });
  }
}

/** The document is made when it is encoded: where a format fails, only its own letters do. */
export function toLetter(event: AuditEvent, format: Format): Letter {
  return {
    event,
    get document() {
      return format.toDocument(event);
    },
  };
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
