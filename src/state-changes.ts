// What changes in how Tidemark stands is told once: on each change of state, and never while it lasts. What was told is
// kept together with the notice, so that a process that dies tells it neither twice nor never.
import type { DestinationConfig } from "./config.ts";
import type { Governor } from "./governor/governor.ts";
import { midnightAfter, type Standing } from "./governor/plan.ts";
import { resourceNames } from "./governor/status.ts";
import { type Lane, stuckAfterFailures } from "./lane.ts";
import type { Member } from "./member.ts";
import type { Mutes } from "./mutes/mutes.ts";
import { type Named, notices } from "./notice-texts.ts";
import type { Notices } from "./notices.ts";
import type { Ports } from "./ports.ts";
import { lateKey, type Sightings } from "./sightings.ts";
import { isObject } from "./source/record.ts";
import type { Source, SourceHealth } from "./source/source.ts";
import { dayMs } from "./time.ts";

/** A source that is out of sight for less is weather; a refusal is told at once. */
const graceMs = { throttled: 900_000, blind: 120_000 } as const;

type Condition = "ok" | "held" | "paused" | "failing";

interface Stands {
  readonly is: Condition;
  readonly sinceMs: number;
  /** When a pause by hand is to end. */
  readonly untilMs?: number | null;
}

/** What the operator believes, for all that was told. */
interface Told {
  readonly source: SourceHealth["kind"];
  /** Since when the source is out of sight. */
  readonly sourceMs: number;
  /** By name; who is not in here is well. */
  readonly destinations: Readonly<Record<string, Stands>>;
  readonly deadLetters: boolean;
  /** When late events were last told, and so a shortfall. */
  readonly lateMs: number;
  readonly shortfallMs: number;
  /** How the plan bears the pace, and until when it was told that nothing new is read. */
  readonly budget: { readonly is: Standing; readonly untilMs: number };
}

interface Parts {
  readonly source: Source;
  readonly members: readonly Member[];
  readonly sightings: Sightings;
  readonly notices: Notices;
  readonly mutes: Mutes;
  readonly governor: Governor;
  readonly madeMs: number;
}

const key = "told";
const nothing: Told = {
  source: "ok",
  sourceMs: 0,
  destinations: {},
  deadLetters: false,
  lateMs: 0,
  shortfallMs: 0,
  budget: { is: "ok", untilMs: 0 },
};

export class StateChanges {
  readonly #parts: Parts;
  readonly #ports: Ports;
  readonly #workspaceId: string;
  #told: Told;

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
    this.#budget();
    for (const member of this.#parts.members) this.#destination(member);
    this.#deadLetters();
    this.#lateEvents();
    this.#parts.mutes.expire();
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
    const unreadMs = lastOkMs ?? Math.min(health.sinceMs, this.#parts.madeMs);
    const well = this.#told.source === "ok";
    const sourceMs = well ? unreadMs : this.#told.sourceMs;
    const text = health.text ?? "It gives no usable answer.";
    const next = { source: health.kind, sourceMs };
    // Trouble that was told changes its kind only once that lasts: one 503 between refusals is no news.
    const sinceMs = well ? unreadMs : health.sinceMs;
    if (health.kind === "refused") {
      this.#say(notices.sourceRefused(workspace, text), next);
    } else if (nowMs - sinceMs >= graceMs[health.kind]) {
      const worded = health.kind === "blind" ? notices.sourceBlind : notices.sourceThrottled;
      this.#say(worded(workspace, sourceMs, text), next);
    }
  }

  #destination({ config, lane }: Member): void {
    const { name } = lane;
    const before = this.#told.destinations[name] ?? { is: "ok", sinceMs: 0 };
    const is = standingOf(lane, before.is);
    const { hold, pausedMs, probeMs, failures, lastError, lastErrorMs } = lane.health;
    const untilMs = is === "held" ? (hold?.untilMs ?? null) : undefined;
    if (is === before.is && untilMs === before.untilMs) return;
    const nowMs = this.#ports.clock.now();
    const about = namedOf(config);
    const reason = lastError ?? "no answer";
    const { [name]: _, ...others } = this.#told.destinations;
    const since = (sinceMs: number | null = nowMs) => ({
      destinations: {
        ...others,
        [name]: { is, sinceMs: sinceMs ?? nowMs, ...(untilMs !== undefined && { untilMs }) },
      },
    });
    switch (is) {
      case "held": {
        const notice = notices.destinationHeld(about, hold?.by ?? "hand", untilMs ?? null);
        this.#say(notice, since(hold?.sinceMs), name);
        break;
      }
      case "paused": {
        const notice = notices.destinationPaused(about, reason, probeMs !== null);
        this.#say(notice, since(pausedMs), name);
        break;
      }
      case "failing": {
        const notice = notices.destinationFailing(about, reason, failures);
        this.#say(notice, since(lastErrorMs), name);
        break;
      }
      case "ok": {
        const held = before.is === "held";
        const back = held ? notices.destinationResumed : notices.destinationRecovered;
        this.#say(back(about, nowMs - before.sinceMs), { destinations: others });
        break;
      }
    }
  }

  /** A second time only for the next day. Well again it is when nothing is left behind. */
  #budget(): void {
    const { governor, members } = this.#parts;
    const { decided, share, promisedMs } = governor;
    const { is, untilMs } = this.#told.budget;
    if (!decided) return;
    const { standing, pollMs } = decided;
    const short = decided.short.map((name) => resourceNames[name]);
    const workspace = this.#workspaceId;
    const nowMs = this.#ports.clock.now();
    switch (standing) {
      case "held": {
        const midnightMs = midnightAfter(nowMs);
        if (is === "held" && untilMs === midnightMs) return;
        const notice = notices.budgetUsed(workspace, share.name, short, midnightMs);
        this.#say(notice, { budget: { is: standing, untilMs: midnightMs } });
        break;
      }
      case "slow": {
        if (is !== "ok") return;
        const notice = notices.budgetShort(workspace, share.name, short, pollMs);
        this.#say(notice, { budget: { is: standing, untilMs: 0 } });
        break;
      }
      case "ok": {
        if (is === "ok" || members.some(({ lane }) => lane.progress.behind)) return;
        const notice = notices.budgetRecovered(workspace, promisedMs);
        this.#say(notice, { budget: { is: standing, untilMs: 0 } });
        break;
      }
    }
  }

  #deadLetters(): void {
    const { ledger } = this.#ports;
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
    const { ledger, clock } = this.#ports;
    const late = Number(ledger.get(lateKey) ?? 0);
    if (late === 0 || !this.#isDue(this.#told.lateMs)) return;
    const notice = notices.lateEvents(this.#workspaceId, late);
    this.#say(notice, { lateMs: clock.now() }, undefined, () => ledger.set(lateKey, 0));
  }

  /** An hour was counted for good, and the source counts so many more than it shows. */
  shortfall(hour: string, missing: number): void {
    if (!this.#isDue(this.#told.shortfallMs)) return;
    const notice = notices.shortfall(this.#workspaceId, hour, missing);
    this.#say(notice, { shortfallMs: this.#ports.clock.now() });
  }

  /** Not told within the last day; also where the clock was set back meanwhile. */
  #isDue(lastMs: number): boolean {
    return Math.abs(this.#ports.clock.now() - lastMs) >= dayMs;
  }

  #say(
    fields: Parameters<Notices["tell"]>[0],
    next: Partial<Told>,
    except?: string,
    also?: () => void,
  ): void {
    const told = { ...this.#told, ...next };
    this.#parts.notices.tell(fields, {
      note: () => {
        this.#ports.ledger.set(key, told);
        also?.();
      },
      ...(except !== undefined && { except }),
    });
    this.#told = told;
  }

  #note(next: Partial<Told>): void {
    this.#told = { ...this.#told, ...next };
    this.#ports.ledger.set(key, this.#told);
  }
}

/** A few failures change nothing yet, neither for the better nor for the worse. */
function standingOf(lane: Lane, before: Condition): Condition {
  const { pausedMs, failures } = lane.health;
  if (lane.condition.held) return "held";
  if (pausedMs !== null) return "paused";
  if (failures >= stuckAfterFailures) return "failing";
  return failures === 0 || before === "held" ? "ok" : before;
}

function namedOf({ name, destination, secrets }: DestinationConfig): Named {
  return { name, type: destination.type, secrets };
}
