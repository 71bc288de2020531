// How often rules would have fired in a time past, and on what: the same engine as live, on events that are read for it
// and kept nowhere. A long time is read in parts, one a call.
import { Budget } from "./budget.ts";
import type { Severity } from "./event/event.ts";
import { idRange } from "./event/identity.ts";
import type { EventMaker } from "./event/maker.ts";
import { recognize } from "./event/recognize.ts";
import type { KnownGood } from "./filter/known-good.ts";
import { knownGood } from "./known-good.ts";
import type { Ports } from "./ports.ts";
import { matches } from "./route.ts";
import { Engine, type Finding } from "./rules/engine.ts";
import { bindAll } from "./rules/settings.ts";
import { toIsoSecond } from "./source/client.ts";
import type { Source } from "./source/source.ts";
import { dayMs, toIso } from "./time.ts";

export interface BacktestRequest {
  /** Findings from here on; before that, for `learnDays`, the rules only learn. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly learnDays: number;
  /** Patterns. */
  readonly rules: readonly string[];
  /** Options of rules, by name; where there are none, those of the configuration. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Entries as they are written, in the place of the configuration's. */
  readonly knownGood?: readonly unknown[];
}

export interface BacktestReport {
  readonly from: string;
  readonly to: string;
  /** Judged up to here. */
  readonly readTo: string;
  readonly complete: boolean;
  readonly events: number;
  /** Why reading ended early, if it did for another reason than the budget. */
  readonly problem: string | null;
  readonly rules: readonly {
    readonly rule: string;
    readonly severity: Severity;
    readonly findings: number;
    /** So many more its weekly limit held back. */
    readonly heldBack: number;
    /** The newest few. */
    readonly examples: readonly {
      readonly time: string;
      readonly reason: string;
      readonly evidence: readonly string[];
    }[];
  }[];
}

const mostExamples = 5;
/** So long after a part, the same question is a new one. */
const patienceMs = 600_000;

interface Parts {
  readonly ports: Ports;
  readonly source: Source;
  readonly toEvent: EventMaker;
  readonly workspaceId: string;
  readonly knownGood: readonly KnownGood[];
}

/** A long back-test goes on where it stopped, when the same is asked again; of several, the last. */
export class Backtests {
  readonly #parts: Parts;
  #open: { readonly asked: string; readonly test: Backtest; atMs: number } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One at a time: a second call waits for the first. */
  run(request: BacktestRequest, asked: string, maxRequests: number): Promise<BacktestReport> {
    const turn = this.#turn.then(() => this.#run(request, asked, maxRequests));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #run(request: BacktestRequest, asked: string, maxRequests: number) {
    const { clock } = this.#parts.ports;
    const open = this.#open;
    const goesOn = open?.asked === asked && clock.now() - open.atMs < patienceMs;
    const test = goesOn ? open.test : new Backtest(this.#parts, request);
    const report = await test.goOn(maxRequests);
    this.#open = report.complete ? undefined : { asked, test, atMs: clock.now() };
    return report;
  }
}

class Backtest {
  readonly #parts: Parts;
  readonly #request: BacktestRequest;
  readonly #engine: Engine;
  readonly #found: ReadonlyMap<
    string,
    { severity: Severity; count: number; heldBack: number; newest: Finding[] }
  >;
  #cursor: number;
  #events = 0;
  #complete = false;
  #problem: string | null = null;

  constructor(parts: Parts, request: BacktestRequest) {
    this.#parts = parts;
    this.#request = request;
    const bound = bindAll(request.parameters, ({ name }) => matches(request.rules, name));
    const { knownGood: tried } = request;
    const good = tried === undefined ? parts.knownGood : knownGood.parse(tried);
    this.#engine = new Engine(bound, undefined, good);
    this.#found = new Map(
      bound.map(({ rule, severity }) => [
        rule.name,
        { severity, count: 0, heldBack: 0, newest: [] },
      ]),
    );
    this.#engine.onHeld = ({ name }) => {
      const found = this.#found.get(name);
      if (found) found.heldBack += 1;
    };
    const learnMs = request.fromMs - request.learnDays * dayMs;
    this.#cursor = Math.floor(Math.max(0, learnMs) / 1000);
  }

  /** Reads on, with so many requests at most. */
  async goOn(maxRequests: number): Promise<BacktestReport> {
    const { ports, source } = this.#parts;
    this.#problem = null;
    if (source.readyAtMs(true) > ports.clock.now()) {
      this.#problem = source.health?.text ?? null;
      return this.#report();
    }
    const walk = source.walk(new Budget(maxRequests));
    for (const begun = this.#cursor; !this.#complete; ) {
      const read = await walk.read(this.#cursor);
      if (read.kind === "fault") {
        source.failQuery(read.fault);
        this.#problem = read.fault.text;
        break;
      }
      if (read.kind === "spent") {
        if (this.#cursor === begun)
          this.#problem = `The second ${toIsoSecond(begun)} holds more events than one call can read.`;
        break;
      }
      this.#judge(read.records, read.through);
      this.#cursor = read.through + 1;
      this.#complete = read.atHead || read.through * 1000 >= this.#request.toMs;
    }
    return this.#report();
  }

  #judge(records: Parameters<typeof recognize>[0], through: number): void {
    const { ports, toEvent, workspaceId } = this.#parts;
    const { fromMs, toMs } = this.#request;
    const { low, high } = idRange(this.#cursor * 1000, (through + 1) * 1000);
    const known = ports.ledger.events.known(low, high).fingerprints;
    for (const { id, record } of recognize(records, workspaceId, known)) {
      if (record.timeMs > toMs) continue;
      const event = toEvent(record, id, false);
      const told = record.timeMs >= fromMs;
      if (told) {
        this.#events += 1;
        for (const finding of this.#engine.atOnce(event)) this.#note(finding);
      }
      for (const finding of this.#engine.inOrder(event, told)) this.#note(finding);
    }
  }

  #note(finding: Finding): void {
    const found = this.#found.get(finding.rule.name);
    if (!found) return;
    found.count += 1;
    found.newest = [finding, ...found.newest].slice(0, mostExamples);
  }

  #report(): BacktestReport {
    const { fromMs, toMs } = this.#request;
    return {
      from: toIso(fromMs),
      to: toIso(toMs),
      readTo: toIso(this.#complete ? toMs : Math.min(toMs, this.#cursor * 1000)),
      complete: this.#complete,
      events: this.#events,
      problem: this.#problem,
      rules: [...this.#found].map(([rule, { severity, count, heldBack, newest }]) => ({
        rule,
        severity,
        findings: count,
        heldBack,
        examples: newest.map(({ event, reason, evidence }) => ({
          time: event.time,
          reason,
          evidence,
        })),
      })),
    };
  }
}
