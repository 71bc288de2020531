// A believable workspace: a cast of people whose stories fill the audit log, the same for every run of a seed.
// Fields: https://developers.webflow.com/data/reference/enterprise/workspace-audit-logs/event-types
import { integer, pick, type Random, seeded } from "./random.ts";
import type { EventType } from "./webflow/api.ts";
import { shuffled } from "./webflow/audit-log.ts";

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
type Kind = { [T in EventType]: `${T}.${Catalogue[T][number]}` }[EventType];
type Fields = Readonly<Record<string, unknown>>;

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

interface Person {
  readonly id: string;
  readonly email: string;
  role: string;
  readonly home: Origin;
}

interface Origin {
  readonly location: string;
  readonly ipAddress: string;
}

/** One event of a story, not yet placed in time. */
interface Step {
  /** Milliseconds after the step before. */
  readonly afterMs: number;
  readonly onTheSecond: boolean;
  readonly kind: Kind;
  readonly actor: Fields;
  readonly payload: Fields;
}
type Story = readonly Step[];

// Names are invented, domains reserved (RFC 2606), addresses from the documentation ranges (RFC 5737, RFC 3849).
const staff = [
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
const givenNames = "amelie bruno carmen dmitri elif farid greta hugo ines jamal".split(" ");
const familyNames = "albrecht bianchi costa dufour engstrom fischer gupta hansen ito jensen".split(
  " ",
);
const faraway: Origin = { location: "Singapore SG", ipAddress: "203.0.113.250" };
const siteNames = ["harborline-www", "harborline-docs", "harborline-careers", "spring-campaign"];
const collectionNames = ["Blog posts", "Press releases", "Job openings", "Customer stories"];
const customRoles = [
  ["Launch manager", "Release manager"],
  ["SEO editor", "Search & SEO editor"],
  ["Translator", "Localization lead"],
  ["Intern", "Trainee <no publishing>"],
] as const;
const siteRoles = [
  "Site manager",
  "Designer",
  "Marketer",
  "Content editor",
  "Edit - Cannot publish",
];

// How often each story comes up in a deck; a deck is told in a shuffled order, then the next one.
const deck = {
  login: 6,
  logout: 4,
  travel: 1,
  invite: 2,
  changedInvite: 1,
  declinedInvite: 1,
  newRole: 1,
  retiredRole: 1,
  promotion: 1,
  offboarding: 1,
  scimSync: 1,
  accessRequest: 1,
  projectOver: 1,
  siteRole: 2,
  tokenRole: 1,
  granularAccess: 2,
  aiSetting: 1,
} as const satisfies Record<StoryName, number>;
type StoryName = keyof Storyteller["stories"];

class Storyteller {
  readonly #random: Random;
  readonly #staff: Person[];
  readonly #scim: Fields;
  readonly #token: Fields;
  readonly #sites: { id: string; slug: string }[];
  readonly #collections: { id: string; name: string; type: "cms"; restricted: boolean }[];
  readonly #members: Person[] = [];
  readonly #guests: Person[] = [];
  readonly #sessions: { person: Person; payload: Fields }[] = [];
  readonly #roles: string[] = [];
  #newcomers = 0;
  #aiEnabled = false;
  #deck: StoryName[] = [];

  constructor(random: Random) {
    this.#random = random;
    this.#staff = staff.map(([email, role, location, ipAddress]) => ({
      id: this.#objectId(),
      email,
      role,
      home: { location, ipAddress },
    }));
    this.#scim = { type: "person", id: this.#objectId(), email: "scim@harborline.example" };
    this.#token = { type: "token", id: this.#objectId() };
    this.#sites = siteNames.map((slug) => ({ id: this.#objectId(), slug }));
    this.#collections = collectionNames.map((name) => {
      return { id: this.#objectId(), name, type: "cms", restricted: false };
    });
    for (let count = 0; count < 6; count += 1) this.#members.push(this.#newcomer());
  }

  next(): Story {
    if (this.#deck.length === 0) {
      const names = Object.keys(deck) as StoryName[]; // the keys of a literal
      this.#deck = shuffled(
        names.flatMap((name) => Array.from({ length: deck[name] }, () => name)),
        this.#random,
      );
    }
    return this.stories[this.#deck.pop() ?? "login"]();
  }

  readonly stories = {
    login: (): Story => {
      const person = pick(this.#random, [...this.#staff, ...this.#members]);
      const own = person.email.endsWith("@harborline.example");
      const methods = own ? ["sso", "sso", "sso", "dashboard"] : ["google", "dashboard"];
      const payload = { method: pick(this.#random, methods), ...person.home };
      this.#sessions.push({ person, payload });
      if (this.#sessions.length > 40) this.#sessions.shift(); // this one just closed the browser
      return [step("user_access.login", actorOf(person), payload)];
    },
    logout: (): Story => {
      const session = this.#sessions.shift();
      if (!session) return this.stories.login();
      return [step("user_access.logout", actorOf(session.person), session.payload)];
    },
    // Two places too far apart for the time between: the rule that security teams try first.
    travel: (): Story => {
      const person = pick(this.#random, this.#staff);
      const [near, far] = [person.home, faraway].map((place) => ({
        method: "dashboard",
        ...place,
      }));
      return [
        step("user_access.login", actorOf(person), near ?? {}),
        step("user_access.login", actorOf(person), far ?? {}, this.#pause() * 5),
      ];
    },
    invite: (): Story => {
      const admin = this.#admin();
      const person = this.#newcomer(pick(this.#random, ["Designer", "Marketer", "Content editor"]));
      this.#members.push(person);
      const invitee = { email: person.email };
      const joined = about(targetOf(person), "dashboard", person.role);
      const added = { site: this.#site(), ...joined, method: "invite" };
      return [
        step("workspace_invitation.invite_sent", admin, { ...joined, targetUser: invitee }),
        step("workspace_invitation.invite_accepted", actorOf(person), joined, this.#pause() * 3),
        step("workspace_membership.user_added", actorOf(person), joined, this.#instant()),
        step("site_membership.user_added", admin, added, this.#instant()),
      ];
    },
    changedInvite: (): Story => {
      const admin = this.#admin();
      const invitee = { email: this.#newcomer().email };
      const before = about(invitee, "dashboard", "Reviewer", "reviewer");
      const after = about(invitee, "dashboard", "Designer");
      const updated = { ...after, previousRoleName: "Reviewer" };
      const canceled = { ...after, method: "admin" };
      return [
        step("workspace_invitation.invite_sent", admin, before),
        step("workspace_invitation.invite_updated", admin, updated, this.#pause()),
        step("workspace_invitation.invite_canceled", admin, canceled, this.#pause()),
      ];
    },
    // Someone without an account: the newest documentation allows a null id.
    declinedInvite: (): Story => {
      const { email } = this.#newcomer();
      const invitee = { type: "person", id: null, email };
      const payload = about({ email }, "dashboard", "Guest", "guest");
      return [
        step("workspace_invitation.invite_sent", this.#admin(), payload),
        step("workspace_invitation.invite_declined", invitee, payload, this.#pause()),
      ];
    },
    newRole: (): Story => {
      const admin = this.#admin();
      const person = pick(this.#random, this.#staff.slice(2, 9));
      const free = customRoles.filter(([, name]) => !this.#roles.includes(name));
      const [first, renamed] = pick(this.#random, free.length > 0 ? free : customRoles);
      const granted = this.#grant(admin, person, first, "dashboard", this.#pause());
      const update = { roleName: renamed, previousRoleName: first };
      person.role = renamed;
      this.#roles.push(renamed);
      return [
        step("custom_role.role_created", admin, { roleName: first }),
        granted,
        step("custom_role.role_updated", admin, update, this.#pause()),
      ];
    },
    retiredRole: (): Story => {
      const admin = this.#admin();
      const roleName = this.#roles.shift();
      if (roleName === undefined) {
        const unused = { roleName: "Temporary access" };
        return [
          step("custom_role.role_created", admin, unused),
          step("custom_role.role_deleted", admin, unused, this.#pause()),
        ];
      }
      const holders = this.#staff.filter((person) => person.role === roleName);
      return [
        ...holders.map((one) => this.#grant(admin, one, "Designer", "admin", this.#pause())),
        step("custom_role.role_deleted", admin, { roleName }, this.#pause()),
      ];
    },
    promotion: (): Story => {
      const person = pick(this.#random, this.#staff.slice(2, 9));
      const others = ["Admin", "Site manager", "Designer"].filter((role) => role !== person.role);
      return [this.#grant(this.#admin(), person, pick(this.#random, others), "admin", 0)];
    },
    offboarding: (): Story => {
      const person = this.#members.shift();
      if (!person) return this.#provisioning();
      const admin = this.#admin();
      return this.#leaving(person, admin, ["dashboard", "dashboard"], () => this.#pause());
    },
    // A directory sync changes many people within one second, often one millisecond.
    scimSync: (): Story => {
      if (this.#members.length < 8) return this.#provisioning();
      const leavers = this.#members.splice(0, this.#members.length - 3);
      const gap = (): number => integer(this.#random, 0, 4);
      return onTheSecond(
        leavers.flatMap((person) => this.#leaving(person, this.#scim, ["scim", "sso"], gap)),
      );
    },
    accessRequest: (): Story => {
      const admin = this.#admin();
      const site = this.#site();
      const people = Array.from({ length: integer(this.#random, 2, 4) }, () =>
        this.#newcomer("Guest", "brightside.example"),
      );
      this.#guests.push(...people);
      const request = { method: "dashboard", userType: "guest", roleName: "Guest" };
      const accepted = { ...request, targetUsers: people.map(targetOf) };
      return [
        step("workspace_invitation.access_request_accepted", admin, accepted),
        ...people.flatMap((person) => {
          const payload = about(targetOf(person), "access_request", "Guest", "guest");
          return [
            step("workspace_membership.user_added", admin, payload, this.#instant()),
            step("site_membership.user_added", admin, { site, ...payload }, 1),
          ];
        }),
      ];
    },
    projectOver: (): Story => {
      const manager = this.#siteManager();
      const site = this.#site();
      const guests = this.#guests.splice(0, 4);
      if (guests.length === 0) return this.stories.siteRole();
      return guests.map((guest) => {
        const payload = { site, ...about(targetOf(guest), "dashboard", "Guest", "guest") };
        return step("site_membership.user_removed", manager, payload, this.#pause());
      });
    },
    siteRole: (): Story => [this.#siteRole(this.#siteManager(), "dashboard")],
    tokenRole: (): Story => [this.#siteRole(this.#token, "admin")],
    granularAccess: (): Story => {
      const collection = pick(this.#random, this.#collections);
      collection.restricted = !collection.restricted;
      const payload = {
        site: this.#sites[0],
        targetUser: targetOf(pick(this.#random, this.#staff.slice(6, 9))),
        method: "dashboard",
        userType: "member",
        granularAccess: { ...collection },
      };
      const actor = this.#siteManager();
      return [step("site_membership.user_granular_access_updated", actor, payload)];
    },
    aiSetting: (): Story => {
      const previousValue = String(this.#aiEnabled);
      this.#aiEnabled = !this.#aiEnabled;
      const value = String(this.#aiEnabled);
      const payload = { setting: "ai_toggle", previousValue, value, method: "dashboard" };
      return [step("workspace_setting.setting_updated", this.#admin(), payload)];
    },
  };

  #provisioning(): Story {
    const people = Array.from({ length: integer(this.#random, 3, 7) }, () => this.#newcomer());
    this.#members.push(...people);
    const site = this.#site();
    const steps = people.flatMap((person) => {
      const payload = about(targetOf(person), "sso", person.role);
      const gap = integer(this.#random, 0, 9);
      return [
        step("workspace_membership.user_added", this.#scim, payload, gap),
        step("site_membership.user_added", this.#scim, { site, ...payload, method: "scim" }),
      ];
    });
    return onTheSecond(steps);
  }

  #leaving(
    person: Person,
    actor: Fields,
    [siteMethod, method]: readonly [string, string],
    gap: () => number,
  ): Story {
    const payload = about(targetOf(person), method, person.role);
    const fromSite = { site: this.#site(), ...payload, method: siteMethod };
    return [
      step("site_membership.user_removed", actor, fromSite, gap()),
      step("workspace_membership.user_removed", actor, payload, gap()),
    ];
  }

  #grant(actor: Fields, person: Person, role: string, method: string, afterMs: number): Step {
    const previousRoleName = person.role;
    person.role = role;
    const payload = { ...about(targetOf(person), method, role), previousRoleName };
    return step("workspace_membership.user_role_updated", actor, payload, afterMs);
  }

  #siteRole(actor: Fields, method: string): Step {
    const [roleName = "", previousRoleName] = shuffled([...siteRoles], this.#random);
    const target = targetOf(pick(this.#random, this.#staff.slice(3, 10)));
    const payload = { site: this.#site(), ...about(target, method, roleName), previousRoleName };
    return step("site_membership.user_role_updated", actor, payload);
  }

  #newcomer(role = "Content editor", domain = "harborline.example"): Person {
    const given = givenNames[this.#newcomers % 10];
    const family = familyNames[(this.#newcomers + Math.floor(this.#newcomers / 10)) % 10];
    const round = Math.floor(this.#newcomers / 100);
    this.#newcomers += 1;
    return {
      id: this.#objectId(),
      email: `${given}.${family}${round === 0 ? "" : round + 1}@${domain}`,
      role,
      home: {
        location: pick(this.#random, staff)[2],
        ipAddress: `198.51.100.${integer(this.#random, 1, 254)}`,
      },
    };
  }

  #admin(): Fields {
    return actorOf(pick(this.#random, this.#staff.slice(0, 2)));
  }

  #siteManager(): Fields {
    return actorOf(pick(this.#random, this.#staff.slice(0, 3)));
  }

  #site(): Fields {
    return pick(this.#random, this.#sites);
  }

  /** What the service needs for what follows by itself. */
  #instant(): number {
    return integer(this.#random, 1, 300);
  }

  /** What a person needs for one click. */
  #pause(): number {
    return integer(this.#random, 900, 7000);
  }

  #objectId(): string {
    const hex = () => integer(this.#random, 0, 0xffffff).toString(16).padStart(6, "0");
    return `6${hex().slice(1)}${hex()}${hex()}${hex()}`;
  }
}

function step(kind: Kind, actor: Fields, payload: Fields, afterMs = 0): Step {
  return { afterMs, onTheSecond: false, kind, actor, payload };
}

/** A story that starts on a whole second, as scheduled jobs do. */
function onTheSecond(story: Story): Story {
  return story.map((one, index) => ({ ...one, onTheSecond: index === 0 }));
}

function about(targetUser: Fields, method: string, roleName: string, userType = "member") {
  return { targetUser, method, userType, roleName };
}

function actorOf(person: Person): Fields {
  return { type: "person", id: person.id, email: person.email };
}

function targetOf(person: Person): { id: string; email: string } {
  return { id: person.id, email: person.email };
}

function stamp(one: Step, timeMs: number, workspace: ActivityWorkspace): AuditItem {
  const [eventType = "", eventSubType = ""] = one.kind.split(".");
  const timestamp = new Date(timeMs).toISOString();
  const { actor, payload } = one;
  return { timestamp, eventType, eventSubType, actor, workspace: { ...workspace }, payload };
}

/** The times of a story's steps when it starts at `startMs`. */
function timesOf(story: Story, startMs: number): number[] {
  let timeMs = startMs;
  return story.map((one) => {
    timeMs += one.afterMs;
    if (one.onTheSecond) timeMs = Math.ceil(timeMs / 1000) * 1000;
    return timeMs;
  });
}

export interface Activity {
  /** The next story as it would run from `timeMs` on: its later events lie up to a minute ahead. */
  at(timeMs: number): AuditItem[];
}

export function activity(seed: number, workspace: ActivityWorkspace = harborline): Activity {
  const teller = new Storyteller(seeded(seed));
  return {
    at(timeMs) {
      const story = teller.next();
      const times = timesOf(story, timeMs);
      return story.map((one, index) => stamp(one, times[index] ?? timeMs, workspace));
    },
  };
}

export interface GenerateOptions {
  readonly seed: number;
  /** Exactly so many events come out. */
  readonly count: number;
  /** Timestamps lie from `fromMs` (included) to `toMs` (excluded). */
  readonly fromMs: number;
  readonly toMs: number;
  /** Share of the different events that get the very millisecond of the event before. */
  readonly ties?: number;
  /** Share of all events that are an equal copy of another. At most 0.5. */
  readonly twins?: number;
  /** Share of the different events with a type, subtype, method or field that no documentation has. */
  readonly unknownTypes?: number;
  /** Share of all events that become visible only later, by 1 to `lateMaxMs` milliseconds (default 10 minutes). */
  readonly lateShare?: number;
  readonly lateMaxMs?: number;
  readonly workspace?: ActivityWorkspace;
}

export interface GeneratedEvent {
  readonly item: AuditItem;
  readonly visibleAtMs: number;
}

/**
 * A period of activity, ordered by time. Apart from `ties` and `twins` no two events share a millisecond, as long as
 * the period has enough of them; shares are rounded to whole events.
 */
export function generate(options: GenerateOptions): GeneratedEvent[] {
  const { count, ties = 0, twins = 0, unknownTypes = 0, lateShare = 0 } = options;
  const { workspace = harborline, lateMaxMs = 600_000 } = options;
  if (twins > 0.5)
    throw new Error("generate: at most half of the events can be twins of the others");
  const random = seeded(options.seed);
  const copies = Math.round(count * twins);
  const { steps, times } = tell(new Storyteller(random), random, {
    ...options,
    count: count - copies,
  });
  const tied = tieUp(steps, Math.round(steps.length * ties), random);
  const items = steps.map((one, index) => {
    if (tied.has(index)) times[index] = times[index - 1] ?? options.fromMs;
    return stamp(one, times[index] ?? options.fromMs, workspace);
  });
  for (const index of sample(items.length, Math.round(items.length * unknownTypes), random)) {
    const item = items[index];
    if (item) items[index] = pick(random, strangenesses)(item, index);
  }
  const doubled = sample(items.length, copies, random);
  const all = items.flatMap((item, index) =>
    doubled.has(index) ? [item, structuredClone(item)] : [item],
  );
  const late = sample(count, Math.round(count * lateShare), random);
  return all.map((item, index) => {
    const timeMs = Date.parse(item.timestamp);
    return { item, visibleAtMs: late.has(index) ? timeMs + integer(random, 1, lateMaxMs) : timeMs };
  });
}

/** Tells `count` steps between the two times: busy in working hours, one story after the other. */
function tell(teller: Storyteller, random: Random, period: GenerateOptions) {
  const { count, fromMs, toMs } = period;
  const stories: Story[] = [];
  for (let told = 0; told < count; ) {
    const story = teller.next().slice(0, count - told);
    stories.push(story);
    told += story.length;
  }
  const starts = stories.map(() => busyTime(random, fromMs, toMs)).sort((a, b) => a - b);
  const times = stories.flatMap((story, index) => {
    const end = starts[index + 1] ?? toMs - 1;
    return timesOf(story, starts[index] ?? fromMs).map((timeMs) => Math.min(timeMs, end));
  });
  if (count <= toMs - fromMs) spread(times, fromMs, toMs);
  return { steps: stories.flat(), times };
}

function busyTime(random: Random, fromMs: number, toMs: number): number {
  for (;;) {
    const timeMs = integer(random, fromMs, toMs - 1);
    const date = new Date(timeMs);
    const weekend = date.getUTCDay() % 6 === 0;
    const working = date.getUTCHours() >= 7 && date.getUTCHours() < 19;
    if (random() < (working ? 1 : 0.2) * (weekend ? 0.3 : 1)) return timeMs;
  }
}

/** Moves ordered times apart so that no two are equal, within the period. */
function spread(times: number[], fromMs: number, toMs: number): void {
  let before = fromMs - 1;
  for (const [index, timeMs] of times.entries()) {
    before = Math.max(timeMs, before + 1);
    times[index] = before;
  }
  let after = toMs;
  for (let index = times.length - 1; index >= 0; index -= 1) {
    after = Math.min(times[index] ?? fromMs, after - 1);
    times[index] = after;
  }
}

/** Which steps share the millisecond of the step before; never two equal steps, for these would be twins. */
function tieUp(steps: Story, wanted: number, random: Random): Set<number> {
  const tied = new Set<number>();
  const textOf = (index: number): string => JSON.stringify({ ...steps[index], afterMs: 0 });
  for (const index of sample(Math.max(0, steps.length - 1), steps.length, random)) {
    if (tied.size >= wanted) break;
    const left = new Set([textOf(index)]);
    for (let at = index; tied.has(at); at -= 1) left.add(textOf(at - 1));
    let collides = left.has(textOf(index + 1));
    for (let at = index + 2; !collides && tied.has(at); at += 1) collides = left.has(textOf(at));
    if (!collides) tied.add(index + 1);
  }
  return tied;
}

/** So many different indices below `length`, in random order. */
function sample(length: number, wanted: number, random: Random): Set<number> {
  const indices = Array.from({ length }, (_, index) => index);
  return new Set(wanted === 0 ? [] : shuffled(indices, random).slice(0, wanted));
}

// What Webflow may add tomorrow. The number keeps different events different.
const strangenesses: readonly ((item: AuditItem, number: number) => AuditItem)[] = [
  (item, number) => {
    const payload = { site: item.payload.site ?? null, domains: [`v${number}.harborline.example`] };
    return { ...item, eventType: "site_publishing", eventSubType: "site_published", payload };
  },
  (item) => ({ ...item, eventSubType: `${item.eventSubType}_v2` }),
  (item, number) => {
    const payload = { ...item.payload, method: "passkey", deviceTrust: { level: 2, key: number } };
    return { ...item, payload };
  },
  (item, number) => {
    const actor = { ...item.actor, type: "agent" };
    return { ...item, actor, sessionId: `session-${number}` };
  },
];
