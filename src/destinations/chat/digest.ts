// Many events as few messages: when, and what is said of all of them together.
import { type AuditEvent, type Severity, severities } from "../../event/event.ts";
import type { Letter } from "../destination.ts";
import type { Pen } from "./text.ts";
import { word, workspaceName } from "./words.ts";

/** Up to this many events that arrive together get a message each; more become digests. */
const mostSingles = 3;

export function singlesOr(
  digests: (letters: readonly Letter[]) => readonly (readonly Letter[])[],
  letters: readonly Letter[],
): readonly (readonly Letter[])[] {
  return letters.length <= mostSingles ? letters.map((letter) => [letter]) : digests(letters);
}

export interface Overview {
  readonly headline: string;
  /** How many there are of each severity, the worst first. */
  readonly tally: string;
  readonly worst: Severity;
}

export function toOverview(events: readonly AuditEvent[], pen: Pen): Overview {
  const counts = [...severities]
    .reverse()
    .map((severity) => ({ severity, count: events.filter((e) => e.severity === severity).length }))
    .filter(({ count }) => count > 0);
  const worst = counts[0]?.severity ?? "info";
  return {
    headline: `${events.length} events in ${workspaceName(events, pen)} · most severe: ${worst}`,
    tally: counts.map(({ severity, count }) => `${count} ${word(severity)}`).join(" · "),
    worst,
  };
}
