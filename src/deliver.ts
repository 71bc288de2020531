// The only outbound fetch to receivers: one request, its outcome.
import type { BoundDestination, Letter, Outcome } from "./destinations/destination.ts";
import { type Clock, exchange, type Fetch, type OutgoingRequest } from "./http.ts";

const limits = { timeoutMs: 15_000, maxBytes: 64 * 1024 };

/** Sends letters as one request, in the receiver's plain form if asked for. Never throws for what a receiver does. */
export async function deliver(
  fetch: Fetch,
  clock: Clock,
  destination: BoundDestination,
  letters: readonly Letter[],
  form: "usual" | "plain",
): Promise<Outcome> {
  let request: OutgoingRequest;
  try {
    const attempt = { nowMs: clock.now() };
    request =
      form === "plain" && letters[0] && destination.encodePlain
        ? destination.encodePlain(letters[0], attempt)
        : destination.encode(letters, attempt);
  } catch (error) {
    // The letter's fault, not the receiver's: it is found by halving and dead-lettered, the rest goes on.
    return { kind: "reject", reason: `could not be encoded: ${String(error)}` };
  }
  const answer = await exchange(fetch, clock, request, limits);
  return destination.judge(answer, { nowMs: clock.now() });
}
