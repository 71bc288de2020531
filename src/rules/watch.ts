// The engine on a stream that comes as it will: events wait here until late ones can be expected to have come.
import type { AuditEvent } from "../event/event.ts";
import { idTimeMs } from "../event/identity.ts";
import { Engine, type Finding } from "./engine.ts";
import type { Facts } from "./facts.ts";
import type { BoundRule } from "./rule.ts";

export class RuleWatch {
  readonly #engine: Engine;
  readonly #settleMs: number;
  readonly #sinceMs: number;
  /** Not judged in order yet, by id. */
  readonly #waiting = new Map<string, AuditEvent>();

  /** What happened before `sinceMs` is learned from, but not told. */
  constructor(
    rules: readonly BoundRule[],
    facts: Facts,
    { settleMs, sinceMs }: { readonly settleMs: number; readonly sinceMs: number },
  ) {
    this.#engine = new Engine(rules, facts);
    this.#settleMs = settleMs;
    this.#sinceMs = sinceMs;
  }

  /** Events that were taken before and not judged yet. */
  restore(waiting: readonly AuditEvent[]): void {
    for (const event of waiting) this.#waiting.set(event.id, event);
  }

  /** An event that is seen for the first time: what it alone decides. */
  take(event: AuditEvent): Finding[] {
    this.#waiting.set(event.id, event);
    return idTimeMs(event.id) < this.#sinceMs ? [] : this.#engine.atOnce(event);
  }

  /** Judges in order what has waited long enough; `judged` are the ids that wait no more. */
  settle(nowMs: number): { readonly judged: string[]; readonly findings: Finding[] } {
    const untilMs = nowMs - this.#settleMs;
    const judged = [...this.#waiting.keys()].filter((id) => idTimeMs(id) < untilMs).sort();
    const findings = judged.flatMap((id) => {
      const event = this.#waiting.get(id);
      this.#waiting.delete(id);
      return event ? this.#engine.inOrder(event, idTimeMs(id) >= this.#sinceMs) : [];
    });
    return { judged, findings };
  }
}
