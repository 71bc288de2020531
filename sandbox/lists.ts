// What a message only links to: the ids of the events on the pages behind its links, read as whoever has the link would.
import { eventIdsIn } from "./receivers/slack.ts";

type Read = (path: string) => Promise<Response>;

/** Those that do not stand in the message itself. */
export async function eventIdsBehind(message: unknown, read: Read): Promise<string[]> {
  const links = JSON.stringify(message).matchAll(/https?:\/\/[^/|>"]+(\/lists\/[^|>"\\]+)/g);
  const paths = new Set([...links].map(([, path]) => String(path)));
  const listed = await Promise.all([...paths].map((path) => idsOf(path, read)));
  const shown = new Set(eventIdsIn(message));
  return [...new Set(listed.flat())].filter((id) => !shown.has(id));
}

async function idsOf(path: string, read: Read): Promise<string[]> {
  const ids: string[] = [];
  for (let page = 1, pages = 1; page <= pages; page++) {
    const response = await read(`${path}&page=${page}`);
    if (!response.ok) throw new Error(`a list that a message links to answers ${response.status}`);
    const text = await response.text();
    ids.push(
      ...[...text.matchAll(/<code>([0-9A-Z]{26}(?:-\d+)?)<\/code>/g)].map(([, id]) => `${id}`),
    );
    pages = Number(/Page \d+ of (\d+)/.exec(text)?.[1] ?? 1);
  }
  return ids;
}
