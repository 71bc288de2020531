// What each type of destination takes, as a list: for GET /destinations/types and for the README's table.
import * as z from "zod";
import { commonOptions, tables } from "./config-schema.ts";
import type { AnyDestinationType } from "./destinations/bind.ts";
import { destinationTypes } from "./destinations/registry.ts";
import { formats } from "./formats/registry.ts";
import { hourMs } from "./time.ts";

const option = z.object({
  name: z.string(),
  what: z.string(),
  required: z.boolean(),
  default: z.unknown().optional(),
  values: z.array(z.string()).optional().describe("The only values that it takes"),
});

export const describedType = z.object({
  type: z.string(),
  title: z.string(),
  docs: z.string().describe("The vendor's page"),
  formats: z
    .array(z.string())
    .describe("The formats that it takes; empty: it makes messages of its own"),
  format: z.string().nullable().describe("The format that it gets unless you say otherwise"),
  minSeverity: z.string().describe("The least severity that it gets unless you say otherwise"),
  chat: z.boolean().describe("People read it: it is told of Tidemark itself by default"),
  idempotency: z.string().describe("By which field a repeat can be told"),
  limits: z.object({
    events: z.number().describe("The most events in one request"),
    bytes: z.number().nullable().describe("The most bytes in one request, before compression"),
    minIntervalMs: z.number().describe("At least this long from an answer to the next request"),
    maxAgeHours: z
      .number()
      .nullable()
      .describe("Events older than this are sent all the same, counted and told"),
    olderEvents: z.string().nullable().describe("What the receiver does with them"),
  }),
  options: z.array(option).describe("Its own options, beside those that every destination has"),
});
export type DescribedType = z.infer<typeof describedType>;

interface Property {
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
}

/** All types, in the order of the registry. */
export function describeTypes(): DescribedType[] {
  return destinationTypes.map(describe);
}

function describe(type: AnyDestinationType): DescribedType {
  const { limits, format } = type;
  return {
    type: type.type,
    title: type.title,
    docs: type.docs,
    formats: format === undefined ? [] : formats.map(({ name }) => name),
    format: format ?? null,
    minSeverity: type.minSeverity ?? "info",
    chat: type.chat === true,
    idempotency: type.idempotency,
    limits: {
      events: limits.events,
      bytes: limits.bytes ?? null,
      minIntervalMs: type.minIntervalMs ?? 0,
      maxAgeHours: limits.age ? limits.age.ms / hourMs : null,
      olderEvents: limits.age?.treatment ?? null,
    },
    options: ownOptions(type),
  };
}

function ownOptions(type: AnyDestinationType): DescribedType["options"] {
  const table = tables.get(type.type) ?? type.options;
  const { properties = {}, required = [] } = z.toJSONSchema(table, {
    io: "input",
    unrepresentable: "any",
  }) as { properties?: Record<string, Property>; required?: string[] };
  return Object.entries(properties)
    .filter(([name]) => !Object.hasOwn(commonOptions.shape, name))
    .map(([name, { description = "", default: fallback, enum: values }]) => ({
      name,
      what: description,
      required: required.includes(name),
      ...(fallback !== undefined && { default: fallback }),
      ...(values && { values: [...values] }),
    }));
}
