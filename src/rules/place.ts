// Rules about where an admin logs in from, by the event's own text and address.
import { baseline, cloudAccounts, habit, isKnown, login, next } from "./habits.ts";
import { countryOf, dayMs, isApi, networkOf, type PersonFacts, type Seen } from "./person.ts";
import { rule, texts, whole } from "./rule.ts";
import type { Moment } from "./story.ts";
import { actorName, fromWhere } from "./words.ts";

/** Given the role, or seen doing in the last 90 days what only an admin may. */
const isAdmin = (person: PersonFacts, ms: number) =>
  person.admin !== undefined || ms - (person.ruled?.ms ?? 0) < 90 * dayMs;

const times = (seen: Seen | undefined) => seen?.[0] ?? 0;

/** What makes her an admin. */
const invites: Moment = {
  at: "2 10:00",
  is: "workspace_invitation.invite_sent",
  by: "ann",
  to: ["ben"],
};

export const newCountry = rule({
  name: "login.new_country",
  title: "Admin's first login from a country",
  severity: "high",
  attack: cloudAccounts,
  check: "Ask them whether they are there; if not, end their sessions and reset their credentials.",
  on: login,
  parameters: {
    ...baseline,
    who: texts(["admin"], "Whose logins: `admin` (Owner, Admin, or whoever acts as one) or `all`"),
  },
  examples: {
    fires: [
      {
        what: "an admin who was always in Portugal logs in from Brazil",
        story: [
          ...habit(),
          invites,
          next({ at: "14 09:30", place: "Recife BR", ip: "203.0.113.9" }),
        ],
      },
    ],
    silent: [
      { what: "an admin at home", story: [...habit(), invites, next()] },
      {
        what: "another city of the same country",
        story: [...habit(), invites, next({ place: "Porto PT" })],
      },
      { what: "someone who is no admin", story: [...habit(), next({ place: "Recife BR" })] },
      { what: "an admin of whom little is known", story: [invites, next({ place: "Recife BR" })] },
    ],
  },
  evaluate: ({ event, ms, key, actor }, { who, ...least }) => {
    const country = countryOf(event);
    if (country === null || !actor?.logins || isApi(event)) return null;
    const { logins } = actor;
    if (times(logins.countries[country]) > 0 || !isKnown(logins, least)) return null;
    if (Object.keys(logins.countries).length === 0) return null;
    if (!who.includes("all") && !isAdmin(actor, ms)) return null;
    return {
      subject: key,
      reason: `${actorName(event)} logged in ${fromWhere(event)}, after ${logins.count} logins from ${listed(logins.countries)}`,
      evidence: logins.last ? [logins.last.id] : [],
    };
  },
});

export const newNetwork = rule({
  name: "login.new_network",
  title: "Admin's first login from a network",
  severity: "medium",
  attack: cloudAccounts,
  check: "Ask them whether they work from another place; look up who runs the network.",
  on: login,
  parameters: {
    ...baseline,
    mostNetworks: whole(
      3,
      1,
      11,
      "Who has used more networks than this is on the move, and not judged",
    ),
    who: texts(["admin"], "Whose logins: `admin` (Owner, Admin, or whoever acts as one) or `all`"),
  },
  examples: {
    fires: [
      {
        what: "an admin who was always in one network comes from another",
        story: [...habit(), invites, next({ ip: "198.51.100.7" })],
      },
    ],
    silent: [
      {
        what: "another address of the same network",
        story: [...habit(), invites, next({ ip: "192.0.2.99" })],
      },
      {
        what: "an admin who is always somewhere else",
        story: [
          ...habit(),
          invites,
          ...[1, 2, 3, 4].map((n) => next({ at: `${n} 12:00`, ip: `198.51.${n}.1` })),
          next({ ip: "203.0.113.7" }),
        ],
      },
    ],
  },
  evaluate: ({ event, ms, key, actor }, { mostNetworks, who, ...least }) => {
    const network = networkOf(event);
    if (network === null || !actor?.logins || isApi(event)) return null;
    const { logins } = actor;
    const known = Object.keys(logins.networks);
    if (known.length === 0 || known.length > mostNetworks || known.includes(network)) return null;
    if (!isKnown(logins, least)) return null;
    if (!who.includes("all") && !isAdmin(actor, ms)) return null;
    // Another country is told by another rule.
    const country = countryOf(event);
    if (country !== null && times(logins.countries[country]) === 0) return null;
    return {
      subject: key,
      reason: `${actorName(event)} logged in ${fromWhere(event)}, after ${logins.count} logins from the networks ${listed(logins.networks)}`,
      evidence: [],
    };
  },
});

const listed = (seen: Readonly<Record<string, Seen>>) =>
  Object.entries(seen)
    .sort(([a, [n]], [b, [m]]) => m - n || (a < b ? -1 : 1))
    .slice(0, 3)
    .map(([key]) => key)
    .join(", ");
