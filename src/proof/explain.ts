// What became of one event: when it was first seen, how it was judged, and what each destination made of it.
import { Budget } from "../budget.ts";
import type { Config } from "../config.ts";
import type { AuditEvent } from "../event/event.ts";
import { idRange, idTimeMs } from "../event/identity.ts";
import type { EventMaker } from "../event/maker.ts";
import { recognize } from "../event/recognize.ts";
import { takes } from "../filter/where.ts";
import { whyWaiting } from "../health.ts";
import type { Attempt } from "../ledger/attempts.ts";
import type { Ledger } from "../ledger.ts";
import type { Member } from "../member.ts";
import type { Mute } from "../mutes/mute.ts";
import type { Ports } from "../ports.ts";
import { whyNot } from "../route.ts";
import { toIsoSecond } from "../source/client.ts";
import type { Source } from "../source/source.ts";
import type { DeadLetter, SettledAs } from "../tables.ts";
import { dayMs, toIso } from "../time.ts";
import { type EventFindings, findingsOf } from "./findings.ts";

/** The one thing that became of an event at a destination. */
export const causes = [
  "delivered",
  "filtered",
  "dead_lettered",
  "discarded",
  "not_owed",
  "forgotten",
  "pending",
] as const;

export interface Explanation {
  readonly event: string;
  readonly workspace: string;
  /** When it happened. */
  readonly time: string;
  /** The event's sentence, as the log shows it now; null when it could not be read. */
  readonly summary: string | null;
  /** Why it could not be read, or that the log does not show it any more; null when it was read. */
  readonly problem: string | null;
  /** Null when it has not been seen yet. */
  readonly firstSeen: {
    readonly at: string;
    /** The run that saw it: when it began, and what started it. */
    readonly run: { readonly startedAt: string; readonly trigger: string | null } | null;
  } | null;
  /**
   * late: the log had been read past its time already. unseen: the log shows it, but no run has read it yet.
   * forgotten: it is older than the ledger remembers.
   */
  readonly judged: "new" | "late" | "unseen" | "forgotten";
  /** For the second and further of truly equal events: the first one's id, and its place among them. */
  readonly twin: { readonly of: string; readonly ordinal: number } | null;
  /** Entries of KNOWN_GOOD that it fits today, by their names. */
  readonly knownGood: readonly string[];
  /** What rules say of it, or of others on its evidence. */
  readonly findings: readonly EventFindings[];
  readonly destinations: readonly DestinationExplanation[];
}

interface DestinationExplanation {
  readonly name: string;
  readonly cause: (typeof causes)[number];
  /** The cause in a sentence. */
  readonly because: string;
  /** When it came to that; null while it is pending. */
  readonly at: string | null;
  /** What the destination's filter says of it today: null when the event could not be read. */
  readonly filter: { readonly takes: boolean; readonly because: string } | null;
  /** Attempts that did not deliver it, oldest first; equal ones in a row are counted together. */
  readonly attempts: readonly {
    readonly outcome: Attempt["outcome"];
    readonly reason: string;
    readonly first: string;
    readonly last: string;
    readonly times: number;
    readonly events: number;
  }[];
  /** When it is tried next: null when it is not waiting for that, or only goes on by hand. */
  readonly nextAttempt: string | null;
  /** Number of the dead letter, for GET /dead-letters. */
  readonly deadLetter: number | null;
}

type Cause = Pick<DestinationExplanation, "cause" | "because">;

interface Parts {
  readonly source: Source;
  readonly toEvent: EventMaker;
  readonly members: readonly Member[];
}

const lastMs = Date.parse("9999-12-31T00:00:00Z");

export type Explained =
  | { readonly kind: "known"; readonly explanation: Explanation }
  /** Neither the ledger nor the log knows an event of that id. */
  | { readonly kind: "unknown" }
  /** The ledger does not know it, and the log could not be asked. */
  | { readonly kind: "unread"; readonly problem: string };

interface About extends Pick<Config, "memoryDays">, Partial<Pick<Config, "knownGood">> {
  /** Of the workspace. */
  readonly id: string;
}

export async function explain(
  parts: Parts,
  ports: Ports,
  { id: workspace, memoryDays, knownGood = [] }: About,
  id: string,
): Promise<Explained> {
  const timeMs = idTimeMs(id);
  // Beyond the year 9999 there is nothing to ask for.
  if (!(timeMs <= lastMs)) return { kind: "unknown" };
  const { ledger, clock } = ports;
  const seen = ledger.events.seen(id);
  const { event, problem, read } = await find(parts, ports, workspace, id, seen?.late === true);
  if (!seen && !event)
    return read ? { kind: "unknown" } : { kind: "unread", problem: problem ?? "" };
  const ordinal = /^(.+)-(\d+)$/.exec(id);
  const forgotten = !seen && timeMs < clock.now() - memoryDays * dayMs;
  const explanation: Explanation = {
    event: id,
    workspace,
    time: toIso(timeMs),
    summary: event?.summary ?? null,
    problem,
    firstSeen: seen
      ? {
          at: toIso(seen.firstSeenMs),
          run: seen.runMs === null ? null : { startedAt: toIso(seen.runMs), trigger: seen.trigger },
        }
      : null,
    judged: seen ? (seen.late ? "late" : "new") : forgotten ? "forgotten" : "unseen",
    twin: ordinal ? { of: ordinal[1] ?? "", ordinal: Number(ordinal[2]) } : null,
    knownGood: event
      ? knownGood.filter(({ where }) => takes(where, event)).map(({ name }) => name)
      : [],
    findings: findingsOf(ledger, id, event),
    destinations: parts.members.map((member) =>
      explainAt(member, ports, { id, timeMs, event, forgotten }),
    ),
  };
  return { kind: "known", explanation };
}

/** Reads the event's second once more: no copy of it is kept here. */
async function find(
  { source, toEvent }: Parts,
  ports: Ports,
  workspace: string,
  id: string,
  late: boolean,
): Promise<{ event: AuditEvent | undefined; problem: string | null; read: boolean }> {
  const unread = (problem: string) => ({ event: undefined, problem, read: false });
  if (source.readyAtMs(true) > ports.clock.now())
    return unread(source.health?.text ?? "the log cannot be read now");
  const budget = new Budget(20);
  const second = Math.floor(idTimeMs(id) / 1000);
  const read = await source.walk(budget, second).read(second);
  if (read.kind === "fault") {
    source.failQuery(read.fault);
    return unread(read.fault.text);
  }
  if (read.kind === "spent") return unread("its second holds more events than one look can read");
  const { low, high } = idRange(second * 1000, (second + 1) * 1000);
  const { fingerprints } = ports.ledger.events.known(low, high);
  const identified = recognize(read.records, workspace, fingerprints);
  const found = identified.find((one) => one.id === id);
  const gone = "the log does not show this event any more";
  if (!found) return { event: undefined, problem: gone, read: true };
  return { event: toEvent(found.record, id, late), problem: null, read: true };
}

interface Found {
  readonly id: string;
  readonly timeMs: number;
  readonly event: AuditEvent | undefined;
  readonly forgotten: boolean;
}

function explainAt(member: Member, { ledger, clock }: Ports, found: Found): DestinationExplanation {
  const { config, lane } = member;
  const { id, event } = found;
  const { name } = lane;
  const settled = ledger.events.settled(name, id);
  const dead = ledger.deadLetterOf(name, id);
  const reason = event ? whyNot(config, event) : null;
  const attempts = ledger.attempts.of(name, id);
  const what =
    settled === undefined
      ? whileUnsettled(lane, ledger, found, clock.now())
      : onceSettled(settled.outcome, reason, dead, ledger.mutes.keeping(name, id));
  const pending = what.cause === "pending";
  const readyMs = lane.condition.readyAtMs();
  return {
    name,
    ...what,
    at: settled ? toIso(settled.atMs) : null,
    filter: event
      ? { takes: reason === null, because: reason ?? "nothing in its filter is against it" }
      : null,
    attempts: attempts.map(({ firstMs, lastMs, ...attempt }) => ({
      ...attempt,
      first: toIso(firstMs),
      last: toIso(lastMs),
    })),
    nextAttempt: pending && readyMs ? toIso(readyMs) : null,
    deadLetter: dead?.id ?? null,
  };
}

function onceSettled(
  outcome: SettledAs,
  reason: string | null,
  dead: DeadLetter | undefined,
  mute: Mute | null | undefined,
): Cause {
  switch (outcome) {
    case "delivered":
      return { cause: "delivered", because: "the receiver took it" };
    case "filtered":
      return { cause: "filtered", because: whyFiltered(reason, mute) };
    case "dead":
      return dead
        ? { cause: "dead_lettered", because: dead.reason }
        : { cause: "discarded", because: "an operator discarded its dead letter" };
  }
}

function whyFiltered(reason: string | null, mute: Mute | null | undefined): string {
  if (mute === undefined) return reason ?? "its filter did not take it at that time";
  if (mute === null) return "it was muted at that time";
  const { id, by, untilMs, endedMs, reason: why } = mute;
  const until = toIsoSecond(Math.ceil((endedMs ?? untilMs) / 1000));
  return `muted by ${by} until ${until}${why === null ? "" : `: “${why}”`} (mute ${id})`;
}

function whileUnsettled(
  lane: Member["lane"],
  ledger: Ledger,
  { id, timeMs, forgotten }: Found,
  nowMs: number,
): Cause {
  if (forgotten)
    return {
      cause: "forgotten",
      because: "what became of it is older than MEMORY_DAYS, and not remembered",
    };
  const errand = ledger.errands.has(lane.name, id);
  const owed = timeMs >= (ledger.position(lane.name)?.sinceMs ?? Number.NEGATIVE_INFINITY);
  if (!owed && !errand)
    return {
      cause: "not_owed",
      because: "it happened before the destination's start, or a mark set by hand gave it up",
    };
  return { cause: "pending", because: whyPending(lane, id, errand, nowMs) };
}

function whyPending(
  { health, condition, nextSecond = 0 }: Member["lane"],
  id: string,
  errand: boolean,
  nowMs: number,
): string {
  const waiting = whyWaiting(health, nowMs);
  if (waiting !== null) return condition.paused ? `the destination is ${waiting}` : waiting;
  if (errand) return "it is sent with one of the next runs, beside the walk through the log";
  return idTimeMs(id) >= nextSecond * 1000
    ? "the destination has not come to this time of the log yet"
    : "it is on its way";
}
