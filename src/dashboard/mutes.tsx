// What is muted in a workspace: who wanted it so, until when, why and how much it kept back; and the form for one more.

import type { AuditEvent } from "../event/event.ts";
import { isActive, type Mute, toWords } from "../mutes/mute.ts";
import type { Known } from "../routes/workspace.ts";
import { type Frame, Layout } from "./layout.tsx";
import { ChooseWorkspace, Empty, Stamp, When } from "./parts.tsx";
import { count } from "./words.ts";

interface MutesProps {
  readonly mutes: readonly Mute[];
  readonly workspace: string;
  readonly nowMs: number;
}

/** On the first page there is room for so many. */
const mostShown = 3;
/** Of those that ended, the newest. */
const mostEnded = 20;

/** On the first page: what is muted now; nothing where nothing is. */
export function MutesCard({ mutes, workspace, nowMs }: MutesProps) {
  const active = mutes.filter((mute) => isActive(mute, nowMs));
  if (active.length === 0) return null;
  return (
    <section class="card" aria-label={`Mutes of ${workspace}`}>
      <h3>
        Muted now <small>{count(active.length)}</small>
        <a href={mutesUrl(workspace)}>All mutes</a>
      </h3>
      <List mutes={active.slice(0, mostShown)} workspace={workspace} nowMs={nowMs} back="" />
    </section>
  );
}

export function mutesUrl(workspace: string): string {
  return `/dashboard/mutes?${new URLSearchParams({ workspace })}`;
}

export function MutesPage({
  frame,
  workspaces,
  workspace,
  destinations,
  mutes,
}: Omit<MutesProps, "nowMs"> & {
  readonly frame: Frame;
  readonly workspaces: readonly string[];
  /** Of the workspace. */
  readonly destinations: Known["destinations"];
}) {
  const { nowMs } = frame;
  const active = mutes.filter((mute) => isActive(mute, nowMs));
  const ended = mutes.filter((mute) => !isActive(mute, nowMs)).slice(0, mostEnded);
  return (
    <Layout {...frame}>
      <h1>Mutes</h1>
      <p class="lead">
        For a time, events or findings are kept out of a destination: settled as filtered, counted,
        and not sent when it is over. What is always so belongs into KNOWN_GOOD or a destination's
        filter.
      </p>
      {workspaces.length > 1 && <ChooseWorkspace workspaces={workspaces} workspace={workspace} />}
      <section class="card" aria-labelledby="active">
        <h2 id="active">Muted now</h2>
        {active.length > 0 ? (
          <List mutes={active} workspace={workspace} nowMs={nowMs} back="mutes" />
        ) : (
          <Empty>Nothing is muted.</Empty>
        )}
      </section>
      {destinations.length > 0 && <NewMute workspace={workspace} destinations={destinations} />}
      {ended.length > 0 && (
        <section class="card" aria-labelledby="ended">
          <h2 id="ended">Ended</h2>
          <List mutes={ended} workspace={workspace} nowMs={nowMs} back="mutes" />
        </section>
      )}
    </Layout>
  );
}

function List({ mutes, workspace, nowMs, back }: MutesProps & { readonly back: string }) {
  return (
    <ol class="letters">
      {mutes.map((mute) => (
        <Line mute={mute} workspace={workspace} nowMs={nowMs} back={back} />
      ))}
    </ol>
  );
}

function Line({
  mute,
  workspace,
  nowMs,
  back,
}: Omit<MutesProps, "mutes"> & { readonly mute: Mute; readonly back: string }) {
  const { id, by, untilMs, endedMs, endedBy, reason, includeHigh, destinations } = mute;
  const active = isActive(mute, nowMs);
  return (
    <li>
      <div class="what">
        <p>
          <b>{toWords(mute).replace(/^./, (first) => first.toUpperCase())}</b>
          {includeHigh && ", of high and critical severity, too"}
        </p>
        <p>
          By <bdi>{by}</bdi>,{" "}
          {active ? (
            <>
              until <Stamp at={untilMs} />, <When at={untilMs} nowMs={nowMs} />
            </>
          ) : (
            <>
              ended <When at={endedMs ?? untilMs} nowMs={nowMs} />
              {endedBy !== null && (
                <>
                  {" "}
                  by <bdi>{endedBy}</bdi>
                </>
              )}
            </>
          )}
          {reason !== null && (
            <>
              {" "}
              · <bdi>{reason}</bdi>
            </>
          )}
        </p>
        <p class="meaning">
          Kept back:{" "}
          {destinations.map((name) => `${name} ${count(mute.keptBack[name] ?? 0)}`).join(", ")}
        </p>
      </div>
      {active && (
        <form
          method="post"
          action={`/dashboard/mutes/${encodeURIComponent(`${workspace}:${id}`)}`}
          class="actions"
        >
          <input type="hidden" name="back" value={back} />
          <button type="submit" aria-label={`End now: mute ${id} of ${workspace.slice(0, 60)}`}>
            End now
          </button>
        </form>
      )}
    </li>
  );
}

/** With no chat one is to be chosen: nobody mutes a SIEM by leaving a field as it is. */
const everyChat = ["Choose one", "The chat", "Every chat"];
const spans = [
  ["30m", "30 minutes"],
  ["2h", "2 hours"],
  ["1d", "A day"],
  ["7d", "7 days"],
  ["30d", "30 days"],
] as const;

function NewMute({
  workspace,
  destinations,
}: Pick<Parameters<typeof MutesPage>[0], "workspace" | "destinations">) {
  const chats = destinations.filter(({ destination }) => destination?.chat);
  return (
    <form method="post" action="/dashboard/mutes" class="card form" aria-labelledby="new">
      <h2 id="new">Mute something</h2>
      <input type="hidden" name="workspace" value={workspace} />
      <div class="fields">
        <label>
          What
          <input
            name="what"
            required
            maxlength={200}
            placeholder="user_access.*"
            aria-description="A type, a rule or a person's e-mail address"
          />
        </label>
        <label>
          Kept out of
          <select name="destination" required={chats.length === 0}>
            <option value="">{everyChat[Math.min(chats.length, 2)]}</option>
            {destinations.map(({ name }) => (
              <option value={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          For
          <select name="for">
            {spans.map(([value, text]) => (
              <option value={value} selected={value === "2h"}>
                {text}
              </option>
            ))}
          </select>
        </label>
        <label>
          Why
          <input name="reason" maxlength={300} placeholder="for the others to read" />
        </label>
      </div>
      <p class="hint">
        A type (<code>workspace_membership.*</code>), a rule (<code>login.*</code>) or a person's
        e-mail address. What it keeps back is counted, and not sent when it is over; its beginning
        and end are told.
      </p>
      <label class="check">
        <input type="checkbox" name="high" value="yes" />
        High and critical severity, too
      </label>
      <button type="submit" class="primary">
        Mute
      </button>
    </form>
  );
}

/** From an event: more like it, or of the same person. */
export function MuteEvent({
  event: { type, severity, actor },
  workspace,
}: {
  readonly event: AuditEvent;
  readonly workspace: string;
}) {
  const who = actor.email ?? actor.id;
  const high = severity === "high" || severity === "critical";
  return (
    <section class="card verdict" aria-labelledby="mute">
      <h2 id="mute">Too much of it?</h2>
      <form method="post" action="/dashboard/mutes">
        <input type="hidden" name="workspace" value={workspace} />
        <input type="hidden" name="for" value="2h" />
        <button type="submit" name="type" value={type}>
          Mute this type for 2 h
        </button>
        {who !== null && who !== "" && (
          <button type="submit" name="actor" value={who}>
            Mute this actor for 2 h
          </button>
        )}
      </form>
      <p class="hint">
        In every chat, and told there. High and critical severity still comes
        {high && ", and so would this event"}.
      </p>
    </section>
  );
}
