// Answers of a sentence or two: what was done, what was wrong with the command, and who may not use it.
import { mrkdwn } from "../destinations/slack/text.ts";
import { toIso } from "../time.ts";
import { type Answer, code, say, span, toAnswer, toNote } from "./answer.ts";
import { type Command, usages } from "./parse.ts";

export const workingAnswer = toNote("Working on it… The answer comes here in a moment.");

export const failedAnswer = toNote(
  "Something went wrong here; the Worker's log says what: npx wrangler tail",
);

/** To anybody in the Slack workspace: the mistakes themselves are for the admin. */
export const brokenAnswer = toNote(
  "Tidemark's configuration is broken: nothing is pulled or sent. The admin sees each mistake and its remedy at GET /status and in the Worker's log: npx wrangler tail",
);

export function helpAnswer(command: string): Answer {
  return toAnswer(
    "What Tidemark can do from here",
    usages.map((one) => usageLine(one, command)),
  );
}

/** `what` was wrong, and how it is written. */
export function mistakeAnswer(
  what: string,
  meant: Command["kind"] | null,
  command: string,
): Answer {
  const lines = usages.filter(({ kind }) => meant === null || kind === meant);
  return toNote(say(what), ...lines.map((one) => usageLine(one, command)));
}

function usageLine({ usage, what }: (typeof usages)[number], command: string): string {
  return `${code(`${command} ${usage}`)} ${what}`;
}

/** What could not be done, in the words of the API. */
export function refusedAnswer(detail: string): Answer {
  return toNote(say(detail, 1500));
}

export function strangerAnswer(userId: string, command: string): Answer {
  const own = say(userId, 30) || "unknown";
  return toNote(
    `You may not use ${code(command)}: it shows a confidential log, and can pause and mute where that log goes. Your member id is ${code(own)}.`,
    `The administrator of Tidemark can let you in: add it in wrangler.toml under [vars], ${code(`SLACK_OPERATORS = ["${own}"]`)}, beside those who stand there already, and deploy: npm run deploy`,
  );
}

export function pausedAnswer(
  destination: string,
  forMs: number | null,
  untilMs: number | null,
  command: string,
): Answer {
  const name = `*${say(destination, 100)}*`;
  const until =
    forMs === null || untilMs === null
      ? "until it is resumed"
      : `for ${span(forMs)}, until ${mrkdwn.time(toIso(untilMs))}`;
  return toNote(
    `${name} is paused ${until}. Its backlog is held, and nothing is lost.`,
    `To go on earlier: ${code(`${command} resume ${destination}`)}`,
  );
}

export function resumedAnswer(destination: string, command: string): Answer {
  return toNote(
    `*${say(destination, 100)}* goes on: what waits for it is tried now. See ${code(`${command} status`)}`,
  );
}
