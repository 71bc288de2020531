// What an operator does with a dead letter: sends it again, where that can be, or gives it up.
import type { Ports } from "./ports.ts";
import type { Pipeline } from "./run.ts";

/** `retrying`: the next run sends it to that destination. */
type Retried =
  | { readonly kind: "retrying"; readonly destination: string }
  | { readonly kind: "not found" | "not sendable" | "no destination" | "paused" };

export function retryLetter({ ledger }: Ports, pipeline: Pipeline, id: number): Retried {
  const letter = ledger.deadLetter(id);
  if (!letter) return { kind: "not found" };
  const name = letter.destination;
  // An item without a usable time, or an event that the log does not show any more.
  if (name === null || letter.item === "null") return { kind: "not sendable" };
  const lane = pipeline.member(name)?.lane;
  if (!lane) return { kind: "no destination" };
  if (lane.condition.held || lane.condition.readyAtMs() === null) return { kind: "paused" };
  ledger.setRetrying(id);
  return { kind: "retrying", destination: name };
}

/** False when there is none of that number. */
export function discardLetter({ ledger, clock }: Ports, id: number): boolean {
  const letter = ledger.deadLetter(id);
  if (letter) ledger.discard(letter, clock.now());
  return letter !== undefined;
}
