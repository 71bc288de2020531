// A stored workspace -> Config: by the same schema and the same checks as what stands in wrangler.toml.
import { type Config, type ParsedConfig, parseConfig } from "../config.ts";
import { references } from "../secrets.ts";
import { isObject } from "../source/record.ts";
import { namesOf, type Wanted } from "./record.ts";

type Environment = Readonly<Record<string, unknown>>;

/** On the paid plan, as if no more than so many: each writes its marks once an hour at least, see Tenancy.share. */
const mostSharers = 25;
const freeBudget = 50;

/** Of the settings in wrangler.toml all hold but its two lists: a stored workspace has destinations of its own. */
export function storedConfig(env: Environment, id: string, wanted: Wanted): ParsedConfig {
  const { token, destinations, pollSeconds } = wanted;
  const lists = { WORKSPACES: [{ id, token }], DESTINATIONS: destinations };
  const KNOWN_GOOD = knownGoodOf(env.KNOWN_GOOD, namesOf(wanted));
  const parsed = parseConfig({ ...env, ...lists, KNOWN_GOOD });
  if (!parsed.ok) return parsed;
  // What looks like a slip in wrangler.toml is told there.
  const warnings = parsed.config.warnings.filter((warning) => warning.startsWith("DESTINATIONS"));
  const { config } = parsed;
  const pollMs = pollSeconds === undefined ? config.pollMs : pollSeconds * 1000;
  return { ok: true, config: { ...config, pollMs, warnings } };
}

/** What wrangler.toml keeps from destinations of its own is no matter here; what it keeps from one of this name is. */
function knownGoodOf(list: unknown, names: readonly string[]): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((item: unknown) => {
    if (!isObject(item) || !Array.isArray(item.destinations)) return item;
    return { ...item, destinations: item.destinations.filter((name) => names.includes(name)) };
  });
}

/** Every mistake of a request body, with its place there. Mistakes of wrangler.toml are none of the body's. */
export function problemsOf(env: Environment, id: string, wanted: Wanted): readonly string[] {
  const named = referencesIn(wanted);
  // A name in a secret's place would be read as the secret of that name, and everything about it told wrongly.
  if (named.length > 0) return named;
  const parsed = storedConfig(env, id, wanted);
  return parsed.ok ? [] : parsed.problems.filter((text) => inLists.test(text)).map(toBody);
}

export function warningsOf(env: Environment, id: string, wanted: Wanted): readonly string[] {
  const parsed = storedConfig(env, id, wanted);
  return parsed.ok ? parsed.config.warnings.map(toBody) : [];
}

const inLists = /^(?:WORKSPACES|DESTINATIONS)\b/;

function toBody(text: string): string {
  return text
    .replace(/^WORKSPACES\[0\]/, "body")
    .replace(/^WORKSPACES/, "body")
    .replace(/DESTINATIONS/g, "body.destinations")
    .replace(/: add \[\[vars\.[^\]]*\]\] to wrangler\.toml/, "")
    .replace("$WEBFLOW_TOKEN", "ws-…");
}

/** Secrets of the Worker are the operator's: a stored workspace brings its own. */
function referencesIn({ token, destinations }: Wanted): string[] {
  const text = (path: string, names: readonly string[]) =>
    names.map(
      (name) =>
        `${path}: $${name} names a secret of the Worker, which only wrangler.toml may do; give the secret itself, it is encrypted before it is stored`,
    );
  return [
    ...text("body.token", references(token)),
    ...destinations.flatMap((one, i) =>
      isObject(one)
        ? Object.entries(one).flatMap(([option, value]) =>
            text(`body.destinations[${i}].${option}`, references(value)),
          )
        : text(`body.destinations[${i}]`, references(one)),
    ),
  ];
}

/** How many share the writes to KV, so that all together stay within what the plan allows a day. */
export function sharers(total: number, { requestBudget }: Pick<Config, "requestBudget">): number {
  return requestBudget > freeBudget ? Math.min(total, mostSharers) : total;
}
