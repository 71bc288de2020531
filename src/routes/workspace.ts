// Which workspace a request is about.
import type { Env } from "../env.ts";
import { Problem } from "./problem.ts";
import { relayOf, rollOf } from "./stub.ts";

/** As much of the configuration as it takes to find a workspace or a destination. */
export interface Known {
  readonly workspaces: readonly { readonly id: string }[];
  readonly destinations: readonly {
    readonly name: string;
    readonly workspaces: readonly string[];
    /** What is known of it; nothing of those of a stored workspace. */
    readonly destination?: { readonly chat: boolean };
  }[];
}

/** The workspaces of wrangler.toml, or the stored one of that id alone: it has destinations of its own. */
export async function knowing<Settings extends Known>(
  env: Env,
  settings: Settings,
  id: string | undefined,
): Promise<Omit<Settings, keyof Known> & Known> {
  if (id === undefined || settings.workspaces.some((one) => one.id === id)) return settings;
  const found = await rollOf(env)?.get(id);
  if (!found) return settings;
  // As it was when it was last looked at: it may have been mended since.
  const seen = found.state === "misconfigured" && (await relayOf(env, id).stored())?.seen;
  if (seen && seen.state === "misconfigured")
    throw new Problem(409, `Workspace ${id} is misconfigured. ${seen.problem}`);
  const destinations = found.destinations.map((name) => ({ name, workspaces: [id] }));
  return { ...settings, workspaces: [{ id }], destinations };
}

/** `where` the choice is made, for the error: with several workspaces one must be named. */
export function chooseWorkspace(
  config: Known,
  wanted: string | undefined,
  where: "query" | "body" = "query",
): string {
  const [only, ...more] = chooseWorkspaces(config, wanted);
  if (only === undefined || more.length > 0) {
    const ids = config.workspaces.map(({ id }) => id).join(", ");
    const expected =
      ids === "" ? "give the id of a stored one, see GET /workspaces" : `expected one of: ${ids}`;
    throw new Problem(422, `${where}.workspace: there are several; ${expected}.`);
  }
  return only;
}

export function chooseWorkspaces(
  { workspaces }: Pick<Known, "workspaces">,
  wanted: string | undefined,
): string[] {
  const ids = workspaces.map(({ id }) => id);
  if (wanted === undefined) return ids;
  if (!ids.includes(wanted)) {
    throw new Problem(404, `There is no workspace ${wanted}. Expected one of: ${ids.join(", ")}.`);
  }
  return [wanted];
}
