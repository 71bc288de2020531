// A live look into the log: normalized events, read from the source, kept nowhere.
import { Budget } from "./budget.ts";
import type { AuditEvent, Severity } from "./event/event.ts";
import { idRange } from "./event/identity.ts";
import type { EventMaker } from "./event/maker.ts";
import { recognize } from "./event/recognize.ts";
import { toWhere, type Where } from "./filter/where.ts";
import { event } from "./formats/event.ts";
import { formats } from "./formats/registry.ts";
import type { Ports } from "./ports.ts";
import { router } from "./route.ts";
import { toIsoSecond } from "./source/client.ts";
import type { Source } from "./source/source.ts";

export interface LookQuery {
  readonly fromMs: number;
  readonly toMs?: number;
  readonly limit: number;
  readonly only: readonly string[];
  readonly minSeverity: Severity;
  /** As a destination's `where`; it has no mistakes. */
  readonly where?: Where["table"];
  /** Name of a format. */
  readonly format: string;
  /** Part of the e-mail address or id of who did it, or to whom; in any case. */
  readonly person?: string;
  /** Only the event of this id. */
  readonly id?: string;
}

export interface Look {
  readonly events: readonly unknown[];
  /** Where to go on with `from`; null when the end was reached. */
  readonly next: string | null;
  /** Why reading ended early, if it did. */
  readonly problem: string | null;
}

export async function look(
  ports: Ports,
  { source, toEvent }: { readonly source: Source; readonly toEvent: EventMaker },
  workspaceId: string,
  maxRequests: number,
  query: LookQuery,
): Promise<Look> {
  const { only, minSeverity } = query;
  const where = query.where && toWhere(query.where);
  if (where?.ok === false) throw new Error(where.problems.join("; "));
  const wants = router({ only, except: [], minSeverity, ...(where && { where: where.where }) });
  const endMs = query.toMs ?? Number.POSITIVE_INFINITY;
  const found: AuditEvent[] = [];
  const readyMs = source.readyAtMs(true);
  if (readyMs > ports.clock.now()) {
    return page(query, found, query.fromMs / 1000, source.health?.text ?? null);
  }
  const budget = new Budget(maxRequests);
  const walk = source.walk(budget);
  for (let cursor = Math.floor(query.fromMs / 1000); ; ) {
    const read = await walk.read(cursor);
    if (read.kind === "spent") {
      const stuck = cursor === Math.floor(query.fromMs / 1000);
      const problem = `The second ${toIsoSecond(cursor)} holds more events than one look can read.`;
      return stuck ? page(query, found, cursor + 1, problem) : page(query, found, cursor, null);
    }
    if (read.kind === "fault") {
      source.failQuery(read.fault);
      return page(query, found, cursor, read.fault.text);
    }
    const { low, high } = idRange(cursor * 1000, (read.through + 1) * 1000);
    const { fingerprints, late } = ports.ledger.events.known(low, high);
    for (const { id, record } of recognize(read.records, workspaceId, fingerprints)) {
      if (record.timeMs < query.fromMs || record.timeMs > endMs) continue;
      const event = toEvent(record, id, late.has(id));
      const concerns = query.person === undefined || isAbout(event, query.person.toLowerCase());
      if (wants(event) && concerns && (query.id ?? id) === id) found.push(event);
    }
    const atEnd = read.atHead || read.through * 1000 >= endMs;
    cursor = read.through + 1;
    if (atEnd || found.length >= query.limit)
      return page(query, found, atEnd ? null : cursor, null);
  }
}

/** At most `limit` events, but a second is never cut: `next` would leave out or repeat some of it. */
function page(
  { limit, format }: LookQuery,
  found: readonly AuditEvent[],
  nextSecond: number | null,
  problem: string | null,
): Look {
  const { toDocuments } = formats.find(({ name }) => name === format) ?? event;
  const last = found[limit - 1];
  const end = last ? secondOf(last) : Number.POSITIVE_INFINITY;
  const kept = found.filter((item) => secondOf(item) <= end);
  const next = kept.length < found.length ? end + 1 : nextSecond;
  const events = kept.flatMap(toDocuments).map(({ content }) => content);
  return { events, next: next === null ? null : toIsoSecond(next), problem };
}

function isAbout({ actor, targets }: AuditEvent, text: string): boolean {
  return [actor, ...targets].some(
    ({ email, id }) => email?.toLowerCase().includes(text) || id?.toLowerCase() === text,
  );
}

function secondOf({ time }: AuditEvent): number {
  return Math.floor(Date.parse(time) / 1000);
}
