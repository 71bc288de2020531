// What is remembered of one person, or of one token: compact, for there may be thousands.
import type { AuditEvent } from "../event/event.ts";
import { toPlace } from "../event/place.ts";
import type { Kept } from "./shelf.ts";

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

/** Something that happened, and the id of the event that tells it. */
export interface Fact {
  readonly ms: number;
  readonly id: string;
}

/** What was done to one of many, as `[ms, event, whom]`. */
export type Deed = readonly [ms: number, id: string, whom: string];

/** How often something was seen, and when last. */
export type Seen = readonly [times: number, lastMs: number];

export interface PersonFacts extends Kept {
  /** Webflow's id. */
  id?: string;
  /** The last that they did themselves. */
  acted?: Fact;
  joined?: Fact;
  removed?: Fact;
  /** Given Owner or Admin, and not taken away since. */
  admin?: Fact;
  /** Did what only an admin may. */
  ruled?: Fact;
  /** As what the log last told them: guest, reviewer, client or member. */
  kind?: Fact & { readonly is: string };
  logins?: Logins;
  /** Whom they invited, and removed from the workspace and from sites, in the last hour. */
  invited?: Deed[];
  removals?: Deed[];
  siteRemovals?: Deed[];
  /** When they last lifted a restriction, the newest few. */
  lifted?: number[];
}

/** Logins by a person in a browser; those through the API are counted apart. */
export interface Logins {
  count: number;
  /** On how many days, and the last of them by number. */
  days: number;
  day: number;
  /** Logins by SSO in a row, on how many days, and how often it was done otherwise. */
  sso: number;
  ssoDays: number;
  otherwise: number;
  /** By the hour of the day, UTC. */
  hours: number[];
  countries: Record<string, Seen>;
  networks: Record<string, Seen>;
  /** The last of a known country. */
  last?: Fact & { readonly country: string; readonly place: string };
  api?: Fact;
}

const mostDeeds = 60;
const mostPlaces = 12;

export function noLogins(): Logins {
  return {
    count: 0,
    days: 0,
    day: -1,
    sso: 0,
    ssoDays: 0,
    otherwise: 0,
    hours: new Array<number>(24).fill(0),
    countries: {},
    networks: {},
  };
}

export const hourOfDay = (ms: number) => Math.floor((ms % dayMs) / hourMs);

/** ISO 3166-1 alpha-2, from Webflow's own text; null where it names none. */
export function countryOf({ source }: AuditEvent): string | null {
  return (source?.location && toPlace(source.location)?.country) || null;
}

/** The first three numbers of an IPv4 address, the first three groups of an IPv6 one; null for any other text. */
export function networkOf({ source }: AuditEvent): string | null {
  const ip = source?.ip;
  if (!ip || ip.length > 45) return null;
  const v4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}$/.exec(ip)?.[1];
  if (v4 !== undefined) return v4;
  if (!/^[\da-f]{1,4}:[\da-f:.]+$/i.test(ip)) return null;
  const [head = ""] = ip.toLowerCase().split("::");
  return head.split(":").slice(0, 3).join(":");
}

/** An API login is not made by a person, and so is no part of their habits. */
export const isApi = ({ method, actor }: AuditEvent) =>
  method?.toLowerCase() === "api" || actor.type === "token";

export function learnLogin(logins: Logins, event: AuditEvent, ms: number): void {
  const { id } = event;
  if (isApi(event)) {
    logins.api = later(logins.api, { ms, id });
    return;
  }
  const day = Math.floor(ms / dayMs);
  const newDay = day > logins.day;
  logins.count += 1;
  if (newDay) {
    logins.days += 1;
    logins.day = day;
  }
  if (event.method?.toLowerCase() === "sso") {
    logins.sso += 1;
    if (newDay || logins.sso === 1) logins.ssoDays += 1;
  } else if (event.method !== null) {
    logins.sso = 0;
    logins.ssoDays = 0;
    logins.otherwise += 1;
  }
  const hour = hourOfDay(ms);
  logins.hours[hour] = (logins.hours[hour] ?? 0) + 1;
  const network = networkOf(event);
  if (network !== null) count(logins.networks, network, ms);
  const country = countryOf(event);
  if (country === null) return;
  count(logins.countries, country, ms);
  const place = event.source?.location?.slice(0, 80) ?? country;
  if (!logins.last || logins.last.ms <= ms) logins.last = { ms, id, country, place };
}

/** The one seen longest ago makes room. */
function count(seen: Record<string, Seen>, key: string, ms: number): void {
  const [times, lastMs] = seen[key] ?? [0, 0];
  seen[key] = [times + 1, Math.max(lastMs, ms)];
  const keys = Object.keys(seen);
  if (keys.length <= mostPlaces) return;
  const [oldest] = keys.sort((a, b) => lastOf(seen, a) - lastOf(seen, b) || (a < b ? -1 : 1));
  if (oldest !== undefined) delete seen[oldest];
}

const lastOf = (seen: Record<string, Seen>, key: string) => seen[key]?.[1] ?? 0;

/** With a deed added, and without those of more than an hour before. */
export function withDeed(deeds: readonly Deed[] = [], deed: Deed): Deed[] {
  const kept = deeds.filter(([ms]) => ms > deed[0] - hourMs);
  return [...kept, deed].slice(-mostDeeds);
}

/** The later of the two, so that an event that comes too late undoes nothing. */
export function later<T extends Fact>(before: T | undefined, fact: T): T {
  return before && before.ms > fact.ms ? before : fact;
}
