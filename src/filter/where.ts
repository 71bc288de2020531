// `where`: a filter on any field of the event, as it is written in a table, compiled once.
import type { AuditEvent } from "../event/event.ts";
import { isObject } from "../source/record.ts";
import { type Condition, toCondition } from "./condition.ts";

export interface Where {
  /** As it was written. */
  readonly table: Readonly<Record<string, unknown>>;
  /** All of them are to hold. */
  readonly all: readonly Condition[];
  /** What holds all of one list is dropped. */
  readonly not: readonly (readonly Condition[])[];
}

export type Compiled =
  | { readonly ok: true; readonly where: Where }
  | { readonly ok: false; readonly problems: readonly string[] };

const aNot = 'expected not = { "actor.email" = "…" }, or a list of such tables';

/** Every mistake is told, as what was expected. */
export function toWhere(table: Readonly<Record<string, unknown>>): Compiled {
  const { not = [], ...conditions } = table;
  const problems: string[] = [];
  const compile = (lines: Readonly<Record<string, unknown>>) =>
    flat(lines).flatMap(([path, value]) => {
      const condition = toCondition(path, value);
      if (typeof condition !== "string") return [condition];
      problems.push(condition);
      return [];
    });
  const all = compile(conditions);
  const drops = (Array.isArray(not) ? not : [not]).map((lines: unknown) => {
    // Of nothing at all everything holds: all events would be dropped.
    if (isObject(lines) && flat(lines).length > 0) return compile(lines);
    problems.push(aNot);
    return [];
  });
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, where: { table, all, not: drops } };
}

/** `actor.email = "…"` without quotes is a table in a table to TOML: it means the same. */
function flat(
  table: Readonly<Record<string, unknown>>,
  before = "",
  levels = 20,
): [string, unknown][] {
  return Object.entries(table).flatMap(([key, value]): [string, unknown][] =>
    isObject(value) && Object.keys(value).length > 0 && levels > 0
      ? flat(value, `${before}${key}.`, levels - 1)
      : [[before + key, value]],
  );
}

export function takes({ all, not }: Where, event: AuditEvent): boolean {
  return (
    all.every((condition) => condition.holds(event)) &&
    !not.some((conditions) => conditions.every((condition) => condition.holds(event)))
  );
}

/** Why an event is not taken, in words; null when it is. */
export function whyNotTaken({ all, not }: Where, event: AuditEvent): string | null {
  const failed = all.find((condition) => !condition.holds(event));
  if (failed) return `${failed.says(event)}, and where has ${failed.written}`;
  const hit = not.find((conditions) => conditions.every((condition) => condition.holds(event)));
  if (!hit) return null;
  const said = hit.map((condition) => condition.says(event)).join(", ");
  return `${said}, and where.not has { ${hit.map(({ written }) => written).join(", ")} }`;
}

/** The fields that it looks at. */
export function pathsOf({ all, not }: Where): string[] {
  return [...all, ...not.flat()].map(({ path }) => path);
}

/** The patterns on the type, or on another field, which may be slips. */
export function typePatterns({ all, not }: Where, of = "type"): string[] {
  return [...all, ...not.flat()]
    .filter(({ path }) => path === of)
    .flatMap(({ patterns }) => patterns)
    .filter((pattern) => pattern !== "");
}
