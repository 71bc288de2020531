// The pipeline on one screen: pull, normalize, route, encode, deliver, settle, advance.
import { Budget } from "./budget.ts";
import { Lists } from "./calm/lists.ts";
import type { Config, WorkspaceConfig } from "./config.ts";
import { dueMs, free, ready, toPoll, watch } from "./due.ts";
import { ErrandRunner } from "./errands.ts";
import { type EventMaker, eventMaker } from "./event/maker.ts";
import { Findings } from "./findings.ts";
import { forget } from "./forget.ts";
import { Governor } from "./governor/governor.ts";
import { within } from "./http.ts";
import { toLetter } from "./letter.ts";
import { Marks } from "./marks.ts";
import { byTurn, type Group, type Member, toGroups, toMembers } from "./member.ts";
import { Mutes } from "./mutes/mutes.ts";
import { notices } from "./notice-texts.ts";
import { Notices } from "./notices.ts";
import type { Ports } from "./ports.ts";
import { Positions } from "./positions.ts";
import { Polls } from "./proof/polls.ts";
import { Receipts } from "./proof/receipts.ts";
import { Recount } from "./proof/recount.ts";
import { type RunReport, type Trigger, tally } from "./report.ts";
import { Resync } from "./resync/resync.ts";
import { Sightings } from "./sightings.ts";
import { toIsoSecond } from "./source/client.ts";
import { Source } from "./source/source.ts";
import { Walk } from "./source/walk.ts";
import { StateChanges } from "./state-changes.ts";
import { withoutQuotes } from "./system-event.ts";
import { dayMs } from "./time.ts";

export class Pipeline {
  /** A read of the run under way broke off, by a fault of ours. */
  broken = false;
  /** What the last run did; undefined before the first has ended. */
  lastRun: RunReport | undefined;
  /** When this process began. */
  readonly madeMs: number;
  readonly source: Source;
  readonly toEvent: EventMaker;
  readonly positions: Positions;
  readonly sightings: Sightings;
  readonly lists: Lists;
  readonly members: readonly Member[];
  readonly notices: Notices;
  readonly mutes: Mutes;
  readonly findings: Findings;
  readonly recount: Recount;
  readonly receipts: Receipts;
  readonly resync: Resync;
  readonly governor: Governor;
  readonly #ports: Ports;
  readonly #config: Config;
  readonly #workspace: WorkspaceConfig;
  readonly #marks: Marks;
  readonly #polls: Polls;
  readonly #errands: ErrandRunner;
  readonly #changes: StateChanges;
  #running: Promise<RunReport> | undefined;
  /** Of the last run. */
  #startedMs = 0;

  constructor(ports: Ports, config: Config, workspace: WorkspaceConfig) {
    this.madeMs = ports.clock.now();
    this.#ports = ports;
    this.#config = config;
    this.#workspace = workspace;
    this.source = new Source(ports, workspace.id, workspace.tokens, config.pollMs);
    this.toEvent = eventMaker(workspace.id, config.severityOf, config.findingsOf);
    this.lists = new Lists(ports, workspace.id, config);
    this.members = toMembers(config.destinations, workspace.id, ports, this.lists);
    this.notices = new Notices(ports, this.members, workspace.id);
    this.mutes = new Mutes(ports, this.members, this.notices, workspace.id);
    this.source.onRotated = (living, refused) =>
      this.notices.tell(notices.tokenRotated(living, refused, workspace.id));
    this.governor = new Governor(this, ports, config);
    const writes = () => this.governor.share.markWrites;
    this.#marks = new Marks(ports.marks, ports.ledger, ports.clock, writes);
    this.positions = new Positions(ports, config.overlapSeconds);
    this.sightings = new Sightings(ports, this.positions, this.members, {
      workspaceId: workspace.id,
      toEvent: this.toEvent,
      memoryMs: config.memoryDays * dayMs,
      mutes: this.mutes,
    });
    this.#errands = new ErrandRunner(ports, this.source, this.sightings);
    this.#polls = new Polls(ports, config.pollMs);
    this.recount = new Recount(this, ports, config);
    this.resync = new Resync(this, ports, config);
    this.receipts = new Receipts(this, ports, workspace.id);
    this.#changes = new StateChanges(this, ports, workspace.id);
    this.recount.onClosed = (hour) => {
      const { from, sourceTotal, events } = this.receipts.close(hour);
      const missing = (sourceTotal ?? events) - events;
      if (missing > 0) this.#changes.shortfall(from, missing);
    };
    this.findings = new Findings(ports, this.members, config, this.mutes);
    if (this.findings.on) this.sightings.onFresh = (event) => this.findings.take(event);
    this.sightings.onNews = (hour) => this.recount.reopen(hour);
  }

  /**
   * One run: reads what is new and hands it to the destinations. Returns when all is done or `patienceMs` is
   * over; a destination that needs longer goes on by itself and is left out of the next runs until it is done.
   * Runs are single-file: a call during a run shares that run.
   */
  run(trigger: Trigger, patienceMs: number): Promise<RunReport> {
    this.#running ??= this.#runOnce(trigger, patienceMs).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** A run that begins after this call, and the wait for its destinations: for `patienceMs` more at most. */
  async sync(runMs: number, patienceMs: number): Promise<RunReport> {
    const { clock } = this.#ports;
    const report = tally(this, clock.now());
    // A run under way may have read already. If it breaks off, that is told to whoever began it.
    await this.#running?.catch(() => undefined);
    await this.run("sync", runMs);
    await this.#wait(patienceMs, Promise.all(this.members.map(({ lane }) => lane.idle())));
    return report("sync", clock.now(), this.lastRun?.budget ?? { used: 0, of: 0 });
  }

  async #runOnce(trigger: Trigger, patienceMs: number): Promise<RunReport> {
    const { clock, log } = this.#ports;
    const startedMs = clock.now();
    this.#startedMs = startedMs;
    this.broken = false;
    this.sightings.run = { startedMs, trigger };
    const report = tally(this, startedMs);
    const { requests } = this.source;
    await this.#marks.adopt(this.members, this.positions, log);
    const { requestBudget } = this.#config;
    const forced = trigger === "sync";
    const { mayRead } = this.governor.begin(forced);
    const budget = new Budget(requestBudget);
    const sends = budget.part(this.governor.work.sends);
    const tasks = this.#resume(sends, forced);
    if (startedMs >= this.source.readyAtMs(forced)) {
      const { spare, beyondReserve } = this.source;
      const room = forced ? Number.POSITIVE_INFINITY : Math.max(0, beyondReserve);
      const mine = mayRead ? free(this.members, clock.now(), forced) : [];
      if (room > 0) tasks.push(this.#errands.run(mine, budget));
      const groups = this.#groups(mine, forced, room);
      tasks.push(...groups.map((group) => this.#follow(group, budget, sends)));
      if (mine.length === 0 && !this.members.some(({ lane }) => lane.progress.following))
        tasks.push(watch(this, this.#ports, budget));
      // What is read beside the walks leaves them something of the budget, and of what the source allows.
      const beside = budget.part(Math.min(Math.ceil((2 * requestBudget) / 3), spare));
      // Not before it has been noted for how long the log was out of sight.
      if (mayRead && spare > 0 && this.#polls.well) tasks.push(this.recount.run(beside));
      if (mayRead && spare > 0) tasks.push(this.resync.run(beside));
    }
    // With nothing left of the budget the next run is due, however long a slow destination goes on.
    await this.#wait(patienceMs, Promise.race([Promise.all(tasks), budget.spent, sends.spent]));
    this.#polls.note(startedMs, this.source, this.source.requests > requests);
    await this.#marks.publish(this.members, log);
    this.findings.settle();
    const done = report(trigger, clock.now(), { used: budget.taken, of: requestBudget });
    this.lastRun = done;
    this.governor.end(done);
    this.#changes.tell();
    forget(this, this.#ports, this.#config.memoryDays);
    this.governor.meter.flush(clock.now());
    log.info("run", { workspace: this.#workspace.id, ...done });
    return done;
  }

  async #wait(ms: number, work: Promise<unknown>): Promise<void> {
    await within(this.#ports.clock, ms, work, () => undefined);
  }

  /** The destination of that name, if this workspace has it. */
  member(name: string): Member | undefined {
    return this.members.find(({ lane }) => lane.name === name);
  }

  /** When the next run is due: the next poll, or before it where something is to be done. */
  nextMs(): number {
    const { pollMs, mayRead } = this.governor;
    const nextMs = Math.min(this.#startedMs + pollMs, dueMs(this, this.#ports, mayRead));
    return Math.max(this.#ports.clock.now(), nextMs);
  }

  /** Lets a destination be looked at by the next run, whatever it has read. */
  wake(name: string): void {
    this.member(name)?.lane.progress.wake();
  }

  /** Lets the destinations read again from `fromMs`; what they have already is not sent again. */
  rewind(fromMs: number): void {
    for (const { lane } of this.members) {
      this.positions.rewind(lane.name, fromMs);
      lane.reset();
    }
  }

  /** Lanes that still hold something from an earlier run, or dead letters to send again, go on with it. */
  #resume(budget: Budget, forced: boolean): Promise<void>[] {
    return ready(this.members, this.#ports.clock.now(), forced).flatMap(({ lane, config }) => {
      const again = lane.free ? this.sightings.buried(config) : [];
      if (again.length > 0) lane.offer({ letters: again, position: null }, budget, lane.epoch);
      const told = lane.free ? this.mutes.passing(lane.name) : [];
      const letters = told.map(({ event, quotes }) =>
        toLetter(config.privacy ? withoutQuotes(event, quotes) : event, config),
      );
      if (told.length > 0)
        lane.offer({ letters, position: null, notices: true }, budget, lane.epoch);
      return lane.empty ? [] : [lane.resume(budget)];
    });
  }

  /** One of them has its share of the source's last requests, `room` more have others. */
  #groups(members: readonly Member[], forced: boolean, room: number): Group[] {
    const nowMs = this.#ports.clock.now();
    const due =
      forced || room === 0 ? members : toPoll(members, this.members, nowMs, this.#config.pollMs);
    const open = due.filter(({ lane }) => lane.open);
    const groups = toGroups(open, this.#ports, this.#config.overlapSeconds);
    return byTurn(groups, nowMs).slice(0, 1 + room);
  }

  /** Reads on for a group until the head, as fast as its fastest member takes it. */
  async #follow(group: Group, budget: Budget, sends: Budget): Promise<void> {
    const lanes = group.members.map(({ lane }) => lane);
    const totals = new Set(lanes.map((lane) => lane.progress.totalFrom(group.from)));
    const known = totals.size === 1 ? [...totals][0] : undefined;
    for (const lane of lanes) lane.progress.follow(this.#startedMs);
    try {
      await this.#walk(group, known, budget, sends);
    } catch (error) {
      // Told here, for a run that was too long has nobody left to tell; the wait keeps it from turning fast.
      this.#ports.log.error("a read broke off", { workspace: this.#workspace.id, error });
      this.broken = true;
      for (const lane of lanes) lane.fault(`internal error: ${String(error)}`);
    } finally {
      for (const lane of lanes) lane.readOver(budget);
    }
    await Promise.all(lanes.map((lane) => lane.idle()));
  }

  async #walk(
    group: Group,
    known: number | undefined,
    budget: Budget,
    sends: Budget,
  ): Promise<void> {
    const { from, startedMs, members } = group;
    const { clock, log } = this.#ports;
    const walk = new Walk(
      (query) => this.source.pull(query, budget),
      () => log.warn("the audit log is not in ascending order: reading it in small windows"),
    );
    const requestsBefore = this.source.requests;
    let takers = members.map((member) => ({
      ...member,
      epoch: member.lane.epoch,
      origin: member.lane.progress.waypoint?.origin,
    }));
    const begun = Math.min(from, ...takers.map(({ origin }) => origin?.from ?? from));
    let walked = 0;
    for (let cursor = from; takers.length > 0; ) {
      const read = await walk.read(cursor, cursor === from ? known : undefined); // pull
      if (read.kind === "fault") this.source.fail(read.fault);
      if (read.kind === "spent" && cursor === from) this.#checkBudget(requestsBefore, from);
      if (read.kind !== "stretch") return;
      const sight = this.sightings.see(read, cursor, takers); // normalize
      walked += read.records.length;
      const position = this.positions.after(begun, read, clock.now() - startedMs);
      takers = takers.filter((taker) => {
        const letters = this.sightings.lettersFor(taker, sight); // route
        return taker.lane.offer({ letters, position }, sends, taker.epoch); // encode, deliver, settle, advance
      });
      for (const { lane, origin = { from, total: walk.total } } of takers) {
        // Where a clock that is behind holds the mark back, the head is read again.
        const held = position.through < read.through;
        if (read.atHead) lane.progress.reachedHead(held ? { ...origin, total: undefined } : origin);
        else lane.progress.reached({ cursor: read.through + 1, startedMs, origin });
      }
      if (read.atHead || !this.governor.mayReadOn(walked)) return;
      if (takers.length > 0) await Promise.race(takers.map(({ lane }) => lane.idle()));
      takers = takers.filter(({ lane }) => !lane.stopped);
      // Others may have read meanwhile.
      if (!this.governor.mayReadOn(walked)) return;
      cursor = read.through + 1;
    }
  }

  /** A second that takes more requests than a run has would be begun anew for ever, as fast as possible. */
  #checkBudget(requestsBefore: number, second: number): void {
    const { requestBudget } = this.#config;
    if (this.source.requests - requestsBefore < requestBudget) return;
    const text = `The second ${toIsoSecond(second)} holds more events than one run can read with REQUEST_BUDGET = ${requestBudget}. Raise it in wrangler.toml (the paid plan allows up to 9000) and deploy.`;
    this.source.fail({ kind: "blind", text, retryAfterMs: 60_000 });
  }
}
