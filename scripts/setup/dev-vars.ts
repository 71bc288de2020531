// .dev.vars: secrets for `wrangler dev`, a line each. Lines that we do not know stay as they are.
import { parseEnv } from "node:util";

export function parseVars(text: string): Record<string, string> {
  const vars = parseEnv(text);
  return Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, value ?? ""]));
}

/** The text with that value; undefined where it cannot be edited surely. */
export function withVar(text: string, name: string, value: string): string | undefined {
  const before = parseVars(text);
  if (before[name] === value) return text;
  const quoted = quote(value);
  if (quoted === undefined) return undefined;
  const lines = text.split("\n");
  // Of several lines the last one counts.
  const at = lines.findLastIndex((line) =>
    new RegExp(`^\\s*(?:export\\s+)?${name}\\s*=`).test(line),
  );
  const line = `${name}=${quoted}`;
  if (at >= 0) lines[at] = line;
  else if (lines.at(-1) === "") lines.splice(-1, 0, line);
  else lines.push(line);
  const edited = lines.join("\n").replace(/\n?$/, "\n");
  const after = parseVars(edited);
  const wanted = { ...before, [name]: value };
  const same =
    Object.keys(after).length === Object.keys(wanted).length &&
    Object.entries(wanted).every(([key, held]) => after[key] === held);
  return same ? edited : undefined;
}

/** So that a shell that sources the file reads the same as wrangler. */
function quote(value: string): string | undefined {
  if (/^[\w:/.+=@%,?&~-]*$/.test(value)) return `"${value}"`;
  return /['\n\r]/.test(value) ? undefined : `'${value}'`;
}
