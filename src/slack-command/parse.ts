// What was typed behind the slash command, as a command or as the mistake in it.
import { longestMuteMs, type What } from "../mutes/mute.ts";
import { toWhat } from "../mutes/what.ts";
import { aPause, parsePauseMs } from "../time.ts";

export type Command =
  | { readonly kind: "status" | "sync" | "help" | "mutes" }
  | { readonly kind: "last"; readonly count: number }
  | { readonly kind: "why"; readonly event: string }
  | {
      readonly kind: "pause";
      readonly destination: string;
      /** Null: until it is resumed. */
      readonly forMs: number | null;
    }
  | { readonly kind: "resume"; readonly destination: string }
  | {
      readonly kind: "mute";
      readonly what: What;
      /** Names; empty: every chat. */
      readonly destinations: readonly string[];
      readonly forMs: number;
      readonly reason: string | null;
    }
  | { readonly kind: "unmute"; readonly id: string };

/** In plain words; may hold what was typed. */
interface Mistake {
  readonly kind: "mistake";
  readonly what: string;
  /** The command that was meant, when it is known. */
  readonly meant: Command["kind"] | null;
}

const most = 20;
const usual = 5;

/** What there is, in the order in which it is told. */
export const usages: readonly {
  readonly kind: Command["kind"];
  readonly usage: string;
  readonly what: string;
}[] = [
  { kind: "status", usage: "status", what: "how each workspace and destination stands" },
  { kind: "sync", usage: "sync", what: "reads the audit log and delivers, now" },
  {
    kind: "last",
    usage: "last 10",
    what: `the newest events, up to ${most}; ${usual} without a number`,
  },
  { kind: "why", usage: "why <event>", what: "what became of one event, by its id" },
  {
    kind: "pause",
    usage: "pause <destination> [for 2h]",
    what: "sends nothing to a destination, for a time or until it is resumed; nothing is lost",
  },
  {
    kind: "resume",
    usage: "resume <destination>",
    what: "lets a destination go on, and tries at once what waits",
  },
  {
    kind: "mute",
    usage: "mute <what> [on <destination>] for 2h [because …]",
    what: "keeps a type (`workspace_membership.*`), a rule (`login.*`) or a person (`ann@example.com`) out of the chats, or of that destination, for 30 days at most; high and critical severity still comes",
  },
  { kind: "mutes", usage: "mutes", what: "what is muted, by whom, until when, and why" },
  { kind: "unmute", usage: "unmute <id>", what: "ends a mute now" },
  { kind: "help", usage: "help", what: "this list" },
];

/** Nobody types more. */
const longest = 500;

type Parse = (words: readonly string[]) => Command | string;

export function parseCommand(text: string): Command | Mistake {
  if (text.length > longest) return mistake(`That is longer than ${longest} characters.`, null);
  const [verb = "help", ...words] = text.split(/\s+/).map(bare).filter(Boolean);
  const kind = usages.find((one) => one.kind === verb.toLowerCase())?.kind;
  if (kind === undefined) return mistake(`There is no command ${verb}.`, null);
  const parsed = parsers[kind](words);
  return typeof parsed === "string" ? mistake(parsed, kind) : parsed;
}

const parsers: Readonly<Record<Command["kind"], Parse>> = {
  status: alone("status"),
  sync: alone("sync"),
  mutes: alone("mutes"),
  help: () => ({ kind: "help" }),

  last([digits = String(usual), ...more]) {
    const count = /^\d{1,3}$/.test(digits) ? Number(digits) : 0;
    if (count < 1 || count > most || more.length > 0)
      return `Expected a number from 1 to ${most}, got ${[digits, ...more].join(" ")}.`;
    return { kind: "last", count };
  },

  why([id = "", ...more]) {
    const event = id.toUpperCase();
    if (id === "") return "Which event?";
    if (more.length > 0 || !/^[0-9A-Z]{26}(-\d{1,6})?$/.test(event))
      return `${[id, ...more].join(" ")} is not the id of an event. It stands at the end of each message: 26 letters and digits, perhaps with -2 behind them.`;
    return { kind: "why", event };
  },

  pause([destination = "", ...rest]) {
    if (destination === "") return "Which destination?";
    if (rest.length === 0) return { kind: "pause", destination, forMs: null };
    const forMs = parseSpan(rest[0]?.toLowerCase() === "for" ? rest.slice(1) : rest);
    if (forMs === undefined) return `For how long? Expected ${aPause}, got ${rest.join(" ")}.`;
    return { kind: "pause", destination, forMs };
  },

  resume([destination = "", ...more]) {
    if (destination === "") return "Which destination?";
    if (more.length > 0)
      return `Expected one destination, got ${[destination, ...more].join(" ")}.`;
    return { kind: "resume", destination };
  },

  mute([word = "", ...rest]) {
    const what = toWhat(word);
    if (typeof what === "string") return what;
    const { on = "", span = "", why = null } = muteClauses.exec(rest.join(" "))?.groups ?? {};
    const forMs = parseSpan([span]);
    if (forMs === undefined || forMs > longestMuteMs)
      return `For how long? Expected for and a span like "30m", "2h" or "7d", at most 30 days, got ${rest.join(" ") || "nothing"}.`;
    const destinations = on.split(/[\s,]+/).filter((name) => name !== "" && name !== "and");
    return { kind: "mute", what, destinations, forMs, reason: why };
  },

  unmute([id = "", ...more]) {
    if (!/^(.+:)?\d{1,15}$/.test(id) || more.length > 0)
      return `Which one? Expected an id from the list of mutes, got ${[id, ...more].join(" ") || "nothing"}.`;
    return { kind: "unmute", id };
  },
};

const muteClauses =
  /^(?:on (?<on>\S.*?) )?for (?<span>\d{1,6} ?[a-z]{1,10})(?: because:? (?<why>.{1,300}))?$/is;

function parseSpan(words: readonly string[]): number | undefined {
  const span = words.join("").replaceAll(" ", "").toLowerCase();
  return parsePauseMs(span.replace(spelledOut, "$1$2$3$4"));
}

/** `2 hours`, without its blank, is `2h`. */
const spelledOut = /^(\d+)(?:(m)in(?:ute)?s?|(h)(?:ou)?rs?|(d)ays?)$/;

function alone(kind: "status" | "sync" | "mutes"): Parse {
  return (words) =>
    words.length === 0 ? { kind } : `Expected nothing behind ${kind}, got ${words.join(" ")}.`;
}

/** Without the quotes that come along when an id or a name is copied. */
function bare(word: string): string {
  return word.replace(/^[`'"“”‘’]+|[`'"“”‘’]+$/g, "");
}

function mistake(what: string, meant: Mistake["meant"]): Mistake {
  return { kind: "mistake", what, meant };
}
