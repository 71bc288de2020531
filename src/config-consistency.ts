// What is wrong between the tables of a configuration, or between them and the Worker: told with what is wrong in them.
import { anAudience, type Lists, tables, toList } from "./config-schema.ts";
import type { Environment } from "./config-warnings.ts";
import { destinationTypes } from "./destinations/registry.ts";
import { event } from "./formats/event.ts";
import { knownGoodMisfits } from "./known-good.ts";
import { configKeys, reference } from "./secrets.ts";
import { isObject } from "./source/record.ts";

/** Read leniently, so that all is told together. */
export function inconsistencies(lists: Lists, env: Environment): string[] {
  const ids = texts(lists.WORKSPACES, "id");
  const names = texts(lists.DESTINATIONS, "name");
  return [
    ...empty(lists, env),
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
export function withoutKey({ DESTINATIONS }: Lists, key: string | null): string[] {
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

/** Where workspaces are stored as well, there need be none in wrangler.toml. */
function empty(lists: Lists, env: Environment): string[] {
  if (configKeys(env).length > 0) return [];
  return (["WORKSPACES", "DESTINATIONS"] as const)
    .filter((list) => Array.isArray(lists[list]) && toList(lists[list]).length === 0)
    .map((list) => {
      const one = list === "WORKSPACES" ? "workspace" : "destination";
      return `${list}: expected at least one ${one}: add [[vars.${list}]] to wrangler.toml`;
    });
}

/** KV takes a `put`, too. */
function isBucket(value: unknown): boolean {
  const { put, createMultipartUpload } = (value ?? {}) as Partial<R2Bucket>;
  return typeof put === "function" && typeof createMultipartUpload === "function";
}
