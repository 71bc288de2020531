// The dashboard's pages: each asks the workspaces what it shows, at one moment.
import type { AuditEvent } from "../event/event.ts";
import { idTimeMs } from "../event/identity.ts";
import { systemClock, within } from "../http.ts";
import { locateLetter } from "../routes/operations.ts";
import { findPlan } from "../routes/plans.ts";
import { Problem } from "../routes/problem.ts";
import { relayOf, rollOf } from "../routes/stub.ts";
import { noteVisit } from "../routes/visits.ts";
import type { Known } from "../routes/workspace.ts";
import { DeadLettersPage } from "./dead-letters.tsx";
import { EventPage } from "./event.tsx";
import { EventsPage } from "./events.tsx";
import { findEvents, readFilter } from "./find-events.ts";
import { FindingsPage } from "./findings.tsx";
import { MutesPage } from "./mutes.tsx";
import { toNotice } from "./notices.ts";
import { type Depth, OverviewPage, type View } from "./overview.tsx";
import { PlanPage, ResyncPage, stateOf } from "./resync.tsx";
import type { Site, Visit } from "./site.tsx";
import { StoredPage } from "./stored.tsx";
import { chosenWorkspace } from "./visit.ts";

/** So many destinations fit the page of several workspaces. */
const mostRows = { full: 10, compact: 20 };
const mostInFull = 2;
/** The log may be slow; the page is not. */
const patienceMs = 4000;
const lettersOnPage = 20;
const workspacesOnPage = 20;

export function addPages(site: Site): void {
  site.page("/", async (visit) => {
    const { config, nowMs } = visit;
    const ids = config.workspaces.map(({ id }) => id);
    const chosen = ids.filter((id) => id === visit.query("workspace"));
    const shown = chosen.length > 0 ? chosen : ids;
    await noteVisit(visit.env, visit.url, shown);
    const rows = shown.reduce((sum, id) => sum + destinationsOf(config, id).length, 0);
    const depth = depthOf(shown.length, rows);
    const [summary, ...views] = await Promise.all([
      chosen.length > 0 ? undefined : rollOf(visit.env)?.summary(),
      ...shown.map((id) => viewOf(visit, id, shown.length === 1 ? 7 : depth === "full" ? 6 : 0)),
    ]);
    const asked = views.filter((view) => view.overview !== null);
    const notice = toNotice(visit.query("notice"), visit.query("on"), {
      config,
      tests: asked.flatMap(({ tests }) => tests),
      problemOf: (id) => asked.find((view) => view.id === id)?.overview.status.problem ?? null,
    });
    return (
      <OverviewPage
        frame={{ title: "Overview", page: "overview", nowMs, live: true, notice }}
        views={views}
        warnings={config.warnings}
        depth={depth}
        pollSeconds={config.pollMs / 1000}
        stored={summary && summary.total > 0 ? summary : null}
      />
    );
  });

  site.page("/dashboard/workspaces", async ({ env, query, nowMs }) => {
    const roll = rollOf(env);
    const state = query("state").slice(0, 30);
    const [found, summary] = roll
      ? await Promise.all([
          roll.list(query("after"), workspacesOnPage + 1, state === "" ? null : state),
          roll.summary(),
        ])
      : [[], { total: 0, states: {}, everyMs: 60_000, lookedMs: null }];
    const workspaces = found.slice(0, workspacesOnPage);
    return (
      <StoredPage
        frame={{ title: "Workspaces", page: "workspaces", nowMs, live: true }}
        summary={summary}
        workspaces={workspaces}
        state={state}
        next={found.length > workspacesOnPage ? (workspaces.at(-1)?.id ?? null) : null}
      />
    );
  });

  site.page("/dashboard/events", async (visit) => {
    const filter = readFilter(visit);
    const found = await findEvents(visit, filter);
    return (
      <EventsPage
        frame={{ title: "Events", page: "events", nowMs: visit.nowMs }}
        workspaces={visit.config.workspaces.map(({ id }) => id)}
        filter={filter}
        {...found}
      />
    );
  });

  site.page("/dashboard/events/{event}", async (visit) => {
    const id = visit.param("event");
    const { explanation, event } = await explained(visit, id);
    const title = explanation.summary ?? "Event";
    return (
      <EventPage
        frame={{ title: title.slice(0, 80), page: "events", nowMs: visit.nowMs }}
        explanation={explanation}
        event={event}
      />
    );
  });

  site.page("/dashboard/findings", async (visit) => {
    const { env, nowMs } = visit;
    const workspace = chosenWorkspace(visit);
    return (
      <FindingsPage
        frame={{ title: "Findings", page: "overview", nowMs, live: true }}
        workspace={workspace}
        overview={await relayOf(env, workspace).overview()}
      />
    );
  });

  site.page("/dashboard/dead-letters", async (visit) => {
    const { env, config, nowMs } = visit;
    const given = visit.query("before");
    const before = given === "" ? undefined : locateLetter(config, given);
    const ids = before ? [before.workspace] : config.workspaces.map(({ id }) => id);
    const all = await Promise.all(
      ids.map(async (id) =>
        (await relayOf(env, id).deadLetters(lettersOnPage + 1, before?.number)).map((letter) => ({
          ...letter,
          workspace: id,
        })),
      ),
    );
    const letters = all.flat().sort((a, b) => b.atMs - a.atMs);
    const shown = letters.slice(0, lettersOnPage);
    const last = shown.at(-1);
    const notice = toNotice(visit.query("notice"), "", {
      config,
      tests: [],
      problemOf: () => null,
    });
    return (
      <DeadLettersPage
        frame={{ title: "Dead letters", page: "letters", nowMs, notice, live: true }}
        letters={shown}
        older={last && letters.length > shown.length ? `${last.workspace}:${last.id}` : null}
      />
    );
  });

  site.page("/dashboard/mutes", async (visit) => {
    const { env, config, nowMs } = visit;
    const workspace = chosenWorkspace(visit);
    const known = { config, tests: [], problemOf: () => null };
    const notice = toNotice(visit.query("notice"), "", known);
    return (
      <MutesPage
        frame={{ title: "Mutes", page: "mutes", nowMs, notice }}
        workspaces={config.workspaces.map(({ id }) => id)}
        workspace={workspace}
        destinations={destinationsIn(config, workspace)}
        mutes={await relayOf(env, workspace).mutes()}
      />
    );
  });

  site.page("/dashboard/resync", async (visit) => {
    const { config, nowMs } = visit;
    const workspaces = config.workspaces.map(({ id }) => id);
    const workspace = chosenWorkspace(visit);
    return (
      <ResyncPage
        frame={{ title: "Re-sync", page: "resync", nowMs }}
        workspaces={workspaces}
        workspace={workspace}
        destinations={destinationsOf(config, workspace)}
      />
    );
  });

  site.page("/dashboard/resync/{plan}", async (visit) => {
    const { env, config, nowMs } = visit;
    const plan = visit.param("plan");
    const { workspace, report } = await findPlan(env, config, plan);
    const state = stateOf(report);
    const notice = toNotice(visit.query("notice"), "", {
      config,
      tests: [],
      problemOf: () => null,
    });
    const live = state === "planning" || state === "applied";
    return (
      <PlanPage
        frame={{ title: "Re-sync plan", page: "resync", nowMs, notice, live, spoken: state }}
        plan={plan}
        workspace={workspace}
        report={report}
      />
    );
  });
}

function depthOf(workspaces: number, rows: number): Depth {
  if (workspaces === 1 || (workspaces <= mostInFull && rows <= mostRows.full)) return "full";
  return rows <= mostRows.compact ? "compact" : "line";
}

function destinationsOf(config: Known, workspace: string): string[] {
  return destinationsIn(config, workspace).map(({ name }) => name);
}

function destinationsIn({ destinations }: Known, workspace: string): Known["destinations"] {
  return destinations.filter(
    ({ workspaces }) => workspaces.length === 0 || workspaces.includes(workspace),
  );
}

/** With so many events; without any, nothing is asked for but how it stands. */
async function viewOf({ env, stored }: Visit, id: string, events: number): Promise<View> {
  const relay = relayOf(env, id);
  const none = Promise.resolve({ events: [], problem: null });
  const late = () => ({
    events: [],
    problem: "Webflow is slow to answer; reload the page in a moment.",
  });
  try {
    const [overview, newest, letters, tests] = await Promise.all([
      relay.overview(),
      within(systemClock, patienceMs, events > 0 ? relay.newest(events) : none, late),
      events > 0 ? relay.deadLetters(3) : [],
      relay.tests(),
    ]);
    return {
      id,
      stored,
      overview,
      newest,
      tests,
      letters: letters.map((one) => ({ ...one, workspace: id })),
    };
  } catch {
    return { id, overview: null };
  }
}

async function explained({ env, config, query }: Visit, id: string) {
  const ids = config.workspaces.map((workspace) => workspace.id);
  // The one that the link names first: the others would ask Webflow for nothing.
  const ordered = ids.toSorted(
    (a, b) => Number(b === query("workspace")) - Number(a === query("workspace")),
  );
  let unread: string | undefined;
  for (const workspace of ordered) {
    const relay = relayOf(env, workspace);
    const found = await relay.explain(id);
    if (found.kind === "unread") unread = found.problem;
    if (found.kind !== "known") continue;
    const { explanation } = found;
    if (explanation.summary === null) return { explanation, event: null };
    const ms = idTimeMs(id);
    const { events } = await relay.look({
      ...{ id, fromMs: ms, toMs: ms, limit: 1, only: [], minSeverity: "info", format: "event" },
    });
    // The format `event` is the event itself.
    return { explanation, event: (events[0] as AuditEvent | undefined) ?? null };
  }
  throw unread === undefined
    ? new Problem(404, "No event of this id was seen, and Webflow's log shows none.")
    : new Problem(503, `No event of this id was seen, and the log cannot be asked now: ${unread}`);
}
