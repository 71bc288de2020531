// Which workspace a request is about.
import type { Config } from "../config.ts";
import { Problem } from "./problem.ts";

/** `where` the choice is made, for the error: with several workspaces one must be named. */
export function chooseWorkspace(
  config: Config,
  wanted: string | undefined,
  where: "query" | "body" = "query",
): string {
  const [only, ...more] = chooseWorkspaces(config, wanted);
  if (only === undefined || more.length > 0) {
    const ids = config.workspaces.map(({ id }) => id).join(", ");
    throw new Problem(422, `${where}.workspace: there are several; expected one of: ${ids}.`);
  }
  return only;
}

export function chooseWorkspaces({ workspaces }: Config, wanted: string | undefined): string[] {
  const ids = workspaces.map(({ id }) => id);
  if (wanted === undefined) return ids;
  if (!ids.includes(wanted)) {
    throw new Problem(404, `There is no workspace ${wanted}. Expected one of: ${ids.join(", ")}.`);
  }
  return [wanted];
}
