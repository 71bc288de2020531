// A believable workspace's activity: live, story by story, or a whole period at once; the same for every run of a seed.
import { integer, pick, type Random, seeded } from "../random.ts";
import { shuffled } from "../webflow/audit-log.ts";
import {
  type ActivityWorkspace,
  type AuditItem,
  harborline,
  type Story,
  stamp,
  timesOf,
} from "./cast.ts";
import { Storyteller } from "./storyteller.ts";

export interface Activity {
  /** The next story as it would run from `timeMs` on: its later events lie up to a minute ahead. */
  at(timeMs: number): AuditItem[];
}

export function activity(seed: number, workspace: ActivityWorkspace = harborline): Activity {
  const teller = new Storyteller(seeded(seed));
  return {
    at(timeMs) {
      const story = teller.next();
      const times = timesOf(story, timeMs);
      return story.map((one, index) => stamp(one, times[index] ?? timeMs, workspace));
    },
  };
}

export interface GenerateOptions {
  readonly seed: number;
  /** Exactly so many events come out. */
  readonly count: number;
  /** Timestamps lie from `fromMs` (included) to `toMs` (excluded). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Share of the different events that get the very millisecond of the event before. */
  readonly ties?: number;
  /** Share of all events that are an equal copy of another. At most 0.5. */
  readonly twins?: number;
  /** Share of the different events with a type, subtype, method or field that no documentation has. */
  readonly unknownTypes?: number;
  /** Share of all events that become visible only later, by 1 to `lateMaxMs` milliseconds (default 10 minutes). */
  readonly lateShare?: number;
  readonly lateMaxMs?: number;
  readonly workspace?: ActivityWorkspace;
}

export interface GeneratedEvent {
  readonly item: AuditItem;
  readonly visibleAtMs: number;
}

/**
 * A period of activity, ordered by time. Apart from `ties` and `twins` no two events share a millisecond, as long as
 * the period has enough of them; shares are rounded to whole events.
 */
export function generate(options: GenerateOptions): GeneratedEvent[] {
  const { count, ties = 0, twins = 0, unknownTypes = 0, lateShare = 0 } = options;
  const { workspace = harborline, lateMaxMs = 600_000 } = options;
  if (twins > 0.5)
    throw new Error("generate: at most half of the events can be twins of the others");
  const random = seeded(options.seed);
  const copies = Math.round(count * twins);
  const { steps, times } = tell(new Storyteller(random), random, {
    ...options,
    count: count - copies,
  });
  const tied = tieUp(steps, Math.round(steps.length * ties), random);
  const items = steps.map((one, index) => {
    if (tied.has(index)) times[index] = times[index - 1] ?? options.fromMs;
    return stamp(one, times[index] ?? options.fromMs, workspace);
  });
  for (const index of sample(items.length, Math.round(items.length * unknownTypes), random)) {
    const item = items[index];
    if (item) items[index] = pick(random, strangenesses)(item, index);
  }
  const doubled = sample(items.length, copies, random);
  const all = items.flatMap((item, index) =>
    doubled.has(index) ? [item, structuredClone(item)] : [item],
  );
  const late = sample(count, Math.round(count * lateShare), random);
  return all.map((item, index) => {
    const timeMs = Date.parse(item.timestamp);
    return { item, visibleAtMs: late.has(index) ? timeMs + integer(random, 1, lateMaxMs) : timeMs };
  });
}

/** Tells `count` steps between the two times: busy in working hours, one story after the other. */
function tell(teller: Storyteller, random: Random, period: GenerateOptions) {
  const { count, fromMs, toMs } = period;
  const stories: Story[] = [];
  for (let told = 0; told < count; ) {
    const story = teller.next().slice(0, count - told);
    stories.push(story);
    told += story.length;
  }
  const starts = stories.map(() => busyTime(random, fromMs, toMs)).sort((a, b) => a - b);
  const times = stories.flatMap((story, index) => {
    const end = starts[index + 1] ?? toMs - 1;
    return timesOf(story, starts[index] ?? fromMs).map((timeMs) => Math.min(timeMs, end));
  });
  if (count <= toMs - fromMs) spread(times, fromMs, toMs);
  return { steps: stories.flat(), times };
}

function busyTime(random: Random, fromMs: number, toMs: number): number {
  for (;;) {
    const timeMs = integer(random, fromMs, toMs - 1);
    const date = new Date(timeMs);
    const weekend = date.getUTCDay() % 6 === 0;
    const working = date.getUTCHours() >= 7 && date.getUTCHours() < 19;
    if (random() < (working ? 1 : 0.2) * (weekend ? 0.3 : 1)) return timeMs;
  }
}

/** Moves ordered times apart so that no two are equal, within the period. */
function spread(times: number[], fromMs: number, toMs: number): void {
  let before = fromMs - 1;
  for (const [index, timeMs] of times.entries()) {
    before = Math.max(timeMs, before + 1);
    times[index] = before;
  }
  let after = toMs;
  for (let index = times.length - 1; index >= 0; index -= 1) {
    after = Math.min(times[index] ?? fromMs, after - 1);
    times[index] = after;
  }
}

/** Which steps share the millisecond of the step before; never two equal steps, for these would be twins. */
function tieUp(steps: Story, wanted: number, random: Random): Set<number> {
  const tied = new Set<number>();
  const textOf = (index: number): string => JSON.stringify({ ...steps[index], afterMs: 0 });
  for (const index of sample(Math.max(0, steps.length - 1), steps.length, random)) {
    if (tied.size >= wanted) break;
    const left = new Set([textOf(index)]);
    for (let at = index; tied.has(at); at -= 1) left.add(textOf(at - 1));
    let collides = left.has(textOf(index + 1));
    for (let at = index + 2; !collides && tied.has(at); at += 1) collides = left.has(textOf(at));
    if (!collides) tied.add(index + 1);
  }
  return tied;
}

/** So many different indices below `length`, in random order. */
function sample(length: number, wanted: number, random: Random): Set<number> {
  const indices = Array.from({ length }, (_, index) => index);
  return new Set(wanted === 0 ? [] : shuffled(indices, random).slice(0, wanted));
}

// What Webflow may add tomorrow. The number keeps different events different.
const strangenesses: readonly ((item: AuditItem, number: number) => AuditItem)[] = [
  (item, number) => {
    const payload = { site: item.payload.site ?? null, domains: [`v${number}.harborline.example`] };
    return { ...item, eventType: "site_publishing", eventSubType: "site_published", payload };
  },
  (item) => ({ ...item, eventSubType: `${item.eventSubType}_v2` }),
  (item, number) => {
    const payload = { ...item.payload, method: "passkey", deviceTrust: { level: 2, key: number } };
    return { ...item, payload };
  },
  (item, number) => {
    const actor = { ...item.actor, type: "agent" };
    return { ...item, actor, sessionId: `session-${number}` };
  },
];
