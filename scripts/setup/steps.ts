// A set-up from its answers to its end: files written, secrets put, and what comes next.
import { join } from "node:path";
import { type Answers, gather } from "./answers.ts";
import { withVar } from "./dev-vars.ts";
import { readText, writeText } from "./files.ts";
import { type Finding, fails, failure, ok, toLines, toSummary, warning } from "./finding.ts";
import { configOf, exampleWorkspace, type Project, readProject, secretsFrom } from "./project.ts";
import { putSecrets } from "./put-secrets.ts";
import type { Stage, Wish } from "./stage.ts";
import { withRequired, withWorkspaceId } from "./toml.ts";

/** True when all is well. */
export async function setUp(wish: Wish, stage: Stage): Promise<boolean> {
  const { say, look } = stage;
  const project = readProject(stage.folder);
  const answers = await gather(project, wish, stage);
  if (stage.terminal === null && fails(answers.findings)) {
    say("\nNothing was written. To write all the same: --skip-checks\n");
    return false;
  }
  say(stage.terminal ? "\n3/3  Files\n" : "\n");
  const made = answers.findings.filter(
    ({ check }) => check === "ADMIN_TOKEN" || check === "checks",
  );
  const written = [...made, ...write(project, answers, stage)];
  for (const finding of written) say(toLines(finding, look));
  const put = wish.deploySecrets ? [await putSecrets(stage.folder, answers.secrets)] : [];
  for (const finding of put) say(toLines(finding, look));
  const all = [...answers.findings.filter((one) => !made.includes(one)), ...written, ...put];
  say(`\n${toSummary(all)}\n${nextSteps(project, wish, !fails(put) && put.length > 0)}`);
  return !fails(all);
}

function write(project: Project, answers: Answers, stage: Stage): Finding[] {
  const findings = [...writeToml(project, answers), writeVars(project, answers, stage.folder)];
  // As it lies there now: what was written is believed only when it has been read again.
  const now = readProject(stage.folder);
  const parsed = configOf(now.toml, secretsFrom(now, now.vars));
  const check = "configuration";
  if (!parsed.ok)
    return [...findings, ...parsed.problems.map((problem) => failure(check, problem))];
  const { workspaces, destinations, warnings } = parsed.config;
  const ids = workspaces.map(({ id }) => id).join(", ");
  const names = destinations.map(({ name, destination }) => `${name} (${destination.type})`);
  return [
    ...findings,
    ok(check, `is right: from ${ids} to ${names.join(", ")}`),
    ...warnings.map((slip) => warning(check, slip)),
  ];
}

function writeToml(project: Project, { workspace }: Answers): Finding[] {
  const check = "wrangler.toml";
  const undone: Finding[] = [];
  let text = project.tomlText;
  if (workspace !== project.workspace) {
    const edited = withWorkspaceId(text, workspace);
    if (edited === undefined)
      undone.push(
        failure(
          check,
          "the workspace's id could not be put in surely",
          `Under the first [[vars.WORKSPACES]], write this yourself: id = ${JSON.stringify(workspace)}`,
        ),
      );
    else text = edited;
  }
  const { required } = project;
  const unlisted = required ? project.secrets.filter((name) => !required.includes(name)) : [];
  if (unlisted.length > 0) {
    const edited = withRequired(text, unlisted);
    if (edited === undefined)
      undone.push(
        failure(
          check,
          `${unlisted.join(", ")} could not be added to [secrets] surely`,
          `Add to the list required under [secrets]: ${unlisted.map((name) => JSON.stringify(name)).join(", ")}`,
        ),
      );
    else text = edited;
  }
  const changed = writeText(project.tomlFile, text);
  const what = changed ? `written: reads the workspace ${workspace}` : "needs no change";
  if (undone.length > 0) return undone;
  const before = project.workspace;
  const replaced = ![workspace, exampleWorkspace, ""].includes(before);
  return replaced
    ? [
        warning(
          check,
          `${what} instead of ${before}`,
          "Under another id Tidemark opens a new ledger and starts anew, as if on its first run.",
        ),
      ]
    : [ok(check, what)];
}

function writeVars(project: Project, { secrets }: Answers, folder: string): Finding {
  const check = ".dev.vars";
  let text =
    project.varsText ??
    readText(join(folder, ".dev.vars.example")) ??
    "# Secrets for npm run dev; git ignores this file.\n";
  for (const [name, value] of Object.entries(secrets)) {
    const edited = withVar(text, name, value);
    if (edited === undefined)
      return failure(
        check,
        `${name} could not be written into it`,
        `Write a line ${name}="…" into .dev.vars yourself: the value has a quote or a line break, or the file is not plain lines of NAME="value".`,
      );
    text = edited;
  }
  const changed = writeText(project.varsFile, text, 0o600);
  const names = Object.keys(secrets).join(", ");
  return ok(check, changed ? `written, for you alone to read: ${names}` : "needs no change");
}

function nextSteps(project: Project, { sandbox }: Wish, secretsArePut: boolean): string {
  if (sandbox)
    return `
That was a rehearsal; the files are in .wrangler/sandbox. To look around there: npm run doctor -- --sandbox
The Worker in the sandbox, with a page to look at: npm start
For real: npm run setup
`;
  const name = typeof project.toml.name === "string" ? project.toml.name : "tidemark";
  const deploy = secretsArePut ? "npm run deploy" : "npm run deploy -- --secrets-file .dev.vars";
  const table = (rows: readonly (readonly [command: string, what: string])[]) =>
    rows.map(([command, what]) => `  ${command}\n      ${what}\n`).join("");
  return `
Next, on this machine:
${table([
  ["npm run dev", "the Worker, against Webflow's API"],
  [
    "npm run doctor -- --url http://localhost:8787 --sync",
    "in a second terminal: reads and sends now, and says how it stands",
  ],
])}Then in your Cloudflare account:
${table([
  ["npx wrangler login", "once"],
  [deploy, "prints the Worker's address"],
  [`npm run doctor -- --url https://${name}.<you>.workers.dev`, "says how it stands there"],
])}`;
}
