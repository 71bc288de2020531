// A Slack channel behind an incoming webhook: it remembers each message, and which events stand in it.
import { Inbox, type World } from "./world.ts";

export const hook = "https://hooks.slack.com/services/T1/B1/abcdefabcdefabcdefabcdef";

export class SlackInbox extends Inbox {
  readonly messages: { atMs: number; body: Record<string, unknown>; ids: string[] }[] = [];
  readonly #world: World;

  constructor(world: World) {
    super(world.clock);
    this.#world = world;
  }

  override async fetch(request: Request): Promise<Response> {
    this.requests += 1;
    const text = await request.text();
    const ids = [
      ...new Set([...text.matchAll(/`([0-9A-Z]{26}(?:-\d+)?)`/g)].map(([, id]) => `${id}`)),
    ];
    const answer = this.answer(ids);
    if (answer instanceof Response) return answer;
    const atMs = this.#world.clock.now();
    const body = JSON.parse(text) as Record<string, unknown>;
    this.messages.push({ atMs, body, ids });
    for (const id of ids) this.received.push({ id, type: "", atMs, body });
    return new Response("ok");
  }
}

/** Takes the place of the inbox that requests to Slack's host reach. */
export function slackInbox(world: World): SlackInbox {
  const inbox = new SlackInbox(world);
  world.inboxes.hooks = inbox;
  return inbox;
}
