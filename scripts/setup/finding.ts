// What a check found, and how findings are shown: a line each, then what to do about those that are not well.
import { styleText } from "node:util";

export interface Finding {
  /** What was looked at: an option, a file, a name. */
  readonly check: string;
  readonly level: "ok" | "warning" | "failure";
  /** What was found, in a sentence. */
  readonly found: string;
  /** What to do next. */
  readonly next?: string;
}

type Level = Finding["level"];
const marks: Readonly<Record<Level, string>> = { ok: "✓", warning: "!", failure: "✗" };
const styles = { ok: "green", warning: "yellow", failure: "red" } as const;

export const ok = (check: string, found: string): Finding => ({ check, level: "ok", found });
export const warning = (check: string, found: string, next?: string): Finding => ({
  check,
  level: "warning",
  found,
  ...(next !== undefined && { next }),
});
export const failure = (check: string, found: string, next?: string): Finding => ({
  check,
  level: "failure",
  found,
  ...(next !== undefined && { next }),
});

export function fails(findings: readonly Finding[]): boolean {
  return findings.some(({ level }) => level === "failure");
}

export interface Look {
  readonly colour: boolean;
  /** Columns of the terminal; infinite in a pipe, where lines are not broken. */
  readonly width: number;
}

/** Colour only where it is wanted: not in a pipe, not with NO_COLOR. */
export function lookOf(stream: Pick<NodeJS.WriteStream, "isTTY" | "columns">): Look {
  const colour = stream.isTTY === true && !process.env.NO_COLOR;
  return {
    colour,
    width: stream.isTTY ? Math.max(60, stream.columns || 100) : Number.POSITIVE_INFINITY,
  };
}

/** The findings as aligned lines. */
export function toTable(findings: readonly Finding[], look: Look): string {
  const column = Math.min(34, Math.max(...findings.map(({ check }) => check.length)));
  return findings
    .map(({ check, level, found }) => {
      const mark = look.colour ? styleText(styles[level], marks[level]) : marks[level];
      const text = wrapped(found, look.width, column + 6);
      return `  ${mark} ${check.padEnd(column)}  ${text}\n`;
    })
    .join("");
}

/** What to do about each that is not well; empty when all is. */
export function toRemedies(findings: readonly Finding[], look: Look): string {
  const open = findings.flatMap(({ check, level, next }) =>
    next === undefined
      ? []
      : [`  ${marks[level]} ${check}: ${wrapped(next, look.width, 4, check.length + 6)}\n`],
  );
  return open.length > 0 ? `\nWhat to do:\n${open.join("")}` : "";
}

/** One finding by itself, its remedy below it. */
export function toLines(finding: Finding, look: Look): string {
  const { check, next } = finding;
  const remedy = next === undefined ? "" : `    ${wrapped(next, look.width, 4)}\n`;
  return toTable([{ ...finding, check: check && `${check}:` }], look) + remedy;
}

/** How many there are of each kind, as the last line. */
export function toSummary(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((one) => one.level === level).length;
  const [failures, warnings] = [count("failure"), count("warning")];
  if (failures + warnings === 0) return `All ${findings.length} checks are well.`;
  const parts = [
    ...(failures > 0 ? [`${failures} of ${findings.length} checks failed`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`] : []),
  ];
  return `${parts.join(", ")}.`;
}

/** Broken at blanks, further lines indented; `used` columns of the first line are taken already. */
function wrapped(text: string, width: number, indent: number, used = indent): string {
  const lines: string[] = [];
  for (const [index, paragraph] of text.split("\n").entries()) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      const taken = index === 0 && lines.length === 0 ? used : indent;
      if (line !== "" && taken + line.length + 1 + word.length > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.join(`\n${" ".repeat(indent)}`);
}
