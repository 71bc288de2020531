// The clock on the wall of a time zone, and the moment at which it first shows a time.

const minuteMs = 60_000;
const dayMs = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, format);
  return format;
}

/** Of the IANA database, by name: offsets such as `+02:00` know no daylight saving. */
export function isZone(zone: string): boolean {
  if (!/^[A-Za-z][\w+/-]{1,63}$/.test(zone)) return false;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** What the clock shows at a moment, as the milliseconds at which a clock in UTC shows the same; whole seconds. */
export function wallOf(ms: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, value]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
}

/**
 * The moment at which the clock first shows `wall` (as from `wallOf`, a whole minute): the first of two, and where it
 * jumps over it, the moment after the jump. Undefined when it jumps over the whole day, as Samoa's did on 30 December 2011.
 */
export function momentOf(wall: number, zone: string): number | undefined {
  const offsetAt = (ms: number) => wallOf(ms, zone) - ms;
  // The clock is changed at most once within two days.
  const offsets = [offsetAt(wall - dayMs), offsetAt(wall + dayMs)] as const;
  const shows = offsets.map((offset) => wall - offset).filter((ms) => wallOf(ms, zone) === wall);
  if (shows.length > 0) return Math.min(...shows);
  let before = wall - dayMs;
  let after = wall + dayMs;
  while (after - before > minuteMs) {
    const middle = Math.floor((before + after) / 2 / minuteMs) * minuteMs;
    if (offsetAt(middle) === offsets[0]) before = middle;
    else after = middle;
  }
  const day = dayOf(wall);
  const jumpsOverDay = dayOf(wallOf(before, zone)) < day && dayOf(wallOf(after, zone)) > day;
  return jumpsOverDay ? undefined : after;
}

/** The day on which a wall's time lies, numbered from 1 January 1970. */
export function dayOf(wall: number): number {
  return Math.floor(wall / dayMs);
}
