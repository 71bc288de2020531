// Puts secrets into the deployed Worker with wrangler: as JSON through its standard input, so that none stands in the
// list of processes. https://developers.cloudflare.com/workers/wrangler/commands/#secret-bulk
import { spawn } from "node:child_process";
import { type Finding, failure, ok } from "./finding.ts";

const check = "secrets in Cloudflare";

export async function putSecrets(
  folder: string,
  secrets: Readonly<Record<string, string>>,
): Promise<Finding> {
  const { code, said } = await run(folder, JSON.stringify(secrets));
  const names = Object.keys(secrets).join(", ");
  if (code === 0) return ok(check, `${names} are set`);
  return failure(check, `wrangler did not set them: ${excerptOf(said)}`, remedyFor(said));
}

function run(folder: string, input: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = spawn("npx", ["wrangler", "secret", "bulk"], {
      cwd: folder,
      stdio: ["pipe", "pipe", "pipe"],
      // npx is a script of the shell there; the arguments are fixed and hold nothing of the user's.
      shell: process.platform === "win32",
      env: { ...process.env, WRANGLER_SEND_METRICS: "false", FORCE_COLOR: "0" },
    });
    let said = "";
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", (error) => resolve({ code: null, said: error.message }));
    child.on("close", (code) => resolve({ code, said }));
    // Where it ends before it has read all, its exit code says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

function remedyFor(said: string): string {
  if (/not authenticated|logged in|wrangler login|CLOUDFLARE_API_TOKEN/i.test(said))
    return "Log in first: npx wrangler login (in CI: set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID). Then run this again.";
  if (/more than one account|CLOUDFLARE_ACCOUNT_ID/i.test(said))
    return 'Say which account it is: set CLOUDFLARE_ACCOUNT_ID, or write account_id = "…" into wrangler.toml. Then run this again.';
  if (/ENOENT|not found: npx|fetch failed|ENOTFOUND|ECONN/i.test(said))
    return "Check that npm is installed and that this machine reaches api.cloudflare.com, and run this again.";
  return "Run npx wrangler whoami to see whether you are logged in to the right account, and run this again. The first deploy can also bring them: npm run deploy -- --secrets-file .dev.vars";
}

/** The line that says what is wrong. */
function excerptOf(said: string): string {
  const lines = said
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one
    .replace(/\u001b\[[0-9;]*m/g, "")
    .split("\n")
    .map((line) => line.replace(/^[\s✘X]*/u, "").trim())
    .filter(Boolean);
  return (lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "it said nothing").slice(
    0,
    300,
  );
}
