// What a message in a storm links to: every event that it tells of, for whoever has the link, until it expires.
import { isLink, type List } from "../calm/lists.ts";
import type { Env } from "../env.ts";
import { severities } from "../event/event.ts";
import { Problem } from "../routes/problem.ts";
import { storedId } from "../routes/stored-schemas.ts";
import { relayOf, rollInUse } from "../routes/stub.ts";
import type { Known } from "../routes/workspace.ts";
import { type Frame, Layout } from "./layout.tsx";
import { SeverityMark, Stamp, When } from "./parts.tsx";
import type { Site } from "./site.tsx";
import { counted } from "./words.ts";

const perPage = 500;
const gone =
  "This link is not valid, or not any more: lists are kept for seven days. Whoever has the admin token finds the events on the dashboard.";

export function addListPage(site: Site): void {
  site.openPage("/lists/{workspace}/{list}", async ({ env, config, nowMs, param, query }) => {
    const [id, signature] = [param("list"), query("signature")];
    const known = isLink(id, signature) && (await isKnown(env, config, param("workspace")));
    const list = known && (await relayOf(env, param("workspace")).list(id, signature));
    if (!list) throw new Problem(404, gone);
    const pages = Math.ceil(list.events.length / perPage);
    const page = Math.min(Math.max(1, Number.parseInt(query("page"), 10) || 1), pages);
    const hrefOf = (n: number) => `?${new URLSearchParams({ signature, page: String(n) })}`;
    return <ListPage list={list} nowMs={nowMs} page={page} pages={pages} hrefOf={hrefOf} />;
  });
}

/** No object is made for a workspace that there is not. */
async function isKnown(env: Env, { workspaces }: Known, wanted: string): Promise<boolean> {
  if (workspaces.some(({ id }) => id === wanted)) return true;
  return storedId.safeParse(wanted).success && Boolean(await rollInUse(env)?.get(wanted));
}

interface Props extends Pick<Frame, "nowMs"> {
  readonly list: List;
  /** From 1. */
  readonly page: number;
  readonly pages: number;
  readonly hrefOf: (page: number) => string;
}

function ListPage({ list, nowMs, page, pages, hrefOf }: Props) {
  const { events, destination, untilMs } = list;
  const title = `${counted(events.length, "event")} for ${destination}`;
  return (
    <Layout title={title} page={null} nowMs={nowMs}>
      <h1>{title}</h1>
      <p class="lead">
        Told together in one message, the most severe first. Whoever has this link sees them until{" "}
        <Stamp at={untilMs} />.
      </p>
      <Counts list={list} />
      <section class="card" aria-label="Events">
        <ol class="events" start={(page - 1) * perPage + 1}>
          {events.slice((page - 1) * perPage, page * perPage).map((event) => (
            <li>
              <When at={event.time} nowMs={nowMs} />
              <SeverityMark severity={event.severity} />
              <span class="said" dir="auto">
                {event.summary}
              </span>
              <span class="type">
                {event.type} · <code>{event.id}</code>
              </span>
            </li>
          ))}
        </ol>
        {pages > 1 && (
          <nav class="pager" aria-label="Pages of the list">
            {page > 1 && <a href={hrefOf(page - 1)}>Previous page</a>} Page {page} of {pages}{" "}
            {page < pages && <a href={hrefOf(page + 1)}>Next page</a>}
          </nav>
        )}
      </section>
    </Layout>
  );
}

/** How many of each severity, and the types that there are most of. */
function Counts({ list: { events } }: { readonly list: List }) {
  const bySeverity = [...severities].reverse().flatMap((severity) => {
    const count = events.filter((event) => event.severity === severity).length;
    return count > 0 ? [{ severity, count }] : [];
  });
  const types = [...Map.groupBy(events, ({ type }) => type)]
    .map(([type, { length }]) => ({ type, length }))
    .sort((a, b) => b.length - a.length)
    .slice(0, 8);
  return (
    <section class="card" aria-label="In numbers">
      <ul class="tally">
        {bySeverity.map(({ severity, count }) => (
          <li>
            <SeverityMark severity={severity} /> {count.toLocaleString("en-US")}
          </li>
        ))}
        {types.map(({ type, length }) => (
          <li>
            <code>{type}</code> {length.toLocaleString("en-US")}
          </li>
        ))}
      </ul>
    </section>
  );
}
