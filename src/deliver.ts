// The only outbound fetch to receivers: one request, its outcome, and the token that some of them want with it.
import type { BoundDestination } from "./destinations/bind.ts";
import type { Digest, Letter, Link, Outcome, Stop, Token } from "./destinations/destination.ts";
import { type Clock, exchange, type Fetch, type OutgoingRequest } from "./http.ts";
import { redactor } from "./log.ts";

const limits = { timeoutMs: 15_000, maxBytes: 256 * 1024 };
/** A token is fetched anew this long before it expires. */
const spareMs = 60_000;

export type Confirmation = Extract<Outcome, { kind: "confirm" }>;
/** How many letters are told at once. */
interface Told {
  readonly link?: Link | undefined;
  readonly digest?: Digest | undefined;
}
/** Takes one request out of the run's budget; false when none is left. */
type Take = () => boolean;

export class Sender {
  readonly #ports: { readonly fetch: Fetch; readonly clock: Clock };
  readonly #destination: BoundDestination;
  #token: Token | undefined;

  constructor(
    ports: { readonly fetch: Fetch; readonly clock: Clock },
    destination: BoundDestination,
  ) {
    this.#ports = ports;
    this.#destination = destination;
  }

  /**
   * Sends letters as one request, which is paid for, in the receiver's plain form if asked for. "spent" when another
   * one, for a token, cannot be paid. Never throws for what a receiver does.
   */
  async send(
    letters: readonly Letter[],
    form: "usual" | "plain",
    take: Take,
    { link, digest }: Told = {},
  ): Promise<Outcome | "spent"> {
    const granted = await this.#authorize(take);
    if (granted === "spent" || (granted && granted.kind !== "token")) return granted;
    const fresh = granted !== this.#token;
    this.#token = granted;
    const attempt = {
      nowMs: this.#ports.clock.now(),
      ...(granted && { token: granted.token }),
      ...(link && { link }),
      ...(digest && { digest }),
    };
    const { encode, encodePlain } = this.#destination;
    let request: OutgoingRequest;
    try {
      const [only] = letters;
      request =
        form === "plain" && only && encodePlain
          ? encodePlain(only, attempt)
          : encode(letters, attempt);
    } catch (error) {
      // The letter's fault, not the receiver's: it is found by halving and dead-lettered, the rest goes on.
      return { kind: "reject", reason: `could not be encoded: ${String(error)}` };
    }
    const answer = await this.#exchange(request);
    if (granted && answer.status === 401) {
      this.#token = undefined;
      // Revoked before its time: once with a fresh one, before the receiver is believed to refuse us.
      if (!fresh)
        return { kind: "retry", reason: "HTTP 401: the token was refused before its time" };
    }
    return this.#destination.judge(answer, { nowMs: this.#ports.clock.now() }, letters);
  }

  /** Asks about what was taken before. */
  async ask({ request, judge }: Confirmation): Promise<Outcome> {
    const answer = await this.#exchange(request);
    return judge(answer, { nowMs: this.#ports.clock.now() });
  }

  /** The token at hand, a new one, or why there is none; undefined where none is wanted. */
  async #authorize(take: Take): Promise<Token | Stop | "spent" | undefined> {
    const { grant } = this.#destination;
    if (!grant) return undefined;
    if (this.#token && this.#ports.clock.now() < this.#token.expiresMs - spareMs)
      return this.#token;
    if (!take()) return "spent";
    const answer = await this.#exchange(grant.request());
    return grant.read(answer, { nowMs: this.#ports.clock.now() });
  }

  async #exchange(request: OutgoingRequest) {
    const { fetch, clock } = this.#ports;
    const answer = await exchange(fetch, clock, request, limits);
    if (!this.#token || answer.kind !== "answer") return answer;
    return { ...answer, body: redactor([this.#token.token])(answer.body) };
  }
}
