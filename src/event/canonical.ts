// Canonical JSON: one text for one value, in whatever order its keys came.
// As RFC 8785 has it, for values that came out of JSON.parse: https://www.rfc-editor.org/rfc/rfc8785
import { isObject } from "../source/record.ts";

const isDefined = (member: unknown) => member !== undefined;

/** Canonical JSON of a JSON value; object members that `keep` refuses are left out at every depth. */
export function canonicalJson(
  value: unknown,
  keep: (member: unknown) => boolean = isDefined,
): string {
  if (Array.isArray(value)) {
    return `[${value.map((item) => canonicalJson(item, keep)).join(",")}]`;
  }
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const members: string[] = [];
  for (const key of Object.keys(value).sort()) {
    const member = value[key];
    if (keep(member)) members.push(`${JSON.stringify(key)}:${canonicalJson(member, keep)}`);
  }
  return `{${members.join(",")}}`;
}
