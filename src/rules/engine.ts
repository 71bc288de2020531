// Judges events. What the event alone decides is told when it arrives; what rests on history waits until late events
// have come, and is then judged in the order of (time, id): so the findings follow from the events, not from when or
// in which order they arrived, and a back-test finds what the live engine finds.
import type { AuditEvent, Severity } from "../event/event.ts";
import { excuses, type KnownGood } from "../filter/known-good.ts";
import { Facts, type ToldFacts } from "./facts.ts";
import { dayMs } from "./person.ts";
import type { BoundRule, Judged, Rule } from "./rule.ts";

export interface Finding {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly event: AuditEvent;
  readonly reason: string;
  /** Ids, the judged event's last. */
  readonly evidence: readonly string[];
  /** So many of this rule were held back by its weekly limit since it last told one. */
  readonly heldBack: number;
}

/** A rule lists at most so many events, the newest. */
const mostEvidence = 12;
const mostSubjects = 500;

/** So that a finding's sentence holds it whole. */
const mostReason = 500;

export class Engine {
  readonly facts: Facts;
  /** Called with each finding that only the weekly limit of its rule holds back. */
  onHeld: (rule: Rule) => void = () => {};
  readonly #atOnce: ReadonlyMap<string, readonly BoundRule[]>;
  readonly #inOrder: ReadonlyMap<string, readonly BoundRule[]>;
  readonly #always: readonly BoundRule[];
  readonly #knownGood: readonly KnownGood[];

  constructor(
    rules: readonly BoundRule[],
    facts = new Facts(),
    knownGood: readonly KnownGood[] = [],
  ) {
    this.#knownGood = knownGood;
    this.facts = facts;
    this.#atOnce = byType(rules.filter(({ rule }) => rule.atOnce));
    this.#inOrder = byType(rules.filter(({ rule }) => !rule.atOnce));
    this.#always = rules.filter(({ rule }) => rule.on === "all");
  }

  /** What the event alone decides. It changes nothing: the event is still to be judged in its order. */
  atOnce(event: AuditEvent): Finding[] {
    const judging = this.#atOnce.get(event.type);
    if (!judging) return [];
    const judged = this.#judged(event);
    return judging.flatMap((bound) => {
      const verdict = bound.judge(judged);
      return verdict && this.#isOdd(bound, event) ? [toFinding(bound, event, verdict)] : [];
    });
  }

  /**
   * What history decides, and takes note of the event. Events come in the order of (time, id); one that comes too late
   * is judged by what is known by then. With `told` false nothing is said, but all is learned.
   */
  inOrder(event: AuditEvent, told = true): Finding[] {
    const judged = this.#judged(event);
    const { ms } = judged;
    const findings: Finding[] = [];
    if (told) {
      for (const bound of this.#inOrder.get(event.type) ?? this.#always) {
        const verdict = bound.judge(judged);
        // What is known good uses up neither the quiet time nor the week's limit.
        if (!verdict || !this.#isOdd(bound, event)) continue;
        const heldBack = this.#tell(bound, verdict.subject, ms);
        if (heldBack !== null) findings.push(toFinding(bound, event, verdict, heldBack));
      }
    }
    this.facts.learn(event, ms);
    return findings;
  }

  #judged(event: AuditEvent): Judged {
    const { facts } = this;
    const key = facts.actorKey(event) ?? "";
    return { event, ms: Date.parse(event.time), facts, key, actor: facts.people.get(key) };
  }

  /** Not known good, as far as this rule goes. */
  #isOdd({ rule }: BoundRule, event: AuditEvent): boolean {
    return !this.#knownGood.some((one) => excuses(one, rule.name, event));
  }

  /**
   * Once in its quiet time of one subject, and not more often in a week than its limit: null when it is not told, else
   * how many the limit held back before it.
   */
  #tell({ rule, quietMs, mostAWeek }: BoundRule, subject: string, ms: number): number | null {
    const key = `=${subject.slice(0, 254)}`;
    const made = (): ToldFacts => ({ touched: ms, subjects: {}, times: [] });
    const told = this.facts.told.get(rule.name) ?? made();
    const isQuiet = (subjects: Readonly<Record<string, number>> = {}) =>
      quietMs > 0 && Math.abs(ms - (subjects[key] ?? Number.NEGATIVE_INFINITY)) < quietMs;
    const noted = (subjects: Readonly<Record<string, number>> = {}) =>
      quietMs > 0 ? pruned({ ...subjects, [key]: ms }, ms - quietMs) : {};
    if (isQuiet(told.subjects)) return null;
    const recent = told.times.filter((at) => at > ms - 7 * dayMs);
    if (mostAWeek > 0 && recent.length >= mostAWeek) {
      // What would have been told once, counts once.
      if (isQuiet(told.held?.subjects)) return null;
      const kept = this.facts.told.touch(rule.name, ms, made);
      const { count = 0, subjects } = kept.held ?? {};
      kept.held = { count: count + 1, subjects: noted(subjects) };
      this.onHeld(rule);
      return null;
    }
    const kept = this.facts.told.touch(rule.name, ms, made);
    const heldBack = kept.held?.count ?? 0;
    delete kept.held;
    kept.times = mostAWeek > 0 ? [...recent, ms] : [];
    kept.subjects = noted(kept.subjects);
    return heldBack;
  }
}

function pruned(
  subjects: Readonly<Record<string, number>>,
  sinceMs: number,
): Record<string, number> {
  const kept = Object.entries(subjects)
    .filter(([, ms]) => ms > sinceMs)
    .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  return Object.fromEntries(kept.slice(0, mostSubjects));
}

function toFinding(
  { rule, severity }: BoundRule,
  event: AuditEvent,
  { reason, evidence }: { readonly reason: string; readonly evidence: readonly string[] },
  heldBack = 0,
): Finding {
  const ids = [...new Set([...evidence.slice(-mostEvidence), event.id])];
  return {
    rule,
    severity,
    event,
    reason: `${reason.replace(/^the /, "The ").slice(0, mostReason).toWellFormed()}.`,
    evidence: ids,
    heldBack,
  };
}

/** For each type its rules, those for all types among them. */
function byType(rules: readonly BoundRule[]): Map<string, BoundRule[]> {
  const types = new Set(rules.flatMap(({ rule }) => (rule.on === "all" ? [] : rule.on)));
  return new Map(
    [...types].map((type) => [
      type,
      rules.filter(
        ({ rule }) => rule.on === "all" || (rule.on as readonly string[]).includes(type),
      ),
    ]),
  );
}
