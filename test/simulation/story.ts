// Lives a drawn world: its happenings, then the healing, then the judgement.
import { testDestination } from "../../src/test-event.ts";
import { workspaceId } from "./configuration.ts";
import { type Drawn, minute } from "./draw.ts";
import type { Happening } from "./happenings.ts";
import type { Breach } from "./oracle/breach.ts";
import { judgeRows } from "./oracle/budget.ts";
import { judgeExplanations, judgeProof } from "./oracle/proof.ts";
import { judgeTold } from "./oracle/told.ts";
import { startMs } from "./traffic.ts";
import { World } from "./world.ts";

/** A paused destination is probed once an hour. */
const patienceMs = 80 * minute;
/** The overlap, and a write of the marks. */
const aftermathMs = 4 * minute;

export interface Outcome {
  readonly breaches: readonly Breach[];
  readonly virtualMs: number;
  readonly events: number;
  readonly deaths: number;
  readonly requests: number;
  readonly story: readonly string[];
}

/** The same world lives the same life each time. With `noting`, what concerns the first breach is told. */
export async function live(drawn: Drawn, noting = false): Promise<Outcome> {
  const world = new World(drawn, noting);
  const story = new Story(world);
  await story.live();
  await story.heal();
  const { counts } = world.oracle;
  const judged = world.oracle.judge();
  const proven = async () => [
    ...judgeProof(world),
    ...judgeTold(world),
    ...(await judgeExplanations(world)),
  ];
  // Of what is wrong already, more need not be told.
  const breaches = judged.length > 0 ? judged : await world.clock.run(proven());
  const { destination, json } = breaches[0]?.about ?? {};
  return {
    breaches,
    virtualMs: world.clock.now() - startMs,
    events: world.truths.count,
    deaths: counts.deaths,
    requests: counts.requests,
    story: world.notes.about(
      new Set(destination === undefined ? [] : [destination]),
      new Set(json === undefined ? [] : [json]),
    ),
  };
}

class Story {
  readonly #world: World;
  #cron = true;

  constructor(world: World) {
    this.#world = world;
  }

  async live(): Promise<void> {
    const { clock, drawn } = this.#world;
    this.#beatEachMinute();
    this.#world.object.alarmsLost = drawn.long;
    for (const happening of drawn.happenings) this.#at(happening.atMs, () => this.#do(happening));
    await clock.runUntil(startMs + drawn.minutes * minute);
  }

  /** Whatever was wrong is over, and there is time to catch up; then the time in which a repeat would show. */
  async heal(): Promise<void> {
    const world = this.#world;
    const { clock, oracle, object, receivers, tokens } = world;
    world.heal();
    this.#cron = true;
    object.alarmsLost = false;
    tokens.restore(world.token);
    for (const receiver of receivers.values()) receiver.revoked = null;
    for (const name of receivers.keys()) this.#resume(name);
    if (world.rows !== null) this.#changePlan();
    if (world.requestBudget < 45) this.#raiseBudget();
    await this.#catchUp();
    await clock.runUntil(clock.now() + aftermathMs);
    // A recount may have brought something to light at the very end.
    if (oracle.judge().some(({ unfinished }) => unfinished)) await this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    const { clock, oracle, destinations } = this.#world;
    const endMs = clock.now() + patienceMs;
    while (clock.now() < endMs) {
      for (const { name } of destinations) this.#testForGood(name);
      if (oracle.advised) this.#raiseBudget();
      this.#dieJudging();
      await clock.runUntil(clock.now() + 2 * minute);
      if (!oracle.judge().some(({ unfinished }) => unfinished)) break;
    }
  }

  /** The advice for a day that is used up. */
  #changePlan(): void {
    const world = this.#world;
    world.oracle.breaches.push(...judgeRows(world));
    world.rows = null;
    world.deploy();
  }

  /** While events wait for the rules, each process lives for a round only. */
  #dieJudging(): void {
    const { sql, object } = this.#world;
    if (sql.exec("SELECT 1 FROM rule_waiting LIMIT 1").length > 0) object.kill();
  }

  /** The advice for what takes more requests than a run has. */
  #raiseBudget(): void {
    const world = this.#world;
    if (world.requestBudget === 1000) return;
    world.requestBudget = 1000;
    world.deploy();
  }

  /** After a 410 nothing but a test by hand helps; all else is found by the hourly probe. */
  #testForGood(name: string): void {
    const { health } = this.#world.object.process.pipeline.member(name)?.lane ?? {};
    if (health?.pausedMs !== null && health?.probeMs === null) this.#testPaused(name);
  }

  #at(inMs: number, work: () => unknown): void {
    this.#world.clock.sleep(inMs).then(work);
  }

  #beatEachMinute(): void {
    const { drawn, healed, object } = this.#world;
    if (this.#cron) object.beat("cron");
    this.#at(drawn.long && !healed ? 7 * minute : minute, () => this.#beatEachMinute());
  }

  #do(happening: Happening): unknown {
    const world = this.#world;
    const { object } = world;
    const { atMs: _atMs, ...told } = happening;
    world.notes.add(() => `happens: ${JSON.stringify(told)}`);
    switch (happening.kind) {
      case "die":
        return object.process.dieAfter(happening.calls);
      case "deploy":
        return world.deploy();
      case "wipe":
        return world.wipe();
      case "skew":
        return world.step(happening.ms);
      case "cron_missed":
        this.#cron = false;
        return this.#at(happening.forMs, () => {
          this.#cron = true;
        });
      case "alarms_lost":
        object.alarmsLost = true;
        return this.#at(happening.forMs, () => {
          object.alarmsLost = world.drawn.long;
        });
      case "doubled":
        object.beat("cron");
        return object.beat("alarm");
      case "sync":
        return object.sync();
      case "resync": {
        const fromMs = world.clock.now() - happening.backMs;
        world.oracle.onRewind(fromMs);
        return object.sync(fromMs);
      }
      case "plan":
        return this.#plan(happening);
      case "mark":
        return world.moveMark(happening.name, happening.bySeconds);
      case "add":
        return world.redeploy([...world.destinations, happening.destination]);
      case "remove": {
        const rest = world.destinations.filter(({ name }) => name !== happening.name);
        return rest.length > 0 && world.redeploy(rest);
      }
      case "filter":
        return world.redeploy(
          world.destinations.map((drawn) => {
            if (drawn.name !== happening.name) return drawn;
            const { only: _only, except: _except, minSeverity: _min, ...rest } = drawn;
            return { ...rest, ...happening.filter };
          }),
        );
      case "revoke":
        return this.#revoke(happening);
      case "token":
        return this.#revokeToken(happening);
      case "pause":
        return this.#pause(happening);
    }
  }

  #pause({ name, forMs, resumedMs }: Extract<Happening, { kind: "pause" }>): void {
    const { object, oracle } = this.#world;
    const { pipeline, ports } = object.process;
    const lane = pipeline.member(name)?.lane;
    if (!lane) return;
    const untilMs = forMs === null ? null : ports.clock.now() + forMs;
    lane.pause("an operator", untilMs);
    oracle.policies.of(name).hold = { untilMs };
    this.#wake(name);
    if (resumedMs !== null) this.#at(resumedMs, () => this.#resume(name));
  }

  #resume(name: string): void {
    const { object, oracle } = this.#world;
    const lane = object.process.pipeline.member(name)?.lane;
    if (!lane || !oracle.policies.of(name).hold) return;
    lane.goOn();
    oracle.policies.of(name).hold = undefined;
    this.#wake(name);
  }

  #wake(name: string): void {
    const { object } = this.#world;
    object.process.pipeline.wake(name);
    object.setAlarm(0);
  }

  async #plan(asked: Extract<Happening, { kind: "plan" }>): Promise<void> {
    const { clock, object, oracle, notes } = this.#world;
    const nowMs = object.process.ports.clock.now();
    const fromMs = nowMs - asked.backMs;
    const { id } = await object.plan({
      fromMs,
      toMs: Math.min(fromMs + asked.forMs, nowMs),
      destinations: asked.name === null ? [] : [asked.name],
      redeliver: asked.redeliver,
    });
    await clock.sleep(asked.applyMs);
    const planned = object.process.ports.ledger.plans.events(id);
    const applied = await object.apply(id);
    notes.add(() => `the plan of ${planned.length} events: ${JSON.stringify(applied)}`);
    if (applied.kind === "applied") oracle.onApplied(planned, asked.redeliver);
  }

  #revoke({ name, status, forMs, tested }: Extract<Happening, { kind: "revoke" }>): void {
    const receiver = this.#world.receivers.get(name);
    if (!receiver) return;
    receiver.revoked = status;
    this.#at(forMs, () => {
      receiver.revoked = null;
      if (tested) this.#testPaused(name);
    });
  }

  #testPaused(name: string): void {
    const { object, oracle } = this.#world;
    const { process } = object;
    const { pipeline, ports } = process;
    const member = pipeline.member(name);
    if (!member || member.lane.health.pausedMs === null) return;
    // A request, and one for a token.
    oracle.onBudget(this.#world.receivers.get(name)?.drawn.type === "sentinel" ? 2 : 1);
    // Also while it waits for the receiver's pace.
    process.underWay += 1;
    oracle.tests.add(name);
    testDestination(ports, member, workspaceId).then(() => {
      process.underWay -= 1;
      oracle.tests.delete(name);
      pipeline.wake(name);
    });
  }

  #revokeToken({ forMs, replaced }: Extract<Happening, { kind: "token" }>): void {
    const world = this.#world;
    world.tokens.revoke(world.token);
    this.#at(forMs, () => {
      if (!replaced) return world.tokens.restore(world.token);
      world.token = `ws-token-of-the-workspace-${world.clock.now()}`;
      world.tokens.issue(world.token);
      world.deploy();
    });
  }
}
