// OCSF 1.8.0, judged twice: by OCSF's own JSON Schema, and by what that schema leaves out, read from OCSF's definitions.
// Written from the specification, not from src/formats/ocsf.ts.
import { isIP } from "node:net";
import Ajv, { type ValidateFunction } from "ajv";
import { isObject } from "../../src/source/record.ts";
import { shared } from "./shared.ts";

interface Attribute {
  /** `string_t`, …, or `object:user`. */
  readonly type: string;
  readonly array?: boolean;
  readonly enum?: Readonly<Record<string, string>>;
  readonly sibling?: string;
  readonly deprecated?: string;
}
type Attributes = Readonly<Record<string, Attribute>>;
interface Constraints {
  readonly at_least_one?: readonly string[];
  readonly just_one?: readonly string[];
}
interface Definitions {
  readonly ocsf_version: string;
  readonly classes: Readonly<
    Record<
      string,
      { readonly uid: number; readonly constraints: Constraints | null } & Record<
        "required" | "recommended" | "optional",
        Attributes
      >
    >
  >;
  readonly objects: Readonly<
    Record<string, { readonly constraints: Constraints | null; readonly attributes: Attributes }>
  >;
  readonly types: Readonly<
    Record<
      string,
      {
        readonly type?: string;
        readonly regex?: string;
        readonly max_len?: number;
        readonly range?: readonly [number, number];
      }
    >
  >;
}

export const definitions = shared("ocsf/distilled-1.8.0.json");
const classes = ["authentication", "base_event", "entity_management", "user_access"];

/** A function from a document, as received, to what is wrong with it. */
export function ocsfChecker(): (document: Readonly<Record<string, unknown>>) => string[] {
  const ocsf: Definitions = definitions.read();
  const ajv = new Ajv({ strict: false, allErrors: true });
  const schemas = new Map<unknown, ValidateFunction>(
    classes.map((name) => [
      ocsf.classes[name]?.uid,
      ajv.compile(shared(`ocsf/json-schema-1.8.0/${name}.schema.json`).read()),
    ]),
  );
  return (document) => {
    const validate = schemas.get(document.class_uid);
    const found = Object.values(ocsf.classes).find(({ uid }) => uid === document.class_uid);
    if (!validate || !found) return [`class_uid ${document.class_uid} is none that is used here`];
    validate(document);
    const { constraints, required, recommended, optional } = found;
    const attributes = { ...required, ...recommended, ...optional };
    return [
      ...(validate.errors ?? []).map(
        ({ instancePath, message, params }) =>
          `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
      ),
      ...objectFaults(document, { attributes, constraints }, "", ocsf),
      ...eventFaults(document, ocsf),
    ];
  };
}

/** Which type of text an observable is: https://schema.ocsf.io/1.8.0/data_types */
const observed: Readonly<Record<string, string>> = { 2: "ip_t", 5: "email_t" };

/** What holds between the fields of an event. */
function eventFaults(document: Readonly<Record<string, unknown>>, ocsf: Definitions): string[] {
  const { class_uid, activity_id, type_uid, metadata, observables } = document;
  const faults: string[] = [];
  if (type_uid !== Number(class_uid) * 100 + Number(activity_id)) {
    faults.push(`type_uid ${type_uid} does not follow from class_uid and activity_id`);
  }
  const version = isObject(metadata) ? metadata.version : undefined;
  if (version !== ocsf.ocsf_version) faults.push(`metadata.version is ${version}`);
  for (const { name, value, type_id } of Array.isArray(observables) ? observables : []) {
    const values = valuesAt(document, String(name).split("."));
    const meant = values.some((one) => value === undefined || String(one) === value);
    if (!meant) faults.push(`the observable ${name} is not to be found with the value ${value}`);
    const type = observed[String(type_id)];
    if (type) faults.push(...scalarFaults(value, type, `the observable ${name}`, ocsf));
  }
  return faults;
}

/** `user.name`, and for lists `resources.uid`, `resources[].uid` or `resources[0].uid`. */
function valuesAt(value: unknown, [step, ...rest]: readonly string[]): unknown[] {
  if (step === undefined) return value === undefined ? [] : [value].flat();
  if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, [step, ...rest]));
  const [, name = "", index] = /^(\w+)(?:\[(\d*)\])?$/.exec(step) ?? [];
  if (!isObject(value) || !Object.hasOwn(value, name)) return [];
  const inner = value[name];
  return valuesAt(index && Array.isArray(inner) ? inner[Number(index)] : inner, rest);
}

function objectFaults(
  object: Readonly<Record<string, unknown>>,
  { attributes, constraints }: { attributes: Attributes; constraints: Constraints | null },
  path: string,
  ocsf: Definitions,
): string[] {
  const { at_least_one = [], just_one = [] } = constraints ?? {};
  const present = (names: readonly string[]) => names.filter((name) => name in object).length;
  const faults: string[] = [];
  if (at_least_one.length > 0 && present(at_least_one) === 0) {
    faults.push(`${path || "/"} has none of ${at_least_one}`);
  }
  if (just_one.length > 0 && present(just_one) !== 1) {
    faults.push(`${path || "/"} does not have one of ${just_one}`);
  }
  for (const [name, value] of Object.entries(object)) {
    const at = path ? `${path}.${name}` : name;
    const attribute = attributes[name];
    if (!attribute) faults.push(`${at} is not defined`);
    else faults.push(...attributeFaults(value, attribute, at, object, ocsf));
  }
  return faults;
}

function attributeFaults(
  value: unknown,
  attribute: Attribute,
  at: string,
  owner: Readonly<Record<string, unknown>>,
  ocsf: Definitions,
): string[] {
  const { type, array = false, sibling, deprecated } = attribute;
  const faults: string[] = [];
  if (deprecated) faults.push(`${at} is deprecated since ${deprecated}`);
  if (Array.isArray(value) !== array && type !== "json_t") {
    return [...faults, `${at} is ${array ? "no list" : "a list"}`];
  }
  if (sibling) faults.push(...siblingFaults(value, owner[sibling], attribute, at));
  for (const one of array ? (value as unknown[]) : [value]) {
    const kind = type.startsWith("object:") ? type.slice("object:".length) : undefined;
    if (kind === undefined) faults.push(...scalarFaults(one, type, at, ocsf));
    else if (!isObject(one)) faults.push(`${at} is no object`);
    // `object` itself may hold anything; of rare objects only the JSON Schema knows the fields.
    else if (ocsf.objects[kind]) faults.push(...objectFaults(one, ocsf.objects[kind], at, ocsf));
  }
  return faults;
}

/** A number and the word beside it: the word is the number's caption; 99 is "Other", and the word then says what. */
function siblingFaults(id: unknown, word: unknown, attribute: Attribute, at: string): string[] {
  const caption = attribute.enum?.[String(id)];
  if (!attribute.enum) return [];
  if (caption === undefined) return [`${at} ${id} is none of ${Object.keys(attribute.enum)}`];
  // The type of a base event is 99 by computation, "Base Event: Other", and not another one.
  if (id === 99 && attribute.sibling !== "type_name") {
    return typeof word === "string" && word !== "" ? [] : [`${at} is 99 and says nothing more`];
  }
  return word === undefined || word === caption
    ? []
    : [`${at} ${id} is ${JSON.stringify(caption)}, not ${JSON.stringify(word)}`];
}

function scalarFaults(value: unknown, type: string, at: string, ocsf: Definitions): string[] {
  const { type: base, regex, max_len = Number.POSITIVE_INFINITY, range } = ocsf.types[type] ?? {};
  const root = base === "long_t" ? "integer_t" : (base ?? type);
  const holds = {
    string_t: () => typeof value === "string",
    integer_t: () => Number.isSafeInteger(value),
    long_t: () => Number.isSafeInteger(value),
    float_t: () => Number.isFinite(value),
    boolean_t: () => typeof value === "boolean",
    json_t: () => true,
  }[root];
  if (!holds) return [`${at} is of the type ${type}, which is unknown`];
  if (!holds()) return [`${at} is not of the type ${type}: ${JSON.stringify(value)}`];
  const faults: string[] = [];
  if (regex && !new RegExp(regex).test(String(value))) {
    faults.push(`${at} ${JSON.stringify(value)} does not match ${type}`);
  }
  // OCSF's own pattern takes any character for the dots of an IPv4 address.
  if (type === "ip_t" && isIP(String(value)) === 0) {
    faults.push(`${at} ${JSON.stringify(value)} is no IP address`);
  }
  if (typeof value === "string" && value.length > max_len) faults.push(`${at} is too long`);
  if (range && (Number(value) < range[0] || Number(value) > range[1])) {
    faults.push(`${at} ${value} is out of range`);
  }
  return faults;
}
