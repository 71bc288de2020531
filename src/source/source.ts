// One workspace's audit log as the pipeline sees it: each pull paid from the budget, each fault a state.
import { type Backoff, delayMs } from "../backoff.ts";
import type { Budget } from "../budget.ts";
import type { Ports } from "../ports.ts";
import { type Page, type PageQuery, pullPage, type SourceOptions } from "./client.ts";
import type { SourceFault } from "./fault.ts";
import { isObject } from "./record.ts";

/** The last thing that is known of the source, on evidence. */
export interface SourceHealth {
  readonly kind: "ok" | "throttled" | "refused" | "blind";
  /** Since when it is of this kind. */
  readonly sinceMs: number;
  readonly failures: number;
  readonly notBeforeMs: number;
  /** What happened and what to do; null when all is well. */
  readonly text: string | null;
}

const backoffs: Record<Exclude<SourceHealth["kind"], "ok">, Backoff> = {
  throttled: { baseMs: 5000, capMs: 60_000 },
  blind: { baseMs: 1000, capMs: 60_000 },
  refused: { baseMs: 60_000, capMs: 60_000 },
};
const key = "source";
const lastOkKey = "last_ok";

export class Source {
  readonly #ports: Ports;
  readonly #options: SourceOptions;
  #health: SourceHealth | undefined;
  /** When the source last gave a usable answer; null for never. Known to a minute beyond the process. */
  lastOkMs: number | null;
  #notedOkMs: number;
  requests = 0;

  constructor(ports: Ports, options: SourceOptions) {
    this.#ports = ports;
    this.#options = options;
    const noted = ports.ledger.get(lastOkKey);
    this.lastOkMs = typeof noted === "number" ? noted : null;
    this.#notedOkMs = this.lastOkMs ?? 0;
    const stored = ports.ledger.get(key);
    this.#health = isObject(stored) ? (stored as unknown as SourceHealth) : undefined;
  }

  /** Undefined before the first answer. */
  get health(): SourceHealth | undefined {
    return this.#health;
  }

  /** A source that refused or failed is left alone until then; `forced` (by hand) only heeds its own wish to wait. */
  readyAtMs(forced = false): number {
    if (!this.#health || (forced && this.#health.kind !== "throttled")) return 0;
    return this.#health.notBeforeMs;
  }

  async pull(query: PageQuery, budget: Budget): Promise<Page | { readonly kind: "spent" }> {
    if (!budget.take()) return { kind: "spent" };
    const { fetch, clock } = this.#ports;
    this.requests += 1;
    const page = await pullPage(fetch, clock, this.#options, query);
    if (page.kind === "page") this.#succeed();
    return page;
  }

  /** Notes why a read failed; the next one waits. */
  fail(fault: SourceFault): void {
    const { clock, random, log } = this.#ports;
    const kind = fault.kind === "invalid" ? "blind" : fault.kind;
    const before = this.#health;
    const failures = before && before.kind !== "ok" ? before.failures : 0;
    const waitMs =
      kind === "refused"
        ? backoffs.refused.baseMs
        : delayMs(backoffs[kind], failures, random, fault.retryAfterMs);
    if (before?.kind !== kind) log.warn("source not readable", { state: kind, reason: fault.text });
    this.#set({
      kind,
      sinceMs: before?.kind === kind ? before.sinceMs : clock.now(),
      failures: failures + 1,
      notBeforeMs: clock.now() + waitMs,
      text: fault.text,
    });
  }

  #succeed(): void {
    const nowMs = this.#ports.clock.now();
    this.lastOkMs = nowMs;
    if (nowMs - this.#notedOkMs >= 60_000) {
      this.#notedOkMs = nowMs;
      this.#ports.ledger.set(lastOkKey, nowMs);
    }
    if (this.#health?.kind === "ok") return;
    if (this.#health) this.#ports.log.warn("source readable again", { after: this.#health.kind });
    this.#set({ kind: "ok", sinceMs: nowMs, failures: 0, notBeforeMs: 0, text: null });
  }

  #set(health: SourceHealth): void {
    this.#health = health;
    this.#ports.ledger.set(key, health);
  }
}
