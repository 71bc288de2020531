// Sends a past period again: shows what would be sent, asks, and follows it until all of it is sent.
//   npm run resync -- --url https://tidemark.example.workers.dev --from 2026-11-20T00:00:00Z
import { parseArgs } from "node:util";
import { systemClock } from "../src/http.ts";
import { redactor } from "../src/log.ts";
import { ending, Mistake } from "./mistake.ts";
import { grouped, Progress } from "./progress.ts";
import { parseUrl, Remote, readAdminToken } from "./remote.ts";
import { openTerminal } from "./setup/terminal.ts";

const usage = `npm run resync -- --url <address> --from <time> [options]

Shows per destination what would be sent, asks, and follows it to the end. ADMIN_TOKEN comes from the environment or
from .dev.vars. Ctrl-C ends only the looking on: what was begun goes on by itself.

  --url <address>         the running Tidemark
  --from <time>           events from this time on, like 2026-11-20T00:00:00Z
  --to <time>             up to this time; default: now, less OVERLAP_SECONDS
  --destinations <a,b>    only these; default: all of the workspace
  --workspace <id>        where there are several
  --redeliver             also what was delivered before, under the same ids; default: only what is missing
  --yes                   does not ask
  --help                  this text
`;

interface Plan {
  readonly plan: string;
  readonly state: "planning" | "ready" | "applied" | "refused";
  readonly from: string;
  readonly to: string;
  readonly events: number;
  readonly sourceTotal: number | null;
  readonly send: number;
  readonly remaining: number;
  readonly destinations: Readonly<Record<string, Readonly<Record<Column, number>>>>;
  readonly warnings: readonly string[];
  readonly problem: string | null;
}

const columns = {
  send: "would be sent",
  delivered: "delivered before",
  filtered: "not taken",
  deadLettered: "dead letters",
  onTheirWay: "come by themselves",
} as const;
type Column = keyof typeof columns;

const lookEveryMs = 1000;
const { stdin, stdout } = process;

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: text,
        from: text,
        to: text,
        destinations: text,
        workspace: text,
        redeliver: flag,
        yes: flag,
        help: flag,
      },
    });
    return values;
  } catch (error) {
    throw new Mistake(`${(error as Error).message}\n\n${usage}`);
  }
}

type Values = ReturnType<typeof parse>;

/** What is sent to POST /resync. */
function toBody({ from, to, destinations, workspace, redeliver }: Values) {
  if (from === undefined) throw new Mistake(`--from is missing.\n\n${usage}`);
  return {
    from,
    ...(to !== undefined && { to }),
    ...(workspace !== undefined && { workspace }),
    ...(destinations !== undefined && {
      destinations: destinations.split(",").map((name) => name.trim()),
    }),
    ...(redeliver && { redeliver }),
  };
}

/** Looks at the plan until it has come so far. */
async function until(
  remote: Remote,
  first: Plan,
  label: string,
  amount: (plan: Plan) => { done: number; total?: number; unit: string } | undefined,
): Promise<Plan> {
  const progress = new Progress(label);
  try {
    let plan = first;
    for (;;) {
      const now = amount(plan);
      if (now === undefined || plan.problem !== null) return plan;
      progress.at(now);
      await systemClock.sleep(lookEveryMs);
      plan = await remote.json<Plan>(`/resync/${encodeURIComponent(plan.plan)}`);
    }
  } finally {
    progress.end();
  }
}

function toTable({ from, to, events, destinations, warnings }: Plan): string {
  const rows = [
    ["", ...Object.values(columns)],
    ...Object.entries(destinations).map(([name, counts]) => [
      name,
      ...Object.keys(columns).map((column) => grouped(counts[column as Column])),
    ]),
  ];
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  "),
  );
  const head = `${grouped(events)} events from ${from} to ${to}\n\n`;
  const tail = warnings.map((warning) => `\n  ! ${warning}`).join("");
  return `${head}${lines.map((line) => `  ${line}\n`).join("")}${tail && `${tail}\n`}\n`;
}

async function consent(values: Values, send: number): Promise<boolean> {
  if (values.yes) return true;
  if (stdin.isTTY !== true)
    throw new Mistake("Nothing was sent: nobody can be asked here. With --yes it is sent.");
  const terminal = openTerminal(stdin, stdout);
  try {
    return await terminal.confirm(`Send ${grouped(send)} deliveries?`, false);
  } finally {
    terminal.close();
  }
}

async function main(say: (text: string) => void, know: (secret: string) => void): Promise<void> {
  const values = parse(process.argv.slice(2));
  if (values.help) return say(usage);
  const url = parseUrl(values.url, "npm run resync -- --url https://<your worker> --from <time>");
  const body = toBody(values);
  const token = readAdminToken();
  know(token);
  const remote = new Remote(url, token);
  const asked = await remote.json<Plan>("/resync", { method: "POST", body });
  const plan = await until(remote, asked, "reading the log", ({ state, events, sourceTotal }) =>
    state === "planning"
      ? { done: events, ...(sourceTotal !== null && { total: sourceTotal }), unit: "events" }
      : undefined,
  );
  if (plan.problem !== null) throw new Mistake(`There is no plan: ${plan.problem}`);
  say(toTable(plan));
  if (plan.send === 0) return say("There is nothing to send.\n");
  if (!(await consent(values, plan.send))) return say("Nothing was sent.\n");
  const applied = await remote.json<Plan>("/resync", {
    method: "POST",
    body: { mode: "apply", plan: plan.plan },
  });
  if (applied.problem !== null) throw new Mistake(`Nothing was sent: ${applied.problem}`);
  const { send } = plan;
  const done = await until(remote, applied, "sending", ({ remaining }) =>
    remaining > 0 ? { done: send - remaining, total: send, unit: "deliveries" } : undefined,
  );
  if (done.problem !== null) throw new Mistake(done.problem);
  say(`Done: all ${grouped(send)} deliveries of ${plan.plan} have come to their end.\n`);
}

let redact = (text: string): string => text;
await ending(
  async () => {
    await main(
      (text) => stdout.write(redact(text)),
      (secret) => {
        redact = redactor([secret]);
      },
    );
  },
  (text) => redact(text),
);
