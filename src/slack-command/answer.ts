// An answer to the command, for the eyes of the one who typed it, within what Slack takes in one message.
// https://docs.slack.dev/interactivity/implementing-slash-commands#responding_to_commands
import type { KnownBlock } from "@slack/types";
import { paginate, section } from "../destinations/slack/digest.ts";
import { verbatim } from "../destinations/slack/message.ts";
import { mrkdwn } from "../destinations/slack/text.ts";
import { hourMs } from "../time.ts";

export interface Answer {
  readonly response_type: "ephemeral";
  /** For notifications; Slack shows the blocks. */
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

/** Headline and lines are mrkdwn, made with `say` and `code`. `rest` says where the lines stand that find no room. */
export function toAnswer(headline: string, lines: readonly string[] = [], rest = ""): Answer {
  const [page = []] = paginate(lines);
  const left = lines.length - page.flat().length;
  const note = `… and ${left} more. ${rest}`.trim();
  return {
    response_type: "ephemeral",
    text: headline,
    blocks: [
      section(`*${headline}*`),
      ...page.map((part) => section(part.join("\n"))),
      ...(left > 0 ? [{ type: "context" as const, elements: [verbatim(note)] }] : []),
    ],
  };
}

/** Like `toAnswer`, for a sentence or two that are no headline. */
export function toNote(...sentences: readonly string[]): Answer {
  const text = sentences.join("\n");
  return { response_type: "ephemeral", text, blocks: [section(text)] };
}

/** What others wrote, or what may quote them. */
export function say(text: string, most = 600): string {
  return mrkdwn.text(text, most);
}

/** To be copied: an id, a command. */
export function code(text: string): string {
  return mrkdwn.code(text, 100);
}

export function counted(n: number, noun: string): string {
  return `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;
}

/** `12 min ago`; for a time that is still to come `in 12 min`. */
export function relative(iso: string, nowMs: number): string {
  const ms = Date.parse(iso) - nowMs;
  if (Math.abs(ms) < 1000) return "just now";
  return ms < 0 ? `${span(-ms)} ago` : `in ${span(ms)}`;
}

/** In the unit that tells most: two minutes, not 120 seconds. */
export function span(ms: number): string {
  if (ms < 60_000) return `${Math.max(1, Math.round(ms / 1000))} s`;
  if (ms < hourMs) return `${Math.round(ms / 60_000)} min`;
  const hours = Math.round(ms / hourMs);
  return hours <= 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
