// What a seed draws: a world as plain data, so that it can be printed, shrunk and lived again.
import { integer, pick, type Random, seeded } from "../../sandbox/random.ts";
import type { Quirks } from "../../sandbox/webflow/quirks.ts";
import { type WhereName, whereNames } from "./guards.ts";
import { drawHappenings, drawPauses, type Happening } from "./happenings.ts";
import { drawTraffic, type Traffic } from "./traffic.ts";

export const minute = 60_000;

export type VendorType = "elastic" | "splunk" | "sentinel" | "datadog";

export interface DrawnDestination {
  readonly name: string;
  readonly type: "webhook" | "slack" | VendorType;
  readonly batch?: boolean;
  /** Splunk: waits until the indexer acknowledges. */
  readonly ack?: boolean;
  /** A vendor is sent this instead of its own format: an event about several people is several documents. */
  readonly format?: "ocsf";
  /** Sentinel: for so long a token is good. */
  readonly tokenMinutes?: number;
  readonly only?: readonly string[];
  readonly except?: readonly string[];
  readonly minSeverity?: "low" | "medium";
  readonly where?: WhereName;
  /** E-mail addresses are pseudonyms to it, and addresses of the network are masked. */
  readonly privacy?: true;
  /** It is sent all findings. */
  readonly rules?: true;
  /** Its events show what rules say of them. */
  readonly findings?: true;
  readonly start: string;
  /** The share of requests that meet a fault. */
  readonly faultRate: number;
  /** So many of the events it wants are refused for ever. */
  readonly poison: number;
  /** A request with more events is answered 413. */
  readonly mostInRequest: number | null;
  /** Slack: the promise that it was given. */
  readonly maxPerMinute?: number;
  /** Told of what happens to Tidemark itself. */
  readonly system?: true;
  /** Whether it answers 503 as long as the world lives. */
  readonly down: boolean;
}

export interface Drawn {
  readonly seed: number;
  /** The world lives so long before all heals. */
  readonly minutes: number;
  /** Lives for more than a day, so that what is late by hours is found; the Worker wakes every few minutes only. */
  readonly long: boolean;
  /** Nothing is wrong but that one destination is down: nobody else may notice. */
  readonly calm: boolean;
  readonly pollSeconds: number;
  readonly requestBudget: number;
  /** The plan allows so few rows a day until the world heals; and what a run may do follows from it. Null: the free plan's. */
  readonly rows: number | null;
  /** A second token stands in the configuration, for when the first is refused. */
  readonly secondToken: boolean;
  /** The Worker knows its own address, and may link to it. */
  readonly linked: boolean;
  /** After so long the rules judge; longer than anything is late, or sooner. */
  readonly settleMinutes: number;
  readonly quirks: Quirks;
  readonly rateLimit: number | null;
  /** How far the Worker's clock is ahead of the world's, until it is set. */
  readonly skewMs: number;
  readonly traffic: Traffic;
  readonly sourceFaultRate: number;
  /** Each way of a request takes up to so long. */
  readonly latencyMs: number;
  readonly destinations: readonly DrawnDestination[];
  readonly kv: {
    /** The share of reads that show what was there up to ten minutes ago. */
    readonly staleRate: number;
    /** The share of reads and writes that fail, of writes also after they were made, or late. */
    readonly faultRate: number;
  };
  readonly happenings: readonly Happening[];
}

/** So long that in a short life all that is late has come, and been read. */
export const longSettling = 30;
/** What happens in the first hour and a half is counted for good 24 hours after its hours have ended. */
const longMinutes = 27 * 60;

/** Streams of their own for each purpose: what is switched off in one leaves the others as they are. */
export function streamOf(seed: number, purpose: string): Random {
  let mixed = seed >>> 0;
  for (const letter of purpose) mixed = (Math.imul(mixed, 31) + letter.charCodeAt(0)) >>> 0;
  return seeded(Math.imul(mixed ^ 0x5bd1e995, 0x9e3779b1));
}

export function draw(seed: number): Drawn {
  const random = streamOf(seed, "world");
  const chance = (probability: number) => random() < probability;
  const calm = seed % 6 === 0;
  const long = !calm && chance(0.03);
  const minutes = long ? longMinutes : integer(random, 4, 14);
  const drawn = {
    seed,
    minutes,
    long,
    calm,
    pollSeconds: 20,
    requestBudget: calm ? 45 : pick(random, [10, 20, 45, 45, 45]),
    rows: drawRows(streamOf(seed, "plan"), calm || long),
    secondToken: chance(0.3),
    linked: streamOf(seed, "linked")() < 0.7,
    settleMinutes: pick(streamOf(seed, "settling"), [1, longSettling]),
    quirks: drawQuirks(random),
    rateLimit: !calm && chance(0.2) ? 60 : null,
    skewMs: chance(0.2) ? pick(random, [-300_000, -20_000, 20_000, 300_000]) : 0,
    traffic: drawTraffic(random, minutes, calm, long),
    sourceFaultRate: !calm && chance(0.6) ? random() * 0.25 : 0,
    latencyMs: calm ? 50 : pick(random, [50, 500, 2000]),
    destinations: drawGuards(
      streamOf(seed, "guards"),
      drawPromises(
        streamOf(seed, "promises"),
        drawListeners(
          streamOf(seed, "listeners"),
          drawVendors(streamOf(seed, "vendors"), drawDestinations(random, calm)),
        ),
      ),
    ),
    kv: {
      staleRate: !calm && chance(0.5) ? random() : 0,
      faultRate: !calm && chance(0.4) ? random() * 0.5 : 0,
    },
  };
  // Who asks twice for each delivery is the first to go beyond what a run may.
  const askTwice = drawn.destinations.some(({ ack, tokenMinutes }) => ack || tokenMinutes);
  if (askTwice && !calm && streamOf(seed, "budget")() < 0.6) drawn.requestBudget = 10;
  // A second with a burst takes many requests: under a rate limit its count is given up, of which the operator is told,
  // and after a day there is no further count. What is late beyond the overlap is not found then.
  const { bursts, lateMaxMs } = drawn.traffic;
  if (bursts.length > 0 && (long || lateMaxMs > 100_000)) drawn.rateLimit = null;
  if (bursts.length > 0 && long)
    Object.assign(drawn.quirks, { sort: "timestamp", tieOrder: "stable", maxLimit: 100 });
  // Enough to use it up.
  if (drawn.rows !== null) drawn.traffic = { ...drawn.traffic, count: 600 };
  const happenings = calm
    ? []
    : [
        ...drawHappenings(streamOf(seed, "happenings"), drawn),
        ...drawPauses(streamOf(seed, "pauses"), drawn),
      ].sort((a, b) => a.atMs - b.atMs);
  return { ...drawn, happenings };
}

/** An eighth of the worlds uses up its day. */
function drawRows(random: Random, plenty: boolean): number | null {
  return !plenty && random() < 0.15 ? integer(random, 1200, 2200) : null;
}

function drawQuirks(random: Random): Quirks {
  return {
    fromInclusive: random() < 0.5,
    toInclusive: random() < 0.5,
    filterPrecision: pick(random, ["ms", "second"]),
    tieOrder: pick(random, ["stable", "shuffled"]),
    sort: random() < 0.8 ? "timestamp" : "ignored",
    maxLimit: random() < 0.8 ? 100 : 50,
  };
}

const filters: readonly Pick<DrawnDestination, "only" | "except" | "minSeverity">[] = [
  {},
  { except: ["user_access.*", "workspace_invitation.*"] },
  { only: ["workspace_membership.*", "user_access.log*"] },
  { minSeverity: "low" },
  { minSeverity: "medium", except: ["custom_role.*"] },
];

export function drawFilter(random: Random) {
  return pick(random, filters);
}

function drawDestinations(random: Random, calm: boolean): DrawnDestination[] {
  const names = ["siem", "team", "audit"].slice(0, integer(random, 2, 3));
  const faulty = !calm && random() < 0.75;
  return names.map((name, i) => ({
    name,
    type: i > 0 && random() < 0.35 ? "slack" : "webhook",
    batch: random() < 0.5,
    ...(i > 0 ? drawFilter(random) : {}),
    start: calm ? "1h" : pick(random, ["1h", "1h", "30m", "5m", "now"]),
    faultRate: faulty ? random() * 0.35 : 0,
    poison: !calm && random() < 0.4 ? integer(random, 1, 3) : 0,
    mostInRequest: !calm && random() < 0.15 ? integer(random, 1, 20) : null,
    down: calm && i === 0,
  }));
}

const times = (factor: number, { mostInRequest }: DrawnDestination) => ({
  mostInRequest: mostInRequest && mostInRequest * factor,
});

/** A quarter of the destinations leads to vendors with ways of their own. */
function drawVendors(
  random: Random,
  destinations: readonly DrawnDestination[],
): readonly DrawnDestination[] {
  return destinations.map((destination) => {
    if (random() > 0.27) return destination;
    const type = pick(random, ["elastic", "elastic", "splunk", "splunk", "sentinel", "datadog"]);
    const format = random() < 0.4 && ({ format: "ocsf" } as const);
    const ack = type === "splunk" ? random() < 0.6 : undefined;
    return {
      ...destination,
      type,
      ...format,
      ...(ack !== undefined && { ack }),
      // Few events for each acknowledgment, 22 s, take hours.
      ...(ack && times(7, destination)),
      ...(type === "sentinel" && { tokenMinutes: pick(random, [5, 60, 1440]) }),
    } as DrawnDestination;
  });
}

/** Of the webhooks a half is told of what happens to Tidemark itself; Slack always is. */
function drawListeners(
  random: Random,
  destinations: readonly DrawnDestination[],
): readonly DrawnDestination[] {
  return destinations.map((destination) => {
    const listens = random() < 0.5 && destination.type === "webhook";
    return listens ? { ...destination, system: true } : destination;
  });
}

/** Channels are promised few messages a minute, or many. */
function drawPromises(
  random: Random,
  destinations: readonly DrawnDestination[],
): readonly DrawnDestination[] {
  return destinations.map((destination) => {
    const maxPerMinute = pick(random, [2, 6, 6, 20]);
    // Few events for each message take hours.
    return destination.type === "slack"
      ? { ...destination, maxPerMinute, ...times(20, destination) }
      : destination;
  });
}

/** The first gets all events; of each kind of guard about a quarter has one, and a half of the worlds has rules. */
function drawGuards(
  random: Random,
  destinations: readonly DrawnDestination[],
): readonly DrawnDestination[] {
  return destinations.map((destination, i) => {
    const [where, privacy, rules, findings] = [random(), random(), random(), random()];
    const name = pick(random, whereNames);
    return {
      ...destination,
      ...(i > 0 && where < 0.3 && { where: name }),
      ...(privacy < 0.25 && { privacy: true as const }),
      ...(rules < 0.25 && { rules: true as const }),
      ...(findings < 0.25 && { findings: true as const }),
    };
  });
}
