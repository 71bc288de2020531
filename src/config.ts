// The environment -> Config: the only reader of env. Every mistake is reported together, each with its path,
// what was expected, and the command that mends it.
import type * as z from "zod";
import { type DestinationConfig, toDestinations } from "./config-destinations.ts";
import {
  anAudience,
  environment,
  expectation,
  type Lists,
  tables,
  toList,
} from "./config-schema.ts";
import { type Environment, warningsOf } from "./config-warnings.ts";
import { destinationTypes } from "./destinations/registry.ts";
import type { FindingsOf } from "./event/maker.ts";
import { type Override, type Severities, toOverride } from "./event/severity.ts";
import type { KnownGood } from "./filter/known-good.ts";
import { event } from "./formats/event.ts";
import { knownGoodMisfits } from "./known-good.ts";
import { type Redact, redactor } from "./log.ts";
import { findingsBy } from "./rules/on-event.ts";
import type { BoundRule } from "./rules/rule.ts";
import { bindAll, isAsked } from "./rules/settings.ts";
import { type Lookup, readSecret, reference, references, resolve, secretsIn } from "./secrets.ts";
import type { Token } from "./source/client.ts";
import { isObject } from "./source/record.ts";

export type { DestinationConfig } from "./config-destinations.ts";

export interface WorkspaceConfig {
  /** Id or slug. */
  readonly id: string;
  /** Several while one is being replaced: where one is refused, the next is tried. */
  readonly tokens: readonly Token[];
}

export interface Config {
  readonly workspaces: readonly WorkspaceConfig[];
  readonly destinations: readonly DestinationConfig[];
  /** The operator's own severities, by type. */
  readonly severities: Severities;
  readonly severityOf: Override;
  /** What the rules say of an event by itself. */
  readonly findingsOf: FindingsOf;
  readonly pollMs: number;
  /** How far back each run re-reads for events that appear late. */
  readonly overlapSeconds: number;
  /** Outgoing requests per run. */
  readonly requestBudget: number;
  /** How long the ledger remembers what became of an event. */
  readonly memoryDays: number;
  /** Those that some destination asks for. */
  readonly rules: {
    readonly bound: readonly BoundRule[];
    readonly settleMs: number;
    /** As configured, by rule. */
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** The Worker's own address; null where it is known by its visitors only. */
  readonly publicUrl: string | null;
  readonly knownGood: readonly KnownGood[];
  readonly adminToken: string | null;
  /** Asked each minute while all is well. */
  readonly heartbeatUrl: string | null;
  /** With which Slack signs the requests of its slash command. */
  readonly slackSigningSecret: string | null;
  /** Slack's ids of those who may use that command. */
  readonly slackOperators: readonly string[];
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

/** Parses the Worker's environment. Never throws; quotes no secret. */
export function parseConfig(env: Environment): ParsedConfig {
  const found: Lookup = { secrets: [], missing: [] };
  const lists: Lists = {
    WORKSPACES: resolve(env.WORKSPACES, "WORKSPACES", env, found),
    DESTINATIONS: resolve(env.DESTINATIONS, "DESTINATIONS", env, found),
  };
  const adminToken = readSecret(env, "ADMIN_TOKEN");
  const heartbeatUrl = readSecret(env, "HEARTBEAT_URL");
  const slackSigningSecret = readSecret(env, "SLACK_SIGNING_SECRET");
  const privacyKey = readSecret(env, "PRIVACY_KEY");
  const own = [adminToken, heartbeatUrl, slackSigningSecret, privacyKey].filter(
    (key) => key !== null,
  );
  const secrets = [...found.secrets, ...secretsIn(lists), ...own];
  const redact = redactor(secrets);
  const parsed = environment.safeParse({
    ...env,
    ...lists,
    HEARTBEAT_URL: heartbeatUrl ?? undefined,
  });
  const problems = [
    ...found.missing.map(
      ({ path, secret }) =>
        `${path} reads the secret ${secret}, which is not set. Set it with: npx wrangler secret put ${secret} (or in .dev.vars for npm run dev)`,
    ),
    ...(parsed.error?.issues ?? [])
      .map((issue) => toProblem(issue, lists, env.DESTINATIONS, redact))
      // It may quote what was given, which a secret may have held.
      .map(redactor(found.secrets))
      .filter((problem) => !found.missing.some(({ path }) => problem.startsWith(`${path}:`))),
    ...inconsistencies(lists, env).map(redact),
    ...withoutKey(lists, privacyKey),
  ];
  if (!parsed.success || problems.length > 0) return { ok: false, problems, secrets };
  const { data } = parsed;
  const workspaces = data.WORKSPACES.map(({ id, token }, index) => ({
    id,
    tokens: token.map((value, i) => ({ value, secret: secretName(env.WORKSPACES, index, i) })),
  }));
  const bound = bindAll(data.RULES, (rule) => isAsked(rule, data.DESTINATIONS));
  const onEvents = bindAll(data.RULES, ({ atOnce }) => atOnce === true);
  const destinations = data.DESTINATIONS.flatMap((options, index) =>
    toDestinations(options, {
      written: toList(lists.DESTINATIONS)[index],
      secrets: references(toList(env.DESTINATIONS)[index]),
      privacyKey,
      knownGood: data.KNOWN_GOOD,
      // What is known good was decided by what happened, not by what is left of it.
      retold: findingsBy(onEvents),
    }),
  );
  const settings = {
    workspaces,
    destinations,
    severities: data.SEVERITY,
    severityOf: toOverride(data.SEVERITY),
    findingsOf: findingsBy(onEvents, data.KNOWN_GOOD),
    pollMs: data.POLL_SECONDS * 1000,
    overlapSeconds: data.OVERLAP_SECONDS,
    requestBudget: data.REQUEST_BUDGET,
    memoryDays: data.MEMORY_DAYS,
    rules: {
      bound,
      settleMs: data.RULES.settleMinutes * 60_000,
      options: data.RULES,
    },
    publicUrl: data.PUBLIC_URL ?? null,
    knownGood: data.KNOWN_GOOD,
    adminToken,
    heartbeatUrl,
    slackSigningSecret,
    slackOperators: data.SLACK_OPERATORS,
    secrets,
  };
  const warnings = warningsOf(env, settings).map(redact);
  return { ok: true, config: { ...settings, warnings } };
}

function toProblem(
  issue: z.core.$ZodIssue,
  lists: Lists,
  asWritten: unknown,
  redact: Redact,
): string {
  const path = issue.path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    // As TOML writes it, too: the name of a rule has a dot in it.
    if (String(part).includes(".")) return `${text}["${String(part)}"]`;
    return text ? `${text}.${String(part)}` : String(part);
  }, "");
  if (issue.code === "invalid_union" && issue.path.at(-1) === "type") {
    const expected = `expected one of ${destinationTypes.map(({ type }) => type).join(", ")}`;
    return `${path}: ${expected}${redact(typeGiven(asWritten, issue.path[1]))}`;
  }
  const [list, index, option] = issue.path;
  const item = toList(lists[list as keyof Lists])[Number(index)];
  const missing = issue.path.length === 3 && isObject(item) && item[String(option)] === undefined;
  if (missing) return `${path}: is missing; ${expectation(issue.path, lists)}`;
  return `${path}: ${issue.message.replace(/^Invalid (input|option): /, "")}`;
}

/** Not when a secret was meant: that is not for quoting. */
function typeGiven(destinations: unknown, index: PropertyKey | undefined): string {
  const item = toList(destinations)[Number(index)];
  const type = isObject(item) ? item.type : undefined;
  return typeof type === "string" && !reference.test(type) ? `, got ${JSON.stringify(type)}` : "";
}

/** What is wrong between the tables, read leniently: it is told together with what is wrong within them. */
function inconsistencies(lists: Lists, env: Environment): string[] {
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
    ...toList(lists.DESTINATIONS).flatMap((item, i) => misfits(item, i, env)),
    ...knownGoodMisfits(toList(env.KNOWN_GOOD), names),
    ...(env.ACCESS_TEAM !== undefined && env.ACCESS_AUD === undefined
      ? [`ACCESS_AUD: is missing, and ACCESS_TEAM is of no use without it; ${anAudience}`]
      : []),
  ];
}

/** What is wrong between the options of one destination, or between them and the Worker's bindings. */
function misfits(item: unknown, i: number, env: Environment): string[] {
  const type = destinationTypes.find((one) => isObject(item) && one.type === item.type);
  // What is wrong with single options is told with the rest of the schema.
  if (!type || !tables.get(type.type)?.safeParse(item).success) return [];
  const parsed = type.options.safeParse(item);
  if (!parsed.success) {
    return parsed.error.issues.map(
      ({ path, message }) => `${[`DESTINATIONS[${i}]`, ...path].join(".")}: ${message}`,
    );
  }
  const { binding } = type.bind(item, event);
  if (!binding || isBucket(env[binding.name])) return [];
  return [
    `DESTINATIONS[${i}].${binding.option}: the Worker has no binding ${binding.name} to an R2 bucket. Make a bucket with: npx wrangler r2 bucket create <name>, and add to wrangler.toml: [[r2_buckets]] with binding = "${binding.name}" and bucket_name = "<name>"`,
  ];
}

/** Pseudonyms that anybody could make of a list of addresses would hide nobody. */
function withoutKey({ DESTINATIONS }: Lists, key: string | null): string[] {
  const first = toList(DESTINATIONS).findIndex(
    (item) =>
      isObject(item) && isObject(item.privacy) && toList(item.privacy.pseudonymize).length > 0,
  );
  if (first < 0 || (key !== null && key.length >= 32)) return [];
  const lack = key === null ? "is not set" : "is shorter than 32 characters";
  return [
    `DESTINATIONS[${first}].privacy.pseudonymize needs the secret PRIVACY_KEY, which ${lack}. Set it with: openssl rand -hex 32 | npx wrangler secret put PRIVACY_KEY (or in .dev.vars for npm run dev)`,
  ];
}

function texts(list: unknown, key: string): unknown[] {
  return toList(list)
    .map((item) => (isObject(item) ? item[key] : undefined))
    .filter((text) => typeof text === "string" && text !== "");
}

function repeated(values: readonly unknown[]): unknown[] {
  return [...new Set(values.filter((value, i) => values.indexOf(value) !== i))];
}

function secretName(list: unknown, workspace: number, index: number): string | null {
  const item = toList(list)[workspace];
  const written = isObject(item) ? item.token : undefined;
  const value = Array.isArray(written) ? written[index] : written;
  return typeof value === "string" ? (reference.exec(value)?.[1] ?? null) : null;
}

/** KV takes a `put`, too. */
function isBucket(value: unknown): boolean {
  const { put, createMultipartUpload } = (value ?? {}) as Partial<R2Bucket>;
  return typeof put === "function" && typeof createMultipartUpload === "function";
}
