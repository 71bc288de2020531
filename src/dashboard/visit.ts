// Which workspace a page is about.
import type { Visit } from "./site.tsx";

/** The one that the address names, else the first. */
export function chosenWorkspace({ config, query }: Visit): string {
  const ids = config.workspaces.map(({ id }) => id);
  return ids.find((id) => id === query("workspace")) ?? ids[0] ?? "";
}
