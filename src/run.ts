// The pipeline on one screen: pull, normalize, route, encode, deliver, settle, advance.
import { createHash } from "node:crypto";
import { Budget } from "./budget.ts";
import type { Config, DestinationConfig, WorkspaceConfig } from "./config.ts";
import type { Letter } from "./destinations/destination.ts";
import { canonicalJson } from "./event/canonical.ts";
import type { AuditEvent } from "./event/event.ts";
import { identify, idPrefix } from "./event/identity.ts";
import { toAuditEvent } from "./event/normalize.ts";
import { Lane } from "./lane.ts";
import { Marks } from "./marks.ts";
import type { Ports } from "./ports.ts";
import { Positions } from "./positions.ts";
import { router } from "./route.ts";
import { toIsoSecond } from "./source/client.ts";
import { type AuditRecord, isUnusable, parseRecord, type UnusableItem } from "./source/record.ts";
import { Source, type SourceHealth } from "./source/source.ts";
import { type Stretch, Walk } from "./source/walk.ts";

export type Trigger = "cron" | "alarm" | "sync";

const dayMs = 86_400_000;

/** One destination of this workspace. */
interface Member {
  readonly config: DestinationConfig;
  readonly lane: Lane;
  readonly wants: ReturnType<typeof router>;
}

interface Group {
  /** The second from which the shared read starts. */
  from: number;
  members: Member[];
}

interface Sighting {
  readonly id: string;
  readonly timeMs: number;
  event(): AuditEvent;
}

/** What one run did; the counts are of this run, the rest is how things stand at its end. */
export interface RunReport {
  readonly trigger: Trigger;
  readonly startedMs: number;
  readonly tookMs: number;
  readonly sourceRequests: number;
  readonly read: number;
  readonly fresh: number;
  readonly unusable: number;
  readonly source: SourceHealth["kind"] | "unknown";
  readonly destinations: Readonly<Record<string, LaneReport>>;
}

export interface LaneReport {
  readonly delivered: number;
  readonly dead: number;
  readonly requests: number;
  readonly failures: number;
}

interface Tally
  extends Pick<RunReport, "startedMs" | "sourceRequests" | "read" | "fresh" | "unusable"> {
  readonly lanes: readonly LaneReport[];
}

export class Pipeline {
  readonly source: Source;
  readonly positions: Positions;
  readonly members: readonly Member[];
  readonly #ports: Ports;
  readonly #config: Config;
  readonly #workspace: WorkspaceConfig;
  readonly #marks: Marks;
  #running: Promise<RunReport> | undefined;
  readonly #counts = { read: 0, fresh: 0, unusable: 0 };

  constructor(ports: Ports, config: Config, workspace: WorkspaceConfig) {
    this.#ports = ports;
    this.#config = config;
    this.#workspace = workspace;
    this.source = new Source(ports, {
      workspace: workspace.id,
      token: workspace.token,
      tokenSecret: workspace.tokenSecret,
    });
    this.members = config.destinations
      .filter(({ workspaces }) => workspaces.length === 0 || workspaces.includes(workspace.id))
      .map((destination) => ({
        config: destination,
        lane: new Lane(destination.name, destination.destination, ports),
        wants: router(destination),
      }));
    this.#marks = new Marks(ports.marks, ports.ledger, ports.clock, config.workspaces.length);
    this.positions = new Positions(ports, config.overlapSeconds);
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
    const tally = this.#tally();
    await this.#running;
    await this.run("sync", runMs);
    await this.#within(patienceMs, Promise.all(this.members.map(({ lane }) => lane.idle())));
    return this.#report("sync", tally);
  }

  async #runOnce(trigger: Trigger, patienceMs: number): Promise<RunReport> {
    const tally = this.#tally();
    await this.#readMarks();
    const budget = new Budget(this.#config.requestBudget);
    const readable = tally.startedMs >= this.source.readyAtMs(trigger === "sync");
    const tasks = [
      ...this.#resume(budget),
      ...(readable ? this.#groups().map((group) => this.#follow(group, budget)) : []),
    ];
    await this.#within(patienceMs, Promise.all(tasks));
    await this.#writeMarks();
    this.#forget();
    const report = this.#report(trigger, tally);
    this.#ports.log.info("run", { workspace: this.#workspace.id, ...report });
    return report;
  }

  async #within(ms: number, work: Promise<unknown>): Promise<void> {
    const done = new AbortController();
    await Promise.race([work, this.#ports.clock.sleep(ms, done.signal)]);
    done.abort();
  }

  #tally(): Tally {
    return {
      startedMs: this.#ports.clock.now(),
      sourceRequests: this.source.requests,
      ...this.#counts,
      lanes: this.members.map(({ lane }) => ({ ...lane.counts })),
    };
  }

  #report(trigger: Trigger, before: Tally): RunReport {
    return {
      trigger,
      startedMs: before.startedMs,
      tookMs: this.#ports.clock.now() - before.startedMs,
      sourceRequests: this.source.requests - before.sourceRequests,
      read: this.#counts.read - before.read,
      fresh: this.#counts.fresh - before.fresh,
      unusable: this.#counts.unusable - before.unusable,
      source: this.source.health?.kind ?? "unknown",
      destinations: Object.fromEntries(
        this.members.map(({ lane }, i) => [lane.name, difference(lane.counts, before.lanes[i])]),
      ),
    };
  }

  /** When the next run has something to do before the next poll: a retry, a probe, or a backlog to go on with. */
  nextMs(): number {
    const nowMs = this.#ports.clock.now();
    const times = this.members
      .filter(({ lane }) => !lane.busy && (lane.behind || !lane.empty))
      .map(({ lane }) => {
        const readyMs = lane.readyAtMs() ?? Number.POSITIVE_INFINITY;
        return lane.empty ? Math.max(readyMs, this.source.readyAtMs()) : readyMs;
      });
    return Math.max(nowMs, Math.min(nowMs + this.#config.pollMs, ...times));
  }

  /** Lets a destination be looked at by the next run, whatever it has read. */
  wake(name: string): void {
    const member = this.members.find(({ lane }) => lane.name === name);
    if (member) member.lane.behind = true;
  }

  /** Lets the destinations read again from `fromMs`; what they have already is not sent again. */
  rewind(fromMs: number): void {
    for (const { lane } of this.members) {
      this.positions.rewind(lane.name, fromMs);
      lane.reset();
    }
  }

  /** Lanes that still hold something from an earlier run, or dead letters to send again, go on with it. */
  #resume(budget: Budget): Promise<void>[] {
    return this.#ready().flatMap(({ lane, config }) => {
      const again = lane.empty ? this.#buried(config) : [];
      if (again.length > 0) lane.offer({ letters: again, position: null }, budget, lane.epoch);
      return lane.empty ? [] : [lane.resume(budget)];
    });
  }

  /** Destinations that stand close to each other share one read; those at the head come first. */
  #groups(): Group[] {
    const { ledger } = this.#ports;
    const groups: (Group & { head: number })[] = [];
    const ready = this.#ready()
      .filter(({ lane }) => lane.empty)
      .flatMap((member) => {
        const position = ledger.position(member.lane.name);
        return position ? [{ member, from: position.resume }] : [];
      })
      .sort((a, b) => b.from - a.from);
    for (const { member, from } of ready) {
      const group = groups.at(-1);
      if (group && group.head - from <= this.#config.overlapSeconds) {
        group.members.push(member);
        group.from = from;
      } else groups.push({ from, head: from, members: [member] });
    }
    return groups;
  }

  #ready(): Member[] {
    const nowMs = this.#ports.clock.now();
    return this.members.filter(({ lane }) => {
      const readyMs = lane.readyAtMs();
      return !lane.busy && readyMs !== null && readyMs <= nowMs;
    });
  }

  /** Reads on for a group until the head, as fast as its fastest member takes it. */
  async #follow({ from, members }: Group, budget: Budget): Promise<void> {
    const lanes = members.map(({ lane }) => lane);
    for (const lane of lanes) Object.assign(lane, { following: true, behind: true });
    try {
      await this.#walk(from, members, budget);
    } finally {
      for (const lane of lanes) lane.following = false;
    }
    await Promise.all(lanes.map((lane) => lane.idle()));
  }

  async #walk(from: number, members: readonly Member[], budget: Budget): Promise<void> {
    const { log } = this.#ports;
    const walk = new Walk(
      (query) => this.source.pull(query, budget),
      () => log.warn("the audit log is not in ascending order: reading it in small windows"),
    );
    const requestsBefore = this.source.requests;
    let takers = members.map((member) => ({ ...member, epoch: member.lane.epoch }));
    for (let cursor = from; takers.length > 0; ) {
      const read = await walk.read(cursor); // pull
      if (read.kind === "fault" && read.fault.kind === "invalid") this.source.fail(read.fault);
      if (read.kind === "spent" && cursor === from) this.#checkBudget(requestsBefore, from);
      if (read.kind !== "stretch") return;
      const sightings = this.#see(read); // normalize
      const position = this.positions.after(cursor, read);
      takers = takers.filter((taker) => {
        const letters = this.#route(sightings, taker);
        return taker.lane.offer({ letters, position }, budget, taker.epoch); // encode, deliver, settle, advance
      });
      if (read.atHead) {
        for (const { lane } of takers) lane.behind = false;
        return;
      }
      if (cursor === from) await this.#lookAhead(read.through, budget);
      if (takers.length > 0) await Promise.race(takers.map(({ lane }) => lane.idle()));
      takers = takers.filter(({ lane }) => !lane.stopped);
      cursor = read.through + 1;
    }
  }

  /**
   * Far behind the head, the next run need not go back for late events. That it is far behind takes evidence:
   * the log's youngest event.
   */
  async #lookAhead(through: number, budget: Budget): Promise<void> {
    const { newest } = this.positions;
    if (newest !== undefined && newest - this.#config.overlapSeconds > through) return;
    const page = await this.source.pull({ latest: true }, budget);
    const record = page.kind === "page" ? parseRecord(page.items[0]) : undefined;
    if (record && !isUnusable(record)) this.positions.noteNewest(record.second);
  }

  /** A second that takes more requests than a run has would be begun anew for ever, as fast as possible. */
  #checkBudget(requestsBefore: number, second: number): void {
    const { requestBudget } = this.#config;
    if (this.source.requests - requestsBefore < requestBudget) return;
    const text = `The second ${toIsoSecond(second)} holds more events than one run can read with REQUEST_BUDGET = ${requestBudget}. Raise it in wrangler.toml (the paid plan allows up to 9000) and deploy.`;
    this.source.fail({ kind: "blind", text });
  }

  /** Gives each record of a stretch its identity and notes it; what has no place in time is buried. */
  #see(stretch: Stretch): Sighting[] {
    const { ledger, clock } = this.#ports;
    const identified = identify(stretch.records, this.#workspace.id);
    return ledger.transaction(() => {
      this.#bury(stretch.unusable);
      const { fresh, late } = ledger.see(
        identified.map(({ id, record }) => ({ id, late: this.positions.isLate(record.second) })),
        clock.now(),
      );
      this.#counts.read += identified.length;
      this.#counts.fresh += fresh;
      return identified.map(({ id, record }) => this.#sighting(id, record, late.has(id)));
    });
  }

  /** The event is made when the first destination needs it: most of an overlap is settled long since. */
  #sighting(id: string, record: AuditRecord, late: boolean): Sighting {
    let made: AuditEvent | undefined;
    return {
      id,
      timeMs: record.timeMs,
      event: () => {
        made ??= toAuditEvent(record, {
          id,
          workspace: { id: this.#workspace.id },
          flags: { late, backfilled: false },
        });
        return made;
      },
    };
  }

  /** What of a stretch a destination is owed and has not settled yet, as letters in its format. */
  #route(sightings: readonly Sighting[], { config, wants }: Member): Letter[] {
    const [first, last] = [sightings[0], sightings.at(-1)];
    if (!first || !last) return [];
    const settled = this.#ports.ledger.settledBetween(config.name, first.id, last.id);
    const position = this.#ports.ledger.position(config.name);
    if (!position) return [];
    return sightings
      .filter(({ id, timeMs }) => timeMs >= position.sinceMs && !settled.has(id))
      .map(({ timeMs, event }) => toOwn(event(), timeMs < position.activatedMs))
      .filter(wants)
      .map((event) => ({ event, document: config.format.toDocument(event) }));
  }

  #bury(items: readonly UnusableItem[]): void {
    const { ledger, clock, log } = this.#ports;
    for (const { raw, reason } of items) {
      const item = toJson(raw);
      const eventId = `unplaced_${createHash("sha256").update(item).digest("hex").slice(0, 26)}`;
      if (ledger.hasDeadLetter(eventId)) continue;
      ledger.bury({ destination: null, eventId, reason, item }, clock.now());
      this.#counts.unusable += 1;
      log.warn("dead letter", { destination: null, event: eventId, reason });
    }
  }

  /** The dead letters of a destination that an operator asked to send again. */
  #buried({ name, format }: DestinationConfig): Letter[] {
    const { ledger } = this.#ports;
    return ledger.retrying(name).flatMap(({ eventId, item }) => {
      const record = parseRecord(JSON.parse(item));
      if (isUnusable(record)) return [];
      const event = toAuditEvent(record, {
        id: eventId,
        workspace: { id: this.#workspace.id },
        flags: { late: ledger.wasLate(eventId), backfilled: false },
      });
      return [{ event, document: format.toDocument(event) }];
    });
  }

  /** Once a day, what is older than the ledger's memory and behind every destination is forgotten. */
  #forget(): void {
    const { ledger, clock } = this.#ports;
    const key = "forgotten";
    const nowMs = clock.now();
    if (nowMs - Number(ledger.get(key) ?? 0) < dayMs) return;
    const resumes = this.members.flatMap(({ lane }) => ledger.position(lane.name)?.resume ?? []);
    const horizonMs = Math.min(
      nowMs - this.#config.memoryDays * dayMs,
      ...resumes.map((second) => second * 1000),
    );
    ledger.forgetBefore(idPrefix(horizonMs));
    ledger.set(key, nowMs);
  }

  /** Marks set by an operator come in, and destinations without a position get one. */
  async #readMarks(): Promise<void> {
    const { log, ledger } = this.#ports;
    try {
      const edits = await this.#marks.edits();
      for (const { lane } of this.members) {
        const through = edits?.through.get(lane.name);
        if (through === undefined || through === ledger.position(lane.name)?.through) continue;
        log.warn("mark set from outside", {
          destination: lane.name,
          through: toIsoSecond(through),
        });
        this.positions.move(lane.name, through);
        lane.reset();
      }
      if (edits) this.#marks.acknowledge(edits.value);
    } catch (error) {
      // The ledger knows the marks as well. A destination that is in neither waits: it may have one in KV.
      log.warn("marks not readable", { error });
      return;
    }
    for (const { config } of this.members) this.positions.begin(config);
  }

  async #writeMarks(): Promise<void> {
    const { ledger, log } = this.#ports;
    const through = new Map<string, number>();
    for (const { lane } of this.members) {
      const position = ledger.position(lane.name);
      if (position) through.set(lane.name, position.through);
    }
    try {
      if (through.size > 0) await this.#marks.write(through);
    } catch (error) {
      // Written again later; until then the ledger makes an old mark harmless.
      log.warn("marks not written", { error });
    }
  }
}

/** An item is kept as it is, unless it is nested so deep that no JSON can be made of it again. */
function toJson(item: unknown): string {
  try {
    return canonicalJson(item);
  } catch (error) {
    return JSON.stringify({ unreadable: String(error) });
  }
}

/** `backfilled` is the one field that differs by destination. */
function toOwn(event: AuditEvent, backfilled: boolean): AuditEvent {
  return backfilled ? { ...event, flags: { ...event.flags, backfilled } } : event;
}

function difference(now: LaneReport, before: LaneReport | undefined): LaneReport {
  return {
    delivered: now.delivered - (before?.delivered ?? 0),
    dead: now.dead - (before?.dead ?? 0),
    requests: now.requests - (before?.requests ?? 0),
    failures: now.failures - (before?.failures ?? 0),
  };
}
