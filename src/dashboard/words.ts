// Numbers, spans and states as the pages say them.
import type { WorkspaceStatus } from "../status.ts";

/** What a colour stands for; a word and a sign always say it as well. */
export type Tone = "good" | "wait" | "bad" | "idle";

export function count(n: number): string {
  return n.toLocaleString("en");
}

/** `1 event`, `2 events`. */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

const units = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
] as const;

/** `4 s`, `12 min`, `3 h`, `5 d`: the largest unit that fits, rounded down. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [name, size] = units.find(([, size]) => whole >= size) ?? ["s", 1];
  return `${Math.floor(whole / size)} ${name}`;
}

/** `just now`, `4 s ago`, `in 3 min`. */
export function relative(ms: number, nowMs: number): string {
  const seconds = (nowMs - ms) / 1000;
  if (Math.abs(seconds) < 1) return "just now";
  return seconds < 0 ? `in ${span(Math.ceil(-seconds))}` : `${span(seconds)} ago`;
}

/** `180 ms`, `2.4 s`. */
export function latency(seconds: number): string {
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(1)} s`;
}

/** Never 100 % when something failed. */
export function percent(part: number, whole: number): string {
  const rounded = (100 * part) / whole;
  if (part === whole) return "100 %";
  return `${Math.min(99.9, rounded).toFixed(1)} %`;
}

interface Standing {
  readonly tone: Tone;
  /** Drawn before the word. */
  readonly sign: Sign;
  readonly word: string;
}

export type Sign = "dot" | "ring" | "half" | "cross" | "bang" | "pause";

export const workspaceStandings: Readonly<Record<WorkspaceStatus["state"], Standing>> = {
  starting: { tone: "idle", sign: "ring", word: "Starting" },
  active: { tone: "good", sign: "dot", word: "Active" },
  quiet: { tone: "good", sign: "ring", word: "Quiet" },
  throttled: { tone: "wait", sign: "half", word: "Throttled" },
  refused: { tone: "bad", sign: "cross", word: "Refused" },
  blind: { tone: "bad", sign: "bang", word: "Blind" },
};

const storedStandings: Readonly<Record<string, Standing>> = {
  ...workspaceStandings,
  undelivered: { tone: "bad", sign: "cross", word: "Undelivered" },
  misconfigured: { tone: "bad", sign: "bang", word: "Misconfigured" },
  unreachable: { tone: "bad", sign: "bang", word: "Unreachable" },
};

/** Of a workspace as it was when it was last looked at. */
export function storedStanding(state: string): Standing {
  return storedStandings[state] ?? { tone: "idle", sign: "ring", word: "Not seen yet" };
}

/** What the state means, where no problem says more. */
export const workspaceMeanings: Readonly<Record<WorkspaceStatus["state"], string>> = {
  starting: "The audit log has not been read since the Worker started.",
  active: "The log is read well, and something happened within the last hour.",
  quiet: "The log is read well; nothing happened within the last hour.",
  throttled: "Webflow asked to wait.",
  refused: "Webflow does not accept the token.",
  blind: "Webflow gives no usable answer.",
};

type Destination = WorkspaceStatus["destinations"][number];

const destinationStandings: Readonly<Record<Destination["state"], Standing>> = {
  starting: { tone: "idle", sign: "ring", word: "Starting" },
  ok: { tone: "good", sign: "dot", word: "Up to date" },
  behind: { tone: "wait", sign: "half", word: "Catching up" },
  waiting: { tone: "wait", sign: "bang", word: "Waiting" },
  paused: { tone: "bad", sign: "cross", word: "Paused" },
};
const onHold: Standing = { tone: "idle", sign: "pause", word: "Paused by hand" };

export function destinationStanding({ state, hold }: Destination): Standing {
  return hold ? onHold : destinationStandings[state];
}
