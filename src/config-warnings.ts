// What is allowed in a configuration but looks like a slip: told at the start and at GET /status, and nothing more.
import type { Config, DestinationConfig } from "./config.ts";
import { environment, toList } from "./config-schema.ts";
import { toPattern } from "./event/pattern.ts";
import { typePatterns } from "./filter/where.ts";
import { drowsyMs, gb } from "./governor/plan.ts";
import { knownTypes, matchesKnownType } from "./route.ts";
import { rules } from "./rules/registry.ts";
import { configKeys, reference, references } from "./secrets.ts";
import { isObject } from "./source/record.ts";
import { configKeyProblem } from "./stored/keyring.ts";

export type Environment = Readonly<Record<string, unknown>>;
type Settings = Omit<Config, "warnings">;

export function warningsOf(env: Environment, settings: Settings): string[] {
  const { adminToken } = settings;
  return [
    ...unread(env),
    ...workspaceSlips(env),
    ...patternSlips(settings),
    ...idleKnownGood(settings),
    ...sharedReceivers(settings),
    ...tooManyWrites(settings),
    ...awakeTooLong(settings),
    ...beyondThePlan(settings),
    ...halfACommand(settings),
    ...weakConfigKey(env),
    ...(adminToken !== null && adminToken.length < 16
      ? ["ADMIN_TOKEN is shorter than 16 characters. Make one with: openssl rand -hex 32"]
      : []),
  ];
}

/** Variables that nothing reads: a name misspelt, or a secret that no value names any more. */
function unread(env: Environment): string[] {
  const known = [
    ...Object.keys(environment.shape),
    "ADMIN_TOKEN",
    "SLACK_SIGNING_SECRET",
    "PRIVACY_KEY",
    "CONFIG_KEY",
  ];
  const named = new Set([...known, ...references([env.WORKSPACES, env.DESTINATIONS])]);
  return Object.entries(env)
    .filter(([name, value]) => !named.has(name) && ["string", "number"].includes(typeof value))
    .map(
      ([name]) =>
        `${name} is set, and nothing reads it. Expected one of ${known.join(", ")}, or "$${name}" as a value in WORKSPACES or DESTINATIONS`,
    );
}

function workspaceSlips({ WORKSPACES }: Environment): string[] {
  return toList(WORKSPACES).flatMap((item, i) => {
    if (!isObject(item)) return [];
    const tokens = Array.isArray(item.token) ? item.token : [item.token];
    const literal = tokens.some((token) => typeof token === "string" && !reference.test(token));
    return [
      ...(item.id === "my-workspace"
        ? [
            `WORKSPACES[${i}].id is "my-workspace", as in the example. Write the id or slug of your workspace there, if it is not this`,
          ]
        : []),
      ...(literal
        ? [
            `WORKSPACES[${i}].token is a token for all to read. Write "$WEBFLOW_TOKEN" there, and set it with: npx wrangler secret put WEBFLOW_TOKEN`,
          ]
        : []),
    ];
  });
}

function patternSlips({ destinations, severities, knownGood }: Settings): string[] {
  return [
    ...destinations.flatMap(({ only, except, where }, i) => [
      ...strangers(`DESTINATIONS[${i}].only`, only),
      ...strangers(`DESTINATIONS[${i}].except`, except),
      ...strangers(`DESTINATIONS[${i}].where`, where ? typePatterns(where) : []),
    ]),
    ...strangers("SEVERITY", Object.keys(severities)),
    ...knownGood.flatMap(({ where }, i) =>
      strangers(`KNOWN_GOOD[${i}].where`, typePatterns(where)),
    ),
    ...destinations.flatMap(findingSlips),
  ];
}

/** What rests on history comes later than the event, as a finding of its own: see rules/on-event.ts. */
function findingSlips({ findings, format, where }: DestinationConfig, i: number): string[] {
  const atOnce = rules.flatMap(({ name, atOnce }) => (atOnce ? [name] : []));
  const patterns = where ? typePatterns(where, "findings[].rule") : [];
  return [
    ...patterns
      .filter((pattern) => !atOnce.some(toPattern(pattern)))
      .map(
        (pattern) =>
          `DESTINATIONS[${i}].where: ${JSON.stringify(pattern)} matches none of the rules whose findings stand on events: ${atOnce.join(", ")}`,
      ),
    ...(findings && format.name === "raw"
      ? [
          `DESTINATIONS[${i}].findings is true, and format = "raw" is the item as Webflow sent it, on which none stand: take another format`,
        ]
      : []),
  ];
}

/** What changes nothing for anybody. */
function idleKnownGood({ knownGood, destinations }: Settings): string[] {
  const chats = destinations.some(({ destination }) => destination.chat);
  return knownGood.flatMap(({ name, rules, destinations: named, quiet }, i) =>
    rules.length > 0 || named.length > 0 || (quiet && chats)
      ? []
      : [
          `KNOWN_GOOD[${i}] (${JSON.stringify(name)}) changes nothing: it names no rules and no destinations${quiet ? ", and there is no chat to keep quiet" : ""}`,
        ],
  );
}

function strangers(path: string, patterns: readonly string[]): string[] {
  return patterns
    .filter((pattern) => !matchesKnownType(pattern))
    .map(
      (pattern) =>
        `${path}: ${JSON.stringify(pattern)} matches none of the ${knownTypes.length} types known today, like ${knownTypes[0]}`,
    );
}

/** Each workspace has a Durable Object of its own, and none knows how fast the others send. */
function sharedReceivers({ workspaces, destinations }: Settings): string[] {
  const groups = Map.groupBy(destinations, ({ destination }) => destination.paceKey);
  return [...groups].flatMap(([key, sharers]) => {
    const all = workspaces.map(({ id }) => id);
    const ids = new Set(sharers.flatMap((one) => (one.workspaces.length ? one.workspaces : all)));
    if (key === undefined || ids.size < 2) return [];
    const names = sharers.map(({ name }) => name).join(", ");
    const { type, minIntervalMs = 0 } = sharers[0]?.destination ?? { type: "" };
    return [
      `DESTINATIONS: ${ids.size} workspaces send to one ${type} receiver (${names}), which takes one request in ${minIntervalMs / 1000} s, and none of them knows how fast the others send. Better a receiver for each: one destination per workspace, with workspaces = ["…"]`,
    ];
  });
}

/** Slack's command needs both: the secret that tells Slack from others, and the people who may use it. */
function halfACommand({ slackSigningSecret, slackOperators }: Settings): string[] {
  const people = slackOperators.length > 0;
  if ((slackSigningSecret !== null) === people) return [];
  return [
    people
      ? "SLACK_OPERATORS is set, and SLACK_SIGNING_SECRET is not: Slack's command answers nobody. Set it with: npx wrangler secret put SLACK_SIGNING_SECRET"
      : 'SLACK_SIGNING_SECRET is set, and SLACK_OPERATORS is empty: nobody may use Slack\'s command. Add to [vars] in wrangler.toml: SLACK_OPERATORS = ["U…"], the member ids of those who may',
  ];
}

/** No mistake that stops the workspaces of wrangler.toml: it is about the stored ones alone. */
function weakConfigKey(env: Environment): string[] {
  const keys = configKeys(env);
  const problem = keys.length > 0 ? configKeyProblem(keys) : null;
  return problem === null ? [] : [`${problem}. Until then no stored workspace is read`];
}

/** A row per read and five a minute (the cron, the last good read, the polls of the hour, the numbers twice), for each workspace. */
function tooManyWrites({ workspaces, pollMs, plan }: Settings): string[] {
  const { rowsWritten } = plan.perDay;
  const writes = (seconds: number) => workspaces.length * (86_400 / seconds + 5 * 1440);
  const fits = (seconds: number) => writes(seconds) <= 0.8 * rowsWritten;
  const seconds = pollMs / 1000;
  if (!plan.hard || fits(seconds)) return [];
  const enough = Array.from({ length: 60 }, (_, i) => i + 1).find(fits);
  const remedy = enough ? `Set POLL_SECONDS = ${enough} or more, or take` : "Take";
  return [
    `POLL_SECONDS = ${seconds} writes some ${Math.round(writes(seconds))} rows a day (workspaces: ${workspaces.length}), and Cloudflare's free plan allows ${rowsWritten}. ${remedy} the paid plan, and set PLAN = "paid"`,
  ];
}

/** Polled so often, an object does not fall asleep in between; several of them are awake for longer than the plan gives. */
function awakeTooLong({ workspaces, pollMs, plan }: Settings): string[] {
  const { gbSeconds } = plan.perDay;
  const awake = (seconds: number) =>
    Math.round((workspaces.length * 86_400 * gb * Math.min(seconds, drowsyMs / 1000)) / seconds);
  const seconds = pollMs / 1000;
  if (!plan.hard || awake(seconds) <= gbSeconds) return [];
  return [
    `POLL_SECONDS = ${seconds} keeps the objects of ${workspaces.length} workspaces awake for some ${awake(seconds)} GB-s a day, and Cloudflare's free plan allows ${gbSeconds}: they will be polled less often. Set POLL_SECONDS = ${Math.min(60, Math.ceil((awake(10) * 10) / gbSeconds / 0.9))}, or take the paid plan, and set PLAN = "paid"`,
  ];
}

function beyondThePlan({ requestBudget, plan }: Settings): string[] {
  if (requestBudget <= plan.mostRequests) return [];
  return [
    `REQUEST_BUDGET = ${requestBudget}, and an invocation may make ${plan.mostRequests} requests on Cloudflare's ${plan.name} plan. Take the line out, or set PLAN = "paid" if the account is on it`,
  ];
}
