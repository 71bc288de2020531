// What a rule is: data about itself, and one pure function from an event and what was learned before it to a verdict.
import * as z from "zod";
import type { KnownType } from "../event/catalogue.ts";
import { type AuditEvent, type Severity, severities } from "../event/event.ts";
import type { Facts } from "./facts.ts";
import type { PersonFacts } from "./person.ts";
import type { Moment } from "./story.ts";

/** Why it fires. */
export interface Verdict {
  /** Whom or what it is about: of one subject a rule tells once in `quietHours`. */
  readonly subject: string;
  /** A sentence, without the full stop. */
  readonly reason: string;
  /** Ids of the events that it rests on, besides the one that was judged. */
  readonly evidence: readonly string[];
}

/** An event, when it happened, and what the log had told before it. */
export interface Judged {
  readonly event: AuditEvent;
  readonly ms: number;
  readonly facts: Facts;
  /** Under which the actor is known; "" where none is told. */
  readonly key: string;
  /** What is known of the actor. */
  readonly actor: PersonFacts | undefined;
}

/** A story that a rule is tried on: `fires` at its last moment, or never where it is `silent`. */
export interface Example {
  readonly what: string;
  readonly story: readonly Moment[];
  /** Options that the rule has in this story. */
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A technique of MITRE ATT&CK: https://attack.mitre.org/techniques/enterprise */
interface Technique {
  readonly id: string;
  readonly name: string;
}

interface Spec<Shape extends z.ZodRawShape> {
  /** `family.what_happened` */
  readonly name: string;
  readonly title: string;
  readonly severity: Severity;
  readonly attack?: Technique;
  /** What to do about it: an imperative sentence. */
  readonly check: string;
  /** The types that it judges; all others pass it by. */
  readonly on: readonly KnownType[] | "all";
  /** Whether the event alone decides: then it is told at once, else when late events can no longer change it. */
  readonly atOnce?: true;
  /** Hours for which it says no more of one subject; not for a rule that decides at once. */
  readonly quietHours?: number;
  /** Most findings in 7 days. */
  readonly mostAWeek?: number;
  readonly parameters: Shape;
  readonly examples: { readonly fires: readonly Example[]; readonly silent: readonly Example[] };
  evaluate(judged: Judged, parameters: z.output<z.ZodObject<Shape>>): Verdict | null;
}

/** A rule with its options: ready to judge. */
export interface BoundRule {
  readonly rule: Rule;
  readonly severity: Severity;
  readonly quietMs: number;
  readonly mostAWeek: number;
  judge(judged: Judged): Verdict | null;
}

export interface Rule extends Omit<Spec<z.ZodRawShape>, "evaluate" | "parameters"> {
  /** Its options, with defaults; strict. */
  readonly options: z.ZodObject;
  /**
   * Throws a ZodError for options that it does not know. `severity` counts where the options have none of their own.
   */
  bind(options?: unknown, severity?: Severity): BoundRule;
}

/** How much a rule says; not for one that decides at once, which knows of no finding but its own. */
const restraint = (quietHours = 24, mostAWeek = 10) => ({
  quietHours: whole(quietHours, 0, 720, "Hours for which it says no more of the same subject"),
  mostAWeek: whole(
    mostAWeek,
    0,
    1000,
    "Most findings in 7 days; of further ones the next that is told says how many there were. 0 = no limit",
  ),
});

/** What is said of keys that a table does not have, or of what is no table. */
export const strangers = (what: string, known: readonly string[]) => ({
  error: ({ code, keys }: { readonly code?: string; readonly keys?: readonly string[] }) =>
    code === "unrecognized_keys"
      ? `unknown ${what} ${keys?.join(", ")}; expected only ${known.join(", ")}`
      : `expected a table with ${known.join(", ")}`,
});

export function rule<Shape extends z.ZodRawShape>(spec: Spec<Shape>): Rule {
  const own = z.object(spec.parameters);
  const { quietHours, mostAWeek, severity, atOnce } = spec;
  const shape = {
    severity: z
      .enum(severities)
      .optional()
      .meta({ description: "Of its findings", default: severity }),
    ...spec.parameters,
    ...(atOnce ? {} : restraint(quietHours, mostAWeek)),
  };
  const options = z.strictObject(shape, strangers("option", Object.keys(shape)));
  const made: Rule = {
    ...spec,
    options,
    bind: (given = {}, byPattern = severity) => {
      const all: Readonly<Record<string, unknown>> = options.parse(given);
      const names = Object.keys(spec.parameters);
      const parameters = own.parse(Object.fromEntries(names.map((name) => [name, all[name]])));
      return {
        rule: made,
        severity: (all.severity as Severity | undefined) ?? byPattern, // parsed above
        quietMs: Number(all.quietHours ?? 0) * 3_600_000,
        mostAWeek: Number(all.mostAWeek ?? 0),
        judge: (judged) => spec.evaluate(judged, parameters),
      };
    },
  };
  return made;
}

/** A parameter that is a whole number. */
export function whole(fallback: number, low: number, high: number, what: string) {
  const expected = `expected a whole number from ${low} to ${high}`;
  return z
    .number(expected)
    .int(expected)
    .min(low, expected)
    .max(high, expected)
    .default(fallback)
    .describe(what);
}

/** A parameter that is a list of texts; compared in lower case. */
export const texts = (fallback: readonly string[], what: string) =>
  z
    .array(z.string("expected a list of texts").min(1), "expected a list of texts")
    .transform((all) => all.map((one) => one.trim().toLowerCase()))
    .prefault([...fallback])
    .describe(what);
