// The mutes of a workspace at work. Each is told when it begins and when it ends: who mutes in silence hides something.
import type { AuditEvent } from "../event/event.ts";
import type { Kept } from "../ledger/notices.ts";
import type { Member } from "../member.ts";
import { notices } from "../notice-texts.ts";
import type { Notices } from "../notices.ts";
import type { Ports } from "../ports.ts";
import { readFinding } from "../rules/finding.ts";
import {
  type Covers,
  compile,
  type Found,
  isActive,
  type Mute,
  type MuteOrder,
  mostMutes,
} from "./mute.ts";

interface Ready {
  readonly mute: Mute;
  readonly covers: Covers;
}

export class Mutes {
  readonly #ports: Ports;
  readonly #members: readonly Member[];
  readonly #notices: Notices;
  readonly #workspaceId: string;
  /** By the name of a digest: that of its destination, with which it is muted. */
  readonly #live: ReadonlyMap<string, string>;
  /** As the ledger has them, but for the counts; read at the start and after each change, not by each run. */
  #ready: readonly Ready[];

  constructor(ports: Ports, members: readonly Member[], notices: Notices, workspaceId: string) {
    this.#ports = ports;
    this.#members = members;
    this.#notices = notices;
    this.#workspaceId = workspaceId;
    this.#live = new Map(
      members.flatMap(({ lane, config: { digest } }) =>
        digest ? [[lane.name, digest.live] as const] : [],
      ),
    );
    this.#ready = this.#read();
  }

  /** The newest first. */
  all(): Mute[] {
    return this.#ports.ledger.mutes.all();
  }

  active(): Mute[] {
    const nowMs = this.#ports.clock.now();
    return this.#ready.flatMap(({ mute }) => (isActive(mute, nowMs) ? [mute] : []));
  }

  /** Undefined when there are as many as there may be. */
  make(order: MuteOrder, by: string): Mute | undefined {
    const { ledger, clock } = this.#ports;
    if (this.active().length >= mostMutes) return undefined;
    const mute: Mute = {
      ...order,
      id: ledger.mutes.nextId,
      by,
      sinceMs: clock.now(),
      endedMs: null,
      endedBy: null,
      keptBack: {},
    };
    this.#change(notices.muteStarted(mute, this.#workspaceId), () => ledger.mutes.add(mute));
    // What is about to be sent is looked at once more.
    for (const { lane } of this.#members) if (this.#isOf(order, lane.name)) lane.reset();
    return mute;
  }

  /** Ends one by hand; what it kept back stays so. Undefined when none of that number is under way. */
  end(id: number, by: string): Mute | undefined {
    const { ledger, clock } = this.#ports;
    if (!this.active().some((mute) => mute.id === id)) return undefined;
    return this.#end(id, clock.now(), by, ledger.mutes.get(id));
  }

  /** Tells of those whose time is over. */
  expire(): void {
    const { ledger, clock } = this.#ports;
    const nowMs = clock.now();
    for (const { mute } of this.#ready)
      if (mute.endedMs === null && mute.untilMs <= nowMs)
        this.#end(mute.id, mute.untilMs, null, ledger.mutes.get(mute.id));
  }

  /** Of these events, those that are kept from a destination, each by which mute. */
  keeping(destination: string, events: readonly AuditEvent[]): ReadonlyMap<string, number> {
    const kept = new Map<string, number>();
    if (this.#ready.length === 0) return kept;
    for (const event of events) {
      const mute = this.#find(destination, event);
      if (mute !== undefined) kept.set(event.id, mute);
    }
    return kept;
  }

  /** Whether the finding is kept from a destination; noted then. Within the transaction that tells it otherwise. */
  keepsFinding(destination: string, event: AuditEvent, found: Found): boolean {
    const mute = this.#find(destination, event, found);
    if (mute !== undefined) this.#ports.ledger.mutes.count(mute, destination, 1);
    return mute !== undefined;
  }

  /** Tidemark's own events that wait for a destination; findings among them that are muted by now wait no more. */
  passing(destination: string): readonly Kept[] {
    const { ledger } = this.#ports;
    const waiting = ledger.notices.of(destination);
    if (this.#ready.length === 0) return waiting;
    const kept = new Map<string, number>();
    for (const { event } of waiting) {
      const { severity } = event;
      const found = readFinding(event);
      if (!found) continue;
      const mute = this.#find(destination, found.judged, { rule: found.rule, severity });
      if (mute !== undefined) kept.set(event.id, mute);
    }
    if (kept.size > 0)
      ledger.transaction(() => {
        ledger.notices.done(destination, [...kept.keys()]);
        for (const mute of kept.values()) ledger.mutes.count(mute, destination, 1);
      });
    return waiting.filter(({ event }) => !kept.has(event.id));
  }

  #find(destination: string, event: AuditEvent, found?: Found): number | undefined {
    const nowMs = this.#ports.clock.now();
    return this.#ready.find(
      ({ mute, covers }) => this.#isOf(mute, destination) && covers(event, nowMs, found),
    )?.mute.id;
  }

  #isOf({ destinations }: Pick<Mute, "destinations">, name: string): boolean {
    const live = this.#live.get(name);
    return destinations.includes(name) || (live !== undefined && destinations.includes(live));
  }

  #end(id: number, atMs: number, by: string | null, mute: Mute | undefined): Mute | undefined {
    if (!mute) return undefined;
    const { ledger } = this.#ports;
    const ended = { ...mute, endedMs: atMs, endedBy: by };
    this.#change(notices.muteEnded(ended, this.#workspaceId), () => ledger.mutes.end(id, atMs, by));
    return ended;
  }

  /** What is told and what it tells of: both or none. */
  #change(fields: Parameters<Notices["tell"]>[0], note: () => void): void {
    this.#notices.tell(fields, { note });
    this.#ready = this.#read();
  }

  #read(): readonly Ready[] {
    return this.#ports.ledger.mutes.all().map((mute) => ({ mute, covers: compile(mute) }));
  }
}
