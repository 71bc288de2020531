// How things stand: a line for each workspace and each destination, with what is wrong and what to do about it.
import { joined } from "../destinations/chat/text.ts";
import type { WorkspaceStatus } from "../status.ts";
import { type Answer, code, counted, relative, say, span, toAnswer } from "./answer.ts";

type DestinationStatus = WorkspaceStatus["destinations"][number];

/** Where something is wrong stands first: that is what finds room in any case. */
export function statusAnswer(
  statuses: readonly WorkspaceStatus[],
  command: string,
  nowMs: number,
): Answer {
  const troubled = statuses.toSorted((a, b) => Number(isWell(a)) - Number(isWell(b)));
  const lines = troubled.flatMap((status) => [
    workspaceLine(status, command, nowMs),
    ...status.destinations
      .toSorted((a, b) => Number(a.problem === null) - Number(b.problem === null))
      .map((one) => destinationLine(one, command, nowMs)),
  ]);
  return toAnswer(headline(statuses), lines, "GET /status shows all.");
}

/** `All is well` rests on what was read, and on nothing else. */
function headline(statuses: readonly WorkspaceStatus[]): string {
  const problems = statuses
    .flatMap((status) => [status, ...status.destinations])
    .filter(({ problem }) => problem !== null).length;
  if (problems > 0) return counted(problems, "problem");
  const read = statuses.every(({ state }) => state === "active" || state === "quiet");
  return read ? "All is well" : "Not everything has been read yet";
}

function isWell({ problem, destinations }: WorkspaceStatus): boolean {
  return problem === null && destinations.every((one) => one.problem === null);
}

function workspaceLine(status: WorkspaceStatus, command: string, nowMs: number): string {
  const { workspace, state, lastRead, newestEvent, nextRead, deadLetters, mutes, problem } = status;
  const facts = joined([
    `*${say(workspace, 100)}*`,
    problem === null ? state : `*${state}*`,
    lastRead === null ? "not read yet" : `read ${relative(lastRead, nowMs)}`,
    newestEvent === null ? "" : `newest event ${relative(newestEvent, nowMs)}`,
    mutes > 0 ? `${counted(mutes, "mute")}: ${code(`${command} mutes`)}` : "",
    deadLetters > 0 ? `${counted(deadLetters, "dead letter")}: see GET /dead-letters` : "",
  ]);
  const again = nextRead === null ? "" : ` It is read again ${relative(nextRead, nowMs)}.`;
  return problem === null ? facts : `${facts}\n↳ ${say(problem)}${again}`;
}

function destinationLine(one: DestinationStatus, command: string, nowMs: number): string {
  const {
    name,
    type,
    state,
    lagSeconds,
    backlog,
    lastDelivered,
    problem,
    hold,
    nextAttempt,
    nextDigest,
  } = one;
  const lag = lagSeconds !== null && lagSeconds > 0 && state !== "ok";
  const facts = joined([
    `• *${say(name, 100)}* (${say(type, 50)})`,
    problem === null ? state : `*${state}*`,
    lag ? `behind by ${span(lagSeconds * 1000)}` : "",
    backlog > 0 ? `${counted(backlog, "event")} waiting` : "",
    lastDelivered === null
      ? "nothing delivered yet"
      : `delivered ${relative(lastDelivered, nowMs)}`,
    nextDigest === null ? "" : `next digest ${relative(nextDigest, nowMs)}`,
    nextAttempt === null ? "" : `tried again ${relative(nextAttempt, nowMs)}`,
  ]);
  const resume = hold === null ? "" : ` ${code(`${command} resume ${name}`)}`;
  return problem === null ? facts : `${facts}\n↳ ${say(problem)}${resume}`;
}
