// What a destination is: two pure functions and some facts about the vendor. It never calls fetch, never
// retries, never sleeps; deliver.ts does. One file each, one line in registry.ts.
import { createHash } from "node:crypto";
import type * as z from "zod";
import type { AuditEvent } from "../event/event.ts";
import type { Document } from "../formats/format.ts";
import type { Answer, OutgoingRequest } from "../http.ts";
import { redactor } from "../log.ts";
import { partsOf, secretsIn } from "../secrets.ts";

/** An event, and what the destination's format made of it. */
export interface Letter {
  readonly event: AuditEvent;
  readonly documents: readonly Document[];
}

/** What became of one request, for all the letters in it. */
export type Outcome =
  | { readonly kind: "delivered" }
  /** Not now: try the same letters again, not before `retryAfterMs` from now if the receiver named a time. */
  | { readonly kind: "retry"; readonly reason: string; readonly retryAfterMs?: number }
  /** The receiver refuses this message: it is halved until the letter is found, which is dead-lettered. */
  | { readonly kind: "reject"; readonly reason: string }
  /** The receiver refuses us: the destination is paused and its operator told. `final` is never probed. */
  | { readonly kind: "halt"; readonly reason: string; readonly final?: boolean };

/** What both functions may know of the attempt. */
export interface Attempt {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface DestinationType<Options = never> {
  /** The value of `type` in the configuration. */
  readonly type: string;
  /** One line for the README. */
  readonly title: string;
  /** Link to the vendor's page that the code follows. */
  readonly docs: string;
  /** The options beyond those that every destination has (name, type, format, only, …). */
  readonly options: z.ZodType<Options> & z.ZodObject;
  /** People read it: it is told of Tidemark itself, unless the configuration says otherwise. */
  readonly chat?: true;
  /** At least this long from an answer to the next request; 0 = no pacing. */
  readonly minIntervalMs: number;
  /** What the pace is counted for, where destinations may share it: Slack counts per hook. */
  pacedBy?(options: Options): string;
  /** Which letters travel together. Concatenated, the groups are the input, in order. */
  pack(letters: readonly Letter[], options: Options): readonly (readonly Letter[])[];
  /** One group as one request. Pure: the same letters and time give the same bytes. */
  encode(letters: readonly Letter[], options: Options, attempt: Attempt): OutgoingRequest;
  /** A plainer request for a single letter whose first form the receiver rejected, where there is one. */
  encodePlain?(letter: Letter, options: Options, attempt: Attempt): OutgoingRequest;
  /** The receiver's own success rule. */
  judge(answer: Answer, attempt: Attempt): Outcome;
}

/** A destination type with its options filled in: what the rest of the code works with. */
export interface BoundDestination {
  readonly type: string;
  readonly chat: boolean;
  readonly minIntervalMs: number;
  /** Destinations with the same key share one pace. */
  readonly paceKey?: string;
  /** Changes with the options: a pause ends when the operator has changed what it was about. */
  readonly fingerprint: string;
  pack(letters: readonly Letter[]): readonly (readonly Letter[])[];
  encode(letters: readonly Letter[], attempt: Attempt): OutgoingRequest;
  encodePlain?(letter: Letter, attempt: Attempt): OutgoingRequest;
  judge(answer: Answer, attempt: Attempt): Outcome;
}

/** A destination type whose options are known to the type itself only. */
export interface AnyDestinationType {
  readonly type: string;
  readonly title: string;
  readonly docs: string;
  readonly options: z.ZodObject;
  /** Throws a ZodError when the options are not the type's. */
  bind(options: unknown): BoundDestination;
}

/** Closes over a type's options, so that destinations of all types can stand in one list. */
export function erase<Options>(type: DestinationType<Options>): AnyDestinationType {
  return {
    type: type.type,
    title: type.title,
    docs: type.docs,
    options: type.options,
    bind(raw) {
      const options = type.options.parse(raw) as Options;
      const { encodePlain, pacedBy } = type;
      const secrets = secretsIn(options);
      const redact = redactor([...secrets, ...secrets.flatMap(partsOf)]);
      return {
        type: type.type,
        chat: type.chat === true,
        minIntervalMs: type.minIntervalMs,
        fingerprint: createHash("sha256")
          .update(JSON.stringify(options))
          .digest("hex")
          .slice(0, 16),
        ...(pacedBy && { paceKey: `${type.type} ${pacedBy(options)}` }),
        pack: (letters) => type.pack(letters, options),
        encode: (letters, attempt) => type.encode(letters, options, attempt),
        // A receiver may repeat what it was sent. Struck out before anything is cut off, which would leave half a secret.
        judge: (answer, attempt) =>
          type.judge(
            answer.kind === "answer"
              ? { ...answer, body: redact(answer.body) }
              : { ...answer, message: redact(answer.message) },
            attempt,
          ),
        ...(encodePlain && {
          encodePlain: (letter, attempt) => encodePlain(letter, options, attempt),
        }),
      };
    },
  };
}
