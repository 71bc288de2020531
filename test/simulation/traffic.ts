// What happens in the workspace, and when the log shows it.
import {
  type GeneratedEvent,
  type GenerateOptions,
  generate,
} from "../../sandbox/activity/activity.ts";
import { integer, type Random } from "../../sandbox/random.ts";
import type { AuditLog } from "../../sandbox/webflow/audit-log.ts";

const minute = 60_000;

/** When every world begins. */
export const startMs = Date.parse("2026-06-01T12:00:00Z");

export interface Traffic {
  readonly count: number;
  readonly ties: number;
  readonly twins: number;
  readonly unknownTypes: number;
  /** Every event is shown up to so long after its time. */
  readonly lagMs: number;
  /** The share that is shown later than that. */
  readonly lateShare: number;
  readonly lateMaxMs: number;
  /** Besides the events all over the time, so many in the first hour and a half, late by up to 20 hours. */
  readonly veryLate: number;
  /** Times without milliseconds. */
  readonly wholeSeconds: boolean;
  /** Events that lie before the world begins: a destination with a `start` meets a backlog. */
  readonly backlog: number;
  readonly bursts: readonly { readonly atMs: number; readonly count: number }[];
  /** Items without a usable timestamp. */
  readonly unusable: number;
  /** Late events that appear right before a page is answered. */
  readonly shifts: number;
  /** From then on items have members that they did not have, also the old ones; and the slug is another. */
  readonly schemaChangeMs: number | null;
}

export function drawTraffic(
  random: Random,
  minutes: number,
  calm: boolean,
  long: boolean,
): Traffic {
  const chance = (probability: number) => !calm && random() < probability;
  const burst = () => ({
    atMs: integer(random, 1, (minutes - 1) * 60) * 1000 + integer(random, 0, 999),
    count: integer(random, 60, 180),
  });
  return {
    count: integer(random, 10, 120),
    ties: random() * 0.3,
    twins: random() * 0.1,
    unknownTypes: random() * 0.1,
    lagMs: chance(0.4) ? integer(random, 1, 3000) : 0,
    lateShare: random() * 0.2,
    lateMaxMs: !long && chance(0.1) ? integer(random, 5, 40) * minute : 100_000,
    veryLate: long ? integer(random, 10, 60) : 0,
    wholeSeconds: chance(0.3),
    backlog: chance(0.15) ? integer(random, 50, 500) : 0,
    bursts: chance(0.2) ? [burst()] : [],
    unusable: chance(0.2) ? integer(random, 1, 4) : 0,
    shifts: chance(0.2) ? integer(random, 3, 30) : 0,
    schemaChangeMs: chance(0.25) ? integer(random, 0, minutes * minute) : null,
  };
}

/** All items in the order of their making; the same for the same traffic and seed. */
export function makeTraffic(seed: number, minutes: number, traffic: Traffic, random: Random) {
  const { count, ties, twins, unknownTypes, lateShare, lateMaxMs } = traffic;
  const shares = { ties, twins, unknownTypes, lateShare, lateMaxMs };
  const make = (options: Pick<GenerateOptions, "seed" | "count" | "fromMs" | "toMs">) =>
    options.count === 0 ? [] : generate({ ...shares, ...options });
  const endMs = startMs + minutes * minute;
  const made = [
    ...make({ seed, count, fromMs: startMs + 1000, toMs: endMs }),
    ...make({
      seed: seed + 1,
      count: traffic.backlog,
      fromMs: startMs - 50 * minute,
      toMs: startMs,
    }),
    ...makeVeryLate(seed + 8, traffic),
    ...traffic.bursts.flatMap(({ atMs, count }, i) =>
      make({ seed: seed + 2 + i, count, fromMs: startMs + atMs, toMs: startMs + atMs + 1000 }),
    ),
  ];
  const shown = made.map(({ item, visibleAtMs }) => toShown(item, visibleAtMs, traffic, random));
  const unusable = Array.from({ length: traffic.unusable }, (_, i) => ({
    item: { ...unusables[i % unusables.length], number: i },
    visibleAtMs: integer(random, startMs, endMs),
  }));
  const shifts = make({ seed: seed + 9, count: traffic.shifts, fromMs: 0, toMs: minute });
  return { shown: [...shown, ...unusable], shifts: shifts.map(({ item }) => item) };
}

/** Half of them by less than an hour. */
function makeVeryLate(seed: number, { veryLate, ties, twins }: Traffic): GeneratedEvent[] {
  if (veryLate === 0) return [];
  const [fromMs, toMs] = [startMs + 5 * minute, startMs + 90 * minute];
  const half = { fromMs, toMs, ties, twins, count: veryLate, lateShare: 0.7 };
  return [
    ...generate({ ...half, seed, lateMaxMs: 50 * minute }),
    ...generate({ ...half, seed: seed + 1000, lateMaxMs: 1200 * minute }),
  ];
}

function toShown(
  item: GeneratedEvent["item"],
  visibleAtMs: number,
  { lagMs, wholeSeconds }: Traffic,
  random: Random,
): { readonly item: unknown; readonly visibleAtMs: number } {
  const timestamp = wholeSeconds ? `${item.timestamp.slice(0, 19)}Z` : item.timestamp;
  const lag = lagMs > 0 ? integer(random, 0, lagMs) : 0;
  return { item: { ...item, timestamp }, visibleAtMs: visibleAtMs + lag };
}

const unusables: readonly Record<string, unknown>[] = [
  { timestamp: null, eventType: "user_access", eventSubType: "login" },
  { eventType: "user_access", eventSubType: "logout" },
  { timestamp: "yesterday", eventType: "workspace_setting" },
];

/** The same item as the log shows it after the schema has changed: more members, and a slug that was renamed. */
export function evolved(item: unknown): unknown {
  if (typeof item !== "object" || item === null || !("workspace" in item)) return item;
  const { actor, workspace, ...rest } = item as Record<string, object>;
  return {
    ...rest,
    actor: { ...actor, displayName: "Someone" },
    workspace: { ...workspace, slug: "harborline-renamed" },
    traceId: "tr_1",
  };
}

/** Right before an answer, now and then, an event from within the overlap appears. */
export function shiftPages(
  log: AuditLog,
  items: readonly Record<string, unknown>[],
  endMs: number,
  random: Random,
): (nowMs: number) => void {
  const left = items.values();
  return (nowMs) => {
    if (nowMs > endMs || random() > 0.3) return;
    const { done, value } = left.next();
    if (done) return;
    const timestamp = new Date(nowMs - integer(random, 0, 100_000)).toISOString();
    log.add({ ...value, timestamp }, { visibleAtMs: nowMs });
  };
}
