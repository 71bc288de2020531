// An event -> one English sentence: who did what to whom, with before and after.
// Names are other people's text: they are made printable and short here, escaped by each destination.
import { kindOf, type Phrases } from "./catalogue.ts";
import type { AuditEvent, Person } from "./event.ts";

type Subject = Omit<AuditEvent, "summary">;

/** One line of at most 1,000 characters (code points). */
export function toSummary(event: Subject, self = isSelf(event)): string {
  const phrases = toPhrases(event, self);
  const kind = kindOf(event.type);
  if (!kind) return `${unknownSentence(event, phrases)}.`;
  const say = (self && kind.self) || kind.sentence;
  return `${say(phrases)}.`;
}

function unknownSentence(event: Subject, { actor, target, site }: Phrases): string {
  const to = event.targets.length > 0 ? ` to ${target}` : "";
  const on = event.site ? ` on ${site}` : "";
  return `${actor} did ${event.type}${to}${on}: an event that this version does not know yet`;
}

function toPhrases(event: Subject, self: boolean): Phrases {
  const role = printable(event.role);
  const previousRole = printable(event.previousRole);
  const userType = printable(event.userType, 40);
  const target = toPeople(event.targets);
  const position = role ?? userType;
  // Guests, reviewers and clients are not the workspace's own people, whatever their role is called.
  const outsider = role && userType && userType !== "member" && !equal(role, userType);
  return {
    actor: toActor(event.actor),
    target,
    ofOther: self || event.targets.length === 0 ? "" : ` of ${target}`,
    requests: event.targets.length > 1 ? "access requests" : "access request",
    site: toSite(event.site),
    change: toChange(previousRole, role),
    as: position ? ` as ${position}${outsider ? ` (${userType})` : ""}` : "",
    was: position ? ` (${position})` : "",
    customRole: toCustomRole(role ?? previousRole),
    editedRole: toEditedRole(role, previousRole),
    setAccess: toSetAccess(event.granularAccess, self ? "their own" : toPossessive(target)),
    setSetting: toSetSetting(event.setting),
    from: toFrom(event.source),
    how: (dashboard) => toHow(printable(event.method, 40), dashboard),
  };
}

function toActor({ type, id, email }: Subject["actor"]): string {
  const name = printable(email);
  const shortId = printable(id);
  if (type === "token") {
    const token = shortId ? shortened(shortId, 4, 6) : name;
    return token ? `An API token (${token})` : "An API token";
  }
  return name ?? (shortId ? `User ${shortened(shortId)}` : "Someone");
}

function toPerson({ id, email }: Person): string {
  const shortId = printable(id);
  return printable(email) ?? (shortId ? `user ${shortened(shortId)}` : "someone");
}

/** One or two by name, the rest by number. */
function toPeople(people: readonly Person[]): string {
  const [first, second] = people;
  if (!first) return "someone";
  if (!second) return toPerson(first);
  const others = people.length - 2;
  if (others === 0) return `${toPerson(first)} and ${toPerson(second)}`;
  const rest = others === 1 ? "1 other" : `${others} others`;
  return `${toPerson(first)}, ${toPerson(second)} and ${rest}`;
}

const toPossessive = (name: string) => (name.endsWith(" others") ? `${name}'` : `${name}'s`);

export function isSelf({ actor, targets }: Subject): boolean {
  const [target] = targets;
  if (!target || targets.length > 1 || actor.type === "token") return false;
  if (actor.id !== null && target.id !== null) return actor.id === target.id;
  return actor.email !== null && target.email !== null && equal(actor.email, target.email);
}

function toSite(site: Subject["site"]): string {
  const slug = printable(site?.slug);
  const id = printable(site?.id);
  if (slug) return `site ${slug}`;
  return id ? `site ${shortened(id)}` : "a site";
}

function toChange(before: string | null, after: string | null): string {
  return `${before ? ` from ${before}` : ""}${after ? ` to ${after}` : ""}`;
}

const toCustomRole = (name: string | null) => (name ? `the custom role ${name}` : "a custom role");

function toEditedRole(role: string | null, before: string | null): string {
  if (!role || !before || role === before) return `changed ${toCustomRole(role ?? before)}`;
  return `renamed ${toCustomRole(before)} to ${role}`;
}

function toSetAccess(access: Subject["granularAccess"], whose: string): string {
  const kind = printable(access?.type, 40);
  const noun = kind && !equal(kind, "cms") ? kind : "CMS collection";
  const id = printable(access?.id);
  const name = printable(access?.name) ?? (id ? shortened(id) : null);
  const what = name ? `the ${noun} ${name}` : `a ${noun}`;
  if (access?.restricted === true) return `restricted ${whose} access to ${what}`;
  if (access?.restricted === false) return `lifted the restriction of ${whose} access to ${what}`;
  return `changed ${whose} access to ${what}`;
}

function toSetSetting(setting: Subject["setting"]): string {
  const name = printable(setting?.name);
  const before = printable(setting?.previousValue);
  const after = printable(setting?.value);
  // Strings: "false" is truthy. https://developers.webflow.com/home/changelog/2026/3/4
  if (name === "ai_toggle" && after && equal(after, "true")) return "turned AI features on";
  if (name === "ai_toggle" && after && equal(after, "false")) return "turned AI features off";
  return `changed ${name ? `the workspace setting ${name}` : "a workspace setting"}${toChange(before, after)}`;
}

function toFrom(source: Subject["source"]): string {
  const ip = printable(source?.ip);
  const location = printable(source?.location);
  if (ip && location) return ` from ${location} (${ip})`;
  return ip || location ? ` from ${location ?? ip}` : "";
}

const ways: ReadonlyMap<string, string> = new Map([
  ["sso", "by SSO"],
  ["google", "with Google"],
  ["api", "through the API"],
  ["scim", "through SCIM"],
  ["invite", "by invitation"],
  ["access_request", "through an access request"],
]);

// What Webflow means by the method `admin` is not documented: it stays `via admin`, as does an unknown one.
function toHow(method: string | null, dashboard?: string): string {
  if (!method) return "";
  const key = method.toLowerCase();
  if (key === "dashboard") return dashboard ? ` ${dashboard}` : "";
  return ` ${ways.get(key) ?? `via ${method}`}`;
}

const equal = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/**
 * Text that cannot break a line, turn the reading direction or hide: controls and every kind of blank become
 * one space; format characters (bidi, zero-width, tags: Unicode's Cf) go. Null when nothing is left.
 */
export function printable(value: string | null | undefined, most = 120): string | null {
  if (!value) return null;
  const text = value
    .toWellFormed()
    .replace(/\p{Cf}/gu, "")
    .replace(/[\p{Cc}\p{Z}]+/gu, " ")
    .trim();
  if (text.length <= most) return text || null;
  const characters = Array.from(text.slice(0, 2 * most + 2));
  return characters.length > most ? `${characters.slice(0, most).join("")}…` : text;
}

/** The head of an id, and its tail where asked for, as people compare ids. */
function shortened(id: string, head = 8, tail = 0): string {
  const characters = Array.from(id);
  if (characters.length <= head + tail + 2) return id;
  return `${characters.slice(0, head).join("")}…${characters.slice(characters.length - tail).join("")}`;
}
