// At which address admins open the Worker: where PUBLIC_URL does not say it, links in messages lead there.
import type { Env } from "../env.ts";
import { relayOf } from "./stub.ts";

/** What the workspaces were told already, by this isolate. */
const told = new Set<string>();
const most = 10_000;

/** Tells these workspaces the address, where an admin came in; each once. Who cannot be told is told at the next visit. */
export async function noteVisit(
  env: Env,
  url: string,
  workspaceIds: readonly string[],
): Promise<void> {
  const origin = originOf(url);
  const news = workspaceIds.filter((id) => !told.has(`${id} ${origin}`));
  const outcomes = await Promise.allSettled(
    news.map(async (id) => relayOf(env, id).visited(origin)),
  );
  if (told.size > most) told.clear();
  for (const [i, { status }] of outcomes.entries())
    if (status === "fulfilled") told.add(`${news[i]} ${origin}`);
}

/** A link is a key to what it shows, so it leads over https, but on one's own machine. */
function originOf(text: string): string {
  const url = new URL(text);
  if (!["localhost", "127.0.0.1", "[::1]"].includes(url.hostname)) url.protocol = "https:";
  return url.origin;
}
