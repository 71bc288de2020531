// Times and spans as a digest tells them.
import { wallOf } from "./zone.ts";

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** `4 Dec 10:00`, by the clock of a zone. */
export function toClock(ms: number, zone: string): string {
  const wall = new Date(wallOf(ms, zone));
  return `${wall.getUTCDate()} ${months[wall.getUTCMonth()]} ${wall.toISOString().slice(11, 16)}`;
}

/** `9 days`, `36 hours`, `5 minutes`: whole ones that have passed. */
export function toSpan(ms: number): string {
  if (ms < minuteMs) return "less than a minute";
  if (ms < 2 * hourMs) return counted(Math.floor(ms / minuteMs), "minute");
  if (ms < 2 * dayMs) return counted(Math.floor(ms / hourMs), "hour");
  return counted(Math.floor(ms / dayMs), "day");
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
