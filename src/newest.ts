// The newest events that were seen, read from the log again only when there are others: a page that is looked at all
// day costs no more requests than what happens.
import type { Config } from "./config.ts";
import type { AuditEvent } from "./event/event.ts";
import { look } from "./look.ts";
import type { Ports } from "./ports.ts";
import type { Pipeline } from "./run.ts";

export interface NewestEvents {
  /** Newest first. */
  readonly events: readonly AuditEvent[];
  /** Why they could not be read, if so. */
  readonly problem: string | null;
}

/** More cannot lie between the first and the last of those that are asked for. */
const limit = 500;

export class Newest {
  #key = "";
  #events: readonly AuditEvent[] = [];

  async read(
    ports: Ports,
    pipeline: Pipeline,
    { requestBudget }: Config,
    workspaceId: string,
    most: number,
  ): Promise<NewestEvents> {
    const { events } = ports.ledger;
    const [newestMs, fromMs] = [events.recentMs(1), events.recentMs(most) ?? events.oldestMs()];
    if (newestMs === undefined || fromMs === undefined) return { events: [], problem: null };
    const key = `${most} ${newestMs} ${pipeline.sightings.counts.fresh}`;
    if (key === this.#key) return { events: this.#events, problem: null };
    const found = await look(ports, pipeline, workspaceId, requestBudget, {
      fromMs,
      toMs: newestMs,
      limit,
      only: [],
      minSeverity: "info",
      format: "event",
    });
    // The format `event` is the event itself.
    const newestFirst = (found.events as readonly AuditEvent[]).toReversed().slice(0, most);
    if (found.problem !== null) return { events: newestFirst, problem: found.problem };
    this.#key = key;
    this.#events = newestFirst;
    return { events: newestFirst, problem: null };
  }
}
