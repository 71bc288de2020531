// The set-up in a folder, checked: what is needed to run it, the files, the configuration, each token, each receiver.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSecret } from "../../src/secrets.ts";
import { sendTest } from "./destination.ts";
import { isOpenToOthers, readText } from "./files.ts";
import { type Finding, failure, ok, warning } from "./finding.ts";
import { configOf, exampleWorkspace, type Project, secretsFrom, sourcesOf } from "./project.ts";
import { checkSource } from "./webflow.ts";
import type { World } from "./world.ts";

/** What wrangler asks for. */
const oldestNode = [22, 12] as const;

export async function checkLocal(
  project: Project,
  world: World,
  sendTests: boolean,
): Promise<readonly Finding[]> {
  const secrets = secretsFrom(project, project.vars);
  const parsed = configOf(project.toml, secrets);
  const unset = project.secrets.filter((name) => secrets[name] === undefined);
  const sources = await Promise.all(
    sourcesOf(project.toml, secrets).map((source) =>
      source.workspace === exampleWorkspace
        ? [exampleLeft]
        : checkSource(world, source).then(({ findings }) => findings),
    ),
  );
  const findings = [
    nodeFinding(process.versions.node),
    ok("wrangler.toml", "can be read"),
    ...varsFindings(project),
    ...secretFindings(project, secrets),
    ...(parsed.ok
      ? [
          ok("configuration", `is right: destinations ${namesOf(parsed.config.destinations)}`),
          // The workspace of the example is told by its own line.
          ...parsed.config.warnings
            .filter((slip) => !slip.includes(`"${exampleWorkspace}"`))
            .map((slip) => warning("configuration", slip)),
        ]
      : parsed.problems
          // Told with the secret's own line.
          .filter(
            (problem) => !unset.some((name) => problem.includes(` reads the secret ${name},`)),
          )
          .map((problem) => failure("configuration", problem))),
    ...sources.flat(),
  ];
  if (!parsed.ok) return findings;
  const { destinations, workspaces } = parsed.config;
  const tests = await Promise.all(
    destinations.map((destination) =>
      sendTests
        ? sendTest(world, destination, destination.workspaces[0] ?? workspaces[0]?.id ?? "")
        : ok(
            `destination ${destination.name}`,
            `${destination.destination.type}: its options are as expected; --send-tests sends it a test`,
          ),
    ),
  );
  return [...findings, ...tests];
}

const exampleLeft = failure(
  `workspace ${exampleWorkspace}`,
  "is the example's: nothing can be read",
  "Run npm run setup, or write your workspace's id or slug into wrangler.toml, under [[vars.WORKSPACES]].",
);

function namesOf(destinations: readonly { readonly name: string }[]): string {
  return destinations.map(({ name }) => name).join(", ");
}

function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor, wantedMinor] = oldestNode;
  const enough = major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
  return enough
    ? ok("Node", version)
    : failure(
        "Node",
        `${version}; wrangler needs ${oldestNode.join(".")} or newer`,
        "Run it as npm run doctor: npm ci brings a Node of its own, which npm's scripts use.",
      );
}

function varsFindings({ varsFile, varsText, secrets }: Project): Finding[] {
  const check = ".dev.vars";
  if (varsText === undefined)
    return [
      failure(
        check,
        "is not there, so that npm run dev has no secrets",
        `Run npm run setup, or copy .dev.vars.example to .dev.vars and fill it in: ${secrets.join(", ")}`,
      ),
    ];
  const ignored = readText(join(varsFile, "../.gitignore"))?.includes(".dev.vars") ?? true;
  return [
    isOpenToOthers(varsFile)
      ? warning(check, "others on this machine can read it", "Run: chmod 600 .dev.vars")
      : ok(check, "is there, for you alone to read"),
    ...(ignored
      ? []
      : [failure(check, "is not ignored by git", "Add a line .dev.vars to .gitignore")]),
    // wrangler reads one of the two, and this one first.
    ...(existsSync(join(varsFile, "../.env"))
      ? [warning(".env", "is there as well, and wrangler does not read it beside .dev.vars")]
      : []),
  ];
}

function secretFindings(
  { secrets, required, vars, varsText }: Project,
  held: Readonly<Record<string, string>>,
): Finding[] {
  return [...new Set([...secrets, ...(required ?? [])])].flatMap((name): Finding[] => {
    if (held[name] === undefined) {
      const left = vars[name] !== undefined && readSecret(vars, name) === null;
      return [
        failure(
          name,
          left ? "stands empty in .dev.vars" : "is not set",
          // Without the file, its own line says how it is made.
          varsText === undefined
            ? undefined
            : `Run npm run setup, or write a line ${name}="…" into .dev.vars; for the deployed Worker: npx wrangler secret put ${name}`,
        ),
      ];
    }
    // With a list, wrangler gives the Worker on your machine only what stands in it.
    if (required && !required.includes(name))
      return [
        failure(
          name,
          "is set, but does not stand in [secrets] of wrangler.toml: npm run dev leaves it away",
          `Add "${name}" to the list required under [secrets], or run npm run setup.`,
        ),
      ];
    return [ok(name, "is set")];
  });
}
