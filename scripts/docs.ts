// The tables of the README and docs/event.schema.json, made from the code's own schemas: `npm run docs`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { commonOptions, environment } from "../src/config-schema.ts";
import { pageRoutes } from "../src/dashboard/route-list.ts";
import { type DescribedType, describeTypes } from "../src/destination-types.ts";
import { toJsonSchema } from "../src/event/event.ts";
import { formats } from "../src/formats/registry.ts";
import { knownGoodOptions } from "../src/known-good.ts";
import { createApi } from "../src/routes/app.ts";
import { rules } from "../src/rules/registry.ts";
import type { Rule } from "../src/rules/rule.ts";

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
  const sections = {
    variables: table(["variable", "default", "what"], variables()),
    options: table(optionHead, options(commonOptions)),
    "known-good": table(optionHead, options(knownGoodOptions)),
    destinations: table(
      ["type", "sends", "format", "at most in one request", "its options", "vendor's page"],
      destinations(),
    ),
    formats: table(
      ["format", "what"],
      formats.map(({ name, title }) => [code(name), title]),
    ),
    routes: table(["route", "who may call", "what"], routes()),
    event: table(["field", "type", "what"], fields(toJsonSchema() as Property)),
    rules: table(
      ["rule", "what it finds", "severity", "its options", "MITRE ATT&CK"],
      rules.map(ruleRow),
    ),
  };
  return new Map([
    ["README.md", fillAll("README.md", sections)],
    ...describeTypes().map((type) => {
      const file = `docs/destinations/${type.type}.md`;
      return [file, fillAll(file, { options: table(optionHead, ownOptions(type)) })] as const;
    }),
    ["docs/rules.md", fillAll("docs/rules.md", { rules: rules.map(ruleSection).join("\n\n") })],
    ["docs/event.schema.json", `${JSON.stringify(toJsonSchema(), null, 2)}\n`],
  ]);
}

const optionHead = ["option", "default", "what"];

function fillAll(file: string, sections: Readonly<Record<string, string>>): string {
  return Object.entries(sections).reduce(
    (text, [name, content]) => fill(file, text, name, content),
    readFileSync(inRoot(file), "utf8"),
  );
}

function fill(file: string, text: string, name: string, content: string): string {
  const [before, rest] = text.split(`<!-- ${name} -->`);
  const after = rest?.split(`<!-- /${name} -->`)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`${file} has no place for ${name}: <!-- ${name} --> … <!-- /${name} -->`);
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
  return describeTypes().map(({ type, title, docs, options: own, format, limits }) => [
    link(code(type), `docs/destinations/${type}.md`),
    title,
    format === null ? "its own messages" : code(format),
    limitsOf(limits),
    own
      .map(({ name, required, default: fallback }) =>
        fallback === undefined || required
          ? code(name)
          : code(`${name} = ${JSON.stringify(fallback)}`),
      )
      .join(", "),
    link("docs", docs),
  ]);
}

function ownOptions({ options: own }: DescribedType): string[][] {
  return own.map(({ name, required, default: fallback, what, values }) => [
    code(name),
    fallback === undefined ? (required ? "required" : "") : code(JSON.stringify(fallback)),
    `${what}${values ? `: ${values.map(code).join(", ")}` : ""}`,
  ]);
}

function ruleRow(rule: Rule): string[] {
  const { name, title, severity, attack } = rule;
  const ofAll = ["severity", "quietHours", "mostAWeek"].map(code);
  const own = options(rule.options).filter(([option = ""]) => !ofAll.includes(option));
  return [
    link(code(name), `docs/rules.md#${name.replace(".", "")}`),
    title,
    code(severity),
    own.map(([option = "", fallback = ""]) => `${option} ${fallback}`).join(", "),
    attack ? techniqueLink(attack) : "",
  ];
}

function ruleSection(rule: Rule): string {
  const { name, title, attack, check, atOnce, examples } = rule;
  const list = (all: typeof examples.fires) => all.map(({ what }) => what).join("; ");
  return [
    `## ${name}`,
    `**${title}.** ${check}${attack ? ` ATT&CK: ${techniqueLink(attack)}.` : ""} ${atOnce ? "Told with the event." : "Told `settleMinutes` after the event."}`,
    `Fires: ${list(examples.fires)}.`,
    `Silent: ${list(examples.silent)}.`,
    table(optionHead, options(rule.options)),
  ].join("\n\n");
}

function techniqueLink({ id, name }: NonNullable<Rule["attack"]>): string {
  return link(`${id} ${name}`, `https://attack.mitre.org/techniques/${id.replace(".", "/")}/`);
}

function limitsOf({ events, bytes, maxAgeHours }: DescribedType["limits"]): string {
  const many = events === 1 ? "1 event" : `${events.toLocaleString("en")} events`;
  const size = bytes === null ? "" : `, ${bytes.toLocaleString("en")} bytes`;
  const age = maxAgeHours === null ? "" : `; up to ${maxAgeHours} h old`;
  return many + size + age;
}

function link(text: string, target: string): string {
  return `[${text}](${target})`;
}

function routes(): string[][] {
  const { specs } = createApi();
  return [...pageRoutes, ...specs].map(({ method, path, auth, summary }) => [
    code(`${method.toUpperCase()} ${path}`),
    callers[auth],
    summary,
  ]);
}

const callers = { admin: "admin", slack: "Slack, by its signature", none: "anybody" } as const;

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
