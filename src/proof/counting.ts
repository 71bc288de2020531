// A span of the log against the ledger: a one-item request tells how many events the log holds in it, the ledger how
// many were seen. Where the two differ, the span is halved until what differs is small, and only that is read again.
import type { Budget } from "../budget.ts";
import { idRange } from "../event/identity.ts";
import type { Ports } from "../ports.ts";
import type { Sightings } from "../sightings.ts";
import { pageSize } from "../source/client.ts";
import type { Source } from "../source/source.ts";
import { type WindowCounts, WindowEnds } from "./window-ends.ts";

/** Whole seconds, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** So much is read again rather than halved further. */
const fewPages = 2;
/** What does not fit into the budget of so many runs fits into none. */
const mostTries = 5;
const remembered = 500;
const rememberedJobs = 4;
const endsKey = "window_ends";

/** later: the source did not answer, or grew meanwhile. spent: no budget is left. unreadable: what it shows disagrees. */
type Looked = "settled" | "later" | "spent" | "unreadable";

interface Job {
  readonly span: Span;
  /** What is still to be looked at: an unfinished job goes on where it stopped. */
  stack: Span[];
  /** What the log counted for the whole; null when it does not count. */
  total: number | null;
  tries: number;
}

export class Counting {
  readonly #ports: Ports;
  readonly #source: Source;
  readonly #sightings: Sightings;
  readonly #ends: WindowEnds;
  /** Unfinished, by span: the last hour's and a closed hour's take turns. */
  readonly #jobs = new Map<string, Job>();
  /** What the log counted for a span when it was last found to hold nothing new. */
  readonly #settled = new Map<string, number>();

  constructor(ports: Ports, source: Source, sightings: Sightings) {
    this.#ports = ports;
    this.#source = source;
    this.#sightings = sightings;
    const rules = ports.ledger.get(endsKey);
    this.#ends = new WindowEnds(Array.isArray(rules) ? rules : undefined);
  }

  /**
   * Sees to it that all that the log holds in a span has been seen; returns how many events it counts in it, null
   * when it does not count. Undefined when that could not be finished now: asked again for the same span, it goes on.
   */
  async count(span: Span, budget: Budget): Promise<{ readonly total: number | null } | undefined> {
    const job = this.#jobs.get(keyOf(span)) ?? { span, stack: [span], total: null, tries: 0 };
    keep(this.#jobs, keyOf(span), job, rememberedJobs);
    let looked = 0;
    for (let top = job.stack.at(-1); top; top = job.stack.at(-1)) {
      const result = await this.#look(job, top, budget);
      looked += 1;
      if (result !== "settled") {
        // That the source does not answer, or that the budget was used for other spans, says nothing of this one.
        const tried = result === "unreadable" || (result === "spent" && looked === 1);
        if (tried) job.tries += 1;
        if (!tried || job.tries < mostTries) return undefined;
        this.#ports.log.error("a span of the log could not be read again", {
          ...top,
          remedy: "raise REQUEST_BUDGET, if the log can be read otherwise",
        });
        job.stack.pop();
      }
      job.tries = 0;
    }
    this.#jobs.delete(keyOf(span));
    if (job.total === null) return { total: null };
    const counts = this.#counts(span);
    if (!this.#agrees(counts, job.total)) this.#remember(span, job.total);
    return { total: this.#within(counts, job.total) };
  }

  /** Settles the top of the stack, or puts its halves there. */
  async #look(job: Job, top: Span, budget: Budget): Promise<Looked> {
    // The source's last requests are for live events.
    if (this.#source.low) return "later";
    const asked = await this.#total(top, budget);
    if (typeof asked === "string") return asked;
    if (top === job.span) job.total = asked;
    if (
      asked !== null &&
      (this.#settled.get(keyOf(top)) === asked || this.#agrees(this.#counts(top), asked))
    ) {
      job.stack.pop();
      return "settled";
    }
    if (asked !== null && asked > fewPages * pageSize && top.to > top.from) {
      const middle = Math.floor((top.from + top.to) / 2);
      job.stack.splice(-1, 1, { from: middle + 1, to: top.to }, { from: top.from, to: middle });
      return "settled";
    }
    const result = await this.#readAgain(job, top, asked, budget);
    if (result !== "settled") return result;
    job.stack.pop();
    if (asked !== null) this.#remember(top, asked);
    return "settled";
  }

  /** How many the log counts from a second before the span to a second behind it; null when it does not count. */
  async #total({ from, to }: Span, budget: Budget): Promise<number | null | "later" | "spent"> {
    const counted = await this.#source.count(from, to, budget);
    if (counted.kind === "count") return counted.total;
    return counted.kind === "spent" ? "spent" : "later";
  }

  #agrees(counts: WindowCounts, total: number): boolean {
    const [extra, ...others] = this.#ends.extras(counts);
    return others.length === 0 && total === counts.within + (extra ?? 0);
  }

  /** Reads a span from its first second to its last, ends included. */
  async #readAgain(job: Job, span: Span, asked: number | null, budget: Budget): Promise<Looked> {
    const walk = this.#source.walk(budget, span.to + 1);
    let clean = true;
    for (let cursor = Math.max(0, span.from - 1); cursor <= span.to + 1; ) {
      const read = await walk.read(cursor);
      if (read.kind === "spent") return "spent";
      if (read.kind === "fault") {
        if (read.fault.ofOneSecond) return "unreadable";
        this.#source.fail(read.fault);
        return "later";
      }
      this.#sightings.see(read, cursor, []);
      clean &&= read.unusable.length === 0;
      if (read.atHead) break;
      cursor = read.through + 1;
      // Without a count to compare with, what has been read need not be read again.
      if (asked === null && cursor <= span.to)
        job.stack.splice(-1, 1, { from: cursor, to: span.to });
    }
    if (asked === null) return "settled";
    // The log only grows: with the same total before and after, all that was counted has been read.
    const after = await this.#total(span, budget);
    if (after !== asked) return typeof after === "string" ? after : "later";
    if (clean) this.#learn(this.#counts(span), asked);
    return "settled";
  }

  #learn(counts: WindowCounts, total: number): void {
    const { ledger, log } = this.#ports;
    const before = this.#ends.rules.length;
    if (!this.#ends.learn(counts, total))
      log.warn("the log counts otherwise than it shows", { total, ...counts });
    if (this.#ends.rules.length !== before) ledger.set(endsKey, this.#ends.rules);
  }

  #counts({ from, to }: Span): WindowCounts {
    const { events } = this.#ports.ledger;
    const seen = (fromMs: number, toMs: number) => {
      const { low, high } = idRange(fromMs, toMs);
      return events.countSeen(low, high).all;
    };
    const end = (second: number) => ({
      second: seen(second * 1000, (second + 1) * 1000),
      exact: seen(second * 1000, second * 1000 + 1),
    });
    return { within: seen(from * 1000, (to + 1) * 1000), from: end(from - 1), to: end(to + 1) };
  }

  /** The log's count without the ends, which belong to the neighbours; where the rules disagree, the likeliest. */
  #within(counts: WindowCounts, total: number): number {
    const distance = (extra: number) => Math.abs(total - extra - counts.within);
    const [extra = 0] = this.#ends.extras(counts).toSorted((a, b) => distance(a) - distance(b));
    return Math.max(0, total - extra);
  }

  #remember(span: Span, total: number): void {
    keep(this.#settled, keyOf(span), total, remembered);
  }
}

/** The newest `most` entries of a map stay. */
function keep<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}

function keyOf({ from, to }: Span): string {
  return `${from}-${to}`;
}
