// What `npm start` says on the terminal.
import { styleText } from "node:util";
import * as z from "zod";

type Style = Parameters<typeof styleText>[0];

/** Colour only where it is wanted: not in a pipe, not with NO_COLOR. */
const styled = (style: Style, text: string): string =>
  styleText(style, text, { stream: process.stdout });

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line with its time. */
export function sayLine(style: Style, mark: string, text: string): void {
  const clock = new Date().toTimeString().slice(0, 8);
  say(`  ${styled("dim", clock)}  ${styled(style, mark.padEnd(7))}  ${text}`);
}

export interface Greeting {
  readonly page: string;
  readonly worker: string;
  readonly adminToken: string;
  readonly pollSeconds: number;
  readonly tookMs: number;
  /** What is not as usual, e.g. a port that was taken. */
  readonly notes: readonly string[];
}

export function greet({ page, worker, adminToken, pollSeconds, tookMs, notes }: Greeting): void {
  const bold = (text: string) => styled("bold", text);
  const dim = (text: string) => styled("dim", text);
  const link = (text: string) => styled(["cyan", "underline"], text);
  const auth = `-H "Authorization: Bearer ${adminToken}"`;
  say(`
  ${bold("Tidemark sandbox")} ${dim(`up in ${(tookMs / 1000).toFixed(1)} s; nothing leaves this machine`)}

  ${bold("Look here")}   ${link(page)}
              what the receivers got, live; make things happen, or fail
  ${bold("Dashboard")}   ${link(worker)}
              of the production Worker, unchanged, in workerd; user name: anything, password: ${bold(adminToken)}
  ${bold("Worker")}      ${link(`${worker}/health`)}
              for monitors, without a password

  People of a pretended Webflow workspace do something every few seconds. Tidemark reads the
  audit log every ${pollSeconds} s (10 s in production) and brings each event to a Slack channel (team)
  and, signed, to a webhook receiver (siem), once.

  ${bold("Ask it")}      curl -s ${worker}/status ${auth}
  ${bold("Sync now")}    curl -s -X POST ${worker}/sync ${auth}
  ${bold("Stop")}        Ctrl-C
${notes.map((note) => `\n  ${styled("yellow", note)}`).join("")}`);
}

const line = z.looseObject({ level: z.string(), message: z.string() });

/** The Worker's warnings and errors as one line each; its line for each run is left out. */
export function sayWorkerLine(text: string): void {
  const parsed = line.safeParse(parseJson(text));
  if (!parsed.success) {
    sayLine("red", "worker", text.replace(/\s+/g, " "));
    return;
  }
  const { level, message, ...fields } = parsed.data;
  if (level === "info") return;
  const details = Object.entries(fields).map(([name, value]) => `${name} ${toWords(value)}`);
  sayLine(level === "error" ? "red" : "yellow", "worker", [message, ...details].join(" · "));
}

const toWords = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
