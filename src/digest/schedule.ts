// When a digest is sent: `hourly`, `daily 09:00 Europe/Madrid`, `weekly mon 09:00 Europe/Madrid`.
import * as z from "zod";
import { dayOf, isZone, momentOf, wallOf } from "./zone.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

// 1 January 1970 was a Thursday.
const weekdays = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"] as const;

export type Schedule =
  /** On each full hour, UTC. */
  | { readonly kind: "hourly" }
  | {
      readonly kind: "daily" | "weekly";
      /** After midnight, by the clock of the zone. */
      readonly minute: number;
      readonly zone: string;
      /** `mon` … `sun`, of a weekly one. */
      readonly weekday?: (typeof weekdays)[number];
    };

export const aSchedule =
  'expected "hourly", "daily 09:00", "daily 09:00 Europe/Madrid" or "weekly mon 09:00 Europe/Madrid": a time of 24 hours, and the name of a time zone from the IANA list (UTC where none is named)';

export type Parsed =
  | { readonly ok: true; readonly schedule: Schedule }
  | { readonly ok: false; readonly problem: string };

export function parseSchedule(text: string): Parsed {
  const said = text.trim().replace(/\s+/g, " ");
  if (/^hourly$/i.test(said)) return { ok: true, schedule: { kind: "hourly" } };
  const form =
    /^(?:daily|weekly (mon|tue|wed|thu|fri|sat|sun)) ([01]\d|2[0-3]):([0-5]\d)(?: (\S+))?$/i;
  const [found, day, hours, minutes, zone = "UTC"] = form.exec(said) ?? [];
  if (found === undefined) return { ok: false, problem: aSchedule };
  if (!isZone(zone))
    return { ok: false, problem: `${aSchedule}; there is no time zone "${zone.slice(0, 64)}"` };
  const minute = Number(hours) * 60 + Number(minutes);
  const weekday = weekdays.find((name) => name === day?.toLowerCase());
  return {
    ok: true,
    schedule: weekday ? { kind: "weekly", weekday, minute, zone } : { kind: "daily", minute, zone },
  };
}

/** The option of a destination. */
export const schedule = z.string(aSchedule).transform((text, context): Schedule => {
  const parsed = parseSchedule(text);
  if (parsed.ok) return parsed.schedule;
  context.addIssue({ code: "custom", message: parsed.problem });
  return z.NEVER;
});

/** The zone in which a digest's times are told. */
export function zoneOf(schedule: Schedule): string {
  return schedule.kind === "hourly" ? "UTC" : schedule.zone;
}

/**
 * The first time after a moment. Where the clock is put forward over the time, it is the moment after; where it is put back, the
 * first of the two: each day that there is has one.
 */
export function nextAfter(schedule: Schedule, ms: number): number {
  if (schedule.kind === "hourly") return (Math.floor(ms / hourMs) + 1) * hourMs;
  return found(timesFrom(schedule, ms, 1), (time) => time > ms);
}

/** The last time before a moment; the moment itself does not count. */
export function lastBefore(schedule: Schedule, ms: number): number {
  if (schedule.kind === "hourly") return (Math.ceil(ms / hourMs) - 1) * hourMs;
  return found(timesFrom(schedule, ms, -1), (time) => time < ms);
}

/** From a day that is surely on the other side; two weeks hold one of each. */
function* timesFrom(
  { minute, weekday, zone }: Extract<Schedule, { zone: string }>,
  ms: number,
  step: 1 | -1,
): Generator<number> {
  const first = dayOf(wallOf(ms, zone)) - 2 * step;
  for (let days = 0; days <= 17; days += 1) {
    const day = first + days * step;
    if (weekday !== undefined && weekdays[((day % 7) + 7) % 7] !== weekday) continue;
    const time = momentOf(day * dayMs + minute * minuteMs, zone);
    if (time !== undefined) yield time;
  }
}

function found(times: Iterable<number>, fits: (time: number) => boolean): number {
  for (const time of times) if (fits(time)) return time;
  throw new Error("no time of the schedule within two weeks");
}
