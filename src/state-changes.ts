// What changes in how Tidemark stands is told once: on each change of state, and never while it lasts. What was told is
// kept together with the notice, so that a process that dies tells it neither twice nor never.
import type { DestinationConfig } from "./config.ts";
import { type Lane, stuckAfterFailures } from "./lane.ts";
import type { Member } from "./member.ts";
import { type Named, notices } from "./notice-texts.ts";
import type { Notices } from "./notices.ts";
import type { Ports } from "./ports.ts";
import type { Sightings } from "./sightings.ts";
import { isObject } from "./source/record.ts";
import type { Source, SourceHealth } from "./source/source.ts";
import { dayMs } from "./time.ts";

/** A source that is out of sight for less is weather; a refusal is told at once. */
const graceMs = { throttled: 900_000, blind: 120_000 } as const;

type Standing = "ok" | "held" | "paused" | "failing";

/** What the operator believes, for all that was told. */
interface Told {
  readonly source: SourceHealth["kind"];
  /** Since when the source is out of sight. */
  readonly sourceMs: number;
  /** By name; who is not in here is well. */
  readonly destinations: Readonly<
    Record<string, { readonly is: Standing; readonly sinceMs: number }>
  >;
  readonly deadLetters: boolean;
  /** When late events were last told. */
  readonly lateMs: number;
}

interface Parts {
  readonly source: Source;
  readonly members: readonly Member[];
  readonly sightings: Sightings;
  readonly notices: Notices;
  readonly madeMs: number;
}

const key = "told";
const nothing: Told = {
  source: "ok",
  sourceMs: 0,
  destinations: {},
  deadLetters: false,
  lateMs: 0,
};

export class StateChanges {
  readonly #parts: Parts;
  readonly #ports: Ports;
  readonly #workspaceId: string;
  #told: Told;
  /** Late events since they were last told. */
  #late = 0;
  #lateSeen = 0;
  /** How many letters had died when they were last counted. */
  #died = -1;

  constructor(parts: Parts, ports: Ports, workspaceId: string) {
    this.#parts = parts;
    this.#ports = ports;
    this.#workspaceId = workspaceId;
    const stored = ports.ledger.get(key);
    this.#told = { ...nothing, ...(isObject(stored) && (stored as Partial<Told>)) };
  }

  /** Tells what has changed since the last time. */
  tell(): void {
    this.#source();
    for (const member of this.#parts.members) this.#destination(member);
    this.#deadLetters();
    this.#lateEvents();
    const { sightings, notices: told } = this.#parts;
    sightings.drift.tell((things, note) =>
      told.tell(notices.schemaDrift(this.#workspaceId, things), { note }),
    );
  }

  #source(): void {
    const { health, lastOkMs } = this.#parts.source;
    if (!health || health.kind === this.#told.source) return;
    const nowMs = this.#ports.clock.now();
    const workspace = this.#workspaceId;
    if (health.kind === "ok") {
      const next = { source: "ok", sourceMs: 0 } as const;
      this.#say(notices.sourceRecovered(workspace, nowMs - this.#told.sourceMs), next);
      return;
    }
    // Trouble that has been told changes its kind at once: the remedy is another.
    const unreadMs = lastOkMs ?? Math.min(health.sinceMs, this.#parts.madeMs);
    const sourceMs = this.#told.source === "ok" ? unreadMs : this.#told.sourceMs;
    const text = health.text ?? "It gives no usable answer.";
    const next = { source: health.kind, sourceMs };
    if (health.kind === "refused") {
      this.#say(notices.sourceRefused(workspace, text), next);
    } else if (nowMs - unreadMs >= graceMs[health.kind]) {
      const worded = health.kind === "blind" ? notices.sourceBlind : notices.sourceThrottled;
      this.#say(worded(workspace, sourceMs, text), next);
    }
  }

  #destination({ config, lane }: Member): void {
    const { name } = lane;
    const before = this.#told.destinations[name] ?? { is: "ok", sinceMs: 0 };
    const is = standingOf(lane, before.is);
    if (is === before.is) return;
    const { health } = lane;
    const nowMs = this.#ports.clock.now();
    const forMs = nowMs - before.sinceMs;
    const about = namedOf(config);
    const reason = health.lastError ?? "no answer";
    const { [name]: _, ...others } = this.#told.destinations;
    const since = (sinceMs: number) => ({ destinations: { ...others, [name]: { is, sinceMs } } });
    switch (is) {
      case "held": {
        const { by, untilMs, sinceMs } = health.hold ?? {
          by: "hand",
          untilMs: null,
          sinceMs: nowMs,
        };
        this.#say(notices.destinationHeld(about, by, untilMs), since(sinceMs), name);
        break;
      }
      case "paused": {
        const notice = notices.destinationPaused(about, reason, health.probeMs !== null);
        this.#say(notice, since(health.pausedMs ?? nowMs), name);
        break;
      }
      case "failing": {
        const notice = notices.destinationFailing(about, reason, health.failures);
        this.#say(notice, since(health.lastErrorMs ?? nowMs), name);
        break;
      }
      case "ok": {
        const back =
          before.is === "held" ? notices.destinationResumed : notices.destinationRecovered;
        this.#say(back(about, forMs), { destinations: others });
        break;
      }
    }
  }

  #deadLetters(): void {
    const { members, sightings } = this.#parts;
    const { ledger } = this.#ports;
    const died = members.reduce(
      (sum, { lane }) => sum + lane.counts.dead,
      sightings.counts.unusable,
    );
    // Counting reads them all: only when one may have come, or the last may have gone.
    if (died === this.#died && !this.#told.deadLetters) return;
    this.#died = died;
    const [newest] = ledger.deadLetters(1);
    if ((newest !== undefined) === this.#told.deadLetters) return;
    if (!newest) {
      this.#note({ deadLetters: false });
      return;
    }
    const all = ledger.countDeadLetters();
    this.#say(notices.deadLetters(this.#workspaceId, all, newest), { deadLetters: true });
  }

  #lateEvents(): void {
    const { late } = this.#parts.sightings.counts;
    this.#late += late - this.#lateSeen;
    this.#lateSeen = late;
    const nowMs = this.#ports.clock.now();
    if (this.#late === 0 || nowMs - this.#told.lateMs < dayMs) return;
    this.#say(notices.lateEvents(this.#workspaceId, this.#late), { lateMs: nowMs });
    this.#late = 0;
  }

  #say(fields: Parameters<Notices["tell"]>[0], next: Partial<Told>, except?: string): void {
    this.#parts.notices.tell(fields, {
      note: () => this.#note(next),
      ...(except !== undefined && { except }),
    });
  }

  #note(next: Partial<Told>): void {
    this.#told = { ...this.#told, ...next };
    this.#ports.ledger.set(key, this.#told);
  }
}

/** A few failures change nothing yet, neither for the better nor for the worse. */
function standingOf(lane: Lane, before: Standing): Standing {
  const { pausedMs, failures } = lane.health;
  if (lane.condition.held) return "held";
  if (pausedMs !== null) return "paused";
  if (failures >= stuckAfterFailures) return "failing";
  return failures === 0 || before === "held" ? "ok" : before;
}

function namedOf({ name, destination, secrets }: DestinationConfig): Named {
  return { name, type: destination.type, secrets };
}
