// Completeness receipts, one for each whole hour of the log: what the source counted in it, what was seen of it, and
// what became of that at each destination. Every number is counted, none is derived from the others.
import { idPrefix, idRange } from "../event/identity.ts";
import { whyWaiting } from "../health.ts";
import type { Hour } from "../ledger/hours.ts";
import type { Member } from "../member.ts";
import type { Ports } from "../ports.ts";
import type { Source } from "../source/source.ts";
import { hourFrom, hourMs, hourOf, toShortIso } from "../time.ts";
import { payloadOf, Signer } from "./signer.ts";

export const receiptStates = ["open", "quiet", "complete", "late", "blind", "shortfall"] as const;

export interface DestinationReceipt {
  readonly delivered: number;
  /** Not taken by the destination's filter. */
  readonly filtered: number;
  /** Refused for good, or discarded by an operator. */
  readonly deadLettered: number;
  /** Owed, and without an outcome yet. */
  readonly pending: number;
  /** From before the destination's start, or given up by a mark set by hand. */
  readonly notOwed: number;
  /** Why not all was delivered; null when all was. */
  readonly shortfall: string | null;
}

export interface Receipt {
  readonly workspace: string;
  /** The first instant of the hour, and the first after it. */
  readonly from: string;
  readonly to: string;
  /**
   * open: not closed or not counted yet. quiet: polled well, and the source counts none. complete: every event has
   * reached every destination that takes it. late: complete, and some came late. blind: for a while the source could
   * not be read; counted afterwards or not, it is never called quiet. shortfall: something is missing somewhere.
   */
  readonly state: (typeof receiptStates)[number];
  /** Nothing in it is expected to change. */
  readonly final: boolean;
  /** Events of this hour by the source's own count, and when it was counted; null when it has not been. */
  readonly sourceTotal: number | null;
  readonly countedAt: string | null;
  /** Distinct events seen, and how many of them came late. */
  readonly events: number;
  readonly late: number;
  /** Polls that went well, and failed ones; at least so many. */
  readonly polls: number;
  readonly failedPolls: number;
  /** For so long the source could not be read, or was not. */
  readonly unreadSeconds: number;
  /** What a reader should know, in a sentence; null when the numbers say all. */
  readonly note: string | null;
  readonly destinations: Readonly<Record<string, DestinationReceipt>>;
}

export type SignedReceipt = Receipt & {
  /** A compact JWS whose payload is this receipt without this member; null while it is open. */
  readonly signature: string | null;
};

/** A recount may wait so long for its turn before the hour counts as one that could not be seen. */
const overdueMs = 900_000;

interface Parts {
  readonly source: Source;
  readonly members: readonly Member[];
}

export class Receipts {
  readonly signer: Signer;
  readonly #ports: Ports;
  readonly #parts: Parts;
  readonly #workspaceId: string;

  constructor(parts: Parts, ports: Ports, workspaceId: string) {
    this.#parts = parts;
    this.#ports = ports;
    this.#workspaceId = workspaceId;
    this.signer = new Signer(ports.ledger);
  }

  /**
   * Of each whole hour that begins from `fromMs` up to, not including, `toMs`; oldest first. Of the time before a
   * destination began nothing is claimed: it has no receipts.
   */
  between(fromMs: number, toMs: number): SignedReceipt[] {
    const { ledger } = this.#ports;
    const last = hourFrom(toMs) - 1;
    const kept = ledger.hours.between(hourFrom(fromMs), last);
    const rows = new Map(kept.map((row) => [row.hour, row]));
    const began = this.#parts.members.map(
      ({ lane }) => ledger.position(lane.name)?.sinceMs ?? Number.POSITIVE_INFINITY,
    );
    const counted = kept.find(({ countedMs }) => countedMs !== null)?.hour;
    const first = Math.max(
      hourFrom(fromMs),
      Math.min(...began.map(hourFrom), counted ?? Number.POSITIVE_INFINITY),
    );
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) =>
      this.#receipt(first + i, rows.get(first + i)),
    );
  }

  /** An hour was counted for good: where nothing is pending, its receipt is kept from now on. */
  close(hour: number): Receipt {
    return this.#receipt(hour, this.#ports.ledger.hours.get(hour));
  }

  /** Before what happened to the events of an hour is forgotten, its receipt is kept as it stands. */
  keepBefore(ms: number): void {
    const { hours, forgottenMs } = this.#ports.ledger;
    for (const row of hours.between(hourFrom(forgottenMs), hourOf(ms))) {
      if (row.receipt !== null || row.countedMs === null) continue;
      const receipt = { ...this.#make(row.hour, row), final: true };
      hours.noteReceipt(row.hour, this.signer.sign(receipt));
    }
  }

  #receipt(hour: number, row: Hour | undefined): SignedReceipt {
    if (row?.receipt) return { ...(payloadOf(row.receipt) as Receipt), signature: row.receipt };
    const receipt = this.#make(hour, row);
    if (receipt.state === "open") return { ...receipt, signature: null };
    const signature = this.signer.sign(receipt);
    if (receipt.final) this.#ports.ledger.hours.noteReceipt(hour, signature);
    return { ...receipt, signature };
  }

  #make(hour: number, row: Hour | undefined): Receipt {
    const { ledger } = this.#ports;
    const { low, high } = idRange(hour * hourMs, (hour + 1) * hourMs);
    const { all: events, late } = ledger.events.countSeen(low, high);
    const destinations = Object.fromEntries(
      this.#parts.members.map((member) => [
        member.lane.name,
        this.#destination(member, low, high, events),
      ]),
    );
    const pending = Object.values(destinations).some((one) => one.pending > 0);
    const short = Object.values(destinations).some((one) => one.shortfall !== null);
    const missing = Math.max(0, (row?.sourceTotal ?? events) - events);
    const state = this.#state(hour, row, { events, late, short: short || missing > 0 });
    return {
      workspace: this.#workspaceId,
      from: toShortIso(hour * hourMs),
      to: toShortIso((hour + 1) * hourMs),
      state,
      final: row?.tier === 2 && !pending,
      sourceTotal: row?.sourceTotal ?? null,
      countedAt: row?.countedMs == null ? null : toShortIso(row.countedMs),
      events,
      late,
      polls: row?.polls ?? 0,
      failedPolls: row?.failures ?? 0,
      unreadSeconds: Math.round((row?.unreadMs ?? 0) / 1000),
      note: this.#note(hour, row, state, events),
      destinations,
    };
  }

  #state(
    hour: number,
    row: Hour | undefined,
    { events, late, short }: { events: number; late: number; short: boolean },
  ): Receipt["state"] {
    if (!row || row.countedMs === null) return this.#overdue(hour) ? "blind" : "open";
    if (short) return "shortfall";
    if (row.unreadMs > 0) return "blind";
    if (late > 0) return "late";
    return events === 0 && row.polls > 0 ? "quiet" : "complete";
  }

  /** The count is due since so long that the source must be out of sight. */
  #overdue(hour: number): boolean {
    const { source } = this.#parts;
    const { health } = source;
    if (!health || health.kind === "ok") return false;
    // An hour of a backfill is due at once: what counts is for how long nobody could ask.
    const dueMs = Math.max((hour + 2) * hourMs, health.sinceMs);
    return this.#ports.clock.now() > dueMs + overdueMs;
  }

  #note(
    hour: number,
    row: Hour | undefined,
    state: Receipt["state"],
    events: number,
  ): string | null {
    const { source } = this.#parts;
    const nowMs = this.#ports.clock.now();
    if (state === "blind" && (!row || row.countedMs === null))
      return `the source could not be counted yet: ${source.health?.text ?? "it gave no answer"}`;
    if (state === "open") {
      if (nowMs < (hour + 1) * hourMs) return "the hour is not over";
      return nowMs < (hour + 2) * hourMs
        ? `it is counted after ${toShortIso((hour + 2) * hourMs)}`
        : "it is counted as soon as the destinations have been shown it";
    }
    return row ? [...countNotes(row, events), ...sightNotes(row)].join("; ") || null : null;
  }

  #destination({ lane }: Member, low: string, high: string, events: number): DestinationReceipt {
    const { ledger } = this.#ports;
    const { delivered, filtered, dead } = ledger.events.countSettled(lane.name, low, high);
    const position = ledger.position(lane.name);
    const since = position ? idPrefix(position.sinceMs) : high;
    const unsettled = ledger.events.unsettled(lane.name, low, high, events);
    const pending = unsettled.filter((id) => id >= since).length;
    const reasons = [
      ...(pending > 0 ? [`${pending} pending: ${this.#whyPending(lane)}`] : []),
      ...(dead > 0 ? [this.#whyDead(lane.name, dead, low, high)] : []),
    ];
    return {
      delivered,
      filtered,
      deadLettered: dead,
      pending,
      notOwed: unsettled.length - pending,
      shortfall: reasons.length > 0 ? reasons.join("; ") : null,
    };
  }

  #whyPending({ health, progress, name }: Member["lane"]): string {
    const { ledger, clock } = this.#ports;
    if (!ledger.position(name)) return "the destination has no position yet";
    const moving = progress.behind ? "the destination is catching up" : "on its way";
    return whyWaiting(health, clock.now()) ?? moving;
  }

  #whyDead(name: string, dead: number, low: string, high: string): string {
    const reasons = this.#ports.ledger.deadReasons(name, low, high);
    const kept = reasons.reduce((sum, { events }) => sum + events, 0);
    const texts = reasons.map(({ reason, events }) => `${events} dead-lettered: ${reason}`);
    return [...texts, ...(dead > kept ? [`${dead - kept} discarded by an operator`] : [])].join(
      "; ",
    );
  }
}

/** How the source's count and what was seen differ. */
function countNotes({ sourceTotal: total }: Hour, events: number): string[] {
  if (total === null)
    return ["the source does not tell how many events it holds: all was read once more instead"];
  if (total > events)
    return [
      `the source counts ${total - events} more than it shows with a usable time: see GET /dead-letters`,
    ];
  return total < events ? [`the source shows ${events - total} fewer than it once did`] : [];
}

function sightNotes({ unreadMs, polls }: Hour): string[] {
  if (unreadMs > 0)
    return [
      `the source was out of sight for ${Math.ceil(unreadMs / 60_000)} min of this hour; it was counted afterwards`,
    ];
  return polls === 0 ? ["not polled during this hour: read and counted afterwards"] : [];
}
