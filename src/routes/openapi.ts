// OpenAPI 3.1 from the routes' own schemas: https://spec.openapis.org/oas/v3.1.0
import * as z from "zod";
import { auditEventSchema } from "../event/event.ts";
import type { AnySpec } from "./api.ts";
import type { Shape } from "./check.ts";
import { problemSchema } from "./problem.ts";

/** Schemas that stand once, under their names; wherever else they occur, a reference stands. */
const components = new Map<z.core.$ZodType, string>([
  [auditEventSchema, "AuditEvent"],
  [problemSchema, "Problem"],
]);

export function toOpenApi(specs: readonly AnySpec[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const spec of specs)
    paths[spec.path] = { ...paths[spec.path], [spec.method]: operation(spec) };
  return {
    openapi: "3.1.0",
    info: {
      title: "Tidemark",
      version,
      description: "The activity of Webflow workspaces, relayed to Slack and to signed webhooks",
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: Object.fromEntries(
        [...components].map(([schema, name]) => [name, toSchema(schema, "output", schema)]),
      ),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The ADMIN_TOKEN" },
        basic: {
          type: "http",
          scheme: "basic",
          description: "Any user name; the ADMIN_TOKEN as password",
        },
        access: {
          type: "apiKey",
          in: "header",
          name: "Cf-Access-Jwt-Assertion",
          description: "Cloudflare Access adds it, where it stands in front",
        },
        slack: {
          type: "apiKey",
          in: "header",
          name: "X-Slack-Signature",
          description:
            "Slack's signature by SLACK_SIGNING_SECRET, beside X-Slack-Request-Timestamp",
        },
      },
    },
  };
}

function operation(spec: AnySpec): Record<string, unknown> {
  const answers = { [spec.status ?? 200]: spec.success, ...spec.alsoAnswers };
  return {
    operationId: spec.id,
    summary: spec.summary,
    security: security[spec.auth],
    parameters: [...parameters("path", spec.params), ...parameters("query", spec.query)],
    ...(spec.body && { requestBody: content("application/json", spec.body) }),
    ...(spec.form && { requestBody: content("application/x-www-form-urlencoded", spec.form) }),
    responses: {
      ...responses(answers, spec.contentType ?? "application/json", spec.answer, spec.text),
      ...responses(problemsOf(spec), "application/problem+json", problemSchema),
    },
  };
}

const security: Readonly<Record<AnySpec["auth"], readonly Record<string, readonly string[]>[]>> = {
  admin: [{ bearer: [] }, { basic: [] }, { access: [] }],
  slack: [{ slack: [] }],
  none: [],
};

function content(contentType: string, schema: Shape): Record<string, unknown> {
  return { content: { [contentType]: { schema: toSchema(schema, "input") } } };
}

function problemsOf(spec: AnySpec): Record<string, string> {
  return {
    ...(spec.auth === "admin" && {
      401: "No admin token, or a wrong one, and nobody whom Cloudflare Access vouches for",
      403: "No ADMIN_TOKEN is set, or another site made the browser send the request",
      429: "Too many sign-ins failed from this address; `Retry-After` says how long none is looked at",
      503: "The configuration is broken, and `errors` lists every mistake; or the keys of Cloudflare Access cannot be read",
    }),
    ...(spec.body && { 400: "The body is not JSON" }),
    ...((spec.body ?? spec.form) && { 413: "The body is too large" }),
    422: "A parameter is not as described; `errors` lists every mistake",
    ...spec.problems,
  };
}

function responses(
  descriptions: Readonly<Record<string, string>>,
  contentType: string,
  schema: z.ZodType,
  text = false,
): Record<string, unknown> {
  const content = {
    [contentType]: { schema: toSchema(schema, "output") },
    ...(text && { "text/plain": { schema: { type: "string" } } }),
  };
  return Object.fromEntries(
    Object.entries(descriptions).map(([status, description]) => [status, { description, content }]),
  );
}

function parameters(place: "path" | "query", schema: Shape | undefined): unknown[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = toSchema(schema, "input");
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as z.core.JSONSchema.BaseSchema;
    return { name, in: place, required: required.includes(name), description, schema: rest };
  });
}

/** `root` is the component that is being described, which does not become a reference to itself. */
function toSchema(
  schema: z.core.$ZodType,
  io: "input" | "output",
  root?: z.core.$ZodType,
): z.core.JSONSchema.BaseSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const component = components.get(zodSchema);
      if (component !== undefined && zodSchema !== root) {
        for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
        jsonSchema.$ref = `#/components/schemas/${component}`;
      }
      // zod tells the range of safe integers, which says nothing about the number.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  return rest;
}
