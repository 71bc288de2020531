// The dashboard's routes, for the README's table as well: each is a page, or the form of one.

interface PageRoute {
  readonly method: "get" | "post";
  /** With parameters as `{name}`. */
  readonly path: string;
  readonly auth: "admin" | "none";
  readonly summary: string;
}

export const pageRoutes = [
  {
    method: "get",
    path: "/",
    auth: "admin",
    summary: "The dashboard: how everything stands, and what to do about it",
  },
  {
    method: "get",
    path: "/dashboard/workspaces",
    auth: "admin",
    summary: "Page: the stored workspaces, by state",
  },
  {
    method: "get",
    path: "/dashboard/events",
    auth: "admin",
    summary: "Page: the events of a period, by type, person and severity",
  },
  {
    method: "get",
    path: "/dashboard/events/{event}",
    auth: "admin",
    summary: "Page: one event, what became of it, and how it looks in each format",
  },
  {
    method: "get",
    path: "/dashboard/findings",
    auth: "admin",
    summary: "Page: the newest findings of the rules, and how often each rule found something",
  },
  {
    method: "get",
    path: "/dashboard/dead-letters",
    auth: "admin",
    summary: "Page: the dead letters, to retry or discard",
  },
  {
    method: "get",
    path: "/dashboard/resync",
    auth: "admin",
    summary: "Page: the form that sends a period again",
  },
  {
    method: "get",
    path: "/dashboard/resync/{plan}",
    auth: "admin",
    summary: "Page: what a re-sync would send, before it does, and how it goes on",
  },
  {
    method: "get",
    path: "/lists/{workspace}/{list}",
    auth: "none",
    summary:
      "Page: the events that a message in a storm tells of; for who has its signed, expiring link",
  },
  {
    method: "post",
    path: "/dashboard/sync",
    auth: "admin",
    summary: "Form: pull and deliver now",
  },
  {
    method: "post",
    path: "/dashboard/destinations/{name}",
    auth: "admin",
    summary: "Form: test, pause, resume or retry a destination",
  },
  {
    method: "post",
    path: "/dashboard/dead-letters/{id}",
    auth: "admin",
    summary: "Form: retry or discard a dead letter",
  },
  {
    method: "post",
    path: "/dashboard/resync",
    auth: "admin",
    summary: "Form: make a plan for a period",
  },
  {
    method: "post",
    path: "/dashboard/resync/{plan}",
    auth: "admin",
    summary: "Form: apply a plan",
  },
  {
    method: "get",
    path: "/dashboard/mutes",
    auth: "admin",
    summary: "Page: what is muted, by whom, until when and why, and the form for one more",
  },
  {
    method: "post",
    path: "/dashboard/mutes",
    auth: "admin",
    summary: "Form: mute a type, a rule or a person for a time",
  },
  {
    method: "post",
    path: "/dashboard/mutes/{id}",
    auth: "admin",
    summary: "Form: end a mute now",
  },
  {
    method: "get",
    path: "/dashboard/static/{version}/{file}",
    auth: "none",
    summary: "The dashboard's style sheet, script and icon",
  },
] as const satisfies readonly PageRoute[];

export type PagePath = (typeof pageRoutes)[number]["path"];
