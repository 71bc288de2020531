// The rules at work on the events that are seen: what they find is kept for each destination that asks for it, together
// with what they learned, so that a process that dies tells nothing twice and forgets nothing.
import type { Config } from "./config.ts";
import type { AuditEvent } from "./event/event.ts";
import { severities } from "./event/event.ts";
import { readsRaw } from "./filter/known-good.ts";
import type { KeptFinding } from "./ledger/findings.ts";
import type { Member } from "./member.ts";
import type { Mutes } from "./mutes/mutes.ts";
import type { Ports } from "./ports.ts";
import { matches } from "./route.ts";
import { Engine, type Finding } from "./rules/engine.ts";
import { Facts } from "./rules/facts.ts";
import { toFindingEvent } from "./rules/finding.ts";
import type { Rule } from "./rules/rule.ts";
import { isAsked } from "./rules/settings.ts";
import { hourOf } from "./time.ts";

const sinceKey = "rules_since";
/** Events judged in one transaction; the rest is judged by the next run. */
const most = 2000;

export class Findings {
  readonly #ports: Ports;
  readonly #members: readonly Member[];
  /** Whether rules that need history are wanted: else nothing is to be learned. */
  readonly #remembers: boolean;
  readonly #rules: Config["rules"];
  readonly #knownGood: Config["knownGood"];
  readonly #mutes: Mutes;
  /** What happened before is learned from, but not told. */
  readonly #sinceMs: number;
  /** By rule: how many its weekly limit held back, of those that are judged now. */
  readonly #held = new Map<string, number>();
  /** Made when it is needed, and anew where the ledger did not take what it learned. */
  #engine: Engine | undefined;

  constructor(
    ports: Ports,
    members: readonly Member[],
    { rules, knownGood }: Config,
    mutes: Mutes,
  ) {
    this.#ports = ports;
    this.#members = members.filter(
      ({ config }) => config.rules.length > 0 || config.findings === true,
    );
    this.#remembers = members.some(({ config }) => config.rules.length > 0);
    this.#rules = rules;
    this.#knownGood = knownGood;
    this.#mutes = mutes;
    this.#sinceMs = this.#switch();
  }

  /** Whether any rule is wanted here. */
  get on(): boolean {
    return this.#members.length > 0;
  }

  #switch(): number {
    const { ledger, clock } = this.#ports;
    const since = ledger.get(sinceKey);
    if (typeof since === "number" && this.on) return since;
    if (!this.on) {
      if (since === undefined || since === null) return 0;
      ledger.transaction(() => {
        ledger.rules.clear();
        ledger.set(sinceKey, null);
      });
      return 0;
    }
    const nowMs = clock.now();
    ledger.set(sinceKey, nowMs);
    return nowMs;
  }

  /** An event that is seen for the first time; within the transaction that notes it. */
  take(event: AuditEvent): void {
    const { ledger } = this.#ports;
    // Rules do not read the item as it was received, nor what others say; what is known good may be told by the item.
    const { findings: _, ...judged } = event;
    if (this.#remembers)
      ledger.rules.wait(readsRaw(this.#knownGood) ? judged : { ...judged, raw: {} });
    if (Date.parse(event.time) < this.#sinceMs) return;
    this.#tell(this.#guarded(event, () => this.#open().atOnce(event)));
  }

  /** Judges what has waited long enough for late events. */
  settle(): void {
    if (!this.#remembers) return;
    const { ledger, clock } = this.#ports;
    const due = ledger.rules.waitingBefore(clock.now() - this.#rules.settleMs, most);
    if (due.length === 0) return;
    const engine = this.#open();
    this.#held.clear();
    try {
      ledger.transaction(() => {
        for (const event of due) {
          const told = Date.parse(event.time) >= this.#sinceMs;
          this.#tell(this.#guarded(event, () => engine.inOrder(event, told)));
          ledger.rules.judged(event.id);
        }
        ledger.rules.save(engine.facts.changes());
        this.#noteHeld();
      });
    } catch (error) {
      this.#engine = undefined;
      throw error;
    }
  }

  #noteHeld(): void {
    const { ledger, clock } = this.#ports;
    for (const [rule, held] of this.#held) {
      ledger.findings.hold(rule, hourOf(clock.now()), held);
      ledger.statistics.count("findings_held_back", [rule], held, clock.now());
    }
  }

  /** Whatever is wrong with a rule, events go their way, and the other events are judged. */
  #guarded({ id }: AuditEvent, judge: () => Finding[]): Finding[] {
    try {
      return judge();
    } catch (error) {
      this.#ports.log.error("a rule broke off", { event: id, error });
      return [];
    }
  }

  #open(): Engine {
    if (this.#engine) return this.#engine;
    const facts = Facts.restored(this.#ports.ledger.rules.facts());
    const engine = new Engine(this.#rules.bound, facts, this.#knownGood);
    engine.onHeld = (rule) => {
      if (this.#isAsked(rule)) this.#held.set(rule.name, (this.#held.get(rule.name) ?? 0) + 1);
    };
    this.#engine = engine;
    return engine;
  }

  #isAsked(rule: Rule): boolean {
    return this.#members.some(({ config }) => isAsked(rule, [config]));
  }

  #tell(findings: readonly Finding[]): void {
    const { ledger, clock, log } = this.#ports;
    for (const finding of findings) {
      const { rule, severity, evidence } = finding;
      if (!this.#isAsked(rule)) continue;
      const event = toFindingEvent(finding);
      log.info("finding", { rule: rule.name, severity, evidence });
      ledger.findings.add(event.id, toKept(finding));
      ledger.statistics.count("findings", [rule.name, severity], 1, clock.now());
      const found = { rule: rule.name, severity };
      const told = this.#members.filter(
        ({ config, lane }) =>
          isWanted(config, finding) && !this.#mutes.keepsFinding(lane.name, finding.event, found),
      );
      ledger.notices.add(
        told.map(({ lane }) => lane.name),
        event,
        // It may name people that the event that was judged does not.
        [finding.reason],
      );
      for (const { lane } of told) lane.progress.wake();
    }
  }
}

function toKept({ rule, severity, event, reason, evidence }: Finding): KeptFinding {
  const { name, title, attack = null } = rule;
  return { rule: name, title, severity, reason, technique: attack, time: event.time, evidence };
}

/** Rules are picked by their own option; of a destination's filters only the severity counts. */
function isWanted({ rules, minSeverity }: Member["config"], { rule, severity }: Finding): boolean {
  return (
    severities.indexOf(severity) >= severities.indexOf(minSeverity) && matches(rules, rule.name)
  );
}
