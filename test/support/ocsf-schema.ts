// Holds a document to OCSF's own dictionary, as distilled in the project's notes: ../shared/data/ocsf.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isObject } from "../../src/source/record.ts";

interface Attribute {
  /** `string_t`, or `object:user` */
  readonly type: string;
  readonly array?: boolean;
  readonly enum?: Readonly<Record<string, string>>;
  readonly sibling?: string;
  readonly deprecated?: string;
}
type Attributes = Readonly<Record<string, Attribute>>;
type Constraints = { readonly at_least_one?: readonly string[] } | null;

interface Dictionary {
  readonly classes: Readonly<
    Record<string, Record<"required" | "recommended" | "optional", Attributes>> & {
      readonly [name: string]: { readonly uid: number; readonly constraints: Constraints };
    }
  >;
  readonly objects: Readonly<
    Record<string, { readonly attributes: Attributes; readonly constraints: Constraints }>
  >;
  readonly types: Readonly<
    Record<string, { readonly type?: string; readonly regex?: string; readonly max_len?: number }>
  >;
}

const file = join(import.meta.dirname, "../../../shared/data/ocsf/distilled-1.8.0.json");
export const hasOcsfSchema = existsSync(file);
const dictionary: Dictionary = hasOcsfSchema
  ? JSON.parse(readFileSync(file, "utf8"))
  : { classes: {}, objects: {}, types: {} };

// Required by profiles that the documents do not claim.
const ofProfiles = ["cloud", "osint"];

/** What OCSF has against the document, each with its path; empty when all is well. */
export function ocsfProblems(document: Readonly<Record<string, unknown>>): string[] {
  const own = Object.values(dictionary.classes).find(({ uid }) => uid === document.class_uid);
  if (!own) return [`no class ${document.class_uid}`];
  const attributes = { ...own.optional, ...own.recommended, ...own.required };
  const missing = Object.keys(own.required).filter(
    (name) => !(name in document) && !ofProfiles.includes(name),
  );
  return [
    ...missing.map((name) => `${name} is missing`),
    ...objectProblems(document, attributes, own.constraints, ""),
  ];
}

function objectProblems(
  object: Readonly<Record<string, unknown>>,
  attributes: Attributes,
  constraints: Constraints,
  path: string,
): string[] {
  const some = constraints?.at_least_one;
  return [
    ...(some && !some.some((name) => name in object) ? [`${path} has none of ${some}`] : []),
    ...Object.entries(object).flatMap(([name, value]) => {
      const attribute = attributes[name];
      const at = `${path}${path && "."}${name}`;
      if (!attribute) return [`${at} is not an attribute`];
      if (attribute.deprecated) return [`${at} is deprecated`];
      if (Array.isArray(value) !== (attribute.array ?? false)) return [`${at} is no list, or one`];
      return [value].flat().flatMap((item) => valueProblems(item, attribute, object, at));
    }),
  ];
}

function valueProblems(
  value: unknown,
  attribute: Attribute,
  parent: Readonly<Record<string, unknown>>,
  path: string,
): string[] {
  const [, objectName] = attribute.type.split(":");
  if (objectName !== undefined) {
    if (!isObject(value)) return [`${path} is no object`];
    const known = dictionary.objects[objectName];
    return known ? objectProblems(value, known.attributes, known.constraints, path) : [];
  }
  const problems = typeProblem(value, attribute.type, path);
  const caption = attribute.enum?.[String(value)];
  if (attribute.enum && caption === undefined)
    problems.push(`${path}: ${value} is not in the enum`);
  const sibling = attribute.sibling && parent[attribute.sibling];
  if (caption && caption !== "Other" && sibling !== undefined && sibling !== caption) {
    problems.push(`${path}: ${sibling} is not ${caption}`);
  }
  return problems;
}

function typeProblem(value: unknown, type: string, path: string): string[] {
  const { type: base = type, regex, max_len: most } = dictionary.types[type] ?? {};
  if (type === "json_t") return [];
  if (type === "boolean_t") return typeof value === "boolean" ? [] : [`${path} is no boolean`];
  if (["integer_t", "long_t"].includes(base) || type === "timestamp_t") {
    return Number.isSafeInteger(value) ? [] : [`${path} is no integer`];
  }
  if (typeof value !== "string") return [`${path} is no string`];
  const bad = (regex && !new RegExp(regex).test(value)) || (most && value.length > most);
  return bad ? [`${path}: ${value} is no ${type}`] : [];
}
