// ECS 9.4.0, by the fields that Elastic publishes as @elastic/ecs: is there such a field, and may it hold this?
import { isIP } from "node:net";
import { EcsFlat, EcsVersion } from "@elastic/ecs";
import { isObject } from "../../src/source/record.ts";

interface Field {
  readonly flat_name: string;
  readonly type: string;
  readonly normalize: readonly string[];
  readonly required?: boolean;
  readonly object_type?: string;
  readonly pattern?: string;
  readonly expected_values?: readonly string[];
  readonly allowed_values?: readonly {
    readonly name: string;
    readonly expected_event_types?: readonly string[];
  }[];
}

const fields: Readonly<Record<string, Field>> = EcsFlat as Readonly<Record<string, Field>>;
const isText = (value: unknown) => typeof value === "string";
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Kinds that no field of ours has are not judged here: a field of one is a fault until it is. */
const holds: Readonly<Record<string, (value: unknown) => boolean>> = {
  keyword: isText,
  constant_keyword: isText,
  wildcard: isText,
  match_only_text: isText,
  date: (value) => rfc3339.test(String(value)) && !Number.isNaN(Date.parse(String(value))),
  // Elasticsearch takes no zone: https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/ip
  ip: (value) => isIP(String(value)) !== 0 && !String(value).includes("%"),
  long: Number.isSafeInteger,
  integer: Number.isSafeInteger,
  float: Number.isFinite,
  boolean: (value) => typeof value === "boolean",
  object: (value) => isObject(value) && Object.values(value).every(isText),
};

/** What is wrong with a document, as received. `webflow` is ours: nobody else's field begins so. */
export function ecsFaults(document: Readonly<Record<string, unknown>>): string[] {
  const found = new Map<string, unknown>();
  const faults = fieldFaults(document, [], found);
  for (const { flat_name, required } of Object.values(fields)) {
    if (required && !found.has(flat_name)) faults.push(`${flat_name} is missing`);
  }
  const version = found.get("ecs.version");
  if (version !== EcsVersion) faults.push(`ecs.version is ${version}, not ${EcsVersion}`);
  const categories = [found.get("event.category") ?? []].flat();
  const expected = (fields["event.category"]?.allowed_values ?? [])
    .filter(({ name }) => categories.includes(name))
    .flatMap(({ expected_event_types = [] }) => expected_event_types);
  for (const type of [found.get("event.type") ?? []].flat()) {
    if (!expected.includes(String(type))) {
      faults.push(`event.type ${type} is none that event.category ${categories} expects`);
    }
  }
  return faults;
}

function fieldFaults(
  value: unknown,
  path: readonly string[],
  found: Map<string, unknown>,
): string[] {
  const name = path.join(".");
  if (name === "webflow") return [];
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) {
    if (!isObject(value)) return [`${name} is no field of ECS`];
    const members = Object.entries(value);
    if (members.length === 0) return [`${name} is empty`];
    return members.flatMap(([key, inner]) => fieldFaults(inner, [...path, key], found));
  }
  found.set(name, value);
  const { type, normalize, allowed_values, expected_values, pattern } = field;
  const isList = normalize.includes("array");
  if (Array.isArray(value) !== isList) return [`${name} is ${isList ? "no list" : "a list"}`];
  const allowed = allowed_values?.map((one) => one.name) ?? expected_values;
  return [value].flat().flatMap((one) => {
    if (!holds[type]?.(one)) return [`${name} is no ${type}: ${JSON.stringify(one)}`];
    if (allowed && !allowed.includes(String(one))) return [`${name} ${one} is none of ${allowed}`];
    if (pattern && !new RegExp(pattern).test(String(one)))
      return [`${name} is not like ${pattern}`];
    return [];
  });
}
