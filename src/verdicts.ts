// A receiver that judges each letter of a request by itself: what that means for the request.
import type { Letter, Outcome, Stop, Verdict } from "./destinations/destination.ts";

type Refusal = Extract<Verdict, { kind: "reject" }>;

export interface Judged<V extends Verdict> {
  readonly letter: Letter;
  readonly verdict: V;
}

export interface Sorted {
  readonly delivered: readonly Letter[];
  readonly refused: readonly Judged<Refusal>[];
  /** To be sent again, in their order. */
  readonly left: readonly Judged<Stop>[];
  /** The one among them that keeps the destination longest. */
  readonly stop: Stop | undefined;
}

/** `verdicts` has one for each letter. */
export function sort(letters: readonly Letter[], verdicts: readonly Verdict[]): Sorted {
  const delivered: Letter[] = [];
  const refused: Judged<Refusal>[] = [];
  const left: Judged<Stop>[] = [];
  letters.forEach((letter, i) => {
    const verdict = verdicts[i];
    if (verdict === undefined || verdict.kind === "delivered") delivered.push(letter);
    else if (verdict.kind === "reject") refused.push({ letter, verdict });
    else left.push({ letter, verdict });
  });
  const stops = left.map(({ verdict }) => verdict);
  const [stop] = stops.toSorted((a, b) => waitOf(b) - waitOf(a));
  return { delivered, refused, left, stop };
}

function waitOf(stop: Stop): number {
  return stop.kind === "halt" ? Number.POSITIVE_INFINITY : (stop.retryAfterMs ?? 0);
}

/** The verdict on the only letter of a request. */
export function ofOne(outcome: Outcome): Verdict {
  switch (outcome.kind) {
    case "each":
      return outcome.verdicts[0] ?? { kind: "delivered" };
    case "confirm":
      return { kind: "delivered", note: "whether it is stored is not known yet" };
    default:
      return outcome;
  }
}
