// What became of one event, at each destination.
import { joined } from "../destinations/chat/text.ts";
import { mrkdwn } from "../destinations/slack/text.ts";
import type { Explanation } from "../proof/explain.ts";
import { type Answer, code, counted, relative, say, toAnswer } from "./answer.ts";

type Fate = Explanation["destinations"][number];

export function whyAnswer(explanation: Explanation, nowMs: number): Answer {
  const { event, workspace, time, summary, problem, firstSeen, findings, destinations } =
    explanation;
  const head = joined([mrkdwn.time(time), say(workspace, 100), code(event)]);
  const lines = [
    head,
    joined([
      firstSeen === null ? "" : `seen ${relative(firstSeen.at, nowMs)}${run(firstSeen.run)}`,
      judgements[explanation.judged],
      twin(explanation.twin),
    ]),
    problem === null ? "" : `↳ ${say(problem)}`,
    explanation.knownGood.length > 0 ? `known good: ${say(explanation.knownGood.join(", "))}` : "",
    ...findings.map(({ title, severity, rule }) => `⚑ ${say(`${title} (${severity}, ${rule})`)}`),
    ...destinations.map((fate) => fateLine(fate, workspace, nowMs)),
  ].filter((line) => line !== "");
  return toAnswer(
    summary === null ? "An event that cannot be read now" : say(summary, 1000),
    lines,
    `GET /explain/${event} shows all.`,
  );
}

const judgements: Readonly<Record<Explanation["judged"], string>> = {
  new: "",
  late: "it came late: the log had been read past its time",
  unseen: "no run has read it yet; it comes with one of the next",
  forgotten: "it is older than Tidemark remembers",
};

function run(seenBy: NonNullable<Explanation["firstSeen"]>["run"]): string {
  return seenBy?.trigger ? ` by a run of ${say(seenBy.trigger, 20)}` : "";
}

function twin(of: Explanation["twin"]): string {
  return of === null ? "" : `number ${of.ordinal} of equal events, the first is ${code(of.of)}`;
}

const words: Readonly<Record<Fate["cause"], string>> = {
  delivered: "delivered",
  filtered: "filtered",
  dead_lettered: "dead letter",
  discarded: "discarded",
  not_owed: "not owed",
  forgotten: "forgotten",
  pending: "pending",
};

function fateLine(fate: Fate, workspace: string, nowMs: number): string {
  const { name, cause, because, at, attempts, nextAttempt, deadLetter } = fate;
  const settled = at === null ? "" : ` ${relative(at, nowMs)}`;
  const failed = attempts.reduce((sum, { times }) => sum + times, 0);
  const last = attempts.at(-1);
  const line = joined([
    `• *${say(name, 100)}* · *${words[cause]}*${settled}`,
    cause === "delivered" ? "" : say(because),
    failed > 0 ? `${counted(failed, "attempt")} failed` : "",
    nextAttempt === null ? "" : `tried again ${relative(nextAttempt, nowMs)}`,
  ]);
  // The reason of a dead letter is what the last attempt said.
  const said =
    last && cause !== "dead_lettered"
      ? `\n↳ ${relative(last.last, nowMs)}: ${say(last.reason)}`
      : "";
  const remedy =
    deadLetter === null
      ? ""
      : `\n↳ Mend what it says, then send it again: POST /dead-letters/${say(`${workspace}:${deadLetter}`, 150)}/retry`;
  return `${line}${said}${remedy}`;
}
