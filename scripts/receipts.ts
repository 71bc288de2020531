// Fetches the completeness receipts of a deployed Tidemark: to read, or with `--json <file>` as evidence to keep.
//   npm run receipts -- --url https://tidemark.example.workers.dev --from 2026-11-23T00:00:00Z
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { redactor } from "../src/log.ts";
import { ending, Mistake } from "./mistake.ts";
import { parseUrl, Remote, readAdminToken } from "./remote.ts";

const usage =
  "npm run receipts -- --url https://<your worker> [--from <time>] [--to <time>] [--workspace <id>] [--json <file>]";

interface Wish {
  readonly url: URL;
  readonly path: string;
  readonly json: string | undefined;
}

function parseWish(args: readonly string[]): Wish {
  const { values } = parse(args);
  const url = parseUrl(values.url, usage);
  const query = new URLSearchParams();
  for (const name of ["from", "to", "workspace"] as const) {
    const value = values[name];
    if (value !== undefined) query.set(name, value);
  }
  const path = query.size > 0 ? `/receipts?${query}` : "/receipts";
  return { url, path, json: values.json };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { url: text, from: text, to: text, workspace: text, json: text },
    });
  } catch (error) {
    throw new Mistake(`${error instanceof Error ? error.message : error}. Usage: ${usage}`);
  }
}

function keep(file: string, body: string): string {
  const { receipts = [] } = JSON.parse(body) as { receipts?: unknown[] };
  try {
    writeFileSync(file, body);
  } catch (error) {
    throw new Mistake(`--json: ${error instanceof Error ? error.message : error}`);
  }
  return `${receipts.length} receipts are in ${file}. Check them with: npm run verify -- ${file}\n`;
}

let redact = (text: string): string => text;
await ending(
  async () => {
    const wish = parseWish(process.argv.slice(2));
    const token = readAdminToken();
    redact = redactor([token]);
    const accept = wish.json === undefined ? "text/plain" : "application/json";
    const body = redact(await new Remote(wish.url, token).text(wish.path, { accept }));
    process.stdout.write(wish.json === undefined ? body : keep(wish.json, body));
  },
  (text) => redact(text),
);
