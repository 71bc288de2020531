// The parts of a digest's lines: people, roles and places as a pen writes them.
import type { Membership, Restriction, Standing } from "../../digest/access.ts";
import { type Actor, told } from "../../digest/people.ts";
import type { Person, Severity } from "../../event/event.ts";
import { isSevere } from "../../event/rank.ts";
import type { Pen } from "./text.ts";
import { word } from "./words.ts";

// In UTF-16 units after escaping.
const max = { person: 70, role: 40, place: 50 };
const mostPlaces = 3;

/** The first that can be read; what is hidden cannot. */
export function named(
  pen: Pen,
  most: number,
  otherwise: string,
  ...texts: readonly (string | null | undefined)[]
): string {
  for (const text of texts) {
    const written = pen.text(told(text), most);
    if (written !== "") return written;
  }
  return otherwise;
}

export function who({ email, id }: Person, pen: Pen): string {
  return named(pen, max.person, "someone", email, id);
}

/** Empty where nobody is named. */
export function whoDid({ type, id, email }: Actor, pen: Pen): string {
  const name = named(pen, max.person, "", email, id);
  return type === "token" ? `API token ${name}`.trimEnd() : name;
}

/** ` · by ann@acme.com, ben@acme.com and 2 more`; empty where it was the person alone, or nobody is named. */
export function byWhom(actors: readonly Actor[], pen: Pen): string {
  const names = actors.map((actor) => whoDid(actor, pen)).filter((name) => name !== "");
  return names.length === 0 ? "" : ` · by ${listed(names, 2)}`;
}

export const roleName = (name: string | null, pen: Pen) => named(pen, max.role, "", name);

/** `Designer (guest)`; empty where nothing is told. */
export function standing(of: Standing, pen: Pen): string {
  const role = roleName(of?.role ?? null, pen);
  const type = roleName(of?.userType ?? null, pen);
  if (role === "") return type;
  const outsider = type !== "" && type !== "member" && type !== role.toLowerCase();
  return outsider ? `${role} (${type})` : role;
}

function siteName(site: Membership["thing"]["site"], pen: Pen): string {
  const name = named(pen, max.place, "", site?.slug, site?.id);
  return name === "" ? "a site" : `site ${name}`;
}

/**
 * Of one person: `the workspace and site docs as Designer (guest)`, `site docs (was Marketer)`,
 * `Designer → Admin in the workspace`.
 */
export function membershipWords(nets: readonly Membership[], pen: Pen): string {
  const ordered = [...nets].sort((a, b) => rank(a) - rank(b));
  return groupedBy(
    ordered,
    (one) => stepWords(one, pen),
    (one) => placeOf(one, pen),
  );
}

/** Of one person: `Blog posts and Job openings on site docs restricted`. */
export function restrictionWords(nets: readonly Restriction[], pen: Pen): string {
  const state = ({ after }: Restriction) =>
    after === null ? "changed" : after ? "restricted" : "open";
  return groupedBy(
    nets,
    (one) => (names) => `${names} on ${siteName(one.thing.site, pen)} ${state(one)}`,
    ({ thing }) => named(pen, max.place, "a collection", thing.name),
  );
}

const rank = ({ thing }: Membership) => (thing.scope === "workspace" ? 0 : 1);

function placeOf({ thing, before, after }: Membership, pen: Pen): string {
  const place = thing.scope === "workspace" ? "the workspace" : siteName(thing.site, pen);
  if (before === null || after === null) return place;
  return `${thing.scope === "workspace" ? "in" : "on"} ${place}`;
}

function stepWords({ before, after }: Membership, pen: Pen): (places: string) => string {
  const [was, is] = [standing(before, pen), standing(after, pen)];
  if (before === null) return (places) => `${places}${is && ` as ${is}`}`;
  if (after === null) return (places) => `${places}${was && ` (was ${was})`}`;
  if (was === is && is !== "") return (places) => `${is} ${places}, possibly with other rights`;
  if (was === is) return (places) => `role changed ${places}, not told to which`;
  const untold = "role not told";
  return (places) => `${was || untold} → ${is || untold} ${places}`;
}

/** What is said in the same words is said once, of all places. */
function groupedBy<N>(
  nets: readonly N[],
  words: (net: N) => (places: string) => string,
  place: (net: N) => string,
): string {
  const groups = new Map<string, { say: (places: string) => string; places: string[] }>();
  for (const net of nets) {
    const say = words(net);
    const group = groups.get(say(""));
    if (group) group.places.push(place(net));
    else groups.set(say(""), { say, places: [place(net)] });
  }
  const all = [...groups.values()].map(({ say, places }) => say(listed(places)));
  return all.length > mostPlaces ? listed(all) : all.join("; ");
}

/** The first few, and how many more. */
export function listed(all: readonly string[], most = mostPlaces): string {
  const more = all.length - most;
  if (more > 0) return `${all.slice(0, most).join(", ")} and ${more} more`;
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}

/** `High · ` before what is high or critical. */
export function warning(severity: Severity): string {
  return isSevere({ severity }) ? `${word(severity)} · ` : "";
}

export const sentAlready = (sent: boolean) => (sent ? " · sent already" : "");
