// What happens to Tidemark besides faults: deaths, deploys, clocks, and an operator with good and bad ideas.
import { integer, pick, type Random } from "../../sandbox/random.ts";
import { type Drawn, type DrawnDestination, drawFilter, minute } from "./draw.ts";

type Filter = Pick<DrawnDestination, "only" | "except" | "minSeverity">;

export type Happening = { readonly atMs: number } & (
  | /** The process dies at one of its next calls of a port. */
  { readonly kind: "die"; readonly calls: number }
  | /** Another process with the same storage. */ { readonly kind: "deploy" }
  | /** The Durable Object's storage is lost. */ { readonly kind: "wipe" }
  | { readonly kind: "skew"; readonly ms: number }
  | { readonly kind: "cron_missed" | "alarms_lost"; readonly forMs: number }
  | /** Cron and alarm at the same moment. */ { readonly kind: "doubled" }
  | { readonly kind: "sync" }
  | { readonly kind: "resync"; readonly backMs: number }
  | {
      /** A re-sync is planned, for one destination or all, and applied after a while. */
      readonly kind: "plan";
      readonly backMs: number;
      readonly forMs: number;
      readonly name: string | null;
      readonly redeliver: boolean;
      readonly applyMs: number;
    }
  | {
      /** The operator moves a mark in KV. */
      readonly kind: "mark";
      readonly name: string;
      readonly bySeconds: number;
    }
  | { readonly kind: "add"; readonly destination: DrawnDestination }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "filter"; readonly name: string; readonly filter: Filter }
  | {
      readonly kind: "revoke";
      readonly name: string;
      readonly status: 401 | 403 | 404 | 410;
      readonly forMs: number;
      /** The operator tries it at the end, or the hourly probe finds it well. */
      readonly tested: boolean;
    }
  | {
      /** The operator pauses a destination: until its end, or until they resume it, whichever is first. */
      readonly kind: "pause";
      readonly name: string;
      readonly forMs: number | null;
      readonly resumedMs: number | null;
    }
  | {
      /** The token is revoked; it comes back, or another is deployed. */
      readonly kind: "token";
      readonly forMs: number;
      readonly replaced: boolean;
    }
);
type Kind = Exclude<Happening["kind"], "pause">;

/** How often each is drawn, against the others. */
const weights: Readonly<Record<Kind, number>> = {
  die: 12,
  deploy: 2,
  wipe: 1,
  skew: 2,
  cron_missed: 2,
  alarms_lost: 2,
  doubled: 2,
  sync: 2,
  resync: 2,
  plan: 3,
  mark: 2,
  add: 1,
  remove: 1,
  filter: 1,
  revoke: 2,
  token: 1,
};
const lots = Object.entries(weights).flatMap(([kind, weight]) =>
  Array<Kind>(weight).fill(kind as Kind),
);

export function drawHappenings(random: Random, world: Omit<Drawn, "happenings">): Happening[] {
  const count = integer(random, 0, 12);
  return Array.from({ length: count }, () => drawOne(random, world)).sort(
    (a, b) => a.atMs - b.atMs,
  );
}

/** Beside the others, which stay as they were before there were pauses. */
export function drawPauses(random: Random, world: Omit<Drawn, "happenings">): Happening[] {
  const count = random() < 0.4 ? integer(random, 1, 3) : 0;
  return Array.from({ length: count }, () => {
    const { name } = pick(random, world.destinations);
    const forMs = random() < 0.5 ? integer(random, 1, 400) * 1000 : null;
    const byHand = forMs === null || random() < 0.3;
    const resumedMs = byHand ? integer(random, 0, 400) * 1000 : null;
    const atMs = integer(random, 5000, world.minutes * minute);
    return { atMs, kind: "pause", name, forMs, resumedMs };
  });
}

function drawOne(random: Random, { minutes, destinations }: Omit<Drawn, "happenings">): Happening {
  const atMs = integer(random, 5000, minutes * minute);
  const kind = pick(random, lots);
  const { name } = pick(random, destinations);
  const forMs = integer(random, 1, 5) * minute;
  switch (kind) {
    case "die":
      return { atMs, kind, calls: integer(random, 0, 60) };
    case "skew":
      return { atMs, kind, ms: pick(random, [-300_000, -60_000, -5000, 0, 5000, 60_000, 300_000]) };
    case "cron_missed":
    case "alarms_lost":
      return { atMs, kind, forMs };
    case "resync":
      return { atMs, kind, backMs: integer(random, -1, 60) * minute };
    case "plan":
      return {
        atMs,
        kind,
        backMs: integer(random, 0, 70) * minute,
        forMs: integer(random, 1, 70) * minute,
        name: random() < 0.5 ? name : null,
        redeliver: random() < 0.3,
        applyMs: integer(random, 0, 90) * 1000,
      };
    case "mark":
      return { atMs, kind, name, bySeconds: integer(random, -20, 3) * 60 + integer(random, 0, 59) };
    case "add": {
      const [first] = destinations;
      if (!first) throw new Error("a world without destinations");
      const start = pick(random, ["now", "5m", "1h"]);
      return { atMs, kind, destination: { ...first, ...drawFilter(random), name: "extra", start } };
    }
    case "remove":
      return { atMs, kind, name };
    case "filter":
      return { atMs, kind, name, filter: drawFilter(random) };
    case "revoke":
      return {
        atMs,
        kind,
        name,
        status: pick(random, [401, 403, 404, 410]),
        forMs,
        tested: random() < 0.7,
      };
    case "token":
      return { atMs, kind, forMs, replaced: random() < 0.5 };
    default:
      return { atMs, kind };
  }
}
