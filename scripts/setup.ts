// Sets Tidemark up: asks for what it needs, checks it against Webflow and Slack, and writes wrangler.toml and .dev.vars.
// Running it again shows what is set, and changes only what is answered otherwise.
//   npm run setup
//   WEBFLOW_TOKEN=… SLACK_WEBHOOK_URL=… npm run setup -- --yes --workspace <id>     asks nothing
//   npm run setup -- --sandbox                                                       without any account
import { parseArgs } from "node:util";
import { redactor } from "../src/log.ts";
import { partsOf } from "../src/secrets.ts";
import { ending, Mistake } from "./mistake.ts";
import { lookOf } from "./setup/finding.ts";
import { type Rehearsal, rehearse } from "./setup/rehearsal.ts";
import { setUp } from "./setup/steps.ts";
import { openTerminal } from "./setup/terminal.ts";
import { realWorld } from "./setup/world.ts";

const usage = `npm run setup -- [options]

Asks for what it needs; with --yes, or where there is no terminal, it takes it from these options, from the
environment and from .dev.vars. Secrets (WEBFLOW_TOKEN, SLACK_WEBHOOK_URL, ADMIN_TOKEN, and those of further
destinations) are never options: an option stands in the shell's history.

  --workspace <id>    the workspace's id or slug
  --test-slack        sends one test message to each Slack destination without asking
  --deploy-secrets    puts the secrets into the Worker with wrangler, too
  --skip-checks       asks neither Webflow nor Slack whether the answers are right
  --yes               asks nothing
  --ask               asks, even where the answers come from a pipe
  --sandbox           a rehearsal: a pretended Webflow and Slack, and files in .wrangler/sandbox
  --help              this text
`;

const { stdin, stdout } = process;
const secrets: string[] = [];
let redact = (text: string): string => text;
const know = (secret: string) => {
  secrets.push(secret, ...partsOf(secret));
  redact = redactor(secrets);
};
const say = (text: string) => {
  stdout.write(redact(text));
};

function parse(args: readonly string[]) {
  const flag = { type: "boolean", default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        workspace: { type: "string" },
        "test-slack": flag,
        "deploy-secrets": flag,
        "skip-checks": flag,
        yes: flag,
        ask: flag,
        sandbox: flag,
        help: flag,
      },
    });
    return values;
  } catch (error) {
    // An option that is unknown may hold a secret all the same: its value is not repeated.
    const [what = ""] = (error as Error).message.split(/[=.]/);
    throw new Mistake(`${what}.\n\n${usage}`);
  }
}

async function main(): Promise<boolean> {
  const values = parse(process.argv.slice(2));
  if (values.help) {
    stdout.write(usage);
    return true;
  }
  const folder = process.cwd();
  let rehearsal: Rehearsal | undefined;
  if (values.sandbox) {
    rehearsal = rehearse(folder, (text) => say(`    The sandbox's Slack shows: ${text}\n`));
    const { token, hook, workspace } = rehearsal.props;
    // Pretended ones: they may be seen.
    stdout.write(`A rehearsal: nothing leaves this machine, and your own files stay as they are. When asked, paste
  WEBFLOW_TOKEN      ${token}
  the workspace      ${workspace} (or its slug, harborline)
  SLACK_WEBHOOK_URL  ${hook}
`);
  }
  const asks = values.ask || (stdin.isTTY === true && !values.yes);
  const terminal = asks ? openTerminal(stdin, stdout) : null;
  const props =
    rehearsal && !asks
      ? { WEBFLOW_TOKEN: rehearsal.props.token, SLACK_WEBHOOK_URL: rehearsal.props.hook }
      : {};
  try {
    return await setUp(
      {
        workspace: values.workspace,
        testSlack: values["test-slack"],
        skipChecks: values["skip-checks"],
        deploySecrets: values["deploy-secrets"] && !values.sandbox,
        sandbox: values.sandbox,
      },
      {
        folder: rehearsal?.folder ?? folder,
        world: rehearsal?.world ?? realWorld,
        terminal,
        // What is really set has no place in a rehearsal.
        env: rehearsal ? props : process.env,
        look: lookOf(stdout),
        say,
        know,
      },
    );
  } finally {
    terminal?.close();
  }
}

await ending(
  async () => {
    process.exitCode = (await main()) ? 0 : 1;
  },
  (text) => redact(text),
);
