// A destination type with its options filled in, so that destinations of all types can stand in one list.
import { createHash } from "node:crypto";
import type * as z from "zod";
import type { Format } from "../formats/format.ts";
import type { Answer, OutgoingRequest } from "../http.ts";
import { redactor } from "../log.ts";
import { partsOf, secretsIn } from "../secrets.ts";
import type {
  Attempt,
  DestinationType,
  Letter,
  Limits,
  Outcome,
  Setup,
  Stop,
  Token,
} from "./destination.ts";

/** What the rest of the code works with. */
export interface BoundDestination {
  readonly type: string;
  readonly chat: boolean;
  readonly limits: Limits;
  readonly minIntervalMs: number;
  /** Destinations with the same key share one pace. */
  readonly paceKey?: string;
  /** Changes with the options: a pause ends when the operator has changed what it was about. */
  readonly fingerprint: string;
  /** The Worker's binding through which it sends, and the option that names it. */
  readonly binding?: { readonly option: string; readonly name: string };
  readonly grant?: {
    request(): OutgoingRequest;
    read(answer: Answer, attempt: Attempt): Token | Stop;
  };
  pack(letters: readonly Letter[]): readonly (readonly Letter[])[];
  encode(letters: readonly Letter[], attempt: Attempt): OutgoingRequest;
  encodePlain?(letter: Letter, attempt: Attempt): OutgoingRequest;
  judge(answer: Answer, attempt: Attempt, letters: readonly Letter[]): Outcome;
}

/** A destination type whose options are known to the type itself only. */
export interface AnyDestinationType
  extends Pick<
    DestinationType,
    | "type"
    | "title"
    | "docs"
    | "format"
    | "minSeverity"
    | "idempotency"
    | "limits"
    | "chat"
    | "maxPerMinute"
    | "digests"
    | "minIntervalMs"
  > {
  readonly options: z.ZodObject;
  /** Throws a ZodError when the options are not the type's. */
  bind(options: unknown, format: Format): BoundDestination;
}

/** Closes over a type's options. */
export function erase<Options>(type: DestinationType<Options>): AnyDestinationType {
  return { ...type, bind: (raw, format) => bind(type, type.options.parse(raw) as Options, format) };
}

function bind<Options>(
  type: DestinationType<Options>,
  options: Options,
  format: Format,
): BoundDestination {
  const { encodePlain, pacedBy, binding, grant } = type;
  const setup: Setup<Options> = { ...options, format };
  const secrets = secretsIn(options);
  const redact = redactor([...secrets, ...secrets.flatMap(partsOf)]);
  // A receiver may repeat what it was sent. Struck out before anything is cut off, which would leave half a secret.
  const clean = (answer: Answer): Answer =>
    answer.kind === "answer"
      ? { ...answer, body: redact(answer.body) }
      : { ...answer, message: redact(answer.message) };
  // Also what is asked about later comes from a receiver, which may say anything.
  const check = (outcome: Outcome, letters: readonly Letter[]): Outcome => {
    if (outcome.kind === "confirm") {
      const { judge } = outcome;
      return {
        ...outcome,
        judge: (answer, attempt) => check(judge(clean(answer), attempt), letters),
      };
    }
    if (outcome.kind !== "each" || outcome.verdicts.length === letters.length) return outcome;
    return { kind: "retry", reason: "the answer does not tell of every event that was sent" };
  };
  return {
    type: type.type,
    chat: type.chat === true,
    limits: type.limits,
    minIntervalMs: type.minIntervalMs ?? 0,
    fingerprint: createHash("sha256")
      .update(JSON.stringify([options, format.name]))
      .digest("hex")
      .slice(0, 16),
    ...(pacedBy && { paceKey: `${type.type} ${pacedBy(options)}` }),
    ...(binding && { binding: binding(options) }),
    ...(grant && {
      grant: {
        request: () => grant.request(options),
        // The token itself is new to us: what a failure repeats of the request is struck out by its reader.
        read: (answer, attempt) => grant.read(clean(answer), attempt),
      },
    }),
    pack: (letters) => type.pack(letters, setup),
    encode: (letters, attempt) => type.encode(letters, setup, attempt),
    judge: (answer, attempt, letters) =>
      check(type.judge(clean(answer), attempt, letters, setup), letters),
    ...(encodePlain && {
      encodePlain: (letter, attempt) => encodePlain(letter, setup, attempt),
    }),
  };
}
