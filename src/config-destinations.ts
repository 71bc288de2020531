// The options of a destination, as parsed -> what the rest of the code works with: one destination, or with a digest two.
import { createHash } from "node:crypto";
import type { Start } from "./config-fields.ts";
import type { DestinationOptions } from "./config-schema.ts";
import type { BoundDestination } from "./destinations/bind.ts";
import { destinationTypes } from "./destinations/registry.ts";
import type { Schedule } from "./digest/schedule.ts";
import type { FindingsOf } from "./event/maker.ts";
import { isSevere, leastSevere } from "./event/rank.ts";
import { type KnownGood, keptOut } from "./filter/known-good.ts";
import { event } from "./formats/event.ts";
import type { Format } from "./formats/format.ts";
import { formats } from "./formats/registry.ts";
import { type Privacy, toPrivacy } from "./privacy/private.ts";
import { ways } from "./privacy/settings.ts";
import type { Filter } from "./route.ts";

export interface DestinationConfig extends Filter {
  readonly name: string;
  readonly destination: BoundDestination;
  readonly format: Format;
  /** What it is not to see of an event is taken out; undefined where it sees all. */
  readonly privacy?: Privacy | undefined;
  /** Changes with what it may see: nobody is found again under another name. "" where it sees all. */
  readonly view: string;
  /** Whether it is told of Tidemark itself. */
  readonly system: boolean;
  /** Ids of the workspaces whose events it takes; empty = all. */
  readonly workspaces: readonly string[];
  /** Patterns of the rules whose findings it is sent. */
  readonly rules: readonly string[];
  /** Whether its events show what rules say of them. */
  readonly findings?: boolean;
  readonly start: Start;
  /** When it is sent digests, and the name of the one that is sent at once what is severe; undefined for all others. */
  readonly digest?:
    | {
        readonly schedule: Schedule;
        readonly live: string;
      }
    | undefined;
  /** Most messages a minute; undefined where nobody is disturbed. */
  readonly maxPerMinute?: number | undefined;
  /** Names of the secrets that its options read. */
  readonly secrets: readonly string[];
}

interface Written {
  /** As it stands, with its secrets filled in. */
  readonly written: unknown;
  /** The secrets that it reads. */
  readonly secrets: readonly string[];
  readonly privacyKey: string | null;
  readonly knownGood: readonly KnownGood[];
  /** What rules say of an event of which a part is hidden. */
  readonly retold: FindingsOf;
}

export function toDestinations(
  options: DestinationOptions,
  { written, secrets, privacyKey, knownGood, retold }: Written,
): DestinationConfig[] {
  const format = formatOf(options);
  const destination = bind(options.type, written, format);
  const system = options.system ?? destination.chat;
  const hides = ways.some((way) => options.privacy[way].length > 0);
  const privacy = hides ? toPrivacy(options.privacy, privacyKey ?? "", retold) : undefined;
  const shown = JSON.stringify([options.privacy, privacyKey]);
  const view = privacy ? createHash("sha256").update(shown).digest("base64url").slice(0, 16) : "";
  const { maxPerMinute, digest } = options as Partial<Record<string, unknown>>;
  const one = {
    ...options,
    digest: undefined,
    maxPerMinute: typeof maxPerMinute === "number" ? maxPerMinute : undefined,
    format,
    privacy,
    view,
    system,
    destination,
    secrets,
    knownGood: keptOut(knownGood, { name: options.name, chat: destination.chat }),
  };
  return digest === undefined ? [one] : withDigest(one, digest as Schedule);
}

/** What is severe goes out at once, as before; a second one tells of everything when its time has come. */
function withDigest(one: DestinationConfig, schedule: Schedule): DestinationConfig[] {
  const { name, minSeverity } = one;
  const least = isSevere({ severity: minSeverity }) ? minSeverity : leastSevere;
  const digest = { schedule, live: name };
  return [
    { ...one, minSeverity: least },
    { ...one, name: `${name}.digest`, digest, maxPerMinute: undefined, system: false, rules: [] },
  ];
}

function bind(type: string, options: unknown, format: Format): BoundDestination {
  const found = destinationTypes.find((candidate) => candidate.type === type);
  if (!found) throw new Error(`no destination type ${type}`);
  return found.bind(options, format);
}

/** Chats have no format: they make their messages of the event. */
function formatOf({ format }: { readonly format?: unknown }): Format {
  return formats.find(({ name }) => name === format) ?? event;
}
