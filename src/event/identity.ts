// Which event an item is. The log has no ids, so an id is made of what an event cannot change without
// being another event: the same item has the same id at every read, whoever reads it, forever.
import { hash } from "node:crypto";
import { type AuditRecord, isObject } from "../source/record.ts";
import { canonicalJson } from "./canonical.ts";
import { kindOf, toType } from "./catalogue.ts";

export interface IdentifiedRecord {
  readonly id: string;
  readonly record: AuditRecord;
}

/**
 * Gives each record its id and sorts by (time, id).
 *
 * Truly equal events are told apart by an ordinal, which counts within this call: all records of one
 * millisecond must be in the same call (the walk reads whole seconds).
 */
export function identify(
  records: readonly AuditRecord[],
  workspaceId: string,
  idOf: IdOf = makeId,
): IdentifiedRecord[] {
  const sorted = records.map((record) => ({ id: idOf(record, workspaceId), record }));
  sorted.sort(byTimeAndId);
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end]?.id === sorted[start]?.id) end++;
    if (end - start > 1) {
      toldApart(sorted.slice(start, end)).forEach((twin, index) => {
        sorted[start + index] = twin;
      });
    }
    start = end;
  }
  return sorted;
}

/** Equal events get `-2`, `-3`, … in an order that comes from the items, not from the order of reading. */
function toldApart(twins: readonly IdentifiedRecord[]): IdentifiedRecord[] {
  return twins
    .map(({ id, record }) => ({ id, record, text: canonicalJson(record.raw) }))
    .sort((a, b) => compare(a.text, b.text))
    .map(({ id, record }, index) => ({ id: index === 0 ? id : `${id}-${index + 1}`, record }))
    .sort(byTimeAndId);
}

function byTimeAndId(a: IdentifiedRecord, b: IdentifiedRecord): number {
  return a.record.timeMs - b.record.timeMs || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Without an ordinal. */
export type IdOf = (record: AuditRecord, workspaceId: string) => string;

export function makeId({ raw, timeMs }: AuditRecord, workspaceId: string): string {
  const digest = hash("sha256", toKey(raw, workspaceId), "buffer");
  return idPrefix(timeMs) + base32(digest, 0) + base32(digest, 5);
}

const nothing: Readonly<Record<string, unknown>> = {};
const asObject = (value: unknown) => (isObject(value) ? value : nothing);

/**
 * Canonical JSON of what identifies an event: keys in code-unit order, absent members left out, so that a
 * member added in a later version changes no id of an event that lacks it. Slugs, `actor.type` and
 * fields not known here stay out: Webflow may rename or add them under an event that was sent already.
 */
function toKey(raw: AuditRecord["raw"], workspaceId: string): string {
  const type = toType(raw.eventType, raw.eventSubType);
  const known = kindOf(type) !== undefined;
  const payload = known ? asObject(raw.payload) : nothing;
  const site = asObject(payload.site);
  const access = asObject(payload.granularAccess);
  return JSON.stringify({
    access: part(access.id) ?? part(access.name),
    accessRestricted: part(access.restricted),
    accessType: part(access.type),
    actor: person(raw.actor),
    ipAddress: part(payload.ipAddress),
    location: part(payload.location),
    method: part(payload.method),
    // Which fields of an unknown type matter cannot be known: all do.
    payload: known || !isPresent(raw.payload) ? undefined : canonicalJson(raw.payload, isPresent),
    previousRoleName: part(payload.previousRoleName),
    previousValue: part(payload.previousValue),
    roleName: part(payload.roleName),
    setting: part(payload.setting),
    site: part(site.id) ?? part(site.slug),
    targetUser: person(payload.targetUser),
    targetUsers: people(payload.targetUsers),
    timestamp: raw.timestamp,
    type,
    userType: part(payload.userType),
    value: part(payload.value),
    workspace: part(asObject(raw.workspace).id) ?? workspaceId,
  });
}

/** Null, empty and absent are one: Webflow's own pages and SDKs disagree on which of them it sends. */
function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** Any present value as text, so that `true` and `"true"` are one. */
function part(value: unknown): string | undefined {
  if (!isPresent(value)) return undefined;
  return typeof value === "string" ? value : canonicalJson(value, isPresent);
}

function person(value: unknown): string | undefined {
  return isObject(value) ? (part(value.id) ?? part(value.email)) : part(value);
}

/** In no order: whether Webflow keeps one is not documented. */
function people(value: unknown): readonly string[] | string | undefined {
  if (!Array.isArray(value)) return part(value);
  const names = value.map(person).filter((name) => name !== undefined);
  return names.length > 0 ? names.sort() : undefined;
}

// Crockford's base 32, ten bits at a time: https://www.crockford.com/base32.html
const alphabet = [..."0123456789ABCDEFGHJKMNPQRSTVWXYZ"];
const pairs = alphabet.flatMap((high) => alphabet.map((low) => high + low));
const pair = (bits: number) => pairs[bits & 1023];

/**
 * The 10 characters that every id of that millisecond starts with; they sort as the time does, so that ids from
 * `idPrefix(from)` up to below `idPrefix(to)` are those of the time between. As in a ULID: https://github.com/ulid/spec
 */
export function idPrefix(ms: number): string {
  if (!(ms >= 0 && ms < 2 ** 50)) throw new RangeError(`no id begins with the time ${ms}`);
  return `${pair(ms / 2 ** 40)}${pair(ms / 2 ** 30)}${pair(ms / 2 ** 20)}${pair(ms / 2 ** 10)}${pair(ms)}`;
}

/** The ids of the time from `fromMs` up to, not including, `toMs`: from `low` up to, not including, `high`. */
export function idRange(fromMs: number, toMs: number): { low: string; high: string } {
  return { low: idPrefix(Math.max(0, fromMs)), high: idPrefix(Math.max(0, toMs)) };
}

/** 5 bytes in 8 characters. */
function base32(bytes: Uint8Array, at: number): string {
  const [b, c, d] = [bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0];
  const [a, e] = [bytes[at] ?? 0, bytes[at + 4] ?? 0];
  return `${pair((a << 2) | (b >> 6))}${pair((b << 4) | (c >> 4))}${pair((c << 6) | (d >> 2))}${pair((d << 8) | e)}`;
}

/** The time of an id, in milliseconds since the epoch; NaN for what is not an id. */
export function idTimeMs(id: string): number {
  return [...id.slice(0, 10)].reduce((ms, digit) => {
    const value = alphabet.indexOf(digit);
    return value < 0 ? Number.NaN : ms * 32 + value;
  }, 0);
}
