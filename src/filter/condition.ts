// One line of a filter, compiled: a path of the event, and what is to stand there.
import { severities } from "../event/event.ts";
import { closest, type Field, fieldAt, fields, valuesAt } from "../event/paths.ts";
import { toPattern } from "../event/pattern.ts";
import { toNetwork } from "./network.ts";

export interface Condition {
  readonly path: string;
  /** One of these is to hold. */
  readonly patterns: readonly string[];
  /** As it is written in TOML, for explanations. */
  readonly written: string;
  holds(event: unknown): boolean;
  /** What stands there, as the head of a sentence. */
  says(event: unknown): string;
}

type Test = (text: string) => boolean;

/** The condition, or what is wrong with it: `expected …`. */
export function toCondition(path: string, value: unknown): Condition | string {
  const field = fieldAt(path);
  if (!field) {
    const near = closest(
      path,
      fields.map((one) => one.path),
    )
      .map(quoted)
      .join(", ");
    return `expected fields of the event; ${quoted(path)} is none of them, the closest are ${near}; of the item as received, e.g. "raw.payload.method"`;
  }
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) return `expected at least one value for ${quoted(path)}`;
  const patterns: string[] = [];
  const tests: Test[] = [];
  for (const one of list) {
    if (typeof one !== "string" && typeof one !== "number" && typeof one !== "boolean")
      return `expected a text or a list of texts for ${quoted(path)}, ${example(field)}`;
    const pattern = String(one);
    patterns.push(pattern);
    // Null and the empty text are one, as everywhere.
    if (pattern === "") continue;
    if (pattern === "*") continue;
    const test = toTest(field, pattern);
    if (!test) return `expected ${example(field)} for ${quoted(path)}, got ${quoted(pattern)}`;
    tests.push(test);
  }
  const [any, none] = [patterns.includes("*"), patterns.includes("")];
  const values = valuesAt(path);
  return {
    path,
    patterns,
    written: `${quoted(path)} = ${JSON.stringify(value)}`,
    holds: (event) => {
      const found = values(event);
      if (found.length === 0) return none;
      // A table within the item as received is there, and like no text.
      return any || found.some((one) => typeof one !== "object" && accepts(tests, String(one)));
    },
    says: (event) => {
      const found = values(event).map(toText).join(", ");
      if (found === "") return `it has no ${path}`;
      return `its ${path} is ${found.length > 200 ? `${found.slice(0, 200)}…` : found}`;
    },
  };
}

/** Undefined where the field never holds such a thing. */
function toTest({ path, kind, values }: Field, pattern: string): Test | undefined {
  if (isSeverity(path)) return toComparison(pattern);
  if (path === "source.ip") return toNetwork(pattern);
  const matches = toPattern(pattern);
  if (kind === "text") return matches;
  const possible = kind === "flag" ? ["true", "false"] : values;
  return possible.some(matches) ? matches : undefined;
}

/** `high`, `>= medium`, `< low`. */
function toComparison(pattern: string): Test | undefined {
  const [, sign = "=", name = ""] =
    /^(>=|<=|>|<|=)?\s*([a-z]+)$/.exec(pattern.trim().toLowerCase()) ?? [];
  const bound = rankOf(name);
  if (bound < 0) return undefined;
  switch (sign) {
    case ">=":
      return (severity) => rankOf(severity) >= bound;
    case "<=":
      return (severity) => rankOf(severity) <= bound;
    case ">":
      return (severity) => rankOf(severity) > bound;
    case "<":
      return (severity) => rankOf(severity) < bound;
    default:
      return (severity) => rankOf(severity) === bound;
  }
}

/** The event's, or a finding's. */
const isSeverity = (path: string) => path === "severity" || path.endsWith("].severity");

const rankOf = (severity: string) => (severities as readonly string[]).indexOf(severity);

function example({ path, kind, values }: Field): string {
  if (isSeverity(path)) return `a severity, e.g. "high" or ">= medium" (${severities.join(", ")})`;
  if (path === "source.ip")
    return 'an address or a network, e.g. "203.0.113.9", "10.0.0.0/8" or "2001:db8::/32"';
  if (kind === "flag") return "true or false";
  if (kind === "choice") return `one of ${values.join(", ")}`;
  return 'e.g. "*@example.com"';
}

const accepts = (tests: readonly Test[], text: string) => tests.some((test) => test(text));

const toText = (value: unknown) => (typeof value === "object" ? "a table" : String(value));

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
