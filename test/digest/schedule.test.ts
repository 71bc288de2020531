// When digests are sent, against a clock that is read minute by minute.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  aSchedule,
  lastBefore,
  nextAfter,
  schedule as option,
  parseSchedule,
  type Schedule,
  zoneOf,
} from "../../src/digest/schedule.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

function of(text: string): Schedule {
  const parsed = parseSchedule(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.schedule;
}
const next = (text: string, after: string) =>
  new Date(nextAfter(of(text), Date.parse(after))).toISOString().slice(0, 16);
const last = (text: string, before: string) =>
  new Date(lastBefore(of(text), Date.parse(before))).toISOString().slice(0, 16);

describe("a schedule", () => {
  test("is hourly, daily or weekly, UTC where no zone is named", () => {
    expect(of("hourly")).toEqual({ kind: "hourly" });
    expect(of("daily 09:00")).toEqual({ kind: "daily", minute: 540, zone: "UTC" });
    expect(of(" Daily  23:59   Europe/Madrid ")).toEqual({
      kind: "daily",
      minute: 1439,
      zone: "Europe/Madrid",
    });
    expect(of("weekly MON 00:00 America/Argentina/Buenos_Aires")).toEqual({
      kind: "weekly",
      weekday: "mon",
      minute: 0,
      zone: "America/Argentina/Buenos_Aires",
    });
    expect(zoneOf(of("hourly"))).toBe("UTC");
    expect(zoneOf(of("daily 09:00 Asia/Tokyo"))).toBe("Asia/Tokyo");
  });

  test.each([
    "",
    "daily",
    "daily 9:00",
    "daily 24:00",
    "daily 09:60",
    "weekly 09:00",
    "weekly monday 09:00",
    "monthly",
    "daily 09:00 Europe/Madrid now",
  ])("%j is none, and the error says what is expected", (text) => {
    expect(parseSchedule(text)).toEqual({ ok: false, problem: aSchedule });
  });

  test.each(["Europe/Madird", "+02:00", "GMT+", "a b", "../etc"])(
    "a zone that there is not, %s, is named in the error",
    (zone) => {
      const parsed = parseSchedule(`daily 09:00 ${zone}`);
      expect(parsed.ok ? "" : parsed.problem).toContain(
        zone.includes(" ") ? aSchedule : `there is no time zone "${zone}"`,
      );
    },
  );

  test("as an option says what is wrong through zod, also for what is no text", () => {
    expect(option.parse("daily 09:00")).toEqual(of("daily 09:00"));
    for (const bad of [9, null, true, {}, "often"])
      expect(option.safeParse(bad).error?.issues.map(({ message }) => message)).toEqual([
        aSchedule,
      ]);
  });

  test("no text makes it throw", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseSchedule(text)));
    fc.assert(fc.property(fc.string(), (text) => void parseSchedule(`daily 09:00 ${text}`)));
  });
});

describe("the next time", () => {
  test("is by the clock of the zone, in summer and in winter", () => {
    expect(next("daily 09:00 Europe/Madrid", "2026-01-10T07:59:00Z")).toBe("2026-01-10T08:00");
    expect(next("daily 09:00 Europe/Madrid", "2026-01-10T08:00:00Z")).toBe("2026-01-11T08:00");
    expect(next("daily 09:00 Europe/Madrid", "2026-07-10T00:00:00Z")).toBe("2026-07-10T07:00");
    expect(last("daily 09:00 Europe/Madrid", "2026-07-10T07:00:00Z")).toBe("2026-07-09T07:00");
    expect(last("daily 09:00 Europe/Madrid", "2026-07-10T07:00:00.001Z")).toBe("2026-07-10T07:00");
    expect(next("hourly", "2026-07-10T07:00:00Z")).toBe("2026-07-10T08:00");
    expect(last("hourly", "2026-07-10T07:00:00Z")).toBe("2026-07-10T06:00");
  });

  test("of a time that does not exist is the moment after the jump", () => {
    expect(next("daily 02:30 Europe/Madrid", "2026-03-28T12:00:00Z")).toBe("2026-03-29T01:00");
    expect(next("daily 02:30 Europe/Madrid", "2026-03-29T01:00:00Z")).toBe("2026-03-30T00:30");
  });

  test("of a time that comes twice is the first", () => {
    expect(next("daily 02:30 Europe/Madrid", "2026-10-24T12:00:00Z")).toBe("2026-10-25T00:30");
    expect(next("daily 02:30 Europe/Madrid", "2026-10-25T00:30:00Z")).toBe("2026-10-26T01:30");
  });

  test("where the clock jumps over midnight, or over a whole day, no day has two", () => {
    // Nuuk puts it forward from 23:00 to 00:00.
    expect(next("daily 23:30 America/Nuuk", "2026-03-28T12:00:00Z")).toBe("2026-03-29T01:00");
    expect(next("daily 23:30 America/Nuuk", "2026-03-29T01:00:00Z")).toBe("2026-03-30T00:30");
    expect(next("daily 09:00 Pacific/Apia", "2011-12-29T20:00:00Z")).toBe("2011-12-30T19:00");
    expect(last("daily 09:00 Pacific/Apia", "2011-12-30T19:00:00Z")).toBe("2011-12-29T19:00");
  });

  test("of a week is its day, by the clock of the zone", () => {
    // Sunday in UTC, Monday in Tokyo.
    expect(next("weekly mon 08:00 Asia/Tokyo", "2026-11-27T00:00:00Z")).toBe("2026-11-29T23:00");
    expect(last("weekly mon 08:00 Asia/Tokyo", "2026-11-27T00:00:00Z")).toBe("2026-11-22T23:00");
  });
});

// With half hours, changes at midnight, changes of half an hour, another hemisphere, and none.
const zones = [
  "UTC",
  "Europe/Madrid",
  "Europe/London",
  "America/New_York",
  "America/St_Johns",
  "America/Sao_Paulo",
  "America/Nuuk",
  "America/Havana",
  "Asia/Beirut",
  "Asia/Kathmandu",
  "Africa/Casablanca",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Kiritimati",
  "Pacific/Apia",
];

const clocks = new Map<string, Intl.DateTimeFormat>();
/** `2026-11-27 09:00`, by another format of Intl than the code reads. */
function clock(ms: number, zone: string): string {
  const format =
    clocks.get(zone) ??
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  clocks.set(zone, format);
  return format.format(ms);
}

/** By reading the clock each minute: the first minute at which it shows the time or, on that day's end, a later one. */
function timesByMinute(hhmm: string, zone: string, fromMs: number, toMs: number): number[] {
  const found: number[] = [];
  let target = "";
  let before = clock(fromMs - minuteMs, zone);
  for (let ms = fromMs; ms < toMs; ms += minuteMs) {
    const shown = clock(ms, zone);
    // The days whose time this minute is the first to reach; a clock that is put back reaches none again.
    const day = shown.slice(0, 10);
    const yesterday = before.slice(0, 10);
    for (const one of new Set([yesterday, day])) {
      const wanted = `${one} ${hhmm}`;
      if (before < wanted && shown >= wanted && wanted > target) {
        target = wanted;
        found.push(ms);
      }
    }
    before = shown;
  }
  return found;
}

const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 1, 15, 30, 45, 59))
  .map(([h, m]) => `${String(h).padStart(2, "0")}:${String(m).padStart(2, "0")}`);
const moment = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2037, 0) });

/** Around a change of the clock, if there is one in the year that follows. */
function nearChange(zone: string, fromMs: number): number {
  const offset = (ms: number) => Date.parse(`${clock(ms, zone).replace(" ", "T")}Z`) - ms;
  let ms = Math.floor(fromMs / hourMs) * hourMs;
  const first = offset(ms);
  const end = ms + 365 * dayMs;
  while (ms < end && offset(ms) === first) ms += 6 * hourMs;
  return ms - 36 * hourMs;
}

describe("the times of any zone", () => {
  test("are those at which its clock, read minute by minute, first shows the time", () => {
    const property = fc.property(
      fc.constantFrom(...zones),
      time,
      moment,
      fc.boolean(),
      (zone, hhmm, at, change) => {
        const fromMs = Math.floor((change ? nearChange(zone, at) : at) / minuteMs) * minuteMs;
        const toMs = fromMs + 3 * dayMs;
        const expected = timesByMinute(hhmm, zone, fromMs, toMs);
        const daily = of(`daily ${hhmm} ${zone}`);
        const times: number[] = [];
        for (let ms = nextAfter(daily, fromMs - 1); ms < toMs; ms = nextAfter(daily, ms))
          times.push(ms);
        expect(times.map((ms) => clock(ms, zone))).toEqual(expected.map((ms) => clock(ms, zone)));
        expect(times).toEqual(expected);
      },
    );
    fc.assert(property, { numRuns: 120 });
  }, 60_000);

  test("before and after a moment have none between them but the moment itself", () => {
    const property = fc.property(fc.constantFrom(...zones), time, moment, (zone, hhmm, at) => {
      for (const schedule of [
        of(`daily ${hhmm} ${zone}`),
        of(`weekly sun ${hhmm} ${zone}`),
        of("hourly"),
      ]) {
        const after = nextAfter(schedule, at);
        const before = lastBefore(schedule, at);
        expect(before).toBeLessThan(at);
        expect(after).toBeGreaterThan(at);
        expect(lastBefore(schedule, after)).toBeLessThanOrEqual(at);
        expect(nextAfter(schedule, before)).toBeGreaterThanOrEqual(at);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
});
