// Cron and alarm watch each other: whichever stops, the other goes on, and tells it once.
import { type Notices, notices } from "./notices.ts";
import type { Ports } from "./ports.ts";
import { isObject } from "./source/record.ts";

/** The cron fires each minute; so long may it be away. */
const cronAwayMs = 300_000;
/** An alarm that is set may be late by so much. */
const alarmLateMs = 60_000;
/** After this long without another loss it is well again. */
const alarmWellMs = 1_800_000;

interface Watched {
  readonly cronMs: number;
  /** The cron's absence has been told. */
  readonly cronTold: boolean;
  /** When the alarm was last found lost; null when all is well. */
  readonly alarmLostMs: number | null;
}

const key = "watch";

export class Watch {
  readonly #ports: Ports;
  readonly #notices: Notices;
  readonly #workspaceId: string;
  #watched: Watched | undefined;
  #alarmMs: number | null = null;

  constructor(ports: Ports, told: Notices, workspaceId: string) {
    this.#ports = ports;
    this.#notices = told;
    this.#workspaceId = workspaceId;
    const stored = ports.ledger.get(key);
    this.#watched = isObject(stored) ? (stored as unknown as Watched) : undefined;
  }

  /** The cron fired, and found the alarm set for `alarmMs`; null when it was not set at all. */
  cron(alarmMs: number | null): void {
    const nowMs = this.#ports.clock.now();
    const before = this.#watched;
    // Before the first beat there was no alarm to lose.
    const lost = before !== undefined && (alarmMs === null || nowMs - alarmMs > alarmLateMs);
    const told = before?.alarmLostMs ?? null;
    this.#set({ cronMs: nowMs, cronTold: false, alarmLostMs: lost ? nowMs : told });
    if (before?.cronTold) this.#notices.tell(notices.cronBack(this.#workspaceId));
    if (lost && told === null)
      this.#notices.tell(notices.alarmStopped(this.#alarmMs, this.#workspaceId));
  }

  alarm(): void {
    const nowMs = this.#ports.clock.now();
    this.#alarmMs = nowMs;
    const before = this.#watched ?? { cronMs: nowMs, cronTold: false, alarmLostMs: null };
    const { cronMs, cronTold, alarmLostMs } = before;
    const away = nowMs - cronMs > cronAwayMs;
    const well = alarmLostMs !== null && nowMs - alarmLostMs > alarmWellMs;
    if (this.#watched && !well && away === cronTold) return;
    this.#set({ cronMs, cronTold: away, alarmLostMs: well ? null : alarmLostMs });
    if (away && !cronTold) this.#notices.tell(notices.cronStopped(cronMs, this.#workspaceId));
    if (well) this.#notices.tell(notices.alarmBack(this.#workspaceId));
  }

  #set(watched: Watched): void {
    this.#watched = watched;
    this.#ports.ledger.set(key, watched);
  }
}
