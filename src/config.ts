// The environment -> Config: the only reader of env. Every mistake is reported together, each with its path,
// what was expected, and the command that mends it.
import * as z from "zod";
import type { BoundDestination } from "./destinations/destination.ts";
import { destinationTypes } from "./destinations/registry.ts";
import { catalogue } from "./event/catalogue.ts";
import { severities } from "./event/event.ts";
import type { Format } from "./formats/format.ts";
import { formats } from "./formats/registry.ts";
import { redactor } from "./log.ts";
import { type Filter, toPattern } from "./route.ts";
import { type Lookup, readSecret, reference, resolve, secretsIn } from "./secrets.ts";
import { isObject } from "./source/record.ts";

export interface WorkspaceConfig {
  /** Id or slug. */
  readonly id: string;
  readonly token: string;
  /** Name of the secret that the token came from, for the remedy in an error. */
  readonly tokenSecret: string | null;
}

export interface DestinationConfig extends Filter {
  readonly name: string;
  readonly destination: BoundDestination;
  readonly format: Format;
  /** Ids of the workspaces whose events it takes; empty = all. */
  readonly workspaces: readonly string[];
  readonly start: Start;
}

/** Where a destination begins that has no mark yet. */
export type Start =
  | { readonly kind: "now" }
  | { readonly kind: "ago"; readonly ms: number }
  | { readonly kind: "at"; readonly ms: number };

export interface Config {
  readonly workspaces: readonly WorkspaceConfig[];
  readonly destinations: readonly DestinationConfig[];
  readonly pollMs: number;
  /** How far back each run re-reads for events that appear late. */
  readonly overlapSeconds: number;
  /** Outgoing requests per run. */
  readonly requestBudget: number;
  /** How long the ledger remembers what became of an event. */
  readonly memoryDays: number;
  readonly adminToken: string | null;
  /** What is allowed but looks like a slip. */
  readonly warnings: readonly string[];
  /** Every string that must not leave: struck out of logs, errors and answers. */
  readonly secrets: readonly string[];
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | {
      readonly ok: false;
      readonly problems: readonly string[];
      readonly secrets: readonly string[];
    };

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const start = z
  .string()
  .default("now")
  .transform((value, context): Start => {
    if (value === "now") return { kind: "now" };
    const span = /^(\d+)([mhd])$/.exec(value);
    if (span) return { kind: "ago", ms: Number(span[1]) * units[span[2] as keyof typeof units] };
    const ms = z.iso.datetime({ offset: true }).safeParse(value).success
      ? Date.parse(value)
      : Number.NaN;
    if (!Number.isNaN(ms)) return { kind: "at", ms };
    context.addIssue({
      code: "custom",
      message: `expected "now", a span back like "12h" or "30d", or a time like "2026-11-23T10:00:00Z"`,
    });
    return z.NEVER;
  });

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, "expected 1 to 63 letters, digits, - or _");
const patterns = z
  .array(z.string().min(1, "expected a type, e.g. workspace_membership.*"))
  .default([]);

/** The options that every destination has. */
export const commonOptions = z.object({
  name: name.describe("Your name for it: in logs, pages and marks"),
  type: z.string().describe("What it is: see the table of destinations"),
  format: z
    .enum(formats.map((format) => format.name))
    .default("event")
    .describe("What each event is sent as"),
  only: patterns.describe(
    "Types to send, `*` as wildcard, e.g. `workspace_membership.*`; empty = all",
  ),
  except: patterns.describe("Types not to send, as in `only`"),
  minSeverity: z.enum(severities).default("info").describe("The least severity to send"),
  workspaces: z
    .array(z.string())
    .default([])
    .describe("Ids of the workspaces to take from; empty = all"),
  start: start.describe('Where to begin: `now`, a span back (`"30d"`) or a time'),
});

/** A strict object whose problem names the options that there are. */
function table<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `unknown option ${issue.keys?.join(", ")}; expected only ${Object.keys(shape).join(", ")}`
        : undefined,
  });
}

const types = destinationTypes.map((type) =>
  table({ ...commonOptions.shape, ...type.options.shape, type: z.literal(type.type) }),
);
const [firstType, ...otherTypes] = types;
if (!firstType) throw new Error("no destination type is registered");

const workspace = table({
  id: z.string().min(1, "expected the workspace's id or slug"),
  token: z.string().min(1, 'expected a workspace token, e.g. "$WEBFLOW_TOKEN"'),
});

/** A number, or its digits: `wrangler dev --var` gives text. */
function count(low: number, high: number, fallback: number) {
  const expected = `expected a whole number from ${low} to ${high}`;
  const number = z.number(expected).int(expected).min(low, expected).max(high, expected);
  const digits = (value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return z.preprocess(digits, number.default(fallback));
}

const add = (name: string) => `add [[vars.${name}]] to wrangler.toml`;
const aList = (name: string) => `expected a list: ${add(name)}`;

export const environment = z.object({
  WORKSPACES: z
    .array(workspace, aList("WORKSPACES"))
    .min(1, `expected at least one workspace: ${add("WORKSPACES")}`)
    .describe("What to read: `id` (the workspace's id or slug) and `token`"),
  DESTINATIONS: z
    .array(z.discriminatedUnion("type", [firstType, ...otherTypes]), aList("DESTINATIONS"))
    .min(1, `expected at least one destination: ${add("DESTINATIONS")}`)
    .describe("Where to send: see the options below"),
  POLL_SECONDS: count(1, 60, 10).describe("Seconds between two reads of the audit log"),
  OVERLAP_SECONDS: count(10, 3600, 120).describe(
    "How far back each read goes again, for late events",
  ),
  REQUEST_BUDGET: count(10, 9000, 45).describe(
    "Most outgoing requests in one run; the free plan allows 50",
  ),
  MEMORY_DAYS: count(7, 3650, 90).describe("Days for which it is remembered what was sent"),
});

/** Parses the Worker's environment. Never throws; quotes no secret. */
export function parseConfig(env: Readonly<Record<string, unknown>>): ParsedConfig {
  const found: Lookup = { secrets: [], missing: [] };
  const lists = {
    WORKSPACES: resolve(env.WORKSPACES, "WORKSPACES", env, found),
    DESTINATIONS: resolve(env.DESTINATIONS, "DESTINATIONS", env, found),
  };
  const adminToken = readSecret(env, "ADMIN_TOKEN");
  const secrets = [...found.secrets, ...secretsIn(lists), ...(adminToken ? [adminToken] : [])];
  const parsed = environment.safeParse({ ...env, ...lists });
  const problems = [
    ...found.missing.map(
      ({ path, secret }) =>
        `${path} reads the secret ${secret}, which is not set. Set it with: npx wrangler secret put ${secret}`,
    ),
    ...(parsed.error?.issues ?? [])
      .map((issue) => toProblem(issue))
      .filter((problem) => !found.missing.some(({ path }) => problem.startsWith(`${path}:`))),
    ...inconsistencies(lists).map(redactor(secrets)),
  ];
  if (!parsed.success || problems.length > 0) return { ok: false, problems, secrets };
  const { data } = parsed;
  const config: Config = {
    workspaces: data.WORKSPACES.map((item, index) => ({
      ...item,
      tokenSecret: secretName(env.WORKSPACES, index, "token"),
    })),
    destinations: data.DESTINATIONS.map(({ format, ...options }, index) => ({
      ...options,
      format: formats.find((candidate) => candidate.name === format) as Format,
      destination: bind(options.type, (lists.DESTINATIONS as unknown[])[index]),
    })),
    pollMs: data.POLL_SECONDS * 1000,
    overlapSeconds: data.OVERLAP_SECONDS,
    requestBudget: data.REQUEST_BUDGET,
    memoryDays: data.MEMORY_DAYS,
    adminToken,
    warnings: slips(data, adminToken),
    secrets,
  };
  return { ok: true, config };
}

function toProblem(issue: z.core.$ZodIssue): string {
  const path = issue.path.reduce<string>(
    (text, part) =>
      typeof part === "number"
        ? `${text}[${part}]`
        : text
          ? `${text}.${String(part)}`
          : String(part),
    "",
  );
  if (issue.code === "invalid_union" && issue.path.at(-1) === "type") {
    return `${path}: expected one of ${destinationTypes.map(({ type }) => type).join(", ")}`;
  }
  if (
    issue.code === "invalid_type" &&
    issue.input === undefined &&
    /received undefined/.test(issue.message)
  ) {
    return `${path}: is missing; expected ${issue.expected}`;
  }
  return `${path}: ${issue.message.replace(/^Invalid (input|option): /, "")}`;
}

/** What is wrong between the tables, read leniently: it is told together with what is wrong within them. */
function inconsistencies(lists: { WORKSPACES: unknown; DESTINATIONS: unknown }): string[] {
  const ids = texts(lists.WORKSPACES, "id");
  const names = texts(lists.DESTINATIONS, "name");
  return [
    ...repeated(ids).map(
      (id) => `WORKSPACES: the id ${id} stands there twice; expected each workspace once`,
    ),
    ...repeated(names).map(
      (id) =>
        `DESTINATIONS: the name ${id} stands there twice; expected a name of its own for each`,
    ),
    ...toList(lists.DESTINATIONS).flatMap((destination, i) =>
      toList(isObject(destination) ? destination.workspaces : [])
        .filter((id) => typeof id === "string" && !reference.test(id))
        .filter((id) => ids.length > 0 && !ids.includes(id))
        .map(
          (id) =>
            `DESTINATIONS[${i}].workspaces: ${id} is none of WORKSPACES; expected one of ${ids.join(", ")}`,
        ),
    ),
  ];
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(list: unknown, key: string): unknown[] {
  return toList(list)
    .map((item) => (isObject(item) ? item[key] : undefined))
    .filter((text) => typeof text === "string" && text !== "");
}

/** Webflow may name new types tomorrow, so a pattern that matches none of today's is no mistake. */
function slips(data: z.output<typeof environment>, adminToken: string | null): string[] {
  const known = Object.keys(catalogue);
  const patternSlips = data.DESTINATIONS.flatMap((destination, i) =>
    (["only", "except"] as const).flatMap((option) =>
      destination[option]
        .filter((pattern) => !known.some((type) => toPattern(pattern)(type)))
        .map(
          (pattern) =>
            `DESTINATIONS[${i}].${option}: ${JSON.stringify(pattern)} matches none of the ${known.length} types known today, like ${known[0]}`,
        ),
    ),
  );
  const shortToken = adminToken !== null && adminToken.length < 16;
  return shortToken
    ? [
        ...patternSlips,
        "ADMIN_TOKEN is shorter than 16 characters. Make one with: openssl rand -hex 32",
      ]
    : patternSlips;
}

function repeated(values: readonly unknown[]): unknown[] {
  return [...new Set(values.filter((value, i) => values.indexOf(value) !== i))];
}

function secretName(list: unknown, index: number, key: string): string | null {
  const item: unknown = Array.isArray(list) ? list[index] : undefined;
  const value = isObject(item) ? item[key] : undefined;
  return typeof value === "string" ? (reference.exec(value)?.[1] ?? null) : null;
}

function bind(type: string, options: unknown): BoundDestination {
  const found = destinationTypes.find((candidate) => candidate.type === type);
  if (!found) throw new Error(`no destination type ${type}`);
  return found.bind(options);
}
