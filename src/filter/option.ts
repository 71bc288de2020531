// `where` as an option of a configuration: a table that is compiled where it is read.
import * as z from "zod";
import { toWhere, type Where } from "./where.ts";

const aWhere = 'expected a table, e.g. where = { "actor.email" = "*@example.com" }';

/** Undefined where it says nothing: no event is looked at twice. */
export const where = z
  .record(z.string(), z.unknown(), aWhere)
  .transform((table, context): Where | undefined => {
    const compiled = toWhere(table);
    if (compiled.ok) return Object.keys(table).length > 0 ? compiled.where : undefined;
    for (const message of compiled.problems) context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
