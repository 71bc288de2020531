// What stands around every page: head, navigation, the notice of what was just done.
import type { Child } from "hono/jsx";
import { toIso } from "../time.ts";
import { Signs } from "./parts.tsx";
import { fileUrl } from "./static.ts";

type PageName = "overview" | "workspaces" | "events" | "letters" | "mutes" | "resync";

const links = [
  ["overview", "/", "Overview"],
  ["workspaces", "/dashboard/workspaces", "Workspaces"],
  ["events", "/dashboard/events", "Events"],
  ["letters", "/dashboard/dead-letters", "Dead letters"],
  ["mutes", "/dashboard/mutes", "Mutes"],
  ["resync", "/dashboard/resync", "Re-sync"],
] as const;

export interface Notice {
  readonly tone: "good" | "bad" | "wait";
  readonly text: string;
}

export interface Frame {
  readonly title: string;
  /** Where in the navigation the page is; null without a navigation, for who is not signed in. */
  readonly page: PageName | null;
  readonly nowMs: number;
  /** The page keeps itself fresh, where there is JavaScript. */
  readonly live?: boolean;
  readonly notice?: Notice | undefined;
  /** What has changed, for who does not see the page: said when it differs from before. */
  readonly spoken?: string;
}

export function Layout({
  title,
  page,
  nowMs,
  live = false,
  notice,
  spoken = "",
  children,
}: Frame & { readonly children?: Child }) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · Tidemark`}</title>
        <link rel="icon" href={fileUrl("icon.svg")} />
        <link rel="stylesheet" href={fileUrl("style.css")} />
        {live && <script src={fileUrl("live.js")} type="module" />}
      </head>
      <body>
        <Signs />
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <a class="brand" href="/">
            <img src={fileUrl("icon.svg")} alt="" width="24" height="24" />
            Tidemark
          </a>
          {page !== null && (
            <nav aria-label="Pages">
              {links.map(([name, href, text]) => (
                <a href={href} aria-current={name === page ? "page" : undefined}>
                  {text}
                </a>
              ))}
            </nav>
          )}
          {page !== null && <Clock nowMs={nowMs} live={live} />}
        </header>
        <main id="main" tabindex={-1} data-live={live ? "" : undefined}>
          {notice && (
            <p class={`notice ${notice.tone}`} role="status">
              {notice.text}
            </p>
          )}
          {children}
        </main>
        <p class="unseen" role="status" data-spoken>
          {spoken}
        </p>
      </body>
    </html>
  );
}

function Clock({ nowMs, live }: { readonly nowMs: number; readonly live: boolean }) {
  const iso = toIso(nowMs);
  return (
    <p class="clock">
      <span data-state>{live ? "As of" : "Made at"}</span>{" "}
      <time datetime={iso} data-clock>
        {iso.slice(11, 19)} UTC
      </time>
    </p>
  );
}
