// One workspace in full: its state, numbers, destinations, last day, receipts, dead letters, newest events.
import type { NewestEvents } from "../newest.ts";
import type { Overview } from "../overview.ts";
import { BudgetPanel } from "./budget.tsx";
import { EventChart } from "./charts.tsx";
import { DeadLetterList, type PlacedLetter } from "./dead-letters.tsx";
import { Destinations, type Test } from "./destinations.tsx";
import { EventList } from "./event-list.tsx";
import { Findings } from "./findings.tsx";
import { MutesCard } from "./mutes.tsx";
import { Empty, Fact, Pill, Span, When } from "./parts.tsx";
import { ReceiptStrip } from "./receipts.tsx";
import { count, span, workspaceMeanings, workspaceStandings } from "./words.ts";

export interface WorkspaceView {
  readonly id: string;
  readonly stored: boolean;
  readonly overview: Overview;
  readonly newest: NewestEvents;
  readonly letters: readonly PlacedLetter[];
  readonly tests: readonly Test[];
}

interface WorkspaceProps {
  readonly view: WorkspaceView;
  readonly index: number;
  readonly nowMs: number;
  readonly pollSeconds: number;
}

export function Workspace({
  view,
  index,
  nowMs,
  pollSeconds,
  full,
}: WorkspaceProps & { readonly full: boolean }) {
  const { id, overview, tests } = view;
  const { status, hours } = overview;
  const key = `w${index}`;
  return (
    <section class="workspace" id={key} aria-labelledby={`${key}-title`}>
      <header>
        <h2 id={`${key}-title`}>
          <bdi class="name">{id}</bdi>
        </h2>
        <Pill {...workspaceStandings[status.state]} />
        <p class="meaning">
          {status.since !== null && (
            <>
              for <Span from={status.since} nowMs={nowMs} /> ·{" "}
            </>
          )}
          {workspaceMeanings[status.state]}
        </p>
        <form method="post" action="/dashboard/sync">
          <button
            type="submit"
            name="workspace"
            value={id}
            aria-label={`Sync now: ${id.slice(0, 60)}`}
          >
            Sync now
          </button>
        </form>
      </header>
      {status.problem !== null && (
        <p class="notice bad">
          {status.problem}
          {status.nextRead !== null && (
            <>
              {" "}
              Read again <When at={status.nextRead} nowMs={nowMs} />.
            </>
          )}
        </p>
      )}
      {status.budget.standing === "held" && <p class="notice bad">{status.budget.problem}</p>}
      {status.state === "starting" && status.problem === null && (
        <FirstRun pollSeconds={pollSeconds} />
      )}
      <Facts overview={overview} nowMs={nowMs} />
      <div class="card">
        <Destinations
          destinations={status.destinations}
          hours={hours}
          tests={tests}
          nowMs={nowMs}
          workspace={id}
          stored={view.stored}
        />
      </div>
      <MutesCard mutes={overview.mutes} workspace={id} nowMs={nowMs} />
      {full ? (
        <Rest view={view} index={index} nowMs={nowMs} pollSeconds={pollSeconds} />
      ) : (
        <p>
          <a href={`/?${new URLSearchParams({ workspace: id })}`}>
            Events, receipts and dead letters of <bdi>{id}</bdi>
          </a>
        </p>
      )}
    </section>
  );
}

function Rest({ view, index, nowMs, pollSeconds }: WorkspaceProps) {
  const { hours, receipts } = view.overview;
  return (
    <>
      <div class="pair">
        <div class="card">
          <EventChart hours={hours} />
        </div>
        <div class="card">
          <ReceiptStrip receipts={receipts} id={`w${index}-receipts`} />
        </div>
      </div>
      <BudgetPanel budget={view.overview.status.budget} />
      <Letters view={view} nowMs={nowMs} />
      <Findings overview={view.overview} workspace={view.id} nowMs={nowMs} />
      <Newest view={view} nowMs={nowMs} pollSeconds={pollSeconds} />
    </>
  );
}

function FirstRun({ pollSeconds }: { readonly pollSeconds: number }) {
  return (
    <p class="notice info">
      The first read comes with the next minute's cron, or at once with <b>Sync now</b>; from then
      on every {pollSeconds} s. Then test each destination: its receiver gets one clearly marked
      message.
    </p>
  );
}

function Facts({ overview, nowMs }: { readonly overview: Overview; readonly nowMs: number }) {
  const { status, hours, lastRun, sourceLagMs } = overview;
  return (
    <dl class="facts">
      <Fact label="Last poll" hint="When the audit log was last asked">
        <When at={lastPoll(overview)} nowMs={nowMs} />
      </Fact>
      <Fact
        label="Source lag"
        hint="From an event's time to our reading of it; the median of the newest events"
      >
        {sourceLagMs === null ? <span class="none">no event yet</span> : span(sourceLagMs / 1000)}
      </Fact>
      <Fact label="Newest event">
        <When at={status.newestEvent} nowMs={nowMs} />
      </Fact>
      <Fact label="Events, 24 h">{count(eventsOf(hours))}</Fact>
      <Fact label="Dead letters">{count(status.deadLetters)}</Fact>
      <Fact label="Last run" hint="Outgoing requests of the last run, of REQUEST_BUDGET">
        {lastRun === null ? (
          <span class="none">none yet</span>
        ) : (
          `${lastRun.budget.used} of ${lastRun.budget.of} requests`
        )}
      </Fact>
    </dl>
  );
}

function Letters({ view, nowMs }: { readonly view: WorkspaceView; readonly nowMs: number }) {
  const { deadLetters } = view.overview.status;
  if (deadLetters === 0) return null;
  return (
    <section class="card" aria-label={`Dead letters of ${view.id}`}>
      <h3>
        Dead letters <small>{count(deadLetters)}</small>
        <a href="/dashboard/dead-letters">All dead letters</a>
      </h3>
      <DeadLetterList letters={view.letters} nowMs={nowMs} back="overview" />
    </section>
  );
}

function Newest({ view: { id, newest }, nowMs, pollSeconds }: Omit<WorkspaceProps, "index">) {
  return (
    <section class="card" aria-label={`Newest events of ${id}`}>
      <h3>
        Newest events
        <a href={`/dashboard/events?${new URLSearchParams({ workspace: id })}`}>All events</a>
      </h3>
      {newest.problem !== null && (
        <p class="remark bad">The log could not be read just now: {newest.problem}</p>
      )}
      {newest.events.length > 0 ? (
        <EventList events={newest.events} workspace={id} nowMs={nowMs} />
      ) : (
        newest.problem === null && (
          <Empty>
            None yet since Tidemark began. Log out of Webflow and in again: the event stands here
            within about {pollSeconds} s of its appearance in the log.
          </Empty>
        )
      )}
    </section>
  );
}

export function NotAsked({ id, index }: { readonly id: string; readonly index: number }) {
  return (
    <section class="workspace" id={`w${index}`} aria-label={id}>
      <header>
        <h2>
          <bdi class="name">{id}</bdi>
        </h2>
      </header>
      <p class="notice bad">
        This workspace could not be asked how it is. The others go on. Reload the page; if it stays
        so, the Worker's log says why: <code>npx wrangler tail</code>
      </p>
    </section>
  );
}

export function eventsOf(hours: Overview["hours"]): number {
  return hours.flatMap(({ events }) => Object.values(events)).reduce((sum, n) => sum + n, 0);
}

/** The last run that asked the log, whether it got an answer or not. */
export function lastPoll({ lastRun, status }: Overview): number | null {
  const readMs = status.lastRead === null ? null : Date.parse(status.lastRead);
  if (lastRun === null || lastRun.sourceRequests === 0) return readMs;
  return Math.max(lastRun.startedMs, readMs ?? 0);
}
