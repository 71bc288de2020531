// A storm as an identity provider makes one: thousands of harmless changes by one token within a minute, and what
// somebody hides in them. And a channel of which every message is read, with the pages that it links to.
import type { SlackInbox } from "./slack-inbox.ts";
import { login, type World, workspaceId } from "./world.ts";

const minute = 60_000;
const workspace = { id: workspaceId, slug: "heart-of-gold" };

function membership(timeMs: number, actor: object, email: string, role: string) {
  return login(timeMs, {
    eventType: "workspace_membership",
    eventSubType: "user_role_updated",
    actor,
    workspace,
    payload: {
      targetUser: { id: `u-${email}`, email },
      method: "scim",
      userType: "member",
      roleName: role,
      previousRoleName: "Marketer",
    },
  });
}

/** `count` changes of a directory sync from `fromMs` on, within a minute; `hidden` people become administrators among them. */
export function storm(world: World, fromMs: number, count: number, hidden: number): void {
  const scim = { type: "token", id: "okta-scim" };
  const mallory = { type: "person", id: "u-mallory", email: "mallory@example.com" };
  for (let i = 0; i < count - hidden; i++)
    world.log.add(
      membership(fromMs + Math.floor((i * minute) / count), scim, `p${i}@example.com`, "Designer"),
    );
  for (let i = 0; i < hidden; i++) {
    const timeMs = fromMs + Math.floor(((i + 1) * minute) / (hidden + 1));
    world.log.add(membership(timeMs, mallory, `friend${i}@example.com`, "Admin"));
  }
}

/** The ids that a message mentions, in its lines or on the page that it links to. */
export function mentioned(world: World, { body, ids }: SlackInbox["messages"][number]): string[] {
  const pages = [...JSON.stringify(body).matchAll(/<(http[^|>]+)\|/g)].map(([, url]) => `${url}`);
  const listed = pages.flatMap((url) => {
    const { pathname, searchParams } = new URL(url);
    const [, , , id = ""] = pathname.split("/");
    const list = world.pipeline.lists.read(id, searchParams.get("signature") ?? "");
    if (!list) throw new Error(`no list behind ${url}`);
    return list.events.map((event) => event.id);
  });
  return [...new Set([...ids, ...listed])];
}

/** The most messages within any minute. */
export function mostInAMinute(times: readonly number[]): number {
  return Math.max(
    0,
    ...times.map((from) => times.filter((at) => at >= from && at < from + minute).length),
  );
}
