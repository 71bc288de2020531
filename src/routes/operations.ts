// What an operator can do, whichever way it comes: through the API, the dashboard or Slack. Each throws a Problem that
// says what was wrong and what to do next.
import type { Env } from "../env.ts";
import type { TestReport } from "../test-event.ts";
import { Problem } from "./problem.ts";
import { relayOf } from "./stub.ts";
import type { Known } from "./workspace.ts";

/** What to do next when a test did not arrive. */
export const advice = {
  retry: "Try again in a moment.",
  reject:
    "The receiver does not take this message: check the destination's type, format and URL in wrangler.toml.",
  halt: "The receiver refuses Tidemark: check the destination's URL and keys, then test it again.",
} as const;

/** Sends one clearly marked event. A destination that takes it is well again, in each workspace. */
export async function testDestination(env: Env, config: Known, name: string): Promise<TestReport> {
  const [workspace, ...others] = workspacesOf(config, name);
  const report = workspace === undefined ? null : await relayOf(env, workspace).test(name);
  if (!report) throw noDestination(config, name);
  if (report.outcome === "delivered") {
    // Each workspace has its own idea of the destination's health.
    await Promise.all(others.map((id) => relayOf(env, id).revive(name)));
    return report;
  }
  const detail = `${report.detail.replace(/\.?$/, ".")} ${advice[report.outcome]}`;
  return { ...report, detail };
}

/** Nothing is sent to it until then (null: until it is resumed). `by` says who wants it so. */
export async function pauseDestination(
  env: Env,
  config: Known,
  name: string,
  by: string,
  untilMs: number | null,
): Promise<void> {
  const ids = workspacesOf(config, name);
  await Promise.all(ids.map((id) => relayOf(env, id).pause(name, by, untilMs)));
}

/** Ends an operator's pause. What waits, for whatever reason, is tried at once: this is also "retry now". */
export async function resumeDestination(env: Env, config: Known, name: string): Promise<void> {
  await Promise.all(workspacesOf(config, name).map((id) => relayOf(env, id).resume(name)));
}

const hindrances = {
  "not sendable":
    "it is an item without a usable timestamp, or one that the log does not show any more: it can be read here and discarded, not sent.",
  "no destination":
    "its destination is not configured any more. Put the destination back under the same name, or discard the letter.",
  paused:
    "its destination is paused. Resume it (POST /destinations/<name>/resume), or mend it, then POST /destinations/<name>/test, which takes it back into service when it succeeds.",
} as const;

/** Sends a dead letter again with the next run, which is now. `id` is `<workspace>:<number>`. */
export async function retryDeadLetter(env: Env, config: Known, id: string): Promise<void> {
  const { workspace, number } = locateLetter(config, id);
  const result = await relayOf(env, workspace).retryDeadLetter(number);
  if (result === "not found") throw new Problem(404, `There is no dead letter ${id}.`);
  if (result !== "retrying")
    throw new Problem(409, `Dead letter ${id} cannot be sent: ${hindrances[result]}`);
}

/** The event counts as settled from then on. */
export async function discardDeadLetter(env: Env, config: Known, id: string): Promise<void> {
  const { workspace, number } = locateLetter(config, id);
  const found = await relayOf(env, workspace).discardDeadLetter(number);
  if (!found) throw new Problem(404, `There is no dead letter ${id}.`);
}

export function locateLetter(
  { workspaces }: Pick<Known, "workspaces">,
  id: string,
): { workspace: string; number: number } {
  const [, workspace = "", digits] = /^(.+):(\d{1,15})$/.exec(id) ?? [];
  if (digits === undefined || !workspaces.some((known) => known.id === workspace)) {
    throw new Problem(404, `There is no dead letter ${id}. Expected an id from GET /dead-letters.`);
  }
  return { workspace, number: Number(digits) };
}

/** Ids of the workspaces whose events a destination takes. */
function workspacesOf(config: Known, name: string): readonly string[] {
  const found = config.destinations.find((one) => one.name === name);
  if (!found) throw noDestination(config, name);
  return found.workspaces.length > 0 ? found.workspaces : config.workspaces.map(({ id }) => id);
}

function noDestination({ destinations }: Known, name: string): Problem {
  const names = destinations.map((one) => one.name).join(", ");
  return new Problem(404, `There is no destination ${name}. Expected one of: ${names}.`);
}
