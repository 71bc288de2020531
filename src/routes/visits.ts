// At which address admins open the Worker: where PUBLIC_URL does not say it, links in messages lead there.
import type { Env } from "../env.ts";
import { relayOf } from "./stub.ts";

/** What the workspaces were told already, by this isolate. */
const told = new Set<string>();
const most = 10_000;

/** Tells these workspaces the address, where an admin came in; each once. */
export async function noteVisit(
  env: Env,
  url: string,
  workspaceIds: readonly string[],
): Promise<void> {
  const { origin } = new URL(url);
  const news = workspaceIds.filter((id) => !told.has(`${id} ${origin}`));
  await Promise.all(news.map((id) => relayOf(env, id).visited(origin)));
  if (told.size > most) told.clear();
  for (const id of news) told.add(`${id} ${origin}`);
}
