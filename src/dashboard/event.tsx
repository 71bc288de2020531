// One event: its sentence, what became of it at each destination and why, and how it looks in each format.
import type { AuditEvent } from "../event/event.ts";
import { formats } from "../formats/registry.ts";
import type { Explanation } from "../proof/explain.ts";
import { FindingList } from "./findings.tsx";
import { type Frame, Layout } from "./layout.tsx";
import { MuteEvent } from "./mutes.tsx";
import { Empty, Fact, Json, Pill, SeverityMark, Stamp, When } from "./parts.tsx";
import { counted, type Sign, type Tone } from "./words.ts";

type Destination = Explanation["destinations"][number];

const causes: Readonly<Record<Destination["cause"], { tone: Tone; sign: Sign; word: string }>> = {
  delivered: { tone: "good", sign: "dot", word: "Delivered" },
  filtered: { tone: "idle", sign: "ring", word: "Filtered" },
  dead_lettered: { tone: "bad", sign: "cross", word: "Dead letter" },
  discarded: { tone: "idle", sign: "cross", word: "Discarded" },
  not_owed: { tone: "idle", sign: "ring", word: "Not owed" },
  forgotten: { tone: "idle", sign: "ring", word: "Forgotten" },
  pending: { tone: "wait", sign: "half", word: "Pending" },
};

const judgements: Readonly<Record<Explanation["judged"], string>> = {
  new: "new",
  late: "late: the log had been read past its time already",
  unseen: "not read by a run yet",
  forgotten: "older than what is remembered",
};

export function EventPage({
  frame,
  explanation,
  event,
}: {
  readonly frame: Frame;
  readonly explanation: Explanation;
  /** Null when the log does not show it now. */
  readonly event: AuditEvent | null;
}) {
  const { nowMs } = frame;
  const {
    summary,
    problem,
    time,
    firstSeen,
    judged,
    twin,
    knownGood,
    findings,
    destinations,
    workspace,
  } = explanation;
  return (
    <Layout {...frame}>
      <h1 dir="auto">{summary ?? "An event that cannot be shown now"}</h1>
      <dl class="facts">
        <Fact label="Happened">
          <Stamp at={time} />
        </Fact>
        {event && <Fact label="Type">{event.type}</Fact>}
        {event && (
          <Fact label="Severity">
            <SeverityMark severity={event.severity} />
          </Fact>
        )}
        <Fact label="First seen">
          {firstSeen ? <When at={firstSeen.at} nowMs={nowMs} /> : "not yet"}
          {firstSeen?.run?.trigger && ` by ${firstSeen.run.trigger}`}
        </Fact>
        <Fact label="Judged">{judgements[judged]}</Fact>
        {knownGood.length > 0 && (
          <Fact label="Known good" hint="Entries of KNOWN_GOOD that it fits">
            <span dir="auto">{knownGood.join(", ")}</span>
          </Fact>
        )}
        <Fact label="Workspace">{workspace}</Fact>
        <Fact label="Id">
          <code>{explanation.event}</code>
        </Fact>
      </dl>
      {problem !== null && <p class="notice wait">Its contents are not shown, for {problem}.</p>}
      {twin && (
        <p class="remark">
          Number {twin.ordinal} of truly equal events; the first is <code>{twin.of}</code>.
        </p>
      )}
      {findings.length > 0 && (
        <section class="card" aria-labelledby="findings">
          <h2 id="findings">What rules say of it</h2>
          <FindingList
            findings={findings}
            workspace={workspace}
            nowMs={nowMs}
            except={explanation.event}
          />
        </section>
      )}
      <section class="card" aria-labelledby="became">
        <h2 id="became">What became of it</h2>
        {destinations.length === 0 && <Empty>No destination takes this workspace's events.</Empty>}
        <ul class="outcomes">
          {destinations.map((destination) => (
            <Outcome destination={destination} nowMs={nowMs} />
          ))}
        </ul>
      </section>
      {event && <MuteEvent event={event} workspace={workspace} />}
      {event && (
        <section class="card" aria-labelledby="formats">
          <h2 id="formats">In each format</h2>
          {formats.map(({ name, title, toDocuments }, i) => (
            <details class="format" open={i === 0}>
              <summary>
                <b>{name}</b>{" "}
                <span class="type">{title.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1")}</span>
              </summary>
              {toDocuments(event).map(({ content, id }) => (
                <Json value={content} label={`${id} as ${name}`} />
              ))}
            </details>
          ))}
        </section>
      )}
    </Layout>
  );
}

function Outcome({
  destination,
  nowMs,
}: {
  readonly destination: Destination;
  readonly nowMs: number;
}) {
  const { name, cause, because, at, filter, attempts, nextAttempt, deadLetter } = destination;
  return (
    <li>
      <p>
        <bdi class="name">{name}</bdi> <Pill {...causes[cause]} />{" "}
        {at !== null && <When at={at} nowMs={nowMs} />}
      </p>
      <p dir="auto">
        {because.replace(/^./, (first) => first.toUpperCase())}.
        {filter?.takes === false && cause !== "filtered" && ` Today ${filter.because}.`}
      </p>
      {attempts.length > 0 && (
        <ul class="attempts">
          {attempts.map(({ outcome, reason, first, times, events }) => (
            <li dir="auto">
              <b>{outcome}</b> {reason} · {counted(times, "attempt")}, with{" "}
              {counted(events, "event")}, first <When at={first} nowMs={nowMs} />
            </li>
          ))}
        </ul>
      )}
      {nextAttempt !== null && (
        <p>
          Next attempt <When at={nextAttempt} nowMs={nowMs} />.
        </p>
      )}
      {deadLetter !== null && (
        <p>
          <a href="/dashboard/dead-letters">Dead letter #{deadLetter}</a>: retry or discard it
          there.
        </p>
      )}
    </li>
  );
}
