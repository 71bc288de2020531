// Checks a set-up and says what to do about what is not well: the files at hand, or a running Tidemark.
//   npm run doctor
//   npm run doctor -- --url https://tidemark.example.workers.dev
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { redactor } from "../src/log.ts";
import { partsOf } from "../src/secrets.ts";
import { ending, Mistake } from "./mistake.ts";
import { whileWaiting } from "./progress.ts";
import { parseUrl, Remote, readAdminToken } from "./remote.ts";
import { checkDeployed } from "./setup/deployed.ts";
import {
  type Finding,
  fails,
  failure,
  lookOf,
  toRemedies,
  toSummary,
  toTable,
} from "./setup/finding.ts";
import { follow } from "./setup/follow.ts";
import { checkLocal } from "./setup/local.ts";
import { readProject, secretsFrom } from "./setup/project.ts";
import { rehearse } from "./setup/rehearsal.ts";
import { realWorld } from "./setup/world.ts";

const usage = `npm run doctor -- [options]

Without --url it checks the files at hand: wrangler.toml, .dev.vars, each token against Webflow.
With it, a running Tidemark, local or deployed; ADMIN_TOKEN comes from the environment or from .dev.vars.

  --url <address>    a running Tidemark: https://…, or http://localhost:8787 with npm run dev
  --sync             with --url: reads and sends now, and then looks
  --follow           with --url: waits until every destination has caught up, and shows how far it is
  --send-tests       sends one clearly marked test to each destination
  --json             the findings as JSON
  --sandbox          the files of npm run setup -- --sandbox
  --help             this text
`;

const { stdout } = process;
let redact = (text: string): string => text;
const know = (secrets: readonly string[]) => {
  redact = redactor([...secrets, ...secrets.flatMap(partsOf)]);
};

function parse(args: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        url: { type: "string" },
        sync: flag,
        follow: flag,
        "send-tests": flag,
        json: flag,
        sandbox: flag,
        help: flag,
      },
    });
    if (values.url === undefined && (values.sync || values.follow))
      throw new Mistake("--sync and --follow ask a running Tidemark: say which one with --url.");
    return values;
  } catch (error) {
    if (error instanceof Mistake) throw error;
    const [what = ""] = (error as Error).message.split(/[=.]/);
    throw new Mistake(`${what}.\n\n${usage}`);
  }
}

type Values = ReturnType<typeof parse>;

async function checkFiles(values: Values): Promise<readonly Finding[]> {
  const rehearsal = values.sandbox ? rehearse(process.cwd(), () => undefined) : undefined;
  let project: ReturnType<typeof readProject>;
  try {
    project = readProject(rehearsal?.folder ?? process.cwd());
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return [failure("wrangler.toml", "cannot be read", error.message)];
  }
  know(Object.values(secretsFrom(project, project.vars)));
  const work = checkLocal(project, rehearsal?.world ?? realWorld, values["send-tests"]);
  return whileWaiting("asking Webflow", work);
}

async function checkRunning(values: Values): Promise<readonly Finding[]> {
  const url = parseUrl(values.url, "npm run doctor -- --url https://<your worker>");
  const token = readAdminToken();
  know([token]);
  const remote = new Remote(url, token);
  const { version } = JSON.parse(
    readFileSync(join(import.meta.dirname, "../package.json"), "utf8"),
  ) as { version: string };
  const { sync } = values;
  const wanted = { version, sync, sendTests: values["send-tests"], nowMs: Date.now() };
  const findings = await whileWaiting(`asking ${url.origin}`, checkDeployed(remote, wanted));
  if (!values.follow || fails(findings)) return findings;
  return [...findings, ...(await follow(remote, realWorld.clock))];
}

async function main(): Promise<boolean> {
  const values = parse(process.argv.slice(2));
  if (values.help) {
    stdout.write(usage);
    return true;
  }
  const findings = await (values.url === undefined ? checkFiles(values) : checkRunning(values));
  const well = !fails(findings);
  const look = lookOf(stdout);
  stdout.write(
    redact(
      values.json
        ? `${JSON.stringify({ ok: well, findings }, null, 2)}\n`
        : `${toTable(findings, look)}${toRemedies(findings, look)}\n${toSummary(findings)}\n`,
    ),
  );
  return well;
}

await ending(
  async () => {
    process.exitCode = (await main()) ? 0 : 1;
  },
  (text) => redact(text),
);
