// A command carried out: the workspaces are asked, and what they say becomes the answer.
import type { Config } from "../config.ts";
import type { Env } from "../env.ts";
import type { AuditEvent } from "../event/event.ts";
import { isActive } from "../mutes/mute.ts";
import { listMutes, mute, unmute } from "../routes/muting.ts";
import { pauseDestination, resumeDestination } from "../routes/operations.ts";
import { type RelayStub, relayOf } from "../routes/stub.ts";
import { dayMs, hourMs } from "../time.ts";
import type { Answer } from "./answer.ts";
import { eventsAnswer, type Newest } from "./events-answer.ts";
import { mutedAnswer, mutesAnswer, unmutedAnswer } from "./mutes-answer.ts";
import type { Command } from "./parse.ts";
import { helpAnswer, pausedAnswer, refusedAnswer, resumedAnswer } from "./short-answers.ts";
import { statusAnswer } from "./status-answer.ts";
import { syncAnswer } from "./sync-answer.ts";
import { whyAnswer } from "./why-answer.ts";

export interface Caller {
  /** The slash command as it is called there. */
  readonly command: string;
  /** Who it is, in words. */
  readonly by: string;
}

/** Throws a Problem as the API does. */
export async function perform(
  command: Command,
  env: Env,
  config: Config,
  caller: Caller,
  nowMs: () => number,
): Promise<Answer> {
  const relays = config.workspaces.map(({ id }) => ({ id, relay: relayOf(env, id) }));
  switch (command.kind) {
    case "help":
      return helpAnswer(caller.command);
    case "status": {
      const statuses = await Promise.all(relays.map(({ relay }) => relay.status()));
      return statusAnswer(statuses, caller.command, nowMs());
    }
    case "sync":
      return syncAnswer(
        await Promise.all(
          relays.map(async ({ relay }) => {
            const report = await relay.sync();
            return { report, status: await relay.status() };
          }),
        ),
      );
    case "last": {
      const { count } = command;
      const all = await Promise.all(
        relays.map(({ id, relay }) => newestOf(id, relay, count, nowMs())),
      );
      return eventsAnswer(all, count, caller.command);
    }
    case "why":
      return why(
        command.event,
        relays.map(({ relay }) => relay),
        nowMs,
      );
    case "pause": {
      const { destination, forMs } = command;
      const untilMs = forMs === null ? null : nowMs() + forMs;
      await pauseDestination(env, config, destination, caller.by, untilMs);
      return pausedAnswer(destination, forMs, untilMs, caller.command);
    }
    case "mute": {
      const { what, destinations, forMs, reason } = command;
      const untilMs = nowMs() + forMs;
      const wish = { ...what, destinations, reason, untilMs, includeHigh: false, workspaces: [] };
      return mutedAnswer(await mute(env, config, caller.by, wish, nowMs()), caller.command);
    }
    case "mutes": {
      const ids = relays.map(({ id }) => id);
      const active = (await listMutes(env, ids)).filter((one) => isActive(one, nowMs()));
      return mutesAnswer(active, caller.command);
    }
    case "unmute":
      return unmutedAnswer(await unmute(env, config, caller.by, command.id));
    case "resume":
      await resumeDestination(env, config, command.destination);
      return resumedAnswer(command.destination, caller.command);
  }
}

async function why(
  event: string,
  relays: readonly RelayStub[],
  nowMs: () => number,
): Promise<Answer> {
  let unread: string | undefined;
  for (const relay of relays) {
    const found = await relay.explain(event);
    if (found.kind === "known") return whyAnswer(found.explanation, nowMs());
    if (found.kind === "unread") unread = found.problem;
  }
  return refusedAnswer(
    unread === undefined
      ? `No event ${event} was seen, and the log shows none of that id.`
      : `No event ${event} was seen, and the log cannot be asked now: ${unread}`,
  );
}

/** How far back is looked, the least first, where the ledger has not seen enough events to know better. */
const reachesMs = [hourMs, dayMs, 7 * dayMs, 30 * dayMs];
const longestReachMs = 30 * dayMs;
/** One look ends at a full budget or at so many events; that many looks reach the end of any log that is at rest. */
const mostLooks = 5;

/** Reads from the log what Tidemark itself does not keep. */
async function newestOf(
  workspace: string,
  relay: RelayStub,
  count: number,
  nowMs: number,
): Promise<Newest> {
  const recentMs = await relay.recentMs(count);
  const starts = recentMs === null ? reachesMs.map((ms) => nowMs - ms) : [recentMs];
  const days = longestReachMs / dayMs;
  let newest: Newest = { workspace, events: [], days, problem: null };
  for (const fromMs of starts) {
    newest = { workspace, days, ...(await readFrom(relay, fromMs, count)) };
    if (newest.events.length >= count || newest.problem !== null) break;
  }
  return newest;
}

/** The last `count` events from a time on, oldest first. */
async function readFrom(
  relay: RelayStub,
  fromMs: number,
  count: number,
): Promise<Pick<Newest, "events" | "problem">> {
  let events: AuditEvent[] = [];
  for (let looks = 0, from: number | null = fromMs; from !== null; looks += 1) {
    if (looks === mostLooks) {
      const problem =
        "The log holds more than could be read at once; newer events are missing here.";
      return { events, problem };
    }
    const query = { only: ["*"], minSeverity: "info", limit: 500, format: "event" } as const;
    const seen: Awaited<ReturnType<RelayStub["look"]>> = await relay.look({
      fromMs: from,
      ...query,
    });
    // The format `event` is the event itself.
    events = [...events, ...(seen.events as readonly AuditEvent[])].slice(-count);
    if (seen.problem !== null) return { events, problem: seen.problem };
    from = seen.next === null ? null : Date.parse(seen.next);
  }
  return { events, problem: null };
}
