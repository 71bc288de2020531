// Invariants 1, 2, 4, 5 and 6, on exactly what each receiver took. What is allowed:
//
// - An event is owed from the destination's start on; after a mark was set forward by hand, from there on (what lies
//   between is given up); after a mark was set back or a re-sync, from there on. After the ledger was lost: from the
//   mark in KV less the overlap.
// - It must come if every filter that was in force since it was visible takes it, and must not where the filter of
//   the process that sent it refuses it. In between, where a filter changed, it may.
// - As many come as there are, each under an id of its own, and each once. A second time only where the ledger did not
//   learn of the first: the answer was lost, or the process died before it noted it (its request may even arrive after
//   that of the next process); or the ledger itself was lost since, and the event lies after the point from where it
//   went on, or a re-sync was planned since.
// - A re-sync that was applied sends its events, also those from before the start; with `redeliver` once more.
// - What a receiver refuses for ever, and only that, is dead-lettered; a dead letter is lost with the ledger.
// - In one request, events stand in the order of their time; in a message to people, the most severe first.
// - What it is to be taken, and to learn of it, is each receiver's own:
//   Slack, webhook, Datadog, Sentinel: taken with the request, learned of by a status 2xx that is heard, also where the
//   body then breaks off.
//   Elasticsearch: an event is taken when each of its documents was stored (201) or had been before (409): nothing is
//   stored twice, and what was learned of must not even be sent again. Learned of by the answer, read whole.
//   Splunk: by the answer, read whole, with its code 0. Of a request with a refused record in it, it takes what stands
//   before that and does not say so: this comes twice.
//   Splunk with acknowledgment: taken when it is indexed, learned of when the answer to the question for it said so.
//   Who dies before that, loses that answer, or meets an indexer that began anew and has forgotten it, sends it again.
//   An event that is several documents is taken when all of them are.
import { severities } from "../../../src/event/event.ts";
import { idPrefix } from "../../../src/event/identity.ts";
import { toIsoSecond } from "../../../src/source/client.ts";
import type { Receiver, Taken } from "../receivers.ts";
import type { Truth } from "../truth.ts";
import type { World } from "../world.ts";
import type { Breach } from "./breach.ts";
import type { Policy } from "./policies.ts";

/** A request that was sent by the process before may arrive so much later. */
const underwayMs = 5000;
const hourMs = 3_600_000;
const minuteMs = 60_000;
/**
 * Splunk indexes for 15 s and is asked every 10 s: a destination may wait for that, and for what it took over before, and
 * once more where the process dies meanwhile.
 */
const ackWaitMs = 90_000;
/** What is later than this is found when its hour is counted, which begins with the first whole hour. */
const recentMs = 45 * 60_000;

export function judgeDeliveries(world: World): Breach[] {
  const names = world.destinations.map(({ name }) => name);
  const dead = deadLetters(world);
  const breaches = [...world.receivers.values()].flatMap((receiver) => [
    ...judgeStrangers(receiver),
    ...judgeRepeats(world, receiver),
    ...judgePromise(world, receiver),
  ]);
  for (const name of names) {
    const receiver = world.receivers.get(name);
    if (!receiver) continue;
    breaches.push(...judgeEach(world, receiver, dead.get(name) ?? new Map()));
    breaches.push(...judgeMark(world, name));
    breaches.push(...judgePlans(world, receiver), ...judgeBooks(world, name));
  }
  return [...breaches, ...judgeUnusable(world, dead.get("") ?? new Map())];
}

/** By destination ("" = none) and item: how many dead letters. */
function deadLetters(world: World): Map<string, Map<string, number>> {
  const rows = world.sql.exec("SELECT destination, item FROM dead_letters");
  const byDestination = Map.groupBy(rows, ({ destination }) => String(destination ?? ""));
  return new Map(
    [...byDestination].map(([name, letters]) => {
      const byItem = Map.groupBy(letters, ({ item }) => String(item));
      return [name, new Map([...byItem].map(([item, copies]) => [item, copies.length]))];
    }),
  );
}

/** Whatever was taken is an event of the log, passed on as it was. */
function judgeStrangers({ taken, drawn: { name } }: Receiver): Breach[] {
  const strangers = taken.filter(({ truth }) => !truth).slice(0, 3);
  const about = { destination: name };
  return strangers.map(({ id }) => ({
    invariant: 6,
    kind: "stranger",
    what: `${name} got ${id}, which is no event of the log as it stands there`,
    about,
  }));
}

/** No more messages in a minute than a channel was promised; but a lost ledger, or a clock that is set, knows of none. */
function judgePromise(
  { oracle, steps, drawn: { latencyMs } }: World,
  { messagesMs, drawn: { name, maxPerMinute } }: Receiver,
): Breach[] {
  if (maxPerMinute === undefined || steps.length > 0) return [];
  const { wipes } = oracle.policies.of(name);
  // Between leaving and arriving lies the way.
  const windowMs = minuteMs - latencyMs - 50;
  const first = messagesMs.find((fromMs, i) => {
    const nextMs = messagesMs[i + maxPerMinute] ?? Number.POSITIVE_INFINITY;
    const wiped = wipes.some(({ atMs }) => atMs >= fromMs && atMs <= nextMs);
    return !wiped && nextMs - fromMs < windowMs;
  });
  if (first === undefined) return [];
  const what = `${name} got more than ${maxPerMinute} messages in the minute from ${new Date(first).toISOString()}`;
  return [{ invariant: 4, kind: "promise", what, about: { destination: name } }];
}

function judgeRepeats({ oracle, receivers }: World, receiver: Receiver): Breach[] {
  const { name } = receiver.drawn;
  const { wipes, plans } = oracle.policies.of(name);
  const last = new Map<string, Taken>();
  const breaches: Breach[] = [];
  for (const [i, taken] of receiver.taken.entries()) {
    const { id, truth } = taken;
    const about = { destination: name, ...(truth && { json: truth.json }) };
    const before = last.get(id);
    last.set(id, taken);
    const mate = receiver.taken[i - 1];
    const mated = mate?.request === taken.request;
    if (mated && isBefore(taken, mate, receiver.drawn.type === "slack")) {
      const what = `${name} got ${id} in one request behind what should come after it`;
      breaches.push({ invariant: 2, kind: "order", what, about });
    }
    if (!before) continue;
    if (before.truth !== truth) {
      const what = `${name} got two different events under the id ${id}`;
      breaches.push({ invariant: 2, kind: "one-id", what, about });
    }
    const forgotten = wipes.some(
      ({ atMs, sinceMs }) =>
        before.atMs <= atMs && atMs <= taken.atMs && (truth?.timeMs ?? 0) >= sinceMs,
    );
    const lost = wipes.some(({ atMs }) => before.atMs <= atMs && atMs <= taken.atMs);
    const asked = plans.some(
      ({ atMs, again, ids }) =>
        (again || lost) && ids.has(id) && before.atMs <= atMs && atMs <= taken.atMs,
    );
    if (asked) continue;
    if (!before.learned || forgotten || receiver.orphans.has(taken.request)) continue;
    const what = `${name} got ${id} of ${truth?.event.time} again, ${(taken.atMs - before.atMs) / 1000} s later`;
    breaches.push({ invariant: 2, kind: "repeat", what, about });
  }
  for (const other of receivers.values()) {
    if (other === receiver) continue;
    const stranger = other.taken.find(
      ({ id, truth }) => last.has(id) && last.get(id)?.truth !== truth,
    );
    if (!stranger) continue;
    const what = `${stranger.id} is one event at ${name} and another at ${other.drawn.name}`;
    breaches.push({ invariant: 2, kind: "one-id", what, about: { destination: name } });
  }
  return breaches;
}

/** What is severe never waits for what is not. */
function isSevere({ event }: Truth): boolean {
  return severities.indexOf(event.severity) >= severities.indexOf("high");
}

function isBefore(a: Taken, b: Taken, bySeverity: boolean): boolean {
  const rank = ({ truth }: Taken) => severities.indexOf(truth?.event.severity ?? "info");
  const difference = bySeverity ? rank(b) - rank(a) : 0;
  return (difference || (a.truth?.timeMs ?? 0) - (b.truth?.timeMs ?? 0)) < 0;
}

function judgeEach(world: World, receiver: Receiver, dead: ReadonlyMap<string, number>): Breach[] {
  const { oracle, truths, drawn } = world;
  const { name } = receiver.drawn;
  const policy = oracle.policies.of(name);
  const breaches: Breach[] = [];
  for (const truth of truths.events) {
    const about = { destination: name, json: truth.json };
    const add = (invariant: number, kind: string, what: string, unfinished = false) =>
      breaches.push({
        invariant,
        kind,
        what: `${truth.event.time} at ${name}: ${what}`,
        about,
        unfinished,
      });
    const taken = receiver.takenOf(truth);
    const ids = receiver.idsOf(truth).size;
    const letters = deadOf(truth, dead);
    const copies = truth.visibleAtMs.length;
    const planned = taken.every(({ id }) => policy.plans.some(({ ids }) => ids.has(id)));
    if (!planned && truth.timeMs < policy.everSinceMs)
      add(1, "unowed", "it came from before the start");
    for (const one of taken)
      if (!wasWanted(world, policy, truth, one)) add(1, "unwanted", "the filter refuses it");
    if (ids > copies) add(2, "other-id", `${copies} of it are ${ids} under other ids`);
    const poison = receiver.poison.has(truth);
    if (letters > 0 && !poison) add(1, "buried", "it is dead-lettered, though nobody refused it");
    if (!isOwed(world, policy, truth)) continue;
    const forgotten = poison && (truth.visibleAtMs[0] ?? 0) <= oracle.wipedMs;
    if (forgotten) continue;
    const done = poison ? letters : ids;
    if (done < copies) {
      const [invariant, kind] =
        ids > 0 && !poison ? [5, "twin"] : [1, poison ? "unburied" : "lost"];
      add(
        invariant as number,
        kind as string,
        `${done} of ${copies} came, ids ${[...receiver.idsOf(truth)]}`,
        true,
      );
    }
    const patient = receiver.drawn.type === "slack" && !isSevere(truth);
    if (drawn.calm && !receiver.drawn.down && !patient) {
      const delayMs = (taken[0]?.atMs ?? 0) - Math.max(truth.visibleAtMs[0] ?? 0, world.bornMs);
      if (delayMs > usualWaitMs(receiver) + 40_000)
        add(4, "delayed", `it came ${delayMs} ms late while another was down`);
    }
  }
  return breaches;
}

/** What a destination makes an event wait for that no other has to do with. */
function usualWaitMs({ drawn }: Receiver): number {
  if (drawn.ack) return ackWaitMs;
  // Four severe ones come right after each other, of which half the promise is kept for.
  return drawn.type === "slack" ? (4 * minuteMs) / (drawn.maxPerMinute ?? 6) : 0;
}

function deadOf(truth: Truth, dead: ReadonlyMap<string, number>): number {
  return truth.forms.reduce((sum, form) => sum + (dead.get(form) ?? 0), 0);
}

/** By a filter in force when it was sent. */
function wasWanted(
  { oracle }: World,
  { filters }: Policy,
  { event }: Truth,
  { atMs }: Taken,
): boolean {
  return filters.some(({ fromMs, drawn }, i) => {
    const untilMs = filters[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    return fromMs <= atMs && untilMs >= atMs - underwayMs && oracle.wants(drawn, event);
  });
}

/** Taken by all filters since it was visible, not given up, and not too late to be counted. */
function isOwed({ oracle }: World, policy: Policy, truth: Truth): boolean {
  const { sinceMs } = policy;
  if (sinceMs === undefined || truth.timeMs < sinceMs) return false;
  const lateMs = (truth.visibleAtMs.at(-1) ?? 0) - truth.timeMs;
  const countedFromMs = Math.ceil(sinceMs / hourMs) * hourMs;
  if (lateMs > recentMs && truth.timeMs < countedFromMs) return false;
  return oracle.wantsThroughout(policy, truth);
}

/** In the end the mark stands at the head of the log, and KV says so too. */
function judgeMark(world: World, name: string): Breach[] {
  const about = { destination: name };
  const { through } = world.oracle.policies.of(name);
  // A slow clock holds the mark back, also for a while after it has passed the events.
  const slow = world.skewMs < 0;
  const newest = slow ? through : world.truths.newestSecond(world.clock.now());
  const breaches: Breach[] = [];
  const add = (what: string) =>
    breaches.push({ invariant: 3, kind: "lag", what, about, unfinished: true });
  if (through < newest) add(`the mark of ${name} stands at ${through}, the log at ${newest}`);
  const marked = JSON.parse(world.kv.text ?? "{}")[name]?.through;
  if (marked !== toIsoSecond(through))
    add(`KV has ${marked} for ${name}, the ledger ${toIsoSecond(through)}`);
  return breaches;
}

/** What a re-sync planned has come since, or is dead-lettered; unless the ledger was lost or the filter changed. */
function judgePlans(world: World, { drawn: { name }, poison, taken }: Receiver): Breach[] {
  const { truths, oracle } = world;
  const policy = oracle.policies.of(name);
  const about = { destination: name };
  const comes = (id: string) => {
    const truth = truths.withId(id);
    return truth && !poison.has(truth) && oracle.wantsThroughout(policy, truth);
  };
  return policy.plans
    .filter(({ atMs }) => atMs > oracle.wipedMs)
    .flatMap(({ atMs, again, ids }) => {
      const came = new Set(taken.filter((one) => !again || one.atMs >= atMs).map(({ id }) => id));
      const missing = [...ids].filter((id) => !came.has(id) && comes(id));
      const what = `${missing.length} of ${ids.size} planned events did not come, such as ${missing[0]}`;
      if (missing.length === 0) return [];
      return [{ invariant: 1, kind: "planned", what, about, unfinished: true }];
    });
}

/** Double entry: for each event seen that is owed and lies behind the mark there is one outcome in the ledger. */
function judgeBooks({ sql, oracle }: World, name: string): Breach[] {
  const { sinceMs, through } = oracle.policies.of(name);
  if (sinceMs === undefined || !Number.isFinite(through)) return [];
  const query = `SELECT id FROM seen WHERE id >= ? AND id < ? AND id NOT IN
    (SELECT id FROM settled WHERE destination = ?)`;
  const low = idPrefix(Math.max(0, sinceMs));
  const rows = sql.exec(query, low, idPrefix((through + 1) * 1000), name);
  if (rows.length === 0) return [];
  const what = `${rows.length} events seen have no outcome at ${name}, such as ${rows[0]?.id}`;
  return [{ invariant: 3, kind: "books", what, about: { destination: name }, unfinished: true }];
}

/** What cannot be placed in time is dead-lettered, each once. */
function judgeUnusable({ truths, oracle }: World, dead: ReadonlyMap<string, number>): Breach[] {
  if (oracle.wipedMs > 0) return [];
  const items = new Map([...dead].map(([item, count]) => [sorted(item), count]));
  return truths.unusable.flatMap(({ json, heard }) => {
    const count = items.get(sorted(json)) ?? 0;
    if (count === 1 || (count === 0 && !heard)) return [];
    const what = `the item ${json} is dead-lettered ${count} times`;
    return [{ invariant: 1, kind: "unusable", what, unfinished: count === 0 }];
  });
}

function sorted(json: string): string {
  return JSON.stringify(Object.entries(JSON.parse(json)).toSorted());
}
