// A failing world made smaller, as long as it fails in the same way.
import { defaultQuirks } from "../../sandbox/webflow/quirks.ts";
import type { Drawn, DrawnDestination } from "./draw.ts";
import { live, type Outcome } from "./story.ts";

/** At most so many lives, and so long: a world that never finishes takes its time. */
const most = 150;
const mostMs = 30_000;

export interface Shrunk {
  readonly drawn: Drawn;
  readonly outcome: Outcome;
}

export async function shrink(drawn: Drawn, outcome: Outcome): Promise<Shrunk> {
  const kind = outcome.breaches[0]?.kind;
  let smallest: Shrunk = { drawn, outcome };
  const startedMs = performance.now();
  let tries = 0;
  for (let improved = true; improved; ) {
    improved = false;
    for (const step of steps) {
      for (const smaller of step(smallest.drawn)) {
        if (tries++ >= most || performance.now() - startedMs > mostMs) return smallest;
        const again = await live(smaller);
        if (again.breaches[0]?.kind !== kind) continue;
        smallest = { drawn: smaller, outcome: again };
        improved = true;
        break;
      }
    }
  }
  return smallest;
}

/** The plainest receiver in the place of another. */
function withWebhook(destinations: readonly DrawnDestination[], index: number) {
  return destinations.map((destination, i): DrawnDestination => {
    if (i !== index) return destination;
    const { ack: _ack, format: _format, tokenMinutes: _minutes, ...rest } = destination;
    return { ...rest, type: "webhook" };
  });
}

type Step = (drawn: Drawn) => Drawn[];

const without = <T>(list: readonly T[], index: number) => list.filter((_, i) => i !== index);

/** Each step gives smaller worlds, the smallest first; none where there is nothing left to take away. */
const steps: readonly Step[] = [
  (drawn) =>
    drawn.happenings.map((_, i) => ({ ...drawn, happenings: without(drawn.happenings, i) })),
  (drawn) =>
    drawn.destinations.length < 2
      ? []
      : drawn.destinations.map((_, i) => ({
          ...drawn,
          destinations: without(drawn.destinations, i),
        })),
  ({ destinations, ...drawn }) =>
    destinations.flatMap(({ type }, i) =>
      type === "webhook" ? [] : [{ ...drawn, destinations: withWebhook(destinations, i) }],
    ),
  when(({ sourceFaultRate }) => sourceFaultRate > 0, { sourceFaultRate: 0 }),
  when(
    ({ kv }) => kv.staleRate > 0,
    ({ kv }) => ({ kv: { ...kv, staleRate: 0 } }),
  ),
  when(
    ({ kv }) => kv.faultRate > 0,
    ({ kv }) => ({ kv: { ...kv, faultRate: 0 } }),
  ),
  when(({ rows }) => rows !== null, { rows: null }),
  when(({ rateLimit }) => rateLimit !== null, { rateLimit: null }),
  when(({ skewMs }) => skewMs !== 0, { skewMs: 0 }),
  when(({ latencyMs }) => latencyMs > 50, { latencyMs: 50 }),
  ...(["faultRate", "poison"] as const).map((name) => plain(name, 0)),
  plain("mostInRequest", null),
  ...(["where", "privacy", "rules", "findings"] as const).map(unguarded),
  traffic("unusable", 0),
  traffic("shifts", 0),
  traffic("backlog", 0),
  traffic("schemaChangeMs", null),
  traffic("wholeSeconds", false),
  traffic("lagMs", 0),
  traffic("lateShare", 0),
  traffic("twins", 0),
  traffic("ties", 0),
  traffic("unknownTypes", 0),
  (drawn) =>
    drawn.traffic.bursts.length > 0
      ? [{ ...drawn, traffic: { ...drawn.traffic, bursts: [] } }]
      : [],
  (drawn) => {
    const { count } = drawn.traffic;
    const counts = [Math.floor(count / 8), Math.floor(count / 2), count - 1].filter(
      (n) => n > 0 && n < count,
    );
    return counts.map((n) => ({ ...drawn, traffic: { ...drawn.traffic, count: n } }));
  },
  ({ quirks, ...drawn }) => {
    const usual: typeof quirks = defaultQuirks;
    return (Object.keys(quirks) as (keyof typeof quirks)[])
      .filter((name) => quirks[name] !== usual[name])
      .map((name) => ({ ...drawn, quirks: { ...quirks, [name]: usual[name] } }));
  },
];

function when(
  holds: (drawn: Drawn) => boolean,
  change: Partial<Drawn> | ((drawn: Drawn) => Partial<Drawn>),
): Step {
  return (drawn) =>
    holds(drawn) ? [{ ...drawn, ...(typeof change === "function" ? change(drawn) : change) }] : [];
}

function plain<Name extends keyof DrawnDestination>(
  name: Name,
  value: DrawnDestination[Name],
): Step {
  return (drawn) =>
    drawn.destinations.every((destination) => destination[name] === value)
      ? []
      : [{ ...drawn, destinations: drawn.destinations.map((one) => ({ ...one, [name]: value })) }];
}

function unguarded(name: "where" | "privacy" | "rules" | "findings"): Step {
  return (drawn) =>
    drawn.destinations.every((destination) => destination[name] === undefined)
      ? []
      : [
          {
            ...drawn,
            destinations: drawn.destinations.map(
              ({ [name]: _, ...rest }) => rest as DrawnDestination,
            ),
          },
        ];
}

function traffic<Name extends keyof Drawn["traffic"]>(
  name: Name,
  value: Drawn["traffic"][Name],
): Step {
  return (drawn) =>
    drawn.traffic[name] === value
      ? []
      : [{ ...drawn, traffic: { ...drawn.traffic, [name]: value } }];
}
