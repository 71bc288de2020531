// The destinations of a workspace: how each stands, how it went in the last day, and what can be done with it.
import type { HourOverview } from "../overview.ts";
import { advice } from "../routes/operations.ts";
import type { WorkspaceStatus } from "../status.ts";
import type { TestReport } from "../test-event.ts";
import { Sparkline } from "./charts.tsx";
import { Empty, Pill, When } from "./parts.tsx";
import { count, counted, destinationStanding, percent, span } from "./words.ts";

type Destination = WorkspaceStatus["destinations"][number];
export type Test = TestReport & { readonly atMs: number };

interface Props {
  readonly destinations: readonly Destination[];
  readonly hours: readonly HourOverview[];
  readonly tests: readonly Test[];
  readonly nowMs: number;
  readonly workspace: string;
  /** It is a stored one: its destinations are its own. */
  readonly stored: boolean;
}

export function Destinations({ destinations, hours, tests, nowMs, workspace, stored }: Props) {
  if (destinations.length === 0)
    return (
      <Empty>
        No destination takes this workspace's events. Add one under{" "}
        <code>[[vars.DESTINATIONS]]</code> in <code>wrangler.toml</code>, and deploy.
      </Empty>
    );
  return (
    // Their cells are told apart by their places: with 20 destinations every attribute counts.
    <table class="cards destinations">
      <caption class="unseen">Destinations of {workspace}</caption>
      <thead>
        <tr>
          <th scope="col">Destination</th>
          <th scope="col">State</th>
          <th scope="col" title="All that the log showed up to here is settled">
            Mark
          </th>
          <th scope="col" title="From the mark to the youngest event">
            Lag
          </th>
          <th scope="col" title="Events seen that have not come to an end here">
            Backlog
          </th>
          <th scope="col" title="Of the requests of the last 24 hours">
            Success
          </th>
          <th scope="col" title="Mean of each of the last 24 hours">
            Latency
          </th>
          <th scope="col">
            <span class="unseen">Actions</span>
          </th>
        </tr>
      </thead>
      {destinations.map((destination) => (
        <Rows
          destination={destination}
          hours={hours}
          test={tests.find((one) => one.destination === destination.name)}
          nowMs={nowMs}
          workspace={stored ? workspace : null}
        />
      ))}
    </table>
  );
}

interface RowProps {
  readonly destination: Destination;
  readonly hours: readonly HourOverview[];
  readonly test: Test | undefined;
  readonly nowMs: number;
  /** Whose destination it is alone; null for one of wrangler.toml. */
  readonly workspace: string | null;
}

function Rows({ destination, hours, test, nowMs, workspace }: RowProps) {
  const { name, type, through, lagSeconds, backlog } = destination;
  const own = hours.map((hour) => hour.destinations[name]);
  const requests = own.reduce((total, hour) => total + (hour?.requests ?? 0), 0);
  const failed = own.reduce((total, hour) => total + (hour?.failed ?? 0), 0);
  return (
    <tbody>
      <tr>
        <th scope="row">
          <bdi>{name}</bdi> <span class="type">{type}</span>
        </th>
        <td>
          <Pill {...destinationStanding(destination)} />
        </td>
        <td>{through === null ? <None /> : <When at={through} nowMs={nowMs} />}</td>
        <td>{lagSeconds === null ? <None /> : span(lagSeconds)}</td>
        <td>{backlog >= 10_000 ? "10,000+" : count(backlog)}</td>
        <td title={`${counted(requests, "request")}, ${count(failed)} failed`}>
          {requests === 0 ? <None /> : percent(requests - failed, requests)}
        </td>
        <td>
          <Sparkline seconds={own.map((hour) => hour?.seconds ?? null)} />
        </td>
        <td class="actions">
          <Actions destination={destination} workspace={workspace} />
        </td>
      </tr>
      <Details destination={destination} test={test} nowMs={nowMs} />
    </tbody>
  );
}

function None() {
  return (
    <span class="none" title="Not known yet">
      –
    </span>
  );
}

/** What is wrong in words, and what to do; what the last test said. */
function Details({ destination, test, nowMs }: Omit<RowProps, "hours" | "workspace">) {
  const { problem, lastError, lastErrorAt, nextAttempt, nextDigest, tooOld } = destination;
  const over = problem === null && lastError !== null && lastErrorAt !== null;
  if (problem === null && !over && !test && !tooOld && !nextDigest) return null;
  return (
    <tr class="more">
      <td colspan={8}>
        {problem !== null && (
          <p class={destination.hold ? "remark" : "remark bad"}>
            {problem}
            {nextAttempt !== null && !destination.hold && (
              <>
                {" "}
                Next attempt <When at={nextAttempt} nowMs={nowMs} />.
              </>
            )}
          </p>
        )}
        {over && (
          <p class="remark">
            Last error, over since then: {lastError} (<When at={lastErrorAt} nowMs={nowMs} />)
          </p>
        )}
        {nextDigest !== null && (
          <p class="remark">
            A digest: what waits for it is told <When at={nextDigest} nowMs={nowMs} />.
          </p>
        )}
        {tooOld && (
          <p class="remark">
            {counted(tooOld.count, "event")} sent here were older than this receiver files under
            their own time; see its page in docs/destinations.
          </p>
        )}
        {test && (
          <p class={test.outcome === "delivered" ? "remark good" : "remark bad"}>
            Test <When at={test.atMs} nowMs={nowMs} />: {test.detail}
            {test.outcome !== "delivered" && ` ${advice[test.outcome]}`}
          </p>
        )}
      </td>
    </tr>
  );
}

const spans = [
  ["pause", "Until resumed"],
  ["pause-1h", "For an hour"],
  ["pause-1d", "For a day"],
] as const;

function Actions({
  destination,
  workspace,
}: {
  readonly destination: Destination;
  readonly workspace: string | null;
}) {
  const { name, hold, state } = destination;
  const retry = !hold && (state === "waiting" || state === "paused");
  return (
    <form method="post" action={`/dashboard/destinations/${encodeURIComponent(name)}`}>
      {workspace !== null && <input type="hidden" name="workspace" value={workspace} />}
      <Do value="test" name={name}>
        Test
      </Do>
      {retry && (
        <Do value="retry" name={name}>
          Retry now
        </Do>
      )}
      {hold ? (
        <Do value="resume" name={name}>
          Resume
        </Do>
      ) : (
        <details class="menu" data-key={`pause ${name}`}>
          <summary aria-label={`Pause ${short(name)}`}>Pause</summary>
          <div>
            {spans.map(([value, text]) => (
              <button type="submit" name="do" value={value}>
                {text}
              </button>
            ))}
          </div>
        </details>
      )}
    </form>
  );
}

function Do({
  value,
  name,
  children,
}: {
  readonly value: string;
  readonly name: string;
  readonly children: string;
}) {
  return (
    <button type="submit" name="do" value={value} aria-label={`${children} ${short(name)}`}>
      {children}
    </button>
  );
}

const short = (name: string) => (name.length > 60 ? `${name.slice(0, 60)}…` : name);
