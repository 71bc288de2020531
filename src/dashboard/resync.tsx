// Sending a period again: the form, and the plan that says what would be sent before it is.
import type { PlanReport } from "../resync/resync.ts";
import { dayMs, toIso } from "../time.ts";
import { type Frame, Layout } from "./layout.tsx";
import { ChooseWorkspace, Fact, Pill, Stamp, When } from "./parts.tsx";
import { count, type Sign, type Tone } from "./words.ts";

export function ResyncPage({
  frame,
  workspaces,
  workspace,
  destinations,
}: {
  readonly frame: Frame;
  readonly workspaces: readonly string[];
  readonly workspace: string;
  /** Names, of the workspace. */
  readonly destinations: readonly string[];
}) {
  const { nowMs } = frame;
  return (
    <Layout {...frame}>
      <h1>Re-sync</h1>
      <p class="lead">
        Reads a past period again and says, for each destination, what would be sent. Nothing is
        sent before you apply the plan, and no mark moves.
      </p>
      {workspaces.length > 1 && <ChooseWorkspace workspaces={workspaces} workspace={workspace} />}
      <form method="post" class="card form" action="/dashboard/resync" aria-label="Period">
        <input type="hidden" name="workspace" value={workspace} />
        <div class="fields">
          <label>
            From (UTC)
            <input
              type="datetime-local"
              name="from"
              required
              step="1"
              value={local(nowMs - dayMs)}
            />
          </label>
          <label>
            To (UTC)
            <input type="datetime-local" name="to" step="1" aria-describedby="to-hint" />
          </label>
        </div>
        <p class="hint" id="to-hint">
          Without an end: up to now, less OVERLAP_SECONDS, where events still come in by themselves.
        </p>
        <fieldset>
          <legend>Destinations</legend>
          {destinations.map((name) => (
            <label class="check">
              <input type="checkbox" name="destination" value={name} checked />
              <bdi>{name}</bdi>
            </label>
          ))}
        </fieldset>
        <label class="check">
          <input type="checkbox" name="redeliver" value="yes" />
          Also what was delivered before
        </label>
        <button type="submit" class="primary">
          Make a plan
        </button>
      </form>
    </Layout>
  );
}

/** As an input of type datetime-local wants it; here always UTC. */
function local(ms: number): string {
  return `${toIso(ms).slice(0, 17)}00`;
}

type PlanState = PlanReport["state"] | "refused" | "sent";
const states: Readonly<Record<PlanState, { tone: Tone; sign: Sign; word: string }>> = {
  planning: { tone: "wait", sign: "half", word: "Reading the log" },
  ready: { tone: "good", sign: "ring", word: "Ready" },
  applied: { tone: "wait", sign: "half", word: "Being sent" },
  sent: { tone: "good", sign: "dot", word: "Sent" },
  refused: { tone: "bad", sign: "cross", word: "Cannot be applied" },
};

export function PlanPage({
  frame,
  plan,
  workspace,
  report,
}: {
  readonly frame: Frame;
  readonly plan: string;
  readonly workspace: string;
  readonly report: PlanReport;
}) {
  const { nowMs } = frame;
  const { fromMs, toMs, counts, warnings, remaining, events, sourceTotal, expiresMs } = report;
  const state = stateOf(report);
  const send = Object.values(counts).reduce((sum, one) => sum + one.send, 0);
  const problem = report.refused ?? report.problem;
  return (
    <Layout {...frame}>
      <h1>
        Re-sync plan <Pill {...states[state]} />
      </h1>
      <dl class="facts">
        <Fact label="From">
          <Stamp at={fromMs} />
        </Fact>
        <Fact label="To">
          <Stamp at={toMs} />
        </Fact>
        <Fact label="Events" hint="Events of the period">
          {count(events)}
        </Fact>
        <Fact label="By Webflow's count" hint="Perhaps with the seconds around the period">
          {sourceTotal === null ? "not counted" : count(sourceTotal)}
        </Fact>
        <Fact label="Scope">
          {report.redeliver ? "also what was delivered" : "only what is missing"}
        </Fact>
        <Fact label="Workspace">{workspace}</Fact>
      </dl>
      {problem !== null && <p class="notice bad">{problem}</p>}
      {warnings.map((warning) => (
        <p class="notice wait">{warning}</p>
      ))}
      <section class="card" aria-label="Deliveries">
        <Deliveries counts={counts} />
      </section>
      <section class="card verdict" aria-label="What next">
        <Verdict state={state} send={send} remaining={remaining} plan={plan} />
        {state === "ready" && send > 0 && (
          <p class="hint">
            The plan can be applied until <Stamp at={expiresMs} /> (
            <When at={expiresMs} nowMs={nowMs} />
            ).
          </p>
        )}
        <p>
          <a href={`/dashboard/resync?${new URLSearchParams({ workspace })}`}>Another period</a>
        </p>
      </section>
    </Layout>
  );
}

export function stateOf({ refused, state, remaining }: PlanReport): PlanState {
  if (refused !== null) return "refused";
  return state === "applied" && remaining === 0 ? "sent" : state;
}

function Deliveries({ counts }: Pick<PlanReport, "counts">) {
  const columns = [
    ["Would be sent", "send"],
    ["Delivered before", "delivered"],
    ["Filtered", "filtered"],
    ["Dead letters", "deadLettered"],
    ["On their way", "onTheirWay"],
  ] as const;
  return (
    <table class="cards">
      <caption class="unseen">By destination</caption>
      <thead>
        <tr>
          <th scope="col">Destination</th>
          {columns.map(([title]) => (
            <th scope="col" class="number">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Object.entries(counts).map(([name, one]) => (
          <tr>
            <th scope="row">
              <bdi class="name">{name}</bdi>
            </th>
            {columns.map(([title, key]) => (
              <td data-label={title} class={key === "send" ? "number send" : "number"}>
                {count(one[key])}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Verdict({
  state,
  send,
  remaining,
  plan,
}: {
  readonly state: PlanState;
  readonly send: number;
  readonly remaining: number;
  readonly plan: string;
}) {
  switch (state) {
    case "planning":
      return (
        <p>
          The log is still being read for this plan. It goes on by itself; look again in a moment.
        </p>
      );
    case "refused":
      return <p>Nothing was sent. Make another plan.</p>;
    case "sent":
      return <p>All is sent: {deliveries(send)}.</p>;
    case "applied":
      return (
        <p>
          {count(send - remaining)} of {count(send)} sent; {count(remaining)} to go.
        </p>
      );
    case "ready":
      if (send === 0) return <p>Nothing is missing: there is nothing to send.</p>;
      return (
        <form method="post" action={`/dashboard/resync/${encodeURIComponent(plan)}`}>
          <p>
            Applying it sends exactly {send === 1 ? "this delivery" : `these ${deliveries(send)}`}.
          </p>
          <button type="submit" class="primary">
            Send {count(send)} now
          </button>
        </form>
      );
  }
}

function deliveries(n: number): string {
  return n === 1 ? "1 delivery" : `${count(n)} deliveries`;
}
