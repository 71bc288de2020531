// What happened in a world, line by line, for whoever has to understand a failure.
import type { VirtualClock } from "../../sandbox/clock.ts";

/** What a line is about; one about nothing in particular concerns everybody. */
interface About {
  readonly destination?: string;
  /** Events, as bytes. */
  readonly jsons?: readonly string[];
}

interface Note extends About {
  readonly atMs: number;
  readonly text: string;
}

export class Notes {
  readonly #clock: VirtualClock;
  readonly #notes: Note[] | undefined;

  constructor(clock: VirtualClock, wanted: boolean) {
    this.#clock = clock;
    this.#notes = wanted ? [] : undefined;
  }

  /** The text is made only where somebody wants to read it. */
  add(text: () => string, about: About = {}): void {
    this.#notes?.push({ ...about, atMs: this.#clock.now(), text: text() });
  }

  /** The lines that concern these destinations and these events; without any, all lines. */
  about(destinations: ReadonlySet<string>, jsons: ReadonlySet<string>): string[] {
    const told = (this.#notes ?? []).filter(
      ({ destination, jsons: its }) =>
        (destination === undefined || destinations.size === 0 || destinations.has(destination)) &&
        (its === undefined || jsons.size === 0 || its.some((json) => jsons.has(json))),
    );
    // Polls that show the same again and again say it once.
    return told
      .filter(({ text }, i) => told[i - 1]?.text !== text)
      .map(({ atMs, text }) => `${new Date(atMs).toISOString().slice(11, 23)} ${text}`);
  }
}
