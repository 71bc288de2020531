// The page's routes: the page, its static files, the live stream, and what the buttons do.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { secureHeaders } from "hono/secure-headers";
import { streamSSE } from "hono/streaming";
import type { Board } from "./board.ts";
import type { Feed } from "./feed.ts";
import { toText } from "./html.ts";
import { page } from "./layout.ts";

export interface PageOptions {
  readonly feed: Feed;
  /** How things stand now. */
  board(): Board;
  /** What the buttons do, by path, e.g. `/do/login`. */
  readonly actions: Readonly<Record<string, () => unknown>>;
  readonly pollSeconds: number;
}

const types = { css: "text/css", js: "text/javascript", svg: "image/svg+xml" } as const;
const statics = [
  ["page.css", types.css],
  ["panes.css", types.css],
  ["slack.css", types.css],
  ["webhooks.css", types.css],
  ["client.js", types.js],
  ["icon.svg", types.svg],
] as const;
const boardEveryMs = 500;

export function pageApp({ feed, board, actions, pollSeconds }: PageOptions): Hono {
  const run = randomUUID();
  const app = new Hono();
  app.use(
    secureHeaders({
      strictTransportSecurity: false, // this is plain HTTP on the own machine
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    }),
  );
  app.use(csrf());

  for (const [name, type] of statics) {
    const content = readFileSync(join(import.meta.dirname, "static", name), "utf8");
    app.get(`/${name}`, (c) => c.body(content, 200, { "content-type": `${type}; charset=utf-8` }));
  }

  app.get("/", (c) => {
    const content = { board: board(), entries: feed.after(0), last: feed.last, run, pollSeconds };
    return c.html(toText(page(content)), 200, { "cache-control": "no-store" });
  });

  app.get("/live", (c) =>
    streamSSE(c, async (stream) => {
      const send = (event: string, data: string, id?: number) =>
        void stream.writeSSE({ event, data, ...(id !== undefined && { id: String(id) }) });
      // An old page, of an earlier start of the sandbox, begins anew instead of going on.
      if (c.req.query("run") !== run)
        return void (await stream.writeSSE({ event: "old", data: "" }));
      const from = Number(c.req.header("last-event-id") ?? c.req.query("after") ?? 0);
      for (const { kind, html, number } of feed.after(from)) send(kind, html, number);
      const stop = feed.watch(({ kind, html, number }) => send(kind, html, number));
      let shown = "";
      const timer = setInterval(() => {
        const now = JSON.stringify(board());
        if (now !== shown) send("board", now);
        shown = now;
      }, boardEveryMs);
      await new Promise<void>((resolve) => stream.onAbort(resolve));
      clearInterval(timer);
      stop();
    }),
  );

  for (const [path, act] of Object.entries(actions)) {
    app.post(path, async (c) => {
      await act();
      return c.redirect("/", 303);
    });
  }
  return app;
}
