// What a destination is: pure functions and some facts about the vendor. It never calls fetch, never retries,
// never sleeps; deliver.ts does. One file each, one line in registry.ts. Log intakes are made with intake.ts.
import type * as z from "zod";
import type { Summary } from "../digest/summary.ts";
import type { AuditEvent, Severity } from "../event/event.ts";
import type { Document, Format } from "../formats/format.ts";
import type { Answer, OutgoingRequest } from "../http.ts";
import type { Looks } from "./chat/summary-numbers.ts";

/** An event as the destination may see it, and what the destination's format made of it. */
export interface Letter {
  readonly event: AuditEvent;
  /** The item as received, where the destination is not to see all of it: for the ledger, never to be sent. */
  readonly received?: AuditEvent["raw"];
  readonly documents: readonly Document[];
}

/** What became of a letter. */
export type Verdict =
  /** `note`: what the receiver's word is worth, where that is less than it seems. */
  | { readonly kind: "delivered"; readonly note?: string }
  /** Not now: try the same letters again, not before `retryAfterMs` from now if the receiver named a time. */
  | { readonly kind: "retry"; readonly reason: string; readonly retryAfterMs?: number }
  /** The receiver refuses this message: it is halved until the letter is found, which is dead-lettered. */
  | {
      readonly kind: "reject";
      readonly reason: string;
      /** Which letter of the request it is, where the receiver says: it is not searched for. */
      readonly at?: number;
    }
  /** The receiver refuses us: the destination is paused and its operator told. `final` is never probed. */
  | { readonly kind: "halt"; readonly reason: string; readonly final?: boolean };

/** The destination cannot go on: for now, or until the operator has done something. */
export type Stop = Extract<Verdict, { kind: "retry" | "halt" }>;

/** What became of one request. */
export type Outcome =
  /** The same for all the letters in it. */
  | Verdict
  /** The receiver judges each letter by itself: one verdict a letter, in their order. A reject is final. */
  | { readonly kind: "each"; readonly verdicts: readonly Verdict[] }
  /** Taken, but not safe yet: after `afterMs` it is asked about with another request, which may say so again. */
  | {
      readonly kind: "confirm";
      readonly afterMs: number;
      readonly request: OutgoingRequest;
      judge(answer: Answer, attempt: Attempt): Outcome;
    };

/** A page that lists all the letters of a message that shows but some of them. */
export interface Link {
  readonly url: string;
  /** When it expires, in milliseconds since the epoch. */
  readonly untilMs: number;
}

/** The letters of a period, told together. */
export interface Digest {
  readonly summary: Summary;
  /** How often the log was asked within the period, and how often it was seen. */
  readonly looks: Looks;
  /** Notes that it was delivered; in the transaction that settles its letters. */
  settle(): void;
}

/** What the functions may know of the attempt. */
export interface Attempt {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** From the destination's `grant`, where it has one. */
  readonly token?: string;
  readonly link?: Link;
  readonly digest?: Pick<Digest, "summary" | "looks">;
}

/** What one request may hold, and what comes of events that are too old. */
export interface Limits {
  /** The most events in one request; an event that is several documents counts as so many. */
  readonly events: number;
  /** The most bytes of a body, before compression; none: what is too large is halved. A larger letter travels alone. */
  readonly bytes?: number;
  /** Events older than this are sent all the same, counted and told. */
  readonly age?: {
    readonly ms: number;
    /** What the receiver does with them, as the end of a sentence: `Datadog stamps them with …`. */
    readonly treatment: string;
  };
}

/** A token that is fetched with a request of its own, and fetched again before it expires. */
interface Grant<Options> {
  request(options: Options): OutgoingRequest;
  /** The token, or why there is none. */
  read(answer: Answer, attempt: Attempt): Token | Stop;
}

export interface Token {
  readonly kind: "token";
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresMs: number;
}

/** A destination's own options, and the format that the configuration gives it. */
export type Setup<Options> = Options & { readonly format: Format };

export interface DestinationType<Options = never> {
  /** The value of `type` in the configuration. */
  readonly type: string;
  /** One line for the README. */
  readonly title: string;
  /** Link to the vendor's page that the code follows. */
  readonly docs: string;
  /** The options beyond those that every destination has (name, type, only, …). */
  readonly options: z.ZodType<Options> & z.ZodObject;
  /** The format it gets unless another is configured. None: it makes messages of its own, and takes no format. */
  readonly format?: string;
  /** The least severity it gets unless another is configured; default: all. */
  readonly minSeverity?: Severity;
  /** By which field the receiver, or a search there, tells a repeat. */
  readonly idempotency: string;
  readonly limits: Limits;
  /** People read it: it is told of Tidemark itself, unless the configuration says otherwise. */
  readonly chat?: true;
  /** People are disturbed by it: it is sent at most so many messages a minute, unless configured otherwise. */
  readonly maxPerMinute?: number;
  /** It can be sent digests. */
  readonly digests?: true;
  /** At least this long from an answer to the next request; default: no pacing. */
  readonly minIntervalMs?: number;
  /** What the pace is counted for, where destinations may share it: Slack counts per hook. */
  pacedBy?(options: Options): string;
  /** The option that names the Worker's binding through which it sends. */
  binding?(options: Options): { readonly option: string; readonly name: string };
  readonly grant?: Grant<Options>;
  /**
   * Which letters travel together. Concatenated, the groups are the input, in order. Where it has `maxPerMinute`, what
   * does not fit the first group is told by a link in the attempt.
   */
  pack(letters: readonly Letter[], setup: Setup<Options>): readonly (readonly Letter[])[];
  /** One group as one request. Pure: the same letters and attempt give the same bytes. */
  encode(letters: readonly Letter[], setup: Setup<Options>, attempt: Attempt): OutgoingRequest;
  /** A plainer request for a single letter whose first form the receiver rejected, where there is one. */
  encodePlain?(letter: Letter, setup: Setup<Options>, attempt: Attempt): OutgoingRequest;
  /** The receiver's own success rule. */
  judge(
    answer: Answer,
    attempt: Attempt,
    letters: readonly Letter[],
    setup: Setup<Options>,
  ): Outcome;
}
