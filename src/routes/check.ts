// What comes in with a request, against the route's schemas: each mistake says where it is and what was expected.
import * as z from "zod";
import { Problem } from "./problem.ts";

export type Shape = z.ZodObject;

/** Throws a Problem 422 that tells every mistake. */
export function check<Schema extends Shape>(
  where: string,
  schema: Schema | undefined,
  value: unknown,
): z.output<Schema> {
  if (!schema) return {} as z.output<Schema>;
  const parsed = schema.safeParse(value, { error: (issue) => toText(issue, schema) });
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(
    (issue) => `${[where, ...issue.path.map(String)].join(".")}: ${issue.message}`,
  );
  throw new Problem(422, errors.join("; "), [...new Set(errors)]);
}

/** Also for a route without a query: a parameter that nothing reads is a mistake, not an ornament. */
export function checkQuery<Query extends Shape>(
  { query, body }: { readonly query?: Query; readonly body?: Shape },
  given: Readonly<Record<string, readonly string[]>>,
): z.output<Query> {
  const errors = Object.entries(given).flatMap(([name, values]) => {
    const elsewhere = body && Object.hasOwn(body.shape, name);
    if (elsewhere && !query?.shape[name]) {
      return [`query.${name}: belongs into the body, as JSON: {${JSON.stringify(name)}: …}`];
    }
    return values.length > 1 ? [`query.${name}: is given ${values.length} times, not once`] : [];
  });
  if (errors.length > 0) throw new Problem(422, errors.join("; "), errors);
  const single = Object.fromEntries(Object.entries(given).map(([name, [value]]) => [name, value]));
  return check("query", query ?? (z.strictObject({}) as unknown as Query), single);
}

/** A whole number as it stands in a query. */
export function wholeNumber(low: number, high: number) {
  const error = `expected a whole number from ${low} to ${high}`;
  return z.coerce.number({ error }).int({ error }).min(low, { error }).max(high, { error });
}

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  object: "an object",
  number: "a number",
  boolean: "true or false",
};

/** In our words; a schema that brings its own text keeps it. */
function toText(issue: z.core.$ZodRawIssue, schema: Shape): string | undefined {
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(schema.shape);
    const expected = known.length > 0 ? `expected only ${known.join(", ")}` : "expected none";
    return `unknown ${issue.keys.join(", ")}; ${expected}`;
  }
  if (issue.code === "invalid_value") return `expected one of ${issue.values.join(", ")}`;
  if (issue.code === "invalid_type") return `expected ${kinds[issue.expected] ?? issue.expected}`;
  return undefined;
}
