// The newest events, the newest first.
import { toLine } from "../destinations/slack/message.ts";
import type { AuditEvent } from "../event/event.ts";
import { type Answer, code, counted, say, toAnswer } from "./answer.ts";

/** The newest events of one workspace, oldest first, as far as they could be read. */
export interface Newest {
  readonly workspace: string;
  readonly events: readonly AuditEvent[];
  /** How far back was looked. */
  readonly days: number;
  /** Why the log could not be read to its end; null when it was. */
  readonly problem: string | null;
}

export function eventsAnswer(all: readonly Newest[], count: number, command: string): Answer {
  const found = all.flatMap(({ workspace, events }) =>
    events.map((event) => ({ workspace, event })),
  );
  const newest = found
    .toSorted((a, b) => (a.event.id < b.event.id ? 1 : -1))
    .slice(0, count)
    .map(({ workspace, event }) => line(event, all.length > 1 ? workspace : null));
  const unread = all.flatMap(({ workspace, problem }) =>
    problem === null
      ? []
      : [`*${say(workspace, 100)}* could not be read to its end.\n↳ ${say(problem)}`],
  );
  const why = found.length > 0 ? [`What became of one: ${code(`${command} why <event>`)}`] : [];
  return toAnswer(
    headline(newest.length, all),
    [...unread, ...newest, ...why],
    "GET /events shows more.",
  );
}

function headline(shown: number, all: readonly Newest[]): string {
  if (shown > 0) return shown === 1 ? "The newest event" : `The ${shown} newest events`;
  if (all.some(({ problem }) => problem !== null)) return "No event could be read";
  const days = Math.min(...all.map((one) => one.days));
  return `The log shows no event of the last ${counted(days, "day")}`;
}

function line(event: AuditEvent, workspace: string | null): string {
  return workspace === null ? toLine(event) : `*${say(workspace, 100)}*  ${toLine(event)}`;
}
