// The rule about being in two places at once. It needs no map service: the event's own text names the country, and
// countries.ts says how far apart countries are at the least.

import { kmBetween } from "./countries.ts";
import { countryOf, hourMs, isApi, minuteMs } from "./person.ts";
import { rule, whole } from "./rule.ts";
import type { Moment } from "./story.ts";
import { actorName, fromWhere, quoted, span } from "./words.ts";

const at = (time: string, place: string, of: Partial<Moment> = {}): Moment => ({
  at: time,
  is: "user_access.login",
  by: "ann",
  method: "dashboard",
  place,
  ...of,
});

export const impossibleTravel = rule({
  name: "login.impossible_travel",
  title: "Impossible travel",
  severity: "high",
  attack: { id: "T1078.004", name: "Valid Accounts: Cloud Accounts" },
  check: "Ask them where they were; a VPN explains it, a stolen session or password does too.",
  on: ["user_access.login"],
  parameters: {
    minutes: whole(60, 1, 1440, "Two countries within this time are always too much"),
    kmPerHour: whole(
      900,
      100,
      20_000,
      "Faster than this, between the edges of the two countries, nobody travels",
    ),
    usual: whole(
      3,
      1,
      1000,
      "Two countries in each of which they have logged in so often are both their own",
    ),
  },
  examples: {
    fires: [
      {
        what: "Lisbon and half an hour later Madrid",
        story: [at("1 09:00", "Lisbon PT"), at("1 09:30", "Madrid ES")],
      },
      {
        what: "Lisbon and four hours later Singapore",
        story: [at("1 09:00", "Lisbon PT"), at("1 13:00", "Singapore SG")],
      },
    ],
    silent: [
      {
        what: "Lisbon and a day later Singapore",
        story: [at("1 09:00", "Lisbon PT"), at("2 13:00", "Singapore SG")],
      },
      {
        what: "Lisbon and three hours later Madrid",
        story: [at("1 09:00", "Lisbon PT"), at("1 12:00", "Madrid ES")],
      },
      {
        what: "two cities of one country",
        story: [at("1 09:00", "Lisbon PT"), at("1 09:05", "Porto PT")],
      },
      {
        what: "a login through the API",
        story: [at("1 09:00", "Lisbon PT"), at("1 09:05", "Ashburn US", { method: "api" })],
      },
      {
        what: "places that name no country",
        story: [at("1 09:00", "Lisbon PT"), at("1 09:05", "somewhere")],
      },
      {
        what: "someone who is always in two countries at once",
        story: [
          at("1 09:00", "Lisbon PT", { days: 8 }),
          at("1 16:00", "Madrid ES", { days: 8 }),
          at("8 16:20", "Lisbon PT"),
        ],
      },
    ],
  },
  evaluate: ({ event, ms, key, actor }, { minutes, kmPerHour, usual }) => {
    const country = countryOf(event);
    const logins = actor?.logins;
    const last = logins?.last;
    if (country === null || !last || isApi(event) || last.country === country || last.ms > ms)
      return null;
    const gapMs = ms - last.ms;
    const neededMs = (kmBetween(last.country, country) / kmPerHour) * hourMs;
    if (gapMs >= Math.max(minutes * minuteMs, neededMs)) return null;
    const own = [last.country, country].every((one) => (logins.countries[one]?.[0] ?? 0) >= usual);
    if (own) return null;
    return {
      subject: key,
      reason: `${actorName(event)} logged in ${fromWhere(event)} ${span(gapMs)} after a login from ${quoted(last.place)}`,
      evidence: [last.id],
    };
  },
});
