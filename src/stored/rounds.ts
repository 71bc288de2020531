// How the cron gets round to all stored workspaces: who is looked at in which minute, and by which invocation.
// Each workspace polls by its own alarm; a look re-arms an alarm that was lost, and takes down how the workspace is.
import { type Clock, within } from "../http.ts";
import type { Seen, Summary, Turn } from "./roll.ts";

const minuteMs = 60_000;
/** With a queue each is looked at once in so many minutes. */
const queueMinutes = 5;
/** Of one message: a consumer's invocation has the subrequests of any other. */
export const perMessage = 40;
/** Of one call of sendBatch. https://developers.cloudflare.com/queues/platform/limits/ */
const messagesAtOnce = 100;
/** One that does not answer is left alone after this long. */
const patienceMs = 10_000;
/** Asked at once: an invocation has one isolate's memory. */
const abreast = 50;

/** What a workspace is told when it is looked at. */
export interface Look {
  /** As the roll has it: an object that knows only an older one takes the newer from KV. */
  readonly version: number;
  /** So many share what the plan allows. */
  readonly total: number;
  /** Until it is looked at again. */
  readonly everyMs: number;
}

export interface Job {
  readonly members: Turn["members"];
  readonly total: number;
  readonly everyMs: number;
}

/** How many are looked at in a minute: all, where one invocation can; else in rotation. */
export function perMinute(total: number, budget: number, queued: boolean): number {
  if (total <= budget) return total;
  return queued ? Math.max(budget, Math.ceil(total / queueMinutes)) : budget;
}

export function roundMs(total: number, budget: number, queued: boolean): number {
  const minutes = Math.ceil(total / Math.max(1, perMinute(total, budget, queued)));
  return Math.max(1, minutes) * minuteMs;
}

interface Rounds {
  turn(budget: number, queued: boolean): Promise<Turn>;
  note(seen: readonly Seen[], everyMs: number): Promise<void>;
}

export interface RoundPorts {
  readonly rounds: Rounds;
  readonly clock: Clock;
  look(id: string, look: Look): Promise<Omit<Seen, "id">>;
}

/** What a minute's cron does for the stored workspaces. `queue` where one is bound. */
export async function goRound(
  ports: RoundPorts,
  budget: number,
  queue: Pick<Queue<Job>, "sendBatch"> | undefined,
): Promise<void> {
  const { members, total } = await ports.rounds.turn(budget, queue !== undefined);
  const everyMs = roundMs(total, budget, queue !== undefined);
  // What one invocation can do needs no queue.
  if (!queue || members.length <= budget) return lookAt(ports, { members, total, everyMs });
  const jobs = chunks(members, perMessage).map((some) => ({
    body: { members: some, total, everyMs },
  }));
  for (const some of chunks(jobs, messagesAtOnce)) await queue.sendBatch(some);
}

/** One that fails, or hangs, is noted as `unreachable`, and keeps no other from being looked at. */
export async function lookAt(ports: RoundPorts, { members, total, everyMs }: Job): Promise<void> {
  const waiting = members.values();
  const seen: Seen[] = [];
  const worker = async () => {
    for (const { id, version } of waiting)
      seen.push(await lookAtOne(ports, id, { version, total, everyMs }));
  };
  await Promise.all(Array.from({ length: Math.min(abreast, members.length) }, worker));
  // Noted also where there is nobody: the rounds go on.
  await ports.rounds.note(seen, everyMs);
}

async function lookAtOne(ports: RoundPorts, id: string, look: Look): Promise<Seen> {
  const late = () => ({ state: "unreachable", problem: "It did not answer within 10 s." });
  const asked = ports.look(id, look).catch(() => ({
    state: "unreachable",
    problem: "It failed when it was asked; the Worker's log says why: npx wrangler tail",
  }));
  return { id, ...(await within(ports.clock, patienceMs, asked, late)) };
}

const wellStates = ["starting", "active", "quiet", "throttled", "unseen"];

/** Whether some are read well, and the rounds go on. That some of many are not well is always so. */
export function isWellOnTheWhole(summary: Summary, nowMs: number): boolean {
  const some = wellStates.some((state) => (summary.states[state] ?? 0) > 0);
  return summary.total === 0 || (some && !standsStill(summary, nowMs));
}

/** Whether the rounds stand still: nobody was looked at for a whole round and five minutes. */
export function standsStill({ total, everyMs, lookedMs }: Summary, nowMs: number): boolean {
  return total > 0 && lookedMs !== null && nowMs - lookedMs > everyMs + 5 * minuteMs;
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
    list.slice(i * size, (i + 1) * size),
  );
}
