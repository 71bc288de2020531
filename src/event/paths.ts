// The fields of the event by their paths, as a configuration names them: `actor.email`, `targets[].id`, `raw.payload.x`.
import * as z from "zod";
import { isObject } from "../source/record.ts";
import { auditEventSchema } from "./event.ts";

export interface Field {
  readonly path: string;
  readonly kind: "text" | "flag" | "choice";
  /** The values of a choice. */
  readonly values: readonly string[];
}

/** All that hold a value, in the order of the schema; those of the item as received are not known. */
export const fields: readonly Field[] = fieldsOf(auditEventSchema, "");

function fieldsOf(schema: unknown, path: string): Field[] {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return fieldsOf(schema.unwrap(), path);
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element, `${path}[]`);
  if (schema instanceof z.ZodRecord) return [];
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, inner]) =>
      fieldsOf(inner, path ? `${path}.${name}` : name),
    );
  }
  if (schema instanceof z.ZodEnum)
    return [{ path, kind: "choice", values: schema.options.map(String) }];
  return [{ path, kind: schema instanceof z.ZodBoolean ? "flag" : "text", values: [] }];
}

/** The field of that path; undefined where the event has none. */
export function fieldAt(path: string): Field | undefined {
  if (/^raw(\.[^.]+)+$/.test(path)) return { path, kind: "text", values: [] };
  return fields.find((field) => field.path === path);
}

/** The keys on the way to a field. Lists are looked through, whether they are written or not. */
export function keysOf(path: string): string[] {
  return path.split(".").map((key) => key.replace(/(\[\])+$/, ""));
}

/** What stands at a path, several values where lists are on the way; none for null and the empty text. */
export function valuesAt(path: string): (event: unknown) => unknown[] {
  const keys = keysOf(path);
  return (event) => {
    const found: unknown[] = [];
    collect(event, keys, 0, found);
    return found;
  };
}

function collect(value: unknown, keys: readonly string[], at: number, found: unknown[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, keys, at, found);
    return;
  }
  const key = keys[at];
  if (key === undefined) {
    if (value !== null && value !== undefined && value !== "") found.push(value);
  } else if (isObject(value) && Object.hasOwn(value, key)) {
    collect(value[key], keys, at + 1, found);
  }
}

/** Those of the paths that were most likely meant, the likeliest first. */
export function closest(path: string, paths: readonly string[]): string[] {
  const last = (text: string) => text.slice(text.lastIndexOf(".") + 1);
  const apart = path.includes(".") ? 2 : 0.5;
  const scored = paths
    .map((candidate) => ({
      candidate,
      score: Math.min(
        distance(unbracketed(path), unbracketed(candidate)),
        // Who writes `email` or `user.email` means one of these, who writes `user` perhaps `userType`.
        distance(last(path), last(candidate)) + apart,
        path.length > 2 && candidate.toLowerCase().includes(path.toLowerCase()) ? 1 : 99,
      ),
    }))
    .sort((a, b) => a.score - b.score);
  const best = scored[0]?.score ?? 0;
  return scored
    .filter(({ score }) => score <= best + 1)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

const unbracketed = (path: string) => path.replace(/[[\]]/g, "");

/** How many letters must be changed, added or taken out, in any case. */
function distance(one: string, other: string): number {
  const [a, b] = [one.toLowerCase().slice(0, 80), other.toLowerCase()];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
