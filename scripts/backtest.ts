// Prints how often each rule would have fired in a time past, part by part, as a deployed Tidemark reads its log.
//   npm run backtest -- --url https://tidemark.example.workers.dev --days 30 --rules "login.*,privilege.*"
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { BacktestReport } from "../src/backtest.ts";
import { redactor } from "../src/log.ts";
import { ending, Mistake } from "./mistake.ts";
import { parseUrl, Remote, readAdminToken } from "./remote.ts";

const usage =
  'npm run backtest -- --url https://<your worker> [--days 30] [--rules "login.*,privilege.*"] [--parameters <file.json>] [--workspace <id>] [--pause <seconds>]';
const dayMs = 86_400_000;
/** A log that cannot be read is asked again so often. */
const mostTrials = 5;

function parseWish(args: readonly string[]) {
  const { values } = parse(args);
  const days = Number(values.days ?? 30);
  const pause = Number(values.pause ?? 30);
  if (!(days > 0 && days <= 3650)) throw new Mistake("--days: expected a number up to 3650");
  if (!(pause >= 0)) throw new Mistake("--pause: expected a number of seconds");
  const toMs = Math.floor(Date.now() / 60_000) * 60_000 - 15 * 60_000;
  return {
    url: parseUrl(values.url, usage),
    days,
    // Webflow allows 60 requests a minute, and the live reads go on beside it.
    pauseMs: pause * 1000,
    body: {
      from: new Date(toMs - days * dayMs).toISOString(),
      to: new Date(toMs).toISOString(),
      ...(values.rules !== undefined && {
        rules: values.rules.split(",").map((one) => one.trim()),
      }),
      ...(values.parameters !== undefined && { parameters: readJson(values.parameters) }),
      ...(values.workspace !== undefined && { workspace: values.workspace }),
    },
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: text,
        days: text,
        rules: text,
        parameters: text,
        workspace: text,
        pause: text,
      },
    });
  } catch (error) {
    throw new Mistake(`${error instanceof Error ? error.message : error}. Usage: ${usage}`);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Mistake(`--parameters: ${error instanceof Error ? error.message : error}`);
  }
}

function toText({ from, to, events, rules }: BacktestReport, days: number): string {
  const rows = rules.toSorted((a, b) => b.findings - a.findings);
  const width = Math.max(...rows.map(({ rule }) => rule.length));
  const lines = rows.flatMap(({ rule, severity, findings, heldBack, examples }) => [
    `${rule.padEnd(width)}  ${severity.padEnd(8)}  ${String(findings).padStart(5)}  ${(findings / days).toFixed(2).padStart(6)} a day${heldBack > 0 ? `, ${heldBack} more held back by mostAWeek` : ""}`,
    ...examples.slice(0, 3).map(({ time, reason }) => `    ${time}  ${reason}`),
  ]);
  const all = rules.reduce((sum, { findings }) => sum + findings, 0);
  return `${from} to ${to}: ${all} findings in ${events} events\n${lines.join("\n")}\n`;
}

let redact = (text: string): string => text;
const write = (text: string) => process.stdout.write(redact(text));

async function run(): Promise<void> {
  const { url, body, days, pauseMs } = parseWish(process.argv.slice(2));
  const token = readAdminToken();
  redact = redactor([token]);
  const remote = new Remote(url, token);
  for (let trials = 0; ; ) {
    // 202 while there is more to read, 502 while it cannot be read: the same document.
    const answer = await remote.text("/rules/backtest", { method: "POST", body });
    const report = JSON.parse(answer) as BacktestReport;
    if (report.complete) {
      write(toText(report, days));
      return;
    }
    trials = report.problem === null ? 0 : trials + 1;
    if (report.problem !== null && trials >= mostTrials)
      throw new Mistake(`The log cannot be read on from ${report.readTo}: ${report.problem}`);
    write(`read to ${report.readTo}${report.problem === null ? "" : `: ${report.problem}`}\n`);
    await setTimeout(pauseMs);
  }
}

await ending(run, (text) => redact(text));
