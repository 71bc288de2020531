// What goes wrong on the way to a receiver, the same for all of them: on a script, by chance, or never.
import type { Clock } from "../../src/http.ts";
import { pick, type Random } from "../random.ts";

/** What goes wrong with one request. */
export type Fault =
  /** Answered without being looked at, e.g. 500 `rollup_error`, 429 `rate_limited`. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly word?: string;
      readonly retryAfterS?: number;
    }
  /** The message is taken, but the answer never comes. */
  | { readonly kind: "hang" }
  /** The connection breaks, before or after the message was taken. */
  | { readonly kind: "cut"; readonly taken: boolean };

/** Asked once a request; undefined = nothing goes wrong. */
export type ReceiverFaults = () => Fault | undefined;

/** These, one a request, then none. */
export function scripted(faults: readonly (Fault | undefined)[]): ReceiverFaults {
  const left = faults.values();
  return () => left.next().value;
}

/** With this probability, one of these. */
export function sometimes(
  random: Random,
  probability: number,
  faults: readonly Fault[],
): ReceiverFaults {
  return () => (random() < probability ? pick(random, faults) : undefined);
}

const hangMs = 600_000;

/** A receiver's own parts, for a request that meets a fault. */
interface Hit {
  readonly clock: Clock;
  readonly request: Request;
  receive(request: Request): Promise<Response>;
  answer(status: number, word?: string, retryAfterS?: number): Response;
  /** Called when the answer is lost. */
  lost(): void;
}

/** Lets one request meet the fault, if there is one. Rejects as a broken connection does. */
export async function meet(
  fault: Fault | undefined,
  { clock, request, receive, answer, lost }: Hit,
): Promise<Response> {
  if (fault === undefined) return receive(request);
  if (fault.kind === "answer") return answer(fault.status, fault.word, fault.retryAfterS);
  if (fault.kind === "hang" || fault.taken) await receive(request);
  lost();
  if (fault.kind === "hang") await clock.sleep(hangMs, request.signal);
  request.signal.throwIfAborted();
  throw new TypeError("the connection was reset");
}
