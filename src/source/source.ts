// One workspace's audit log as the pipeline sees it: each pull paid from the budget, each fault a state.
import { type Backoff, delayMs } from "../backoff.ts";
import type { Budget } from "../budget.ts";
import type { Ports } from "../ports.ts";
import { type Page, type PageQuery, pullPage, type Token } from "./client.ts";
import { isOfQuery, type SourceFault } from "./fault.ts";
import { isObject } from "./record.ts";
import { Walk } from "./walk.ts";

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

type Counted =
  | { readonly kind: "count"; readonly total: number | null }
  | { readonly kind: "fault"; readonly fault: SourceFault }
  | { readonly kind: "spent" };

const backoffs: Record<Exclude<SourceHealth["kind"], "ok">, Backoff> = {
  throttled: { baseMs: 5000, capMs: 60_000 },
  blind: { baseMs: 1000, capMs: 60_000 },
  refused: { baseMs: 60_000, capMs: 60_000 },
};
const minuteMs = 60_000;
const key = "source";
const lastOkKey = "last_ok";
const tokenKey = "token";

export class Source {
  readonly #ports: Ports;
  readonly #workspace: string;
  readonly #tokens: readonly Token[];
  /** Which of the tokens is used. */
  #current: number;
  #health: SourceHealth | undefined;
  /** When the source last gave a usable answer; null for never. Known to a minute beyond the process. */
  lastOkMs: number | null;
  #notedOkMs: number;
  requests = 0;
  /** Requests that are not answered yet. */
  #underway = 0;
  /** What the last answer told of the requests that its minute allows. */
  rate: { readonly limit: number; readonly left: number; readonly atMs: number } | undefined;
  readonly #pollMs: number;
  /** At the latest then there are as many requests again: a minute after the first answer of the source's minute. */
  #minuteEndMs = 0;

  /** Called when a token took the place of another, with the name of each: `WEBFLOW_TOKEN`, or its place in the list. */
  onRotated: (living: string, refused: string) => void = () => {};

  constructor(ports: Ports, workspace: string, tokens: readonly Token[], pollMs = 10_000) {
    this.#pollMs = pollMs;
    this.#ports = ports;
    this.#workspace = workspace;
    this.#tokens = tokens;
    const living = ports.ledger.get(tokenKey);
    this.#current = Math.max(
      0,
      tokens.findIndex((_, i) => this.#nameOf(i) === living),
    );
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
    const paceMs = this.low && !forced ? this.#pacedMs : 0;
    if (!this.#health || (forced && this.#health.kind !== "throttled")) return paceMs;
    return Math.max(paceMs, this.#health.notBeforeMs);
  }

  /**
   * Of the requests that the source allows in a minute only those are left that its polls take until the minute ends, and
   * one or more for whoever reads by hand: all else waits.
   */
  get low(): boolean {
    return this.beyondReserve <= 0;
  }

  /** What may be asked beside the polls now; nothing where too little is left to be worth beginning. */
  get spare(): number {
    const spare = this.beyondReserve;
    return this.rate && spare < this.rate.limit / 3 ? 0 : spare;
  }

  /** So many more than its polls take; infinite where nobody tells. */
  get beyondReserve(): number {
    if (!this.rate) return Number.POSITIVE_INFINITY;
    const { limit } = this.rate;
    const polls = Math.min(Math.ceil((this.#minuteLeftMs || minuteMs) / this.#pollMs), limit / 2);
    return Math.floor(this.#forPolls - polls);
  }

  /** Of the minute under way; 0 where another begins with the next answer. */
  get #minuteLeftMs(): number {
    const leftMs = this.#minuteEndMs - this.#ports.clock.now();
    // One that ends later than in a minute is of before the clock was set back.
    return leftMs > minuteMs ? 0 : Math.max(0, leftMs);
  }

  /** What the minute still allows but for those who read by hand. */
  get #forPolls(): number {
    const { left, limit } = this.rate ?? { left: 0, limit: 0 };
    const allowed = this.#minuteLeftMs > 0 ? left : limit;
    return allowed - this.#underway - Math.max(1, Math.floor(limit / 60));
  }

  /** While only the reserve is left it is spread over the rest of the minute: a read may take more than one request. */
  get #pacedMs(): number {
    if (this.#minuteLeftMs === 0) return 0;
    const atMs = this.rate?.atMs ?? 0;
    const evenMs = (this.#minuteEndMs - atMs) / (1 + Math.max(0, this.#forPolls));
    return Math.min(this.#minuteEndMs, atMs + Math.max(this.#pollMs, evenMs));
  }

  #note(told: Omit<NonNullable<Source["rate"]>, "atMs"> | undefined): void {
    const atMs = this.#ports.clock.now();
    // Answers that overtake each other tell of a few more, too.
    const more = told && told.left - (this.rate?.left ?? 0) > told.limit / 4;
    const another = more || this.#minuteLeftMs === 0;
    if (another) this.#minuteEndMs = atMs + minuteMs;
    const before = another ? undefined : this.rate;
    this.rate = told && { ...told, left: Math.min(told.left, before?.left ?? told.left), atMs };
  }

  /** One page; where a token is refused, the same page with the next one. */
  async pull(query: PageQuery, budget: Budget): Promise<Page | { readonly kind: "spent" }> {
    const { fetch, clock, ledger } = this.#ports;
    for (let tried = 1; ; tried++) {
      if (!budget.take()) return { kind: "spent" };
      this.requests += 1;
      const index = this.#current;
      const token = this.#tokens[index];
      if (!token) throw new Error(`workspace ${this.#workspace} has no token`);
      this.#underway += 1;
      const pulled = pullPage(fetch, clock, this.#workspace, token, query);
      const page = await pulled.finally(() => {
        this.#underway -= 1;
      });
      const status = page.kind === "page" ? 200 : (page.fault.status ?? "none");
      ledger.statistics.count("source_requests", [String(status)], 1, clock.now());
      if (page.kind === "page") {
        this.#note(page.rate);
        this.#succeed();
        this.#lives(index);
        return page;
      }
      if (page.fault.kind !== "refused" || this.#tokens.length === 1) return page;
      // Another read may have gone on to the next already.
      if (this.#current === index) this.#current = (index + 1) % this.#tokens.length;
      if (tried < this.#tokens.length) continue;
      const text = `Webflow refuses each of the ${tried} tokens of workspace ${this.#workspace}. Of the last: ${page.fault.text}`;
      return { kind: "fault", fault: { ...page.fault, text } };
    }
  }

  /**
   * How many events the log counts from a second before `from` to a second after `to`, whether its filters include
   * their ends or not; null when it does not count.
   */
  async count(from: number, to: number, budget: Budget): Promise<Counted> {
    const page = await this.pull({ fromSecond: from - 1, toSecond: to + 1, limit: 1 }, budget);
    if (page.kind === "fault") this.failQuery(page.fault);
    return page.kind === "page" ? { kind: "count", total: page.total ?? null } : page;
  }

  /** Why a read of somebody's own making failed: a query that the API does not accept says nothing of the source. */
  failQuery(fault: SourceFault): void {
    if (!isOfQuery(fault)) this.fail(fault);
  }

  /** A walk beside the relay's own, up to and with second `until` where one is given. */
  walk(budget: Budget, until?: number): Walk {
    return new Walk(
      (query) => this.pull(query, budget),
      () => undefined,
      until,
    );
  }

  /** Tells once when the token that answers is another than before. */
  #lives(index: number): void {
    // A slow answer to a token that has been left meanwhile is no news.
    if (this.#tokens.length === 1 || index !== this.#current) return;
    const { ledger } = this.#ports;
    const known = ledger.get(tokenKey);
    const name = this.#nameOf(index);
    if (known === name) return;
    ledger.set(tokenKey, name);
    if (known !== undefined || index > 0) this.onRotated(name, String(known ?? this.#nameOf(0)));
  }

  #nameOf(index: number): string {
    return this.#tokens[index]?.secret ?? `token ${index + 1}`;
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
