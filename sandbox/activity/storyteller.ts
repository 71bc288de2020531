// The stories: each is what a handful of people do in a row, told again and again in another order.
import { integer, pick, type Random } from "../random.ts";
import { shuffled } from "../webflow/audit-log.ts";
import {
  collectionNames,
  customRoles,
  type Fields,
  familyNames,
  faraway,
  givenNames,
  type Kind,
  type Person,
  type Step,
  type Story,
  siteNames,
  siteRoles,
  staff,
} from "./cast.ts";

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

export class Storyteller {
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
