// The schema of the environment: what each variable and each option takes, from which the README's tables are made.
import * as z from "zod";
import {
  count,
  countOrNone,
  mostMessages,
  patterns,
  privacy,
  publicUrl,
  start,
} from "./config-fields.ts";
import type { AnyDestinationType } from "./destinations/bind.ts";
import { publicHttpsUrl } from "./destinations/kit/url.ts";
import { destinationTypes } from "./destinations/registry.ts";
import { schedule } from "./digest/schedule.ts";
import { severities } from "./event/event.ts";
import { where } from "./filter/option.ts";
import { formats } from "./formats/registry.ts";
import { planNames } from "./governor/plans.ts";
import { knownGood } from "./known-good.ts";
import { rulePatterns } from "./rules/pattern.ts";
import { settings } from "./rules/settings.ts";
import { isObject } from "./source/record.ts";

/** The two lists as they stand, with their secrets filled in, before anything is checked. */
export interface Lists {
  readonly WORKSPACES: unknown;
  readonly DESTINATIONS: unknown;
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const aName = "expected 1 to 63 letters, digits, - or _";
const aWorkspace = "expected the workspace's id or slug";

const chats = destinationTypes
  .filter(({ chat }) => chat)
  .map(({ type }) => `\`${type}\``)
  .join(", ");

/** The options that every destination has. */
export const commonOptions = z.object({
  name: z
    .string(aName)
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, aName)
    .describe("Your name for it: in logs, pages and marks"),
  type: z.string().describe("What it is: see the table of destinations"),
  format: z
    .enum(formats.map((format) => format.name))
    .optional()
    .describe("What each event is sent as; default: see the table of destinations"),
  only: patterns("only").describe(
    "Types to send, `*` as wildcard, e.g. `workspace_membership.*`; empty = all",
  ),
  except: patterns("except").describe("Types not to send, as in `only`"),
  minSeverity: z
    .enum(severities)
    .default("info")
    .describe("The least severity to send; `pagerduty` begins at `high`"),
  where: where
    .prefault({})
    .describe(
      'Conditions on fields of the event, all of which are to hold, e.g. `{ "actor.email" = "*@example.com" }`; see "Filters, severity and privacy"',
    ),
  privacy: privacy.describe(
    'Fields that it is not to see: `{ mask = ["source.ip"], pseudonymize = ["actor.email"] }`; see "Filters, severity and privacy"',
  ),
  workspaces: z
    .array(
      z.string(aWorkspace).min(1, aWorkspace),
      'expected a list, e.g. workspaces = ["my-workspace"]',
    )
    .default([])
    .describe("Ids of the workspaces to take from; empty = all"),
  system: z
    .boolean("expected true or false")
    .optional()
    .describe(
      `Whether it is told of Tidemark itself, as \`tidemark.*\` events; default: true for chats (${chats}), else false`,
    ),
  rules: rulePatterns
    .default([])
    .describe(
      'Rules whose findings it is sent, `*` as wildcard, as `tidemark.finding` events: `["*"]` for all; see "Rules"',
    ),
  findings: z
    .boolean("expected true or false")
    .default(false)
    .describe(
      'Whether its events show, as `findings`, what the rules that judge at once say of them; see "Rules"',
    ),
  start: start.describe(
    'Where to begin: `now`, a span back (`"30d"`), a day (`"2026-11-01"`) or a time',
  ),
});

const digestOption = schedule
  .optional()
  .describe(
    'One message a period instead of one an event: `"hourly"`, `"daily 09:00 Europe/Madrid"`, `"weekly mon 09:00"`; what is high or critical is sent at once all the same; see “Digests”',
  );

/** A strict object whose problem names the options that there are. */
function table<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const all = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code, keys }) =>
      code === "unrecognized_keys"
        ? `unknown option ${keys?.join(", ")}; expected only ${all}`
        : `expected a table with the options ${all}`,
  });
}

/** All options of a destination type, with the defaults that fit it. Chats take no format. */
function optionsOf(destination: AnyDestinationType) {
  const { type, format, minSeverity = "info", maxPerMinute, digests, options } = destination;
  const { shape } = commonOptions;
  const taken = Object.keys(options.shape).filter((name) => Object.hasOwn(shape, name));
  if (taken.length > 0) throw new Error(`${type} has options of all types: ${taken.join(", ")}`);
  const own = format === undefined ? {} : { format: shape.format.unwrap().default(format) };
  const { format: _, ...common } = shape;
  return table({
    ...common,
    minSeverity: shape.minSeverity.unwrap().default(minSeverity),
    ...own,
    ...(maxPerMinute !== undefined && { maxPerMinute: mostMessages(maxPerMinute) }),
    ...(digests && { digest: digestOption }),
    ...options.shape,
    type: z.literal(type),
  });
}

/** By type: what stands in `[[vars.DESTINATIONS]]`. */
export const tables: ReadonlyMap<string, ReturnType<typeof optionsOf>> = new Map(
  destinationTypes.map((type) => [type.type, optionsOf(type)]),
);
const [firstType, ...otherTypes] = tables.values();
if (!firstType) throw new Error("no destination type is registered");

const aToken =
  'expected a workspace token, e.g. "$WEBFLOW_TOKEN", or a list of them while one is replaced';
const token = z.string(aToken).min(1, aToken);
const workspace = table({
  id: z.string(aWorkspace).min(1, aWorkspace),
  token: z.union([token.transform((one) => [one]), z.array(token, aToken).min(1, aToken)], aToken),
});

/** What an option that is missing should hold: what its schema says to an empty text. */
export function expectation([list, index, option]: readonly PropertyKey[], lists: Lists): string {
  const item = typeof index === "number" ? toList(lists[list as keyof Lists])[index] : undefined;
  const table =
    list === "WORKSPACES" ? workspace : tables.get(isObject(item) ? String(item.type) : "");
  const field = table?.shape[option as keyof typeof table.shape] as z.ZodType | undefined;
  return field?.safeParse("").error?.issues[0]?.message ?? "expected a text";
}

const aTeam = 'expected the name of your Cloudflare team, e.g. "acme" of acme.cloudflareaccess.com';
const team = z
  .string(aTeam)
  .regex(/^[a-z0-9][a-z0-9-]{0,62}(\.cloudflareaccess\.com)?$/i, aTeam)
  .transform((text) => text.replace(/\..*/, "").toLowerCase());
export const anAudience =
  "expected the AUD tag of the Access application, 64 hexadecimal digits, or a list of them";
const audience = z.string(anAudience).regex(/^[0-9a-f]{64}$/, anAudience);
const someMembers =
  'expected a list of Slack member ids, e.g. SLACK_OPERATORS = ["U012AB3CD"]; in Slack: a profile, its menu, Copy member ID';

const aList = (name: string) => `expected a list: add [[vars.${name}]] to wrangler.toml`;

export const environment = z.object({
  WORKSPACES: z
    .array(workspace, aList("WORKSPACES"))
    .describe(
      "What to read: `id` (the workspace's id or slug) and `token`, or a list of tokens while one is replaced",
    ),
  DESTINATIONS: z
    .array(
      z.discriminatedUnion(
        "type",
        [firstType, ...otherTypes],
        "expected a table with the options name, type and those of the type",
      ),
      aList("DESTINATIONS"),
    )
    .describe("Where to send: see the options below"),
  SEVERITY: z
    .record(
      z.string(),
      z.enum(severities, `expected one of ${severities.join(", ")}`),
      'expected a table, e.g. [vars.SEVERITY] with "workspace_invitation.*" = "medium"',
    )
    .default({})
    .describe(
      "Severities of your own: a table of types, `*` as wildcard, each with its severity; the most specific counts",
    ),
  PLAN: z
    .enum(planNames, `expected one of ${planNames.join(", ")}`)
    .default("free")
    .describe(
      "Cloudflare's plan that the account is on, from which follows what a day and a run may use",
    ),
  POLL_SECONDS: count(1, 60, 10).describe(
    "Seconds between two reads of the audit log at most, in ordinary times",
  ),
  OVERLAP_SECONDS: count(10, 3600, 120).describe(
    "How far back each read goes again, for late events",
  ),
  REQUEST_BUDGET: countOrNone(10, 9000).describe(
    "Most outgoing requests in one run; by `PLAN`: 45 where the free plan allows 50, else 900",
  ),
  MEMORY_DAYS: count(7, 3650, 90).describe("Days for which it is remembered what was sent"),
  RULES: settings
    .prefault({})
    .describe(
      'Options of the rules, each under its name, `severity` by patterns, and `settleMinutes`: see "Rules"',
    ),
  PUBLIC_URL: publicUrl
    .optional()
    .describe(
      "The address under which your team reaches this Worker, for links in messages; default: the one from which an admin last opened it",
    ),
  KNOWN_GOOD: knownGood
    .prefault([])
    .describe(
      'Events of your own automation and networks, in which rules find nothing: see "Keep it calm"',
    ),
  HEARTBEAT_URL: z
    .preprocess((value) => (value === "" ? undefined : value), publicHttpsUrl.optional())
    .describe(
      "A URL that is asked each minute while all is well, for a dead man's switch; best set as a secret",
    ),
  ACCESS_TEAM: team
    .optional()
    .describe("Your Cloudflare team, `acme` of `acme.cloudflareaccess.com`: see Signing in"),
  ACCESS_AUD: z
    .union(
      [audience.transform((one) => [one]), z.array(audience, anAudience).min(1, anAudience)],
      anAudience,
    )
    .optional()
    .describe(
      "The AUD tag of the Access application that admins come through, or a list: see Signing in",
    ),
  SLACK_OPERATORS: z
    .array(z.string(someMembers).regex(/^[UW][A-Z0-9]{2,20}$/, someMembers), someMembers)
    .default([])
    .describe("Who may use the Slack command, by member id: see “From Slack”; nobody else may"),
});

export type DestinationOptions = z.output<typeof environment>["DESTINATIONS"][number];
