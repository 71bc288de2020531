// A mute: what it keeps from which destinations, until when, and who wanted it so.
import type { AuditEvent, Severity } from "../event/event.ts";
import { severities } from "../event/event.ts";
import { toPattern } from "../event/pattern.ts";
import { takes, toWhere } from "../filter/where.ts";
import { dayMs } from "../time.ts";

export const longestMuteMs = 30 * dayMs;
/** Under way at once, in one workspace. */
export const mostMutes = 100;

const mostWords = 300;

/** What it covers: all that is given has to fit. With `rules`, only their findings; else events, and findings about them. */
export interface What {
  /** Patterns on the type. */
  readonly only: readonly string[];
  /** As a destination's `where`. */
  readonly where: Readonly<Record<string, unknown>>;
  /** Patterns on the names of rules. */
  readonly rules: readonly string[];
}

export interface MuteOrder extends What {
  /** Names. */
  readonly destinations: readonly string[];
  /** Whether events of high and critical severity are kept back, too. */
  readonly includeHigh: boolean;
  readonly reason: string | null;
  readonly untilMs: number;
}

export interface Mute extends MuteOrder {
  readonly id: number;
  /** Who made it, in words. */
  readonly by: string;
  readonly sinceMs: number;
  /** When it ended, by hand or by itself; null while that is not noted. */
  readonly endedMs: number | null;
  /** Who ended it; null for by itself. */
  readonly endedBy: string | null;
  /** By destination: events and findings kept back so far. */
  readonly keptBack: Readonly<Record<string, number>>;
}

/** A finding: its rule, and its own severity. */
export interface Found {
  readonly rule: string;
  readonly severity: Severity;
}

export type Covers = (event: AuditEvent, nowMs: number, found?: Found) => boolean;

export function isActive({ untilMs, endedMs }: Mute, nowMs: number): boolean {
  return endedMs === null && nowMs < untilMs;
}

/**
 * What is to be sent while it is on, and what happened while it was on and comes later: so no flood follows its end.
 * A mute that this version cannot read covers nothing.
 */
export function compile(mute: Mute): Covers {
  const { sinceMs, untilMs, endedMs, includeHigh } = mute;
  const endMs = endedMs ?? untilMs;
  const compiled = toWhere(mute.where);
  if (!compiled.ok) return () => false;
  const types = mute.only.map(toPattern);
  const rules = mute.rules.map(toPattern);
  const least = severities.indexOf("high");
  return (event, nowMs, found) => {
    const atMs = Date.parse(event.time);
    const inTime = isActive(mute, nowMs) || (atMs >= sinceMs && atMs < endMs);
    if (!inTime) return false;
    if (!includeHigh && severities.indexOf((found ?? event).severity) >= least) return false;
    if (rules.length > 0 && !(found && rules.some((picks) => picks(found.rule)))) return false;
    if (types.length > 0 && !types.some((picks) => picks(event.type))) return false;
    return takes(compiled.where, event);
  };
}

/** Events and findings, from all destinations together. */
export function keptBack(mute: Mute): number {
  return Object.values(mute.keptBack).reduce((sum, n) => sum + n, 0);
}

/** In words: what is muted. */
export function toWords({ only, where, rules }: What): string {
  const quoted = (all: readonly string[]) => all.map((one) => JSON.stringify(one)).join(", ");
  const conditions = Object.entries(where).map(([path, value]) => {
    const plain = typeof value === "string" ? value : JSON.stringify(value);
    return `${path} ${plain}`;
  });
  const words = [
    rules.length > 0 ? `findings of ${quoted(rules)}` : "events",
    ...(only.length > 0 ? [`of type ${quoted(only)}`] : []),
    ...(conditions.length > 0 ? [`with ${conditions.join(" and ")}`] : []),
  ].join(" ");
  return words.length > mostWords ? `${words.slice(0, mostWords).toWellFormed()}…` : words;
}
