// Dead letters: what a receiver refused for good, with its reason and payload, to be sent again or discarded.
import type { DeadLetter } from "../tables.ts";
import { eventUrl } from "./event-list.tsx";
import { type Frame, Layout } from "./layout.tsx";
import { Empty, Json, When } from "./parts.tsx";

export interface PlacedLetter extends DeadLetter {
  readonly workspace: string;
}

/** Longer payloads stand on the page of dead letters only: the first page is to stay light. */
const mostInOverview = 3000;

/** `back` is the page to come back to. */
export function DeadLetterList({
  letters,
  nowMs,
  back,
}: {
  readonly letters: readonly PlacedLetter[];
  readonly nowMs: number;
  readonly back: "overview" | "letters";
}) {
  return (
    <ul class="letters">
      {letters.map((letter) => (
        <Letter letter={letter} nowMs={nowMs} back={back} />
      ))}
    </ul>
  );
}

function Letter({
  letter,
  nowMs,
  back,
}: {
  readonly letter: PlacedLetter;
  readonly nowMs: number;
  readonly back: string;
}) {
  const { workspace, id, destination, eventId, reason, atMs, retrying, item } = letter;
  const key = `${workspace}:${id}`;
  const tooLong = back === "overview" && item.length > mostInOverview;
  return (
    <li id={`letter-${id}`}>
      <div class="what">
        <p>
          <b dir="auto">{destination ?? "No destination"}</b> <span class="type">#{id}</span>{" "}
          <When at={atMs} nowMs={nowMs} />
          {retrying && <span class="tag">being sent again</span>}
        </p>
        <p class="reason" dir="auto">
          {reason}
        </p>
        <div class="links">
          <details data-key={`payload ${key}`}>
            <summary>
              Payload <span class="unseen">of dead letter {id}</span>
            </summary>
            {tooLong ? (
              <p>
                It is long: see <a href="/dashboard/dead-letters">all dead letters</a>.
              </p>
            ) : (
              <Json value={parsed(item)} label={`Payload of dead letter ${id}`} />
            )}
          </details>
          <a
            href={eventUrl(eventId, workspace)}
            aria-label={`What became of the event of dead letter ${id}`}
          >
            What became of the event
          </a>
        </div>
      </div>
      <form
        method="post"
        action={`/dashboard/dead-letters/${encodeURIComponent(key)}`}
        class="actions"
      >
        <input type="hidden" name="back" value={back} />
        {!retrying && (
          <button type="submit" name="do" value="retry" aria-label={`Retry dead letter ${id}`}>
            Retry
          </button>
        )}
        <details class="menu" data-key={`discard ${key}`}>
          <summary aria-label={`Discard dead letter ${id}`}>Discard</summary>
          <div>
            <p>The event counts as settled then, and is not sent.</p>
            <button type="submit" name="do" value="discard" class="danger">
              Discard it
            </button>
          </div>
        </details>
      </form>
    </li>
  );
}

function parsed(item: string): unknown {
  try {
    return JSON.parse(item);
  } catch {
    return item;
  }
}

export function DeadLettersPage({
  frame,
  letters,
  older,
}: {
  readonly frame: Frame;
  readonly letters: readonly PlacedLetter[];
  /** Where the next page begins, if there is one. */
  readonly older: string | null;
}) {
  return (
    <Layout {...frame}>
      <h1>Dead letters</h1>
      <p class="lead">
        Events that a receiver refused for good. Mend what the reason names, then retry; the event
        is sent once more under the same id.
      </p>
      {letters.length === 0 ? (
        <section class="card">
          <Empty>
            None. Every event was taken by every destination that wants it, or is still on its way.
          </Empty>
        </section>
      ) : (
        <section class="card" aria-label="Dead letters">
          <DeadLetterList letters={letters} nowMs={frame.nowMs} back="letters" />
        </section>
      )}
      {older !== null && (
        <p class="pager">
          <a href={`/dashboard/dead-letters?${new URLSearchParams({ before: older })}`}>
            Older dead letters
          </a>
        </p>
      )}
    </Layout>
  );
}
