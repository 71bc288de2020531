// wrangler.toml, read, and edited in place: a line is changed, comments stay, and the result is proven by parsing it.
import { isDeepStrictEqual } from "node:util";
import { parse, TomlError } from "smol-toml";
import { isObject } from "../../src/source/record.ts";
import { Mistake } from "../mistake.ts";

export type Toml = Readonly<Record<string, unknown>>;

/** Throws a Mistake that says where it is wrong. */
export function parseToml(text: string, file: string): Toml {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [what = ""] = error.message.split("\n");
    throw new Mistake(
      `${file}, line ${error.line}, column ${error.column}: ${what.replace(/^Invalid TOML document: /, "")}. Mend that line, and run this again.`,
    );
  }
}

/** The text with another id in the first workspace; undefined where it cannot be edited surely. */
export function withWorkspaceId(text: string, id: string): string | undefined {
  const edit = (line: string) => {
    const [, head = "", , tail = ""] =
      /^(\s*id\s*=\s*)("(?:[^"\\]|\\.)*"|'[^']*')(\s*(?:#.*)?)$/.exec(line) ?? [];
    if (head === "") return undefined;
    const [value, comment] = [JSON.stringify(id), tail.trimStart()];
    // A comment stays in its column where there is room.
    const column = line.length - comment.length;
    return comment === "" ? head + value : `${(head + value).padEnd(column - 2)}  ${comment}`;
  };
  const edited = editIn(text, /^\s*\[\[\s*vars\.WORKSPACES\s*\]\]/, edit);
  return proven(text, edited, (data) => {
    const [first] = listOf(data, "WORKSPACES");
    if (first) first.id = id;
  });
}

/** The text with these names in `required` under `[secrets]` as well; undefined where it cannot be edited surely. */
export function withRequired(text: string, names: readonly string[]): string | undefined {
  const edit = (line: string) => {
    const [, head = "", list = "", tail = ""] =
      /^(\s*required\s*=\s*\[)([^\]#]*)(\].*)$/.exec(line) ?? [];
    if (head === "") return undefined;
    const given = list.trim().replace(/,$/, "");
    const all = [...(given === "" ? [] : [given]), ...names.map((name) => JSON.stringify(name))];
    return head + all.join(", ") + tail;
  };
  const edited = editIn(text, /^\s*\[\s*secrets\s*\]/, edit);
  return proven(text, edited, (data) => {
    const secrets = data.secrets as { required?: string[] } | undefined;
    if (secrets) secrets.required = [...(secrets.required ?? []), ...names];
  });
}

/** Names under `[secrets].required`; undefined where there is no such list. */
export function requiredSecrets({ secrets }: Toml): string[] | undefined {
  const required = isObject(secrets) ? secrets.required : undefined;
  return Array.isArray(required) ? required.filter((name) => typeof name === "string") : undefined;
}

export function varsOf({ vars }: Toml): Readonly<Record<string, unknown>> {
  return isObject(vars) ? vars : {};
}

/** Changes the first line that `edit` knows, in the first table with that header. */
function editIn(
  text: string,
  header: RegExp,
  edit: (line: string) => string | undefined,
): string | undefined {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => header.test(line));
  if (start < 0) return undefined;
  for (let i = start + 1; i < lines.length; i++) {
    const line = lines[i] ?? "";
    if (/^\s*\[/.test(line)) return undefined;
    const ending = line.endsWith("\r") ? "\r" : "";
    const edited = edit(line.slice(0, line.length - ending.length));
    if (edited === undefined) continue;
    lines[i] = edited + ending;
    return lines.join("\n");
  }
  return undefined;
}

/** The edited text, if it means exactly what was meant. */
function proven(
  before: string,
  after: string | undefined,
  change: (data: Record<string, unknown>) => void,
): string | undefined {
  if (after === undefined) return undefined;
  const wanted: Record<string, unknown> = structuredClone(parse(before));
  change(wanted);
  try {
    return isDeepStrictEqual(plain(wanted), plain(parse(after))) ? after : undefined;
  } catch {
    return undefined;
  }
}

/** Without prototypes and dates, in which equal values may differ. */
function plain(data: unknown): unknown {
  return JSON.parse(JSON.stringify(data));
}

function listOf(data: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const list = varsOf(data)[name];
  return Array.isArray(list) ? list.filter(isObject) : [];
}
