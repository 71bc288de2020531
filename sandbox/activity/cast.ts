// The cast and the props of a believable workspace, and the shape of a story.
// Fields: https://developers.webflow.com/data/reference/enterprise/workspace-audit-logs/event-types
import type { EventType } from "../webflow/api.ts";

/** Every documented event type with its subtypes. */
export const catalogue = {
  user_access: ["login", "logout"],
  custom_role: ["role_created", "role_updated", "role_deleted"],
  workspace_membership: ["user_added", "user_removed", "user_role_updated"],
  site_membership: [
    "user_added",
    "user_removed",
    "user_role_updated",
    "user_granular_access_updated",
  ],
  workspace_invitation: [
    "invite_sent",
    "invite_accepted",
    "invite_updated",
    "invite_canceled",
    "invite_declined",
    "access_request_accepted",
  ],
  workspace_setting: ["setting_updated"],
} as const satisfies Record<EventType, readonly string[]>;

type Catalogue = typeof catalogue;
export type Kind = { [T in EventType]: `${T}.${Catalogue[T][number]}` }[EventType];
export type Fields = Readonly<Record<string, unknown>>;

/** An item as Webflow sends it. */
export interface AuditItem extends Record<string, unknown> {
  timestamp: string;
  eventType: string;
  eventSubType: string;
  actor: Fields;
  workspace: Fields;
  payload: Fields;
}

export interface ActivityWorkspace {
  readonly id: string;
  readonly slug: string;
}

export const harborline: ActivityWorkspace = { id: "6621ccb459b561c69f29d57c", slug: "harborline" };

export interface Person {
  readonly id: string;
  readonly email: string;
  role: string;
  readonly home: Origin;
}

export interface Origin {
  readonly location: string;
  readonly ipAddress: string;
}

/** One event of a story, not yet placed in time. */
export interface Step {
  /** Milliseconds after the step before. */
  readonly afterMs: number;
  readonly onTheSecond: boolean;
  readonly kind: Kind;
  readonly actor: Fields;
  readonly payload: Fields;
}
export type Story = readonly Step[];

// Names are invented, domains reserved (RFC 2606), addresses from the documentation ranges (RFC 5737, RFC 3849).
export const staff = [
  ["maren.oduya@harborline.example", "Owner", "Lisbon PT", "192.0.2.10"],
  ["tomas.herrera@harborline.example", "Admin", "Madrid ES", "192.0.2.21"],
  ["chloe.fournier@harborline.example", "Site manager", "Lyon FR", "192.0.2.34"],
  ["priya.raman@harborline.example", "Designer", "Bengaluru IN", "2001:db8:21::5"],
  ["jonas.lindqvist@harborline.example", "Designer", "Gothenburg SE", "198.51.100.17"],
  ["aiko.tanabe@harborline.example", "Designer", "Osaka JP", "2001:db8:42::c1"],
  ["leila.haddad@harborline.example", "Marketer", "Dublin IE", "198.51.100.88"],
  ["sam.whitfield@harborline.example", "Content editor", "Ashburn US", "203.0.113.45"],
  ["daniel.mbeki@harborline.example", "Reviewer", "Cape Town ZA", "203.0.113.120"],
  ["nikolai.brandt@example.net", "Designer", "Berlin DE", "198.51.100.203"],
  ["rosa.delgado@brightside.example", "Guest", "Bogota CO", "203.0.113.77"],
  ["grace.okafor@example.org", "Client", "Lagos NG", "2001:db8:9::77"],
] as const;
export const givenNames = "amelie bruno carmen dmitri elif farid greta hugo ines jamal".split(" ");
export const familyNames =
  "albrecht bianchi costa dufour engstrom fischer gupta hansen ito jensen".split(" ");
export const faraway: Origin = { location: "Singapore SG", ipAddress: "203.0.113.250" };
export const siteNames = [
  "harborline-www",
  "harborline-docs",
  "harborline-careers",
  "spring-campaign",
];
export const collectionNames = ["Blog posts", "Press releases", "Job openings", "Customer stories"];
export const customRoles = [
  ["Launch manager", "Release manager"],
  ["SEO editor", "Search & SEO editor"],
  ["Translator", "Localization lead"],
  ["Intern", "Trainee <no publishing>"],
] as const;
export const siteRoles = [
  "Site manager",
  "Designer",
  "Marketer",
  "Content editor",
  "Edit - Cannot publish",
];

export function stamp(one: Step, timeMs: number, workspace: ActivityWorkspace): AuditItem {
  const [eventType = "", eventSubType = ""] = one.kind.split(".");
  const timestamp = new Date(timeMs).toISOString();
  const { actor, payload } = one;
  return { timestamp, eventType, eventSubType, actor, workspace: { ...workspace }, payload };
}

/** The times of a story's steps when it starts at `startMs`. */
export function timesOf(story: Story, startMs: number): number[] {
  let timeMs = startMs;
  return story.map((one) => {
    timeMs += one.afterMs;
    if (one.onTheSecond) timeMs = Math.ceil(timeMs / 1000) * 1000;
    return timeMs;
  });
}
