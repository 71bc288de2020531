// The events of a period, with a form that filters them.
import type { AuditEvent } from "../event/event.ts";
import { severities } from "../event/event.ts";
import { knownTypes } from "../route.ts";
import { EventList } from "./event-list.tsx";
import { type Frame, Layout } from "./layout.tsx";
import { Empty } from "./parts.tsx";
import { counted } from "./words.ts";

export const periods = {
  "1h": "the last hour",
  "24h": "the last 24 hours",
  "7d": "the last 7 days",
  "30d": "the last 30 days",
  "90d": "the last 90 days",
} as const;
export type Period = keyof typeof periods;

export interface EventFilter {
  readonly workspace: string;
  readonly type: string;
  readonly person: string;
  readonly severity: (typeof severities)[number];
  readonly period: Period;
}

interface Props {
  readonly frame: Frame;
  readonly workspaces: readonly string[];
  readonly filter: EventFilter;
  /** Newest first. */
  readonly events: readonly AuditEvent[];
  /** Whether they are the earliest of the period, not the latest. */
  readonly earliest: boolean;
  /** Address of the events that this page has no room for. */
  readonly more: string | null;
  readonly problem: string | null;
}

export function EventsPage({ frame, workspaces, filter, events, earliest, more, problem }: Props) {
  const filtered = filter.type !== "" || filter.person !== "" || filter.severity !== "info";
  return (
    <Layout {...frame}>
      <h1>Events</h1>
      <FilterForm filter={filter} workspaces={workspaces} />
      {problem !== null && (
        <p class="notice bad" role="status">
          {problem}
        </p>
      )}
      <section class="card" aria-labelledby="found">
        <h2 id="found" class="found">
          {counted(events.length, "event")}{" "}
          <small>
            of {periods[filter.period]}, newest first
            {earliest && "; these are the earliest, later ones follow below"}
          </small>
        </h2>
        {events.length > 0 && (
          <EventList events={events} workspace={filter.workspace} nowMs={frame.nowMs} />
        )}
        {events.length === 0 && problem === null && (
          <Empty>
            {filtered
              ? "Nothing here fits the filter. Choose a longer period, or leave out a part of it."
              : "Webflow's log shows nothing for this period. Choose a longer one."}
          </Empty>
        )}
        {more !== null && (
          <p class="pager">
            <a href={more}>More events of this period</a>
          </p>
        )}
      </section>
    </Layout>
  );
}

function FilterForm({
  filter,
  workspaces,
}: {
  readonly filter: EventFilter;
  readonly workspaces: readonly string[];
}) {
  return (
    <form method="get" class="card filter" aria-label="Filter">
      {workspaces.length > 1 && (
        <div>
          <label for="workspace">Workspace</label>
          <Select
            name="workspace"
            chosen={filter.workspace}
            options={workspaces.map((id) => [id, id])}
          />
        </div>
      )}
      <label>
        Type
        <input
          name="type"
          list="types"
          value={filter.type}
          placeholder="any, e.g. custom_role.*"
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <datalist id="types">
        {knownTypes.map((type) => (
          <option value={type} />
        ))}
      </datalist>
      <label>
        Person
        <input
          name="person"
          value={filter.person}
          placeholder="part of an address"
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <div>
        <label for="severity">Severity</label>
        <Select
          name="severity"
          chosen={filter.severity}
          options={severities.map((severity) => [
            severity,
            severity === "info" ? "any" : `${severity} or more`,
          ])}
        />
      </div>
      <div>
        <label for="period">Period</label>
        <Select name="period" chosen={filter.period} options={Object.entries(periods)} />
      </div>
      <button type="submit" class="primary">
        Show
      </button>
    </form>
  );
}

function Select({
  name,
  chosen,
  options,
}: {
  readonly name: string;
  readonly chosen: string;
  readonly options: readonly (readonly [string, string])[];
}) {
  return (
    <select name={name} id={name}>
      {options.map(([value, text]) => (
        <option value={value} selected={value === chosen}>
          {text}
        </option>
      ))}
    </select>
  );
}
