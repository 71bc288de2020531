// One seed, one world: random traffic, quirks, faults, restarts and a fickle KV; then all heals and the books are checked.
import { generate } from "../../sandbox/activity/activity.ts";
import { integer, pick, type Random, seeded } from "../../sandbox/random.ts";
import { faultKinds } from "../../sandbox/webflow/quirks.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { identify } from "../../src/event/identity.ts";
import { toAuditEvent } from "../../src/event/normalize.ts";
import type { Fetch } from "../../src/http.ts";
import { router } from "../../src/route.ts";
import { toIsoSecond } from "../../src/source/client.ts";
import { isUnusable, parseRecord } from "../../src/source/record.ts";
import type { Sql } from "../../src/sql.ts";
import { startMs, World, workspaceId } from "./world.ts";

const minute = 60_000;
/** Not those that only cost time here: an hour's wait, and 64 MiB a time. */
const sourceFaults = faultKinds.filter(
  (kind) => kind !== "throttled_absurdly" && kind !== "oversized",
);
const filters: Record<string, { only?: string[]; except?: string[] }> = {
  siem: {},
  team: {},
  audit: { except: ["user_access.*", "workspace_invitation.*"] },
};

interface Expected {
  readonly event: AuditEvent;
  readonly visibleAtMs: number;
}

const everything = { only: [], except: [], minSeverity: "info" } as const;

/** Runs the world of a seed to its end; returns how it broke the design's invariants: nothing, it is hoped. */
export async function simulate(seed: number): Promise<readonly string[]> {
  const story = new Story(seed);
  await story.live();
  await story.heal();
  return story.judge();
}

class Story {
  readonly #random: Random;
  readonly #world: World;
  readonly #violations: string[] = [];
  readonly #names: readonly string[];
  readonly #endMs: number;
  /** One receiver is down for long while nothing else is wrong: nobody else may notice. */
  readonly #calm: boolean;
  readonly #poison = new Map<string, string>();
  readonly #events: ReadonlyMap<string, Expected>;
  readonly #sql: Sql;
  readonly #marks = new Map<string, number>();
  /** Deliveries that the process never learned of: each may be repeated, under the same id. */
  readonly #unlearned = new Map<string, number>();
  /** Ids that a process saw only when the log had been read past them. */
  readonly #afterwards = new Set<string>();
  readonly #pastKv: (string | null)[] = [null];
  #process = { alive: true };
  #faulty = true;

  constructor(seed: number) {
    this.#random = seeded(seed);
    const random = this.#random;
    this.#calm = seed % 5 === 0;
    this.#names = random() < 0.5 ? ["siem", "team"] : ["siem", "team", "audit"];
    const batches = random() < 0.5;
    this.#world = new World({
      seed,
      destinations: Object.fromEntries(
        this.#names.map((name, i) => [
          name,
          { ...filters[name], start: "1h", batch: batches ? i === 0 : random() < 0.5 },
        ]),
      ),
      env: { POLL_SECONDS: 20 },
    });
    const world = this.#world;
    Object.assign(world.quirks, {
      fromInclusive: random() < 0.5,
      toInclusive: random() < 0.5,
      filterPrecision: pick(random, ["ms", "second"]),
      tieOrder: pick(random, ["stable", "shuffled"]),
      sort: random() < 0.8 ? "timestamp" : "ignored",
      maxLimit: random() < 0.8 ? 100 : 50,
    });
    this.#endMs = startMs + integer(random, 3, 12) * minute;
    this.#events = this.#fill(seed);
    for (const name of this.#names) {
      const wanted = [...this.#events.values()].filter(({ event }) =>
        router({ ...everything, ...filters[name] })(event),
      );
      if (!this.#calm && random() < 0.4 && wanted.length > 0)
        this.#poison.set(name, pick(random, wanted).event.id);
      world.inbox(name).answer = (ids) => this.#answer(name, ids);
    }
    if (!this.#calm && random() < 0.7)
      world.faults.mix = { rate: random() * 0.25, kinds: sourceFaults };
    this.#sql = world.sql;
    this.#begin();
  }

  /** Adds the traffic: calm or dense, now and then a whole bulk action within a second. */
  #fill(seed: number): Map<string, Expected> {
    const random = this.#random;
    const made = generate({
      seed,
      count: integer(random, 10, 160),
      fromMs: startMs + 1000,
      toMs: this.#endMs,
      ties: random() * 0.3,
      twins: random() * 0.1,
      unknownTypes: random() * 0.1,
      lateShare: random() * 0.2,
      lateMaxMs: 100_000,
    });
    if (!this.#calm && random() < 0.2) {
      const fromMs = integer(random, startMs + minute, this.#endMs - minute);
      const count = integer(random, 90, 180);
      made.push(...generate({ seed: seed + 1, count, fromMs, toMs: fromMs + 1000 }));
    }
    for (const { item, visibleAtMs } of made) this.#world.log.add(item, { visibleAtMs });
    const visibleAt = new Map<unknown, number>(
      made.map(({ item, visibleAtMs }) => [item, visibleAtMs]),
    );
    const records = made.flatMap(({ item }) => {
      const record = parseRecord(item);
      return isUnusable(record) ? [] : [record];
    });
    const workspace = { id: workspaceId };
    const flags = { late: false, backfilled: false };
    const expected = new Map(
      identify(records, workspaceId).map(({ id, record }) => [
        id,
        {
          event: toAuditEvent(record, { id, workspace, flags }),
          visibleAtMs: visibleAt.get(record.raw) ?? Number.NaN,
        },
      ]),
    );
    // Of twins, the one that is visible first has the plain id.
    for (const twins of Map.groupBy(expected.keys(), (id) => id.split("-")[0]).values()) {
      const times = twins.map((id) => expected.get(id)?.visibleAtMs ?? 0).sort((a, b) => a - b);
      for (const [i, id] of twins.sort().entries())
        Object.assign(expected.get(id) ?? {}, { visibleAtMs: times[i] });
    }
    return expected;
  }

  #answer(name: string, ids: readonly string[]): Response | "cut" | "hang" | undefined {
    const inbox = this.#world.inbox(name);
    const poison = this.#poison.get(name);
    if (poison && ids.includes(poison)) return new Response("bad event", { status: 400 });
    if (!this.#faulty) return undefined;
    if (this.#calm) return name === "siem" ? new Response("down", { status: 503 }) : undefined;
    const draw = this.#random();
    if (draw < 0.05) return new Response("down", { status: 503 });
    if (draw < 0.08) return new Response("slow", { status: 429, headers: { "retry-after": "9" } });
    if (draw < 0.1) return new Response("slow", { status: 429 });
    if (draw < 0.13) return "cut";
    if (draw < 0.16) return "hang";
    if (draw >= 0.19) return undefined;
    // Taken, and then the connection breaks.
    const atMs = this.#world.clock.now();
    for (const id of ids) inbox.received.push({ id, type: "", atMs, body: {} });
    return "cut";
  }

  /** Starts a process that can die at any moment: what a dead one still does reaches nobody. */
  #begin(): void {
    const world = this.#world;
    const sql = this.#sql;
    const process = { alive: true };
    this.#process = process;
    world.sql = {
      exec: (query, ...bindings) => (process.alive ? sql.exec(query, ...bindings) : []),
      transaction: (work) => (process.alive ? sql.transaction(work) : work()),
    };
    world.restart();
    const { fetch, ledger } = world.ports;
    const { advance } = ledger;
    const { see } = ledger.events;
    Object.assign(world.ports, { fetch: this.#between(process, fetch) });
    Object.assign(ledger.events, {
      see: (...args: Parameters<typeof see>) => {
        const covered = ledger.get("covered") as { through: number } | undefined;
        for (const { id } of args[0])
          if (covered && this.#secondOf(id) <= covered.through) this.#afterwards.add(id);
        return see.apply(ledger.events, args);
      },
    });
    Object.assign(ledger, {
      advance: (...args: Parameters<typeof advance>) => {
        if (process.alive) this.#checkAdvance(args[0], args[1], args[2]);
        return advance.apply(ledger, args);
      },
    });
  }

  /** The way to the world: it takes its time, and notes what was taken without the process learning of it. */
  #between(process: { alive: boolean }, fetch: Fetch): Fetch {
    const { clock, inboxes } = this.#world;
    const wait = (signal: AbortSignal) =>
      clock.sleep(integer(this.#random, 0, this.#calm || !this.#faulty ? 50 : 2000), signal);
    return async (request) => {
      const name = new URL(request.url).host.split(".")[0] ?? "";
      const inbox = inboxes[name];
      const ids = inbox ? idsIn(await request.clone().json()) : [];
      await wait(request.signal);
      if (!process.alive || request.signal.aborted) return never();
      const before = inbox?.received.length ?? 0;
      let answer: Response | undefined;
      let failure: unknown;
      try {
        answer = await fetch(request);
        await wait(request.signal);
      } catch (error) {
        failure = error;
      }
      const heard = process.alive && !request.signal.aborted;
      if (heard && answer) return answer;
      for (const { id } of inbox?.received.slice(before) ?? []) {
        const key = `${name} ${id}`;
        if (ids.includes(id)) this.#unlearned.set(key, 1 + (this.#unlearned.get(key) ?? 0));
      }
      if (heard) throw failure;
      return never();
    };
  }

  #secondOf(id: string): number {
    return Math.floor(Date.parse(this.#events.get(id)?.event.time ?? "") / 1000);
  }

  /** Invariant 3: the mark moves only over settled events; what came after the read lies in the next one. */
  #checkAdvance(name: string, through: number, resume: number): void {
    const ids = (query: string, ...args: string[]) =>
      new Set(this.#sql.exec(query, ...args).map(({ id }) => String(id)));
    const seen = ids("SELECT id FROM seen");
    const settled = ids("SELECT id FROM settled WHERE destination = ?", name);
    const wants = router({ ...everything, ...filters[name] });
    for (const [id, { event }] of this.#events) {
      const second = this.#secondOf(id);
      if (second > through || !seen.has(id) || settled.has(id) || !wants(event)) continue;
      if (this.#afterwards.has(id) && second >= resume) continue;
      this.#broken(3, `the mark of ${name} moved to ${through} over ${id} of ${event.time}`);
    }
  }

  /** Time passes, and things happen to it. */
  async live(): Promise<void> {
    const { clock, kv } = this.#world;
    const random = this.#random;
    while (clock.now() < this.#endMs + 2 * minute) {
      if (!this.#calm && random() < 0.1) kv.failing = !kv.failing;
      if (!this.#calm && random() < 0.1)
        kv.stale = kv.stale === undefined ? pick(random, this.#pastKv) : undefined;
      const draw = this.#calm ? 1 : random();
      if (draw < 0.08) await this.#die();
      else if (draw < 0.14) await this.#sync();
      else await this.#world.run();
      this.#checkMarks();
      await clock.runUntil(Math.max(this.#world.pipeline.nextMs(), clock.now() + 1));
    }
  }

  /** Whatever was wrong is over, and there is time to catch up. */
  async heal(): Promise<void> {
    this.#faulty = false;
    Object.assign(this.#world.kv, { failing: false, stale: undefined });
    this.#world.faults.mix = null;
    await this.#world.runFor(8 * minute);
    this.#checkMarks();
  }

  async #sync(): Promise<void> {
    const { pipeline, clock } = this.#world;
    pipeline.rewind(startMs + integer(this.#random, -10, 10) * minute);
    await clock.run(pipeline.sync(5000, 20_000));
  }

  /** The process dies at some moment of a run. */
  async #die(): Promise<void> {
    const { clock } = this.#world;
    this.#world.pipeline.run("alarm", 5000).catch(() => undefined);
    await clock.runUntil(clock.now() + integer(this.#random, 0, 8000));
    this.#process.alive = false;
    this.#begin();
  }

  /** Invariant 3, seen from outside: KV follows the ledger, the ledger never goes back, nothing passes for an operator. */
  #checkMarks(): void {
    const { kv, ports } = this.#world;
    if (kv.value !== this.#pastKv.at(-1)) this.#pastKv.push(kv.value);
    for (const name of this.#names) {
      const through = ports.ledger.position(name)?.through ?? Number.NEGATIVE_INFINITY;
      const marked = Date.parse(this.#world.mark(name) ?? "") / 1000;
      if (marked > through)
        this.#broken(3, `KV has ${name} at ${marked}, the ledger at ${through}`);
      if (through < (this.#marks.get(name) ?? through))
        this.#broken(3, `the mark of ${name} went back`);
      this.#marks.set(name, through);
    }
  }

  judge(): readonly string[] {
    for (const { fields } of this.#world.warnings("mark set from outside"))
      this.#broken(3, `a mark of our own passed for an operator's: ${JSON.stringify(fields)}`);
    for (const name of this.#names) this.#judge(name);
    return this.#violations;
  }

  #judge(name: string): void {
    const { ledger } = this.#world.ports;
    const wants = router({ ...everything, ...filters[name] });
    const received = Map.groupBy(this.#world.inbox(name).received, ({ id }) => id);
    const dead = new Set(
      ledger
        .deadLetters(1000)
        .flatMap(({ destination, eventId }) => (destination === name ? [eventId] : [])),
    );
    for (const [id, { event, visibleAtMs }] of this.#events) {
      const copies = received.get(id) ?? [];
      received.delete(id);
      const what = `${id} of ${event.time} at ${name}`;
      if (!wants(event)) {
        if (copies.length > 0) this.#broken(1, `${what} was not wanted`);
        continue;
      }
      const poisoned = this.#poison.get(name) === id;
      if (dead.has(id) !== poisoned)
        this.#broken(1, `${what} is ${poisoned ? "not " : ""}dead-lettered`);
      if (copies.length === 0 && !poisoned) this.#broken(1, `${what} was lost`);
      const allowed = 1 + (this.#unlearned.get(`${name} ${id}`) ?? 0);
      if (copies.length > allowed)
        this.#broken(2, `${what} came ${copies.length} times, ${allowed} allowed`);
      const delayMs = (copies[0]?.atMs ?? 0) - Math.max(visibleAtMs, startMs);
      if (this.#calm && name !== "siem" && delayMs > 40_000)
        this.#broken(4, `${what} came ${delayMs} ms late while siem was down`);
    }
    const last = Math.max(...[...this.#events.keys()].map((id) => this.#secondOf(id)));
    const through = ledger.position(name)?.through ?? 0;
    if (through < last)
      this.#broken(3, `the mark of ${name} stands at ${through}, the log at ${last}`);
    if (this.#world.mark(name) !== toIsoSecond(through)) this.#broken(3, `KV lags for ${name}`);
    for (const id of received.keys()) this.#broken(2, `${name} got ${id}, which no event has`);
  }

  #broken(invariant: number, how: string): void {
    this.#violations.push(`invariant ${invariant}: ${how}`);
  }
}

function idsIn(body: unknown): string[] {
  const { type, id, data } = body as { type: string; id: string; data: unknown };
  return type === "tidemark.batch" ? (data as { id: string }[]).map(({ id }) => id) : [id];
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
