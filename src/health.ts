// How sending to one destination goes: failures, the wait before the next attempt, the pause. The one retry clock.
import { type Backoff, delayMs } from "./backoff.ts";
import type { Ports } from "./ports.ts";
import type { Health } from "./tables.ts";
import { hourMs, toShortIso } from "./time.ts";

const backoff: Backoff = { baseMs: 500, capMs: 300_000 };
const probeEveryMs = hourMs;
/** Fewer failures in a row are weather. */
const worthTelling = 3;
const well = { failures: 0, notBeforeMs: 0, pausedMs: null, pausedReason: null, probeMs: null };
/** It may be tried at once, and is not well before it took something. */
const untried = { ...well, failures: 1 };

/** Why nothing goes out, in words that follow a name: by hand, by the receiver, or for want of success. Null when all is well. */
export function whyWaiting(
  { hold, pausedMs, failures, lastError }: Health,
  nowMs: number,
): string | null {
  if (hold && (hold.untilMs ?? nowMs + 1) > nowMs) {
    const until =
      hold.untilMs === null ? "until it is resumed" : `until ${toShortIso(hold.untilMs)}`;
    return `paused since ${toShortIso(hold.sinceMs)} by ${hold.by}, ${until}`;
  }
  if (pausedMs !== null) return `paused since ${toShortIso(pausedMs)}: ${lastError}`;
  if (failures === 0) return null;
  return `${failures === 1 ? "the last attempt" : `${failures} attempts in a row have`} failed: ${lastError}`;
}

export class DestinationHealth {
  readonly #name: string;
  readonly #ports: Ports;
  #state: Health;

  constructor(name: string, fingerprint: string, ports: Ports) {
    this.#name = name;
    this.#ports = ports;
    const stored = ports.ledger.health(name);
    // What the pause or the failures were about has been changed: another URL, another secret.
    const ill = stored.pausedMs !== null || stored.failures > 0;
    const changed = ill && stored.fingerprint !== fingerprint;
    this.#state = { ...stored, ...(changed && untried), fingerprint };
    if (changed) ports.ledger.setHealth(name, this.#state);
  }

  get state(): Health {
    return this.#state;
  }

  /** An operator's pause that has not run out. */
  get held(): boolean {
    const { hold } = this.#state;
    return hold !== null && (hold.untilMs === null || hold.untilMs > this.#ports.clock.now());
  }

  /** By an operator or by its receiver. */
  get paused(): boolean {
    return this.held || this.#state.pausedMs !== null;
  }

  /** When the next attempt may be: now or earlier, later, or null for only by hand. */
  readyAtMs(): number | null {
    const { pausedMs, notBeforeMs, probeMs, hold } = this.#state;
    const readyMs = pausedMs === null ? notBeforeMs : probeMs;
    if (!this.held || readyMs === null) return readyMs;
    return hold?.untilMs == null ? null : Math.max(hold.untilMs, readyMs);
  }

  /** An operator pauses it, until then or until it is resumed; an earlier pause of theirs goes on. */
  hold(by: string, untilMs: number | null): void {
    const before = this.held ? this.#state.hold : null;
    const sinceMs = before?.sinceMs ?? this.#ports.clock.now();
    this.#ports.log.warn("destination paused by hand", { destination: this.#name, by });
    this.#set({ ...this.#state, hold: { sinceMs, untilMs, by } });
  }

  /** The operator's pause is over. */
  release(): void {
    if (this.#state.hold !== null) this.#set({ ...this.#state, hold: null });
  }

  /** Whatever it waits for, it may be tried at once. */
  hurry(): void {
    const { failures, pausedMs } = this.#state;
    const nowMs = this.#ports.clock.now();
    if (failures === 0 && pausedMs === null) return;
    this.#set({ ...this.#state, notBeforeMs: nowMs, ...(pausedMs !== null && { probeMs: nowMs }) });
  }

  /** A delivery: after failures or a pause the destination is well again. */
  recover(): void {
    const { failures, pausedMs } = this.#state;
    if (failures === 0 && pausedMs === null) return;
    if (pausedMs !== null || failures >= worthTelling) {
      this.#ports.log.warn("destination recovered", { destination: this.#name });
    }
    this.#set({ ...this.#state, ...well });
  }

  /** A refusal of one event: the failures before it are over, a pause is not. */
  answered(): void {
    if (this.#state.failures === 0 || this.#state.pausedMs !== null) return;
    this.#set({ ...this.#state, failures: 0, notBeforeMs: 0 });
  }

  /** An attempt that may be repeated; a paused destination stays paused. */
  fail(reason: string, retryAfterMs?: number): void {
    const { clock, random, log } = this.#ports;
    const nowMs = clock.now();
    const againMs = nowMs + delayMs(backoff, this.#state.failures, random, retryAfterMs);
    const failures = this.#state.failures + 1;
    if (failures === worthTelling) {
      log.warn("destination does not take events", { destination: this.#name, reason });
    }
    this.#set({
      ...this.#state,
      failures,
      notBeforeMs: againMs,
      lastError: reason,
      lastErrorMs: nowMs,
      ...(this.#state.probeMs !== null && { probeMs: againMs }),
    });
  }

  /** Nothing is wrong, but the next request is not due before. */
  wait(ms: number): void {
    const dueMs = this.#ports.clock.now() + ms;
    // A paused destination answers again, but is not well before it says so.
    const probe = this.#state.pausedMs !== null && { probeMs: dueMs };
    this.#set({ ...this.#state, notBeforeMs: dueMs, ...probe });
  }

  /** The receiver refuses us: an attempt an hour, or none if it said that this is final. */
  pause(reason: string, final: boolean): void {
    const nowMs = this.#ports.clock.now();
    const { pausedMs } = this.#state;
    if (pausedMs === null) {
      this.#ports.log.warn("destination paused", { destination: this.#name, reason, final });
    }
    this.#set({
      ...this.#state,
      failures: this.#state.failures + 1,
      lastError: reason,
      lastErrorMs: nowMs,
      pausedMs: pausedMs ?? nowMs,
      pausedReason: reason,
      probeMs: final ? null : nowMs + probeEveryMs,
    });
  }

  #set(state: Health): void {
    this.#state = state;
    this.#ports.ledger.setHealth(this.#name, state);
  }
}
