// The environment -> Config: the only reader of env. Every mistake is reported together, each with its path,
// what was expected, and the command that mends it.
import type * as z from "zod";
import { inconsistencies, withoutKey } from "./config-consistency.ts";
import { type DestinationConfig, toDestinations } from "./config-destinations.ts";
import { environment, expectation, type Lists, toList } from "./config-schema.ts";
import { type Environment, warningsOf } from "./config-warnings.ts";
import { destinationTypes } from "./destinations/registry.ts";
import type { FindingsOf } from "./event/maker.ts";
import { type Override, type Severities, toOverride } from "./event/severity.ts";
import type { KnownGood } from "./filter/known-good.ts";
import { type Plan, plans } from "./governor/plans.ts";
import { type Redact, redactor } from "./log.ts";
import { findingsBy } from "./rules/on-event.ts";
import type { BoundRule } from "./rules/rule.ts";
import { bindAll, isAsked } from "./rules/settings.ts";
import {
  configKeys,
  type Lookup,
  readSecret,
  reference,
  references,
  resolve,
  secretsIn,
} from "./secrets.ts";
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
  /** Of the account. */
  readonly plan: Plan;
  /** Outgoing requests per run. */
  readonly requestBudget: number;
  /** Nobody has set it: it follows from the plan. */
  readonly budgetByPlan: boolean;
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
  /** So many workspaces share what the account's plan allows in a day. */
  readonly sharers: number;
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
    WORKSPACES: resolve(listOf(env, "WORKSPACES"), "WORKSPACES", env, found),
    DESTINATIONS: resolve(listOf(env, "DESTINATIONS"), "DESTINATIONS", env, found),
  };
  const adminToken = readSecret(env, "ADMIN_TOKEN");
  const heartbeatUrl = readSecret(env, "HEARTBEAT_URL");
  const slackSigningSecret = readSecret(env, "SLACK_SIGNING_SECRET");
  const privacyKey = readSecret(env, "PRIVACY_KEY");
  const own = [adminToken, heartbeatUrl, slackSigningSecret, privacyKey].filter(
    (key) => key !== null,
  );
  const secrets = [...found.secrets, ...secretsIn(lists), ...own, ...configKeys(env)];
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
  const plan = plans[data.PLAN];
  const settings = {
    workspaces,
    destinations,
    severities: data.SEVERITY,
    severityOf: toOverride(data.SEVERITY),
    findingsOf: findingsBy(onEvents, data.KNOWN_GOOD),
    pollMs: data.POLL_SECONDS * 1000,
    overlapSeconds: data.OVERLAP_SECONDS,
    plan,
    budgetByPlan: data.REQUEST_BUDGET === undefined,
    requestBudget: data.REQUEST_BUDGET ?? plan.requestsPerRun,
    memoryDays: data.MEMORY_DAYS,
    rules: {
      bound,
      settleMs: data.RULES.settleMinutes * 60_000,
      options: data.RULES,
    },
    publicUrl: data.PUBLIC_URL ?? null,
    knownGood: data.KNOWN_GOOD,
    sharers: workspaces.length,
    adminToken,
    heartbeatUrl,
    slackSigningSecret,
    slackOperators: data.SLACK_OPERATORS,
    secrets,
  };
  const warnings = warningsOf(env, settings).map(redact);
  return { ok: true, config: { ...settings, warnings } };
}

/** Where workspaces are stored beside wrangler.toml, its lists may be left out. */
function listOf(env: Environment, list: keyof Lists): unknown {
  return configKeys(env).length > 0 ? (env[list] ?? []) : env[list];
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

function secretName(list: unknown, workspace: number, index: number): string | null {
  const item = toList(list)[workspace];
  const written = isObject(item) ? item.token : undefined;
  const value = Array.isArray(written) ? written[index] : written;
  return typeof value === "string" ? (reference.exec(value)?.[1] ?? null) : null;
}
