// The tables of the README and docs/event.schema.json, made from the code's own schemas: `npm run docs`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { commonOptions, environment } from "../src/config-schema.ts";
import type { Limits } from "../src/destinations/destination.ts";
import { destinationTypes } from "../src/destinations/registry.ts";
import { toJsonSchema } from "../src/event/event.ts";
import { formats } from "../src/formats/registry.ts";
import { createApi } from "../src/routes/app.ts";

interface Property {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Record<string, Property>;
  readonly items?: Property;
  readonly anyOf?: readonly Property[];
}

const inRoot = (file: string) => join(import.meta.dirname, "..", file);

/** Everything that is generated, by file. */
export function generatedDocs(): Map<string, string> {
  const readme = readFileSync(inRoot("README.md"), "utf8");
  const sections = {
    variables: table(["variable", "default", "what"], variables()),
    options: table(["option", "default", "what"], options(commonOptions)),
    destinations: table(
      ["type", "sends", "format", "in one request", "its options", "vendor's page"],
      destinations(),
    ),
    formats: table(
      ["format", "what"],
      formats.map(({ name, title }) => [code(name), title]),
    ),
    routes: table(["route", "who may call", "what"], routes()),
    event: table(["field", "type", "what"], fields(toJsonSchema() as Property)),
  };
  return new Map([
    ["README.md", Object.entries(sections).reduce<string>(fill, readme)],
    ["docs/event.schema.json", `${JSON.stringify(toJsonSchema(), null, 2)}\n`],
  ]);
}

function fill(text: string, [name, content]: readonly [string, string]): string {
  const [before, rest] = text.split(`<!-- ${name} -->`);
  const after = rest?.split(`<!-- /${name} -->`)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`README.md has no place for ${name}: <!-- ${name} --> … <!-- /${name} -->`);
  }
  return `${before}<!-- ${name} -->\n${content}\n<!-- /${name} -->${after}`;
}

function variables(): string[][] {
  return options(environment).map(([name = "", fallback = "", what = ""]) => [
    name,
    fallback,
    what || "see below",
  ]);
}

function options(schema: z.ZodType): string[][] {
  const { properties = {} } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
  }) as Property;
  return Object.entries(properties).map(([name, property]) => [
    code(name),
    property.default === undefined ? "" : code(JSON.stringify(property.default)),
    `${property.description ?? ""}${property.enum ? `: ${property.enum.map((value) => code(String(value))).join(", ")}` : ""}`,
  ]);
}

function destinations(): string[][] {
  return destinationTypes.map(({ type, title, docs, options: schema, format, limits }) => [
    code(type),
    title,
    format === undefined ? "its own messages" : code(format),
    limitsOf(limits),
    options(schema)
      .map(
        ([name = "", fallback, what]) =>
          `${name}: ${what}${fallback ? ` (default ${fallback})` : ""}`,
      )
      .join("<br>"),
    `[docs](${docs})`,
  ]);
}

function limitsOf({ events, bytes }: Limits): string {
  const many = events === 1 ? "1 event" : `${events} events`;
  return bytes === undefined ? many : `${many}, ${bytes.toLocaleString("en")} bytes`;
}

function routes(): string[][] {
  return createApi().specs.map(({ method, path, auth, summary }) => [
    code(`${method.toUpperCase()} ${path}`),
    auth === "admin" ? "admin" : "anybody",
    summary,
  ]);
}

function fields(schema: Property, prefix = ""): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const inner = [property, ...(property.anyOf ?? [])].find((candidate) => candidate.properties);
    const item = property.items?.properties ? property.items : undefined;
    return [
      [code(prefix + name), typeOf(property), property.description ?? ""],
      ...(inner ? fields(inner, `${prefix}${name}.`) : []),
      ...(item ? fields(item, `${prefix}${name}[].`) : []),
    ];
  });
}

function typeOf({ type, anyOf, enum: values }: Property): string {
  if (values) return values.map((value) => code(String(value))).join(" ");
  if (anyOf) return anyOf.map(typeOf).join(" or ");
  return (typeof type === "string" ? type : type?.join(" or ")) ?? "any";
}

function table(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

if (import.meta.main) {
  for (const [file, text] of generatedDocs()) writeFileSync(inRoot(file), text);
}
