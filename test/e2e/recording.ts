// What the receivers saw of the Worker's requests: from which life each came, and when it was taken and answered.
import { integer, type Random } from "../../sandbox/random.ts";
import { eventIdsIn } from "../../sandbox/receivers/slack.ts";
import type { Site } from "../../sandbox/site.ts";
import { systemClock } from "../../src/http.ts";
import type { DestinationName } from "./deployed.ts";

/** Times are those of `performance.now()`. */
export interface Recorded {
  readonly destination: DestinationName;
  readonly life: number;
  /** The ids of the events in it. */
  readonly events: readonly string[];
  readonly arrivedMs: number;
  /** When the receiver acknowledged it, if it did. */
  takenMs?: number;
  /** When the answer left. */
  answeredMs?: number;
}

/** A receiver thinks for a while before it takes a request, and once more before it answers. */
type Thinking = Readonly<Record<DestinationName, { readonly mostMs: number }>>;

export class Recording {
  readonly requests: Recorded[] = [];
  /** Different events taken, by destination. */
  readonly taken: Readonly<Record<DestinationName, Set<string>>> = {
    team: new Set(),
    siem: new Set(),
    archive: new Set(),
  };
  readonly #random: Random;
  readonly #thinking: Thinking;
  #open = 0;

  constructor(random: Random, thinking: Thinking) {
    this.#random = random;
    this.#thinking = thinking;
  }

  /** Requests that a receiver has still to take or to answer, though their sender may be dead. */
  get open(): number {
    return this.#open;
  }

  readonly around = (destination: DestinationName, site: Site, life: number): Site => ({
    fetch: async (request) => {
      const body = await request.text();
      const recorded: Recorded = {
        destination,
        life,
        events: eventsOf(destination, body),
        arrivedMs: performance.now(),
      };
      this.requests.push(recorded);
      this.#open += 1;
      try {
        return await this.#answer(recorded, site, request, body);
      } finally {
        this.#open -= 1;
      }
    },
  });

  /** What has arrived whole is dealt with, whether its sender lives or not: the signal is not handed on. */
  async #answer(recorded: Recorded, site: Site, { url, headers, signal }: Request, body: string) {
    const { destination, events } = recorded;
    await this.#think(destination);
    const response = await site.fetch(new Request(url, { method: "POST", headers, body }));
    if (response.ok) {
      recorded.takenMs = performance.now();
      for (const id of events) this.taken[destination].add(id);
    }
    await this.#think(destination);
    signal.throwIfAborted();
    recorded.answeredMs = performance.now();
    return response;
  }

  async #think(destination: DestinationName): Promise<void> {
    const ms = integer(this.#random, 0, this.#thinking[destination].mostMs);
    if (ms > 0) await systemClock.sleep(ms);
  }
}

function eventsOf(destination: DestinationName, body: string): string[] {
  const message = JSON.parse(body);
  if (destination === "team") return eventIdsIn(message);
  return message.type === "tidemark.batch"
    ? message.data.map(({ id }: { id: string }) => id)
    : [message.id];
}
