// What a set-up needs to know: asked for, or gathered from flags, the environment and the files, and checked.
import { randomBytes } from "node:crypto";
import { Mistake } from "../mistake.ts";
import { whileWaiting } from "../progress.ts";
import { sendTest } from "./destination.ts";
import { type Finding, fails, failure, ok, toLines, warning } from "./finding.ts";
import {
  configOf,
  exampleWorkspace,
  optionalSecrets,
  type Place,
  type Project,
  placeOf,
  secretsFrom,
  sourcesOf,
} from "./project.ts";
import type { Stage, Wish } from "./stage.ts";
import type { Terminal } from "./terminal.ts";
import { parseToml, withWorkspaceId } from "./toml.ts";
import { checkSource, introspect, misspelling } from "./webflow.ts";

export interface Answers {
  readonly workspace: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

const tokenPlace =
  "in Webflow, as a workspace admin: Workspace settings > Apps & integrations > Manage > Workspace API access, with the scope workspace_activity:read";
const aWorkspace =
  "the workspace's id or slug; the slug stands in the address of your Webflow dashboard";

export async function gather(project: Project, wish: Wish, stage: Stage): Promise<Answers> {
  const held = secretsFrom(project, { ...project.vars, ...nonEmpty(stage.env) });
  for (const secret of Object.values(held)) stage.know(secret);
  const admin = held.ADMIN_TOKEN ?? randomBytes(32).toString("hex");
  stage.know(admin);
  const made = held.ADMIN_TOKEN
    ? ok("ADMIN_TOKEN", "kept as it is")
    : ok("ADMIN_TOKEN", "made: 32 random bytes");
  const answers = stage.terminal
    ? await interview(project, wish, stage, stage.terminal, held)
    : await collect(project, wish, stage, held);
  return {
    ...answers,
    secrets: { ...answers.secrets, ADMIN_TOKEN: admin },
    findings: [...answers.findings, made],
  };
}

function nonEmpty(env: Stage["env"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value?.trim() ? [[name, value]] : [])),
  );
}

/** With the names of those that the destinations read. */
function destinationSecrets({ secrets, tokens }: Project): string[] {
  const others = ["ADMIN_TOKEN", ...tokens, ...optionalSecrets];
  return secrets.filter((name) => !others.includes(name));
}

/** Nobody is asked: what is missing is told all at once. */
async function collect(
  project: Project,
  wish: Wish,
  stage: Stage,
  secrets: Readonly<Record<string, string>>,
): Promise<Answers> {
  const { tokens } = project;
  const lacking = (names: readonly string[]) => names.filter((name) => !secrets[name]);
  const set = "Set it in the environment or in .dev.vars";
  const missing = [
    ...lacking(tokens).map((name) => `${name}: the workspace token, made ${tokenPlace}. ${set}`),
    ...lacking(destinationSecrets(project)).map((name) => {
      const place = placeOf(project, name);
      return `${name}: ${place ? `for ${place.path}, ${place.expected}` : "a secret of a destination"}. ${set}`;
    }),
  ];
  const given = wish.workspace ?? written(project);
  const workspace = given ?? (await onlyWorkspace(stage, secrets[tokens[0] ?? ""], wish));
  if (workspace === undefined)
    missing.push(
      `--workspace <id>: ${aWorkspace}. With the token set it may be left out, where Webflow says whose token it is`,
    );
  const wrong = [...tokens, ...destinationSecrets(project)].flatMap((name) => {
    const value = secrets[name];
    const problem = value === undefined ? null : problemOf(project, name, value);
    return problem === null ? [] : [`${name}: ${problem}`];
  });
  if (workspace === undefined || missing.length + wrong.length > 0) {
    const list = (title: string, entries: readonly string[]) =>
      entries.length > 0 ? `${title}\n${entries.map((entry) => `  - ${entry}\n`).join("")}` : "";
    throw new Mistake(
      `${list("Nobody can be asked here, and this is missing:", missing)}${list("This is not right:", wrong)}Nothing was written. In a terminal, npm run setup asks for it.`,
    );
  }
  if (wish.skipChecks)
    return { workspace, secrets, findings: [warning("checks", "left out, as you said")] };
  const { findings, id } = await readSource(project, stage, workspace, secrets);
  for (const finding of findings) stage.say(toLines(finding, stage.look));
  const chosen = id !== null && isNew(project, workspace) ? id : workspace;
  if (chosen !== workspace) stage.say(`    Its id, ${id}, is written instead: it never changes.\n`);
  const tests = wish.testSlack ? await testSlack(project, stage, chosen, secrets) : [];
  return { workspace: chosen, secrets, findings: [...findings, ...tests] };
}

async function interview(
  project: Project,
  wish: Wish,
  stage: Stage,
  terminal: Terminal,
  held: Readonly<Record<string, string>>,
): Promise<Answers> {
  const secrets: Record<string, string> = { ...held };
  stage.say("\n1/3  Webflow\n");
  if (project.tokens.some((name) => !held[name]))
    stage.say(`  The workspace token is made ${tokenPlace}.\n`);
  let workspace = wish.workspace ?? written(project);
  let findings: readonly Finding[] = [];
  for (;;) {
    for (const name of project.tokens)
      secrets[name] = await askFor(project, name, secrets[name], stage, terminal);
    if (project.tokens.length > 0) {
      workspace ??= await onlyWorkspace(stage, secrets[project.tokens[0] ?? ""], wish);
      stage.say(`  Which workspace: ${aWorkspace}.\n`);
      const answer = await terminal.ask("workspace", workspace);
      if (answer === "") {
        stage.say("    It is needed: without it nothing can be read.\n");
        continue;
      }
      workspace = answer;
    }
    workspace ??= "";
    if (wish.skipChecks) break;
    const read = await readSource(project, stage, workspace, secrets);
    findings = read.findings;
    for (const finding of findings) stage.say(toLines(finding, stage.look));
    if (!fails(findings)) {
      workspace = await preferId(project, workspace, read.id, stage, terminal);
      break;
    }
    if (!(await terminal.confirm("Answer these again? (n: go on as it is)", true))) break;
  }
  stage.say("\n2/3  Destinations\n");
  for (const name of destinationSecrets(project))
    secrets[name] = await askFor(project, name, secrets[name], stage, terminal);
  const tested = wish.skipChecks
    ? []
    : await tryOut(project, wish, stage, terminal, workspace, secrets);
  return { workspace, secrets, findings: [...findings, ...tested] };
}

/** Until the receiver takes it, or the user wants to go on. */
async function tryOut(
  project: Project,
  wish: Wish,
  stage: Stage,
  terminal: Terminal,
  workspace: string,
  secrets: Record<string, string>,
): Promise<readonly Finding[]> {
  for (;;) {
    const slack = slackSecrets(project, workspace, secrets);
    const consent =
      slack !== undefined &&
      (wish.testSlack || (await terminal.confirm("Send one test message to Slack now?", true)));
    if (!consent) return [];
    const findings = await testSlack(project, stage, workspace, secrets);
    if (!fails(findings) || !(await terminal.confirm("Try another URL? (n: go on as it is)", true)))
      return findings;
    for (const name of slack)
      secrets[name] = await askFor(project, name, secrets[name], stage, terminal);
  }
}

/** Not shown while typed; Enter keeps what there is. */
async function askFor(
  project: Project,
  name: string,
  current: string | undefined,
  stage: Stage,
  terminal: Terminal,
): Promise<string> {
  const place = placeOf(project, name);
  if (place && current === undefined)
    stage.say(
      `  For ${place.path} (${place.type} destination ${place.destination}): ${place.expected}.\n`,
    );
  for (;;) {
    const keep = current === undefined ? "" : ", Enter keeps the one that is set";
    const given = await terminal.askSecret(`${name}${keep}`);
    if (given !== "") stage.say(`    ${given.length} characters\n`);
    const value = given || current;
    if (value === undefined) {
      stage.say("    It is needed. Ctrl-C stops here; nothing has been written.\n");
      continue;
    }
    stage.know(value);
    const problem = problemOf(project, name, value, place);
    if (problem === null) return value;
    stage.say(`    That is not right: ${problem}\n`);
  }
}

function problemOf(
  project: Project,
  name: string,
  value: string,
  place: Place | undefined = placeOf(project, name),
): string | null {
  if (project.tokens.includes(name)) return misspelling(value);
  return place?.problem(value) ?? null;
}

/** What wrangler.toml says already, beyond the example. */
function written({ workspace }: Project): string | undefined {
  return workspace === "" || workspace === exampleWorkspace ? undefined : workspace;
}

/** The workspace that a token belongs to, where Webflow says so. */
async function onlyWorkspace(
  { world }: Stage,
  token: string | undefined,
  { skipChecks }: Wish,
): Promise<string | undefined> {
  if (token === undefined || skipChecks) return undefined;
  const facts = await whileWaiting("  asking Webflow", introspect(world, token));
  const [only, ...more] = facts?.workspaceIds ?? [];
  return more.length > 0 ? undefined : only;
}

async function readSource(
  project: Project,
  { world }: Stage,
  workspace: string,
  secrets: Readonly<Record<string, string>>,
): Promise<{ findings: readonly Finding[]; id: string | null }> {
  // The first workspace under its new id, the others as they are.
  const sources = sourcesOf(project.toml, secrets).map((source, i) =>
    i === 0 && source.workspace === project.workspace ? { ...source, workspace } : source,
  );
  const work = Promise.all(sources.map((source) => checkSource(world, source)));
  const checked = await whileWaiting("  reading the audit log", work);
  return {
    findings: checked.flatMap(({ findings }) => findings),
    id: checked[0]?.workspaceId ?? null,
  };
}

/** Whether no ledger can know the workspace under this name yet. */
function isNew(project: Project, workspace: string): boolean {
  return written(project) !== workspace;
}

async function preferId(
  project: Project,
  workspace: string,
  id: string | null,
  stage: Stage,
  terminal: Terminal,
): Promise<string> {
  if (id === null || id === workspace) return workspace;
  const fresh = isNew(project, workspace);
  const price = fresh ? "" : " If Tidemark ran under the slug before, it would start anew.";
  stage.say(
    `  Its id is ${id}. A slug changes when the workspace is renamed, the id never does.${price}\n`,
  );
  return (await terminal.confirm("Write the id?", fresh)) ? id : workspace;
}

/** The configuration as it would be. */
function configWith(
  { tomlText, toml }: Project,
  workspace: string,
  secrets: Readonly<Record<string, string>>,
) {
  const edited = withWorkspaceId(tomlText, workspace);
  return configOf(edited === undefined ? toml : parseToml(edited, "wrangler.toml"), secrets);
}

/** The secrets that Slack destinations read; undefined where there is none to test. */
function slackSecrets(
  project: Project,
  workspace: string,
  secrets: Readonly<Record<string, string>>,
): readonly string[] | undefined {
  const parsed = configWith(project, workspace, secrets);
  if (!parsed.ok) return undefined;
  const slack = parsed.config.destinations.filter(
    ({ destination }) => destination.type === "slack",
  );
  return slack.length > 0 ? [...new Set(slack.flatMap((one) => one.secrets))] : undefined;
}

async function testSlack(
  project: Project,
  stage: Stage,
  workspace: string,
  secrets: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> {
  const parsed = configWith(project, workspace, secrets);
  if (!parsed.ok)
    return [failure("Slack", "not tested: the configuration is not right yet, see below")];
  const findings: Finding[] = [];
  for (const config of parsed.config.destinations) {
    if (config.destination.type !== "slack") continue;
    const finding = await whileWaiting("  asking Slack", sendTest(stage.world, config, workspace));
    stage.say(toLines(finding, stage.look));
    findings.push(finding);
  }
  return findings;
}
