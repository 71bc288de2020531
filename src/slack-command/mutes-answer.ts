// What is muted, what was muted just now, and what is so no more.
import { joined } from "../destinations/chat/text.ts";
import { mrkdwn } from "../destinations/slack/text.ts";
import { keptBack, toWords } from "../mutes/mute.ts";
import type { PlacedMute } from "../routes/muting.ts";
import { toIso } from "../time.ts";
import { type Answer, code, counted, say, toAnswer, toNote } from "./answer.ts";

const idOf = ({ workspace, id }: PlacedMute) => `${workspace}:${id}`;

/** The mutes under way. */
export function mutesAnswer(all: readonly PlacedMute[], command: string): Answer {
  if (all.length === 0) return toNote("Nothing is muted.");
  const lines = all.map((one) =>
    joined([
      `• ${code(idOf(one))} ${about(one)}`,
      `by ${say(one.by, 150)}, until ${mrkdwn.time(toIso(one.untilMs))}`,
      one.reason === null ? "" : `because: ${say(one.reason)}`,
      `${counted(keptBack(one), "event")} kept back`,
    ]),
  );
  const end = `To end one: ${code(`${command} unmute ${all[0] ? idOf(all[0]) : "<id>"}`)}`;
  return toAnswer(counted(all.length, "mute"), [...lines, end], "GET /mutes shows all.");
}

export function mutedAnswer(made: readonly PlacedMute[], command: string): Answer {
  return toNote(
    ...made.map((one) => `Muted until ${mrkdwn.time(toIso(one.untilMs))}: ${about(one)}.`),
    "What it keeps back is counted, and is not sent when it is over. High and critical severity still comes.",
    `To end it earlier: ${made.map((one) => code(`${command} unmute ${idOf(one)}`)).join(", ")}`,
  );
}

export function unmutedAnswer(ended: PlacedMute): Answer {
  return toNote(
    `Muted no more: ${about(ended)}. It kept back ${counted(keptBack(ended), "event")}, which stay so.`,
  );
}

function about(one: PlacedMute): string {
  const names = one.destinations.map((name) => `*${say(name, 100)}*`).join(", ");
  return `${say(toWords(one))} for ${names} in ${say(one.workspace, 100)}`;
}
