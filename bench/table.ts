// What was found, as a table for people and as JSON.

/** One line of a table: by column, a text, or numbers of several runs. */
export type Row = Readonly<Record<string, string | readonly number[]>>;

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
  /** What a reader must know. */
  readonly notes: readonly string[];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const [low = Number.NaN, high = low] = [
    sorted[sorted.length % 2 ? half : half - 1],
    sorted[half],
  ];
  return (low + high) / 2;
}

/** The value below which this share of all lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Three digits tell enough. */
function toNumber(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 2))).toLocaleString("en");
}

/** The median, and between which values it lies. */
function toCell(value: string | readonly number[] | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  const [low, high] = [Math.min(...value), Math.max(...value)].map(toNumber);
  const middle = toNumber(median(value));
  return low === high ? middle : `${middle} (${low}–${high})`;
}

export function toMarkdown({ title, rows, notes }: Section): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [
    columns,
    columns.map((column) =>
      rows.every((row) => typeof row[column] !== "object") ? "---" : "---:",
    ),
    ...rows.map((row) => columns.map((column) => toCell(row[column]))),
  ];
  const table = lines.map((cells) => `| ${cells.join(" | ")} |`);
  return [`### ${title}`, "", ...table, "", ...notes.map((note) => `- ${note}`), ""].join("\n");
}
