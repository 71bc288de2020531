// The ids that events were given when they were first seen stay theirs. Equal events are told apart by an ordinal,
// which follows the items' own order; one that comes later, and differs in a field that identifies nothing, could
// sort first. So the ledger keeps a fingerprint of each item beside its id, by which an item finds its id again.
import { hash } from "node:crypto";
import type { AuditRecord } from "../source/record.ts";
import { canonicalJson } from "./canonical.ts";
import { type IdentifiedRecord, type IdOf, identify } from "./identity.ts";

/** Of the whole item, 48 bits: enough among equal events of one millisecond. */
export function fingerprint(record: AuditRecord): string {
  return hash("sha256", canonicalJson(record.raw), "base64url").slice(0, 8);
}

/** As `identify`, for records of which some are `known`: fingerprints by id, null where none was kept. */
export function recognize(
  records: readonly AuditRecord[],
  workspaceId: string,
  known: ReadonlyMap<string, string | null>,
  idOf?: IdOf,
): IdentifiedRecord[] {
  const identified = identify(records, workspaceId, idOf);
  const knownOf = Map.groupBy(known.keys(), baseOf);
  const groups = Map.groupBy(identified, ({ id }) => baseOf(id));
  const renamed = new Map<IdentifiedRecord, string>();
  for (const [base, group] of groups) {
    const ids = knownOf.get(base) ?? [];
    const alone = group.length === 1 && ids.length === 1 && ids[0] === base;
    if (ids.length === 0 || alone) continue;
    for (const [one, id] of claim(base, group, ids, known)) renamed.set(one, id);
  }
  if (renamed.size === 0) return identified;
  return identified
    .map((one) => ({ ...one, id: renamed.get(one) ?? one.id }))
    .sort((a, b) => a.record.timeMs - b.record.timeMs || (a.id < b.id ? -1 : 1));
}

/** First who is the same to the letter, then who has grown a field, in order; the rest are new. */
function claim(
  base: string,
  group: readonly IdentifiedRecord[],
  ids: readonly string[],
  known: ReadonlyMap<string, string | null>,
): Map<IdentifiedRecord, string> {
  const free = [...ids].sort((a, b) => ordinalOf(a) - ordinalOf(b));
  const claimed = new Map<IdentifiedRecord, string>();
  for (const one of group) {
    const print = fingerprint(one.record);
    const at = free.findIndex((id) => known.get(id) === print);
    if (at >= 0) claimed.set(one, ...(free.splice(at, 1) as [string]));
  }
  let next = 1;
  for (const one of group) {
    if (claimed.has(one)) continue;
    const old = free.shift();
    while (old === undefined && ids.includes(toId(base, next))) next += 1;
    claimed.set(one, old ?? toId(base, next++));
  }
  return claimed;
}

function toId(base: string, ordinal: number): string {
  return ordinal === 1 ? base : `${base}-${ordinal}`;
}

function baseOf(id: string): string {
  return id.split("-")[0] ?? id;
}

function ordinalOf(id: string): number {
  return Number(id.split("-")[1] ?? 1);
}
