// When a stored workspace polls: each at its own moment of the interval, so that a thousand never wake in one second,
// not even after an outage that held all their alarms up.
import { slotOf } from "./roll.ts";

const slots = 2 ** 32;

/** The next of its moments that is at least half an interval away; with `soon` the very next. */
export function nextMoment(id: string, nowMs: number, pollMs: number, soon = false): number {
  const phaseMs = Math.floor((slotOf(id) / slots) * pollMs);
  const afterMs = soon ? nowMs : nowMs + pollMs / 2;
  return Math.floor((afterMs - phaseMs) / pollMs + 1) * pollMs + phaseMs;
}
