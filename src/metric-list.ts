// Every metric on one page: its type, what it counts, its labels.

export interface Metric {
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Besides `workspace`. */
  readonly labels: readonly string[];
}

/** The first ones are counted by the ledger, under the names in `counted`. */
export const metrics = {
  tidemark_polls_total: {
    type: "counter",
    help: "Polls of the audit log, by outcome: ok or failed",
    labels: ["outcome"],
  },
  tidemark_source_requests_total: {
    type: "counter",
    help: "Requests to Webflow by HTTP status; none: there was no answer",
    labels: ["status"],
  },
  tidemark_events_total: {
    type: "counter",
    help: "Distinct events seen in the audit log, by type",
    labels: ["type"],
  },
  tidemark_late_events_total: {
    type: "counter",
    help: "Of these, events that appeared only when the log had been read past their time",
    labels: [],
  },
  tidemark_deliveries_total: {
    type: "counter",
    help: "Events that came to an end at a destination: delivered, filtered or dead_lettered",
    labels: ["destination", "outcome"],
  },
  tidemark_requests_total: {
    type: "counter",
    help: "Requests to a destination: delivered, each (judged event by event), confirm (taken, not safe yet), retry, reject or halt",
    labels: ["destination", "outcome"],
  },
  tidemark_findings_total: {
    type: "counter",
    help: "Findings by rule and severity",
    labels: ["rule", "severity"],
  },
  tidemark_findings_held_back_total: {
    type: "counter",
    help: "Findings that the weekly limit of their rule, mostAWeek, held back",
    labels: ["rule"],
  },
  tidemark_kv_writes_total: {
    type: "counter",
    help: "Writes of the marks to KV",
    labels: [],
  },
  tidemark_delivery_lag_seconds: {
    type: "histogram",
    help: "From an event's time to the receiver's acknowledgment; events from before a destination's start are left out",
    labels: ["destination"],
  },
  tidemark_request_duration_seconds: {
    type: "histogram",
    help: "From a request to a destination to its complete answer",
    labels: ["destination"],
  },
  tidemark_workspace_state: {
    type: "gauge",
    help: "1 for the state that a workspace is in, 0 for the others",
    labels: ["state"],
  },
  tidemark_destination_state: {
    type: "gauge",
    help: "1 for the state that a destination is in, 0 for the others",
    labels: ["destination", "state"],
  },
  tidemark_last_read_timestamp_seconds: {
    type: "gauge",
    help: "When the audit log last gave a usable answer",
    labels: [],
  },
  tidemark_newest_event_timestamp_seconds: {
    type: "gauge",
    help: "Time of the youngest event that was seen",
    labels: [],
  },
  tidemark_mark_timestamp_seconds: {
    type: "gauge",
    help: "High-water mark of a destination",
    labels: ["destination"],
  },
  tidemark_lag_seconds: {
    type: "gauge",
    help: "From a destination's mark to the youngest event; absent while the log cannot be read",
    labels: ["destination"],
  },
  tidemark_backlog_events: {
    type: "gauge",
    help: "Events seen that have not come to an end at a destination, counted up to 10,000",
    labels: ["destination"],
  },
  tidemark_consecutive_failures: {
    type: "gauge",
    help: "Requests to a destination that failed in a row",
    labels: ["destination"],
  },
  tidemark_dead_letters: {
    type: "gauge",
    help: "Events that could not be delivered for good, until they are sent again or discarded",
    labels: [],
  },
  tidemark_mutes: {
    type: "gauge",
    help: "Mutes under way",
    labels: [],
  },
  tidemark_run_requests: {
    type: "gauge",
    help: "Outgoing requests of the last run",
    labels: [],
  },
  tidemark_run_requests_limit: {
    type: "gauge",
    help: "Outgoing requests that a run may make: REQUEST_BUDGET",
    labels: [],
  },
  tidemark_kv_writes_today: {
    type: "gauge",
    help: "Writes of the marks to KV since midnight UTC; the free plan allows 1,000 in all",
    labels: [],
  },
  tidemark_budget_used: {
    type: "gauge",
    help: "What a workspace has used of a resource of Cloudflare's plan since midnight UTC",
    labels: ["resource"],
  },
  tidemark_budget_forecast: {
    type: "gauge",
    help: "The same at the next midnight UTC, as forecast",
    labels: ["resource"],
  },
  tidemark_budget_limit: {
    type: "gauge",
    help: "The workspace's part of the plan; of the paid plan, a thirtieth of what a month includes",
    labels: ["resource"],
  },
  tidemark_budget_standing: {
    type: "gauge",
    help: "1 for how the plan bears the pace: ok, slow (polled less often than promised) or held (nothing new until midnight UTC)",
    labels: ["standing"],
  },
  tidemark_poll_interval_seconds: {
    type: "gauge",
    help: "Between two polls of the audit log, at present",
    labels: [],
  },
} as const satisfies Record<string, Metric>;
