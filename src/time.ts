// Hours and days in milliseconds, hours by number, and times as text.

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;
export const hourSeconds = 3600;

/** The whole hour, numbered from the epoch, in which a moment lies. */
export function hourOf(ms: number): number {
  return Math.floor(ms / hourMs);
}

/** The first whole hour that begins at a moment or after it. */
export function hourFrom(ms: number): number {
  return Math.ceil(ms / hourMs);
}

/** ISO 8601, UTC, with milliseconds. */
export function toIso(ms: number): string {
  return new Date(ms).toISOString();
}

/** The same, without milliseconds that are none. */
export function toShortIso(ms: number): string {
  return toIso(ms).replace(".000Z", "Z");
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: hourMs, d: dayMs };

/** `30m`, `12h`, `7d` in milliseconds; undefined for anything else. */
export function parseSpanMs(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d+)([mhd])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * (units[unit] ?? 0);
}

export const aPause = 'a span like "30m", "2h" or "7d", at most 366 days';

/** For how long an operator pauses a destination; undefined for anything else. A pause of a year is a destination to take out. */
export function parsePauseMs(text: string): number | undefined {
  const ms = parseSpanMs(text);
  return ms === undefined || ms === 0 || ms > 366 * dayMs ? undefined : ms;
}
