// What destinations are owed beside their walks is read from the log once more, second by second, and sent.
import type { Budget } from "./budget.ts";
import { idTimeMs } from "./event/identity.ts";
import type { Errand } from "./ledger/errands.ts";
import type { Member } from "./member.ts";
import type { Ports } from "./ports.ts";
import type { Sight, Sighting, Sightings } from "./sightings.ts";
import { toIsoSecond } from "./source/client.ts";
import { isOfQuery } from "./source/fault.ts";
import type { Source } from "./source/source.ts";
import { hourMs } from "./time.ts";

/** In one run, for one destination. */
const most = 500;
/** Then live events come first: a receiver's pace may be a letter a second, and a run's budget thousands of them. */
const turnMs = 20_000;
/** An event that the log does not show any more is looked for again this often, and for so long. */
const lookAgainMs = 300_000;
const giveUpMs = hourMs;

interface Taker {
  readonly member: Member;
  readonly errands: ReadonlyMap<string, Errand>;
  readonly epoch: number;
}

export class ErrandRunner {
  readonly #ports: Ports;
  readonly #source: Source;
  readonly #sightings: Sightings;
  /** When an event was looked for in vain for a destination. */
  readonly #missed = new Map<string, { readonly firstMs: number; readonly lastMs: number }>();
  /** Whoever had a turn lets its walk have the next: live events do not wait for a long list. */
  readonly #served = new Set<Member>();

  constructor(ports: Ports, source: Source, sightings: Sightings) {
    this.#ports = ports;
    this.#source = source;
    this.#sightings = sightings;
  }

  /** Reads what these destinations are owed, and hands it to them. They take no other read meanwhile. */
  async run(members: readonly Member[], budget: Budget): Promise<void> {
    const takers = members
      .filter((member) => !this.#served.delete(member))
      .flatMap((member) => this.#toTaker(member));
    if (takers.length === 0) return;
    const { log } = this.#ports;
    for (const { member } of takers) {
      this.#served.add(member);
      member.lane.progress.reserve();
    }
    try {
      await this.#read(takers, budget);
    } catch (error) {
      log.error("an errand broke off", { error });
      for (const { member } of takers) member.lane.fault(`internal error: ${String(error)}`);
    } finally {
      for (const { member } of takers) member.lane.readOver(budget);
    }
    await Promise.all(takers.map(({ member }) => member.lane.idle()));
    for (const { member, errands } of takers) {
      const [next] = this.#toTaker(member).flatMap((taker) => [...taker.errands.keys()]);
      // Where nothing was done, the next poll is soon enough.
      if (next !== undefined && !errands.has(next)) member.lane.progress.wake();
    }
  }

  #toTaker(member: Member): Taker[] {
    const { ledger, clock } = this.#ports;
    const latestMs = clock.now() - lookAgainMs;
    const errands = ledger.errands
      .next(member.lane.name, most + this.#missed.size)
      .filter(({ id }) => (this.#missed.get(keyOf(member, id))?.lastMs ?? 0) <= latestMs)
      .filter(({ id }) => !member.lane.outbox.holds(id))
      .slice(0, most);
    if (errands.length === 0) return [];
    const { epoch } = member.lane;
    return [{ member, errands: new Map(errands.map((errand) => [errand.id, errand])), epoch }];
  }

  async #read(all: readonly Taker[], budget: Budget): Promise<void> {
    const wanted = all.flatMap(({ errands }) => [...errands.keys()].map(secondOf));
    const seconds = [...new Set(wanted)].sort((a, b) => a - b);
    const walk = this.#source.walk(budget, seconds.at(-1));
    const { clock } = this.#ports;
    const endMs = clock.now() + turnMs;
    let takers = all;
    const [first] = seconds;
    for (let cursor = first; cursor !== undefined && takers.length > 0; ) {
      if (clock.now() > endMs) return;
      const read = await walk.read(cursor);
      if (read.kind === "fault") this.#source.failQuery(read.fault);
      if (read.kind !== "stretch") {
        // A second that cannot be read, or not within a run: the others do not wait for it.
        if (read.kind === "spent" ? cursor === first : isOfQuery(read.fault))
          this.#postpone(takers, cursor);
        return;
      }
      const { through } = read;
      // Nobody takes it as a walk: what comes to light here is owed like everywhere else.
      const sight = this.#sightings.see(read, cursor, []);
      takers = takers.filter((taker) => this.#hand(taker, sight, budget));
      if (takers.length > 0) await Promise.race(takers.map(({ member }) => member.lane.idle()));
      takers = takers.filter(({ member }) => !member.lane.stopped);
      cursor = seconds.find((second) => second > through);
    }
  }

  /** False when the destination has stopped, and takes no more for now. */
  #hand({ member, errands, epoch }: Taker, sight: Sight, budget: Budget): boolean {
    const here = [...errands.values()].filter(({ id }) => id >= sight.low && id < sight.high);
    const shown = new Map(sight.sightings.map((sighting) => [sighting.id, sighting]));
    for (const errand of here) if (!shown.has(errand.id)) this.#miss(member, errand);
    const owed = here.flatMap((errand) => this.#toOwed(member, errand, shown.get(errand.id)));
    const again = new Set(here.flatMap(({ id, again }) => (again ? [id] : [])));
    const letters = this.#sightings.toLetters(member, owed, again);
    for (const { id } of owed) this.#missed.delete(keyOf(member, id));
    return letters.length === 0 || member.lane.offer({ letters, position: null }, budget, epoch);
  }

  /** Settled in the meantime, it is owed no more; a re-sync also sends what was filtered or refused. */
  #toOwed({ lane, wants }: Member, errand: Errand, sighting: Sighting | undefined): Sighting[] {
    const { ledger } = this.#ports;
    if (!sighting) return [];
    const outcome = ledger.events.settled(lane.name, errand.id)?.outcome;
    if (outcome === undefined) return [sighting];
    // What waited when this read began may have been sent by now.
    if (!ledger.errands.has(lane.name, errand.id)) return [];
    // A filter that was changed in the meantime undoes nothing that was settled, and the end of a mute neither.
    const kept = outcome === "filtered" && ledger.mutes.keeping(lane.name, errand.id) !== undefined;
    const missing = errand.plan !== null && outcome !== "delivered" && !kept;
    const wanted = errand.again || missing;
    if (wanted && wants(sighting.event())) return [sighting];
    ledger.errands.done(lane.name, [errand.id]);
    return [];
  }

  /** Looks at what is owed of a second again later. */
  #postpone(takers: readonly Taker[], second: number): void {
    const lastMs = this.#ports.clock.now();
    for (const { member, errands } of takers)
      for (const id of errands.keys())
        if (secondOf(id) === second)
          this.#missed.set(keyOf(member, id), { firstMs: lastMs, lastMs });
    this.#ports.log.warn("errands wait for a second that cannot be read", {
      second: toIsoSecond(second),
      remedy: "raise REQUEST_BUDGET, if the log can be read otherwise",
    });
  }

  #miss(member: Member, { id }: Errand): void {
    const { lane } = member;
    const missed = keyOf(member, id);
    const { ledger, clock, log } = this.#ports;
    const nowMs = clock.now();
    const firstMs = this.#missed.get(missed)?.firstMs ?? nowMs;
    this.#missed.set(missed, { firstMs, lastMs: nowMs });
    if (nowMs - firstMs < giveUpMs) return;
    this.#missed.delete(missed);
    const reason = "The audit log does not show this event any more; its item is not known here.";
    if (ledger.events.settled(lane.name, id)) {
      ledger.errands.done(lane.name, [id]);
      log.warn("cannot be sent again", { destination: lane.name, event: id, reason });
      return;
    }
    ledger.transaction(() => {
      ledger.settleAside(lane.name, [id], "dead", nowMs);
      ledger.bury({ destination: lane.name, eventId: id, reason, item: "null" }, nowMs);
    });
    log.warn("dead letter", { destination: lane.name, event: id, reason });
  }
}

function keyOf({ lane }: Member, id: string): string {
  return `${id} ${lane.name}`;
}

function secondOf(id: string): number {
  return Math.floor(idTimeMs(id) / 1000);
}
