// The metrics as Prometheus reads them.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
import { standings } from "./governor/plan.ts";
import { resources } from "./governor/plans.ts";
import { buckets, type Counts } from "./ledger/statistics.ts";
import { type Metric, metrics } from "./metric-list.ts";
import type { Standing } from "./overview.ts";
import { type DestinationStatus, destinationStates, workspaceStates } from "./status.ts";

const byState: Metric = {
  type: "gauge",
  help: "Stored workspaces by state, as they were when they were last looked at",
  labels: ["state"],
};

type MetricName = keyof typeof metrics;

/** Which of the ledger's series a metric is made of. */
const counted = {
  polls: "tidemark_polls_total",
  source_requests: "tidemark_source_requests_total",
  events: "tidemark_events_total",
  late_events: "tidemark_late_events_total",
  deliveries: "tidemark_deliveries_total",
  requests: "tidemark_requests_total",
  findings: "tidemark_findings_total",
  findings_held_back: "tidemark_findings_held_back_total",
  kv_writes: "tidemark_kv_writes_total",
} as const satisfies Record<string, MetricName>;

const histograms = {
  delivery_lag_seconds: "tidemark_delivery_lag_seconds",
  request_seconds: "tidemark_request_duration_seconds",
} as const satisfies Record<keyof typeof buckets, MetricName>;

/** Of one workspace. */
export interface Measured {
  readonly workspace: string;
  readonly totals: Counts;
  readonly standing: Standing;
}

interface Sample {
  /** With what follows the metric's name, e.g. `_bucket`. */
  readonly suffix?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All workspaces as one exposition. `stored`: how many of those that are stored are in which state. */
export function toPrometheus(
  all: readonly Measured[],
  version: string,
  stored: Readonly<Record<string, number>> = {},
): string {
  const families = (Object.keys(metrics) as MetricName[]).map((name) =>
    family(
      name,
      metrics[name],
      all.flatMap((one) => samplesOf(name, one)),
    ),
  );
  const info = { type: "gauge", help: "The version that runs", labels: ["version"] } as const;
  const counts = Object.entries(stored).map(([state, value]) => ({ labels: { state }, value }));
  const ofStored = counts.length > 0 ? [family("tidemark_stored_workspaces", byState, counts)] : [];
  const ofInfo = family("tidemark_info", info, [{ labels: { version }, value: 1 }]);
  return [ofInfo, ...families, ...ofStored].join("");
}

function family(name: string, { type, help }: Metric, samples: readonly Sample[]): string {
  const lines = samples.map(({ suffix = "", labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}${suffix}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

const escaped = (text: string) =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

function samplesOf(name: MetricName, { workspace, totals, standing }: Measured): Sample[] {
  const at = (labels: Readonly<Record<string, string>>, value: number | null): Sample[] =>
    value === null ? [] : [{ labels: { workspace, ...labels }, value }];
  const series = Object.entries(counted).find(([, metric]) => metric === name)?.[0];
  if (series !== undefined) {
    const { labels } = metrics[name];
    return rowsOf(totals, series).flatMap(([values, n]) => at(named(labels, values), n));
  }
  const histogram = Object.entries(histograms).find(([, metric]) => metric === name)?.[0];
  if (histogram !== undefined)
    return histogramOf(totals, histogram as keyof typeof buckets, workspace);
  const { status, lastRun, kvWritesToday } = standing;
  const { budget } = status;
  const each = (labels: (one: DestinationStatus) => Sample[]) =>
    status.destinations.flatMap(labels);
  const states = <State extends string>(known: readonly State[], is: State, labels = {}) =>
    known.flatMap((state) => at({ ...labels, state }, state === is ? 1 : 0));
  switch (name) {
    case "tidemark_workspace_state":
      return states(workspaceStates, status.state);
    case "tidemark_destination_state":
      return each((one) => states(destinationStates, one.state, { destination: one.name }));
    case "tidemark_last_read_timestamp_seconds":
      return at({}, secondsOf(status.lastRead));
    case "tidemark_newest_event_timestamp_seconds":
      return at({}, secondsOf(status.newestEvent));
    case "tidemark_mark_timestamp_seconds":
      return each((one) => at({ destination: one.name }, secondsOf(one.through)));
    case "tidemark_lag_seconds":
      return each((one) => at({ destination: one.name }, one.lagSeconds));
    case "tidemark_backlog_events":
      return each((one) => at({ destination: one.name }, one.backlog));
    case "tidemark_consecutive_failures":
      return each((one) => at({ destination: one.name }, one.failures));
    case "tidemark_dead_letters":
      return at({}, status.deadLetters);
    case "tidemark_mutes":
      return at({}, status.mutes);
    case "tidemark_run_requests":
      return at({}, lastRun?.budget.used ?? null);
    case "tidemark_run_requests_limit":
      return at({}, lastRun?.budget.of ?? null);
    case "tidemark_kv_writes_today":
      return at({}, kvWritesToday);
    case "tidemark_budget_used":
      return resources.flatMap((resource) => at({ resource }, budget.resources[resource].used));
    case "tidemark_budget_forecast":
      return resources.flatMap((resource) => at({ resource }, budget.resources[resource].forecast));
    case "tidemark_budget_limit":
      return resources.flatMap((resource) => at({ resource }, budget.resources[resource].limit));
    case "tidemark_budget_standing":
      return standings.flatMap((one) => at({ standing: one }, one === budget.standing ? 1 : 0));
    case "tidemark_poll_interval_seconds":
      return at({}, budget.pollSeconds);
    default:
      throw new Error(`nobody gives ${name}`);
  }
}

function secondsOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso) / 1000;
}

/** The values of the labels, and the count, of each series of that name. */
function rowsOf(totals: Counts, name: string): (readonly [string[], number])[] {
  return Object.entries(totals)
    .map(([series, n]) => [series.split(" "), n] as const)
    .filter(([[first]]) => first === name)
    .map(([[, ...values], n]) => [values, n] as const);
}

function named(labels: readonly string[], values: readonly string[]): Record<string, string> {
  return Object.fromEntries(labels.map((label, i) => [label, values[i] ?? ""]));
}

/** Cumulative buckets, as Prometheus wants them. */
function histogramOf(totals: Counts, name: keyof typeof buckets, workspace: string): Sample[] {
  const rows = rowsOf(totals, name);
  const destinations = [...new Set(rows.map(([[destination = ""]]) => destination))];
  return destinations.flatMap((destination) => {
    const labels = { workspace, destination };
    const of = (bound: string) => totals[`${name} ${destination} ${bound}`] ?? 0;
    let below = 0;
    const bounds = [...buckets[name].map(String), "+Inf"].map((le) => {
      below += of(le);
      return { suffix: "_bucket", labels: { ...labels, le }, value: below };
    });
    return [
      ...bounds,
      { suffix: "_sum", labels, value: of("sum") },
      { suffix: "_count", labels, value: below },
    ];
  });
}
