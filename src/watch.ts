// Cron and alarm watch each other: whichever stops, the other goes on, and tells it once.
import { notices } from "./notice-texts.ts";
import type { Notices } from "./notices.ts";
import type { Ports } from "./ports.ts";
import { isObject } from "./source/record.ts";

const minuteMs = 60_000;
/** What the cron found at its last visit still holds for the time to the next, and this. */
const beatMs = 120_000;
/** So long may it be away, beyond the time from one visit to the next. */
const cronAwayMs = 240_000;
/** An alarm that is set may be late by so much: each beat sets it anew, so it never is by more than a minute. */
const alarmLateMs = 20_000;
const alarmLateBeats = 3;
/** Between two alarms lies an interval of polls, or a minute where that is shorter; and this. */
const alarmGapMs = 60_000;
/** After this long without another loss it is well again. */
const alarmWellMs = 1_800_000;

interface Watched {
  readonly cronMs: number;
  /** The cron's absence has been told. */
  readonly cronTold: boolean;
  /** When the alarm was last found lost; null when all is well. */
  readonly alarmLostMs: number | null;
  /** From one visit of the cron to the next, where that is not a minute: many workspaces are visited in rotation. */
  readonly everyMs?: number;
}

const key = "watch";

export class Watch {
  readonly #ports: Ports;
  readonly #notices: Notices;
  readonly #workspaceId: string;
  #watched: Watched | undefined;
  readonly #madeMs: number;
  /** How often it is polled at present. */
  readonly #pace: { readonly pollMs: number };
  /** From one visit of the cron to the next, as long as no visit has said otherwise. */
  readonly #everyMs: number;
  #alarmMs: number | null = null;
  /** How many beats in a row found the alarm late. */
  #lateBeats = 0;
  /** Since when the alarm has run without a gap: while all stood still, nobody can tell who was missing. */
  #runningMs: number | null = null;

  constructor(
    ports: Ports,
    told: Notices,
    workspaceId: string,
    pace: { readonly pollMs: number },
    everyMs = minuteMs,
  ) {
    this.#everyMs = everyMs;
    this.#ports = ports;
    this.#madeMs = ports.clock.now();
    this.#pace = pace;
    this.#notices = told;
    this.#workspaceId = workspaceId;
    const stored = ports.ledger.get(key);
    this.#watched = isObject(stored) ? (stored as unknown as Watched) : undefined;
  }

  /** The cron fired, and found the alarm set for `alarmMs`; null when it was not set at all. */
  cron(alarmMs: number | null, everyMs = this.#everyMs): void {
    const nowMs = this.#ports.clock.now();
    const before = this.#watched;
    // Without a beat shortly before, both stood still, or there was no alarm to lose yet.
    const beating = before !== undefined && nowMs - before.cronMs < beatMs + everyMs;
    const late = alarmMs !== null && nowMs - alarmMs > alarmLateMs;
    this.#lateBeats = late ? this.#lateBeats + 1 : 0;
    // One that is on its way to its handler, as after a restart, is not set either.
    const arrivesMs = (this.#alarmMs ?? this.#madeMs) + this.#pace.pollMs + alarmLateMs;
    const gone = alarmMs === null && nowMs > arrivesMs;
    const lost = beating && (gone || this.#lateBeats >= alarmLateBeats);
    const told = before?.alarmLostMs ?? null;
    const every = everyMs === this.#everyMs ? {} : { everyMs };
    this.#set({ cronMs: nowMs, cronTold: false, alarmLostMs: lost ? nowMs : told, ...every });
    if (before?.cronTold) this.#notices.tell(notices.cronBack(this.#workspaceId));
    if (lost && told === null)
      this.#notices.tell(notices.alarmStopped(this.#alarmMs, this.#workspaceId));
  }

  alarm(): void {
    const nowMs = this.#ports.clock.now();
    const gapMs = alarmGapMs + Math.max(minuteMs, this.#pace.pollMs);
    if (this.#alarmMs === null || nowMs - this.#alarmMs > gapMs) this.#runningMs = nowMs;
    this.#alarmMs = nowMs;
    const fresh = { cronMs: nowMs, cronTold: false, alarmLostMs: null };
    const before: Watched = this.#watched ?? fresh;
    const { cronMs, cronTold, alarmLostMs, everyMs = this.#everyMs } = before;
    const awayMs = nowMs - Math.max(cronMs, this.#runningMs ?? nowMs);
    const away = cronTold || awayMs > cronAwayMs + everyMs;
    const well = alarmLostMs !== null && nowMs - alarmLostMs > alarmWellMs;
    if (this.#watched && !well && away === cronTold) return;
    this.#set({ ...before, cronTold: away, alarmLostMs: well ? null : alarmLostMs });
    if (away && !cronTold) this.#notices.tell(notices.cronStopped(cronMs, this.#workspaceId));
    if (well) this.#notices.tell(notices.alarmBack(this.#workspaceId));
  }

  #set(watched: Watched): void {
    this.#watched = watched;
    this.#ports.ledger.set(key, watched);
  }
}
