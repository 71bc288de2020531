// The list of stored workspaces: a page at a time, from what was last seen of each; none of them is asked.
import type { Listed, Summary } from "../stored/roll.ts";
import { toIso } from "../time.ts";
import { type Frame, Layout } from "./layout.tsx";
import { Empty, Pill, Span, When } from "./parts.tsx";
import { count, counted, storedStanding } from "./words.ts";

interface StoredProps {
  readonly frame: Frame;
  readonly summary: Summary;
  readonly workspaces: readonly Listed[];
  /** Only those in this state; "" for all. */
  readonly state: string;
  /** The id after which the next page begins; null at the end. */
  readonly next: string | null;
}

export function StoredPage({ frame, summary, workspaces, state, next }: StoredProps) {
  const { nowMs } = frame;
  return (
    <Layout {...frame}>
      <h1>Stored workspaces</h1>
      {summary.total === 0 ? (
        <Empty>
          None is stored: all stand in wrangler.toml. A workspace is stored with{" "}
          <code>PUT /workspaces/&lt;id&gt;</code>; see docs/workspaces.md.
        </Empty>
      ) : (
        <States summary={summary} state={state} nowMs={nowMs} />
      )}
      {workspaces.length > 0 && (
        <section class="card" aria-label="Stored workspaces">
          <table class="cards">
            <caption class="unseen">Stored workspaces</caption>
            <thead>
              <tr>
                <th scope="col">Workspace</th>
                <th scope="col">State</th>
                <th scope="col">Since</th>
                <th scope="col">What is wrong</th>
                <th scope="col">Destinations</th>
                <th scope="col" class="number">
                  Version
                </th>
              </tr>
            </thead>
            <tbody>
              {workspaces.map((one) => (
                <Line one={one} nowMs={nowMs} />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {next !== null && (
        <p>
          <a href={address(state, next)}>More</a>
        </p>
      )}
    </Layout>
  );
}

function States({
  summary: { total, states, everyMs, lookedMs },
  state,
  nowMs,
}: Pick<StoredProps, "summary" | "state"> & { readonly nowMs: number }) {
  return (
    <p>
      {state === "" ? `All ${count(total)}` : <a href={address("", "")}>All {count(total)}</a>}
      {Object.entries(states).map(([name, n]) => (
        <>
          {" · "}
          {name === state ? (
            `${storedStanding(name).word} ${count(n)}`
          ) : (
            <a href={address(name, "")}>
              {storedStanding(name).word} {count(n)}
            </a>
          )}
        </>
      ))}
      . Each is looked at once in {counted(everyMs / 60_000, "minute")}; the last look was{" "}
      <When at={lookedMs} nowMs={nowMs} />.
    </p>
  );
}

function Line({ one, nowMs }: { readonly one: Listed; readonly nowMs: number }) {
  const { id, state, problem, sinceMs, destinations, version } = one;
  return (
    <tr>
      <th scope="row">
        <a href={`/?${new URLSearchParams({ workspace: id })}`}>
          <bdi class="name">{id}</bdi>
        </a>
      </th>
      <td data-label="State">
        <Pill {...storedStanding(state)} />
      </td>
      <td data-label="Since">
        <Span from={toIso(sinceMs)} nowMs={nowMs} />
      </td>
      <td data-label="What is wrong">{problem ?? "nothing"}</td>
      <td data-label="Destinations">{destinations.join(", ")}</td>
      <td data-label="Version" class="number">
        {count(version)}
      </td>
    </tr>
  );
}

/** On the first page: how many there are besides, and how they are. */
export function StoredNote({ summary }: { readonly summary: Summary }) {
  const states = Object.entries(summary.states).map(
    ([state, n]) => `${storedStanding(state).word.toLowerCase()} ${count(n)}`,
  );
  return (
    <p class="notice info">
      {counted(summary.total, "workspace")} stored beside wrangler.toml: {states.join(", ")}.{" "}
      <a href={address("", "")}>List</a>
    </p>
  );
}

function address(state: string, after: string): string {
  const query = { ...(state !== "" && { state }), ...(after !== "" && { after }) };
  const text = new URLSearchParams(query).toString();
  return `/dashboard/workspaces${text === "" ? "" : `?${text}`}`;
}
