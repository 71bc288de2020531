// The first page: all workspaces at a glance, and each in full where there is room.
import type { Overview } from "../overview.ts";
import type { Summary as RollSummary } from "../stored/roll.ts";
import { type Frame, Layout } from "./layout.tsx";
import { Pill, When } from "./parts.tsx";
import { StoredNote } from "./stored.tsx";
import { count, counted, destinationStanding, workspaceStandings } from "./words.ts";
import { eventsOf, lastPoll, NotAsked, Workspace, type WorkspaceView } from "./workspace.tsx";

/** One that could not be asked how it is. */
interface Unasked {
  readonly id: string;
  readonly overview: null;
}

export type View = WorkspaceView | Unasked;

/**
 * How much of each workspace stands on the page of all, so that it stays light: all of it, or its destinations only, or
 * one line. What is left out stands on a page of its own.
 */
export type Depth = "full" | "compact" | "line";

export function OverviewPage({
  frame,
  views,
  warnings,
  depth,
  pollSeconds,
  stored = null,
}: {
  readonly frame: Omit<Frame, "spoken">;
  readonly views: readonly View[];
  readonly warnings: readonly string[];
  readonly depth: Depth;
  readonly pollSeconds: number;
  /** Of the stored workspaces; null where there are none. */
  readonly stored?: RollSummary | null;
}) {
  const spoken = views.map(spokenOf).join(" ");
  return (
    <Layout {...frame} spoken={spoken}>
      <h1 class={views.length === 1 ? "unseen" : undefined}>Overview</h1>
      {warnings.length > 0 && (
        <details class="warnings" data-key="warnings">
          <summary>{counted(warnings.length, "thing")} in the configuration to look at</summary>
          <ul>
            {warnings.map((warning) => (
              <li>{warning}</li>
            ))}
          </ul>
        </details>
      )}
      {stored && <StoredNote summary={stored} />}
      {views.length > 1 && <Summary views={views} nowMs={frame.nowMs} depth={depth} />}
      {depth !== "line" &&
        views.map((view, i) =>
          view.overview === null ? (
            <NotAsked id={view.id} index={i} />
          ) : (
            <Workspace
              view={view}
              index={i}
              nowMs={frame.nowMs}
              pollSeconds={pollSeconds}
              full={depth === "full"}
            />
          ),
        )}
    </Layout>
  );
}

function spokenOf({ id, overview }: View): string {
  if (overview === null) return `${id}: could not be asked.`;
  const { state, destinations } = overview.status;
  const each = destinations.map(
    (one) => `${one.name} ${destinationStanding(one).word.toLowerCase()}`,
  );
  return `${id}: ${workspaceStandings[state].word.toLowerCase()}. ${each.join(", ")}.`;
}

function Summary({
  views,
  nowMs,
  depth,
}: {
  readonly views: readonly View[];
  readonly nowMs: number;
  readonly depth: Depth;
}) {
  return (
    <section class="card" aria-label="All workspaces">
      <table class="cards">
        <caption class="unseen">All workspaces</caption>
        <thead>
          <tr>
            <th scope="col">Workspace</th>
            <th scope="col">State</th>
            <th scope="col">Last poll</th>
            <th scope="col">Destinations</th>
            <th scope="col" class="number">
              Events, 24 h
            </th>
            <th scope="col" class="number">
              Dead letters
            </th>
          </tr>
        </thead>
        <tbody>
          {views.map(({ id, overview }, i) => (
            <tr>
              <th scope="row">
                <a
                  href={depth === "full" ? `#w${i}` : `/?${new URLSearchParams({ workspace: id })}`}
                >
                  <bdi class="name">{id}</bdi>
                </a>
              </th>
              {overview === null ? (
                <td colspan={5}>could not be asked</td>
              ) : (
                <SummaryCells overview={overview} nowMs={nowMs} />
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function SummaryCells({
  overview,
  nowMs,
}: {
  readonly overview: Overview;
  readonly nowMs: number;
}) {
  const { status, hours } = overview;
  const well = status.destinations.filter(({ state }) => state === "ok").length;
  return (
    <>
      <td data-label="State">
        <Pill {...workspaceStandings[status.state]} />
      </td>
      <td data-label="Last poll">
        <When at={lastPoll(overview)} nowMs={nowMs} />
      </td>
      <td data-label="Destinations">
        {well} of {status.destinations.length} up to date
      </td>
      <td data-label="Events, 24 h" class="number">
        {count(eventsOf(hours))}
      </td>
      <td data-label="Dead letters" class="number">
        {count(status.deadLetters)}
      </td>
    </>
  );
}
