// Holds a document to ECS's own list of fields, as distilled in the project's notes: ../shared/data/ecs.
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Document } from "../../src/formats/format.ts";
import { isObject } from "../../src/source/record.ts";

interface Field {
  readonly type: string;
  readonly normalize?: readonly string[];
  /** Of `event.category`, with the values of `event.type` that each expects. */
  readonly allowed_values?: Readonly<Record<string, readonly string[] | null>>;
}

const file = join(import.meta.dirname, "../../../shared/data/ecs/ecs-fields-9.4.0.json");
export const hasEcsSchema = existsSync(file);
const fields: Readonly<Record<string, Field>> = hasEcsSchema
  ? JSON.parse(readFileSync(file, "utf8")).fields
  : {};

const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  date: (value) => !Number.isNaN(Date.parse(String(value))),
  ip: (value) => isIP(String(value)) > 0,
  keyword: (value) => typeof value === "string",
  long: Number.isSafeInteger,
  match_only_text: (value) => typeof value === "string",
};

/** What ECS has against the document, each with its path; empty when all is well. */
export function ecsProblems({ webflow: _, ...document }: Document["content"]): string[] {
  return [...Object.entries(document).flatMap(problemsOf), ...typeProblems(document.event)];
}

function problemsOf([path, value]: readonly [string, unknown]): string[] {
  const field = fields[path];
  if (!field && isObject(value)) {
    return Object.entries(value).flatMap(([name, inner]) => problemsOf([`${path}.${name}`, inner]));
  }
  if (!field) return [`${path} is not a field`];
  const list = field.normalize?.includes("array") ?? false;
  if (Array.isArray(value) !== list) return [`${path} is no list, or one`];
  return [value].flat().flatMap((item) => {
    if (!types[field.type]?.(item)) return [`${path}: ${item} is no ${field.type}`];
    const allowed = field.allowed_values;
    return allowed && !Object.hasOwn(allowed, String(item)) ? [`${path}: ${item} is unknown`] : [];
  });
}

function typeProblems(event: unknown): string[] {
  const { category = [], type = [] } = isObject(event) ? event : {};
  const expected = [category]
    .flat()
    .flatMap((name) => fields["event.category"]?.allowed_values?.[String(name)] ?? []);
  return [type]
    .flat()
    .filter((name) => !expected.includes(String(name)))
    .map((name) => `event.type: ${name} is not of ${category}`);
}
