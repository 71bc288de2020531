// Rules about how and when someone logs in. Each begins only when there is something to compare with.
import { baseline, cloudAccounts, habit, isKnown, login, next } from "./habits.ts";
import { dayMs, hourOfDay, isApi } from "./person.ts";
import { rule, texts, whole } from "./rule.ts";
import { actorName, fromWhere, quoted, span } from "./words.ts";

export const passwordInsteadOfSso = rule({
  name: "login.password_instead_of_sso",
  title: "Password login of someone who always uses SSO",
  severity: "high",
  attack: cloudAccounts,
  check: "Ask them whether it was they, and whether passwords are still allowed for your domain.",
  on: login,
  parameters: {
    ...baseline,
    methods: texts(["dashboard", "google"], "The ways to log in that go around SSO"),
  },
  examples: {
    fires: [
      {
        what: "a password after twenty logins by SSO",
        story: [...habit(), next({ method: "dashboard" })],
      },
    ],
    silent: [
      { what: "SSO as ever", story: [...habit(), next()] },
      {
        what: "someone who uses both",
        story: [
          ...habit(),
          ...habit({ at: "1 11:00", method: "dashboard" }),
          next({ method: "dashboard" }),
        ],
      },
      {
        what: "a password on the first days",
        story: [next({ at: "1 09:00" }), next({ method: "dashboard", at: "2 09:00" })],
      },
    ],
  },
  evaluate: ({ event, key, actor }, { logins: least, days, methods }) => {
    if (isApi(event) || !methods.includes(event.method?.toLowerCase() ?? "")) return null;
    const logins = actor?.logins;
    if (!logins || logins.ssoDays < days) return null;
    // Who has strayed before has to hold to SSO the longer before it is news again.
    if (logins.sso < least * (logins.otherwise + 1)) return null;
    return {
      subject: key,
      reason: `${actorName(event)} logged in ${around(event.method)} ${fromWhere(event)} after ${logins.sso} logins in a row by SSO`,
      evidence: [],
    };
  },
});

export const unusualHours = rule({
  name: "login.unusual_hours",
  title: "Login outside someone's usual hours",
  severity: "low",
  attack: cloudAccounts,
  check: "Compare the place and the method with their other logins, and see what they did next.",
  on: login,
  mostAWeek: 3,
  parameters: {
    logins: whole(30, 5, 1000, "Logins of a person before they are judged"),
    days: baseline.days,
    gapHours: whole(4, 1, 12, "Hours between it and the nearest hour in which they ever logged in"),
  },
  examples: {
    fires: [
      {
        what: "at three at night, after a month of logins by day",
        story: [...habit({ days: 20 }), next({ at: "22 03:00" })],
      },
    ],
    silent: [
      {
        what: "an hour earlier than ever",
        story: [...habit({ days: 20 }), next({ at: "22 08:00" })],
      },
      {
        what: "someone who logs in day and night",
        story: [
          ...habit({ days: 20 }),
          ...habit({ days: 20, at: "1 02:00" }),
          next({ at: "22 03:00" }),
        ],
      },
    ],
  },
  evaluate: ({ event, ms, key, actor }, { gapHours, ...least }) => {
    const logins = actor?.logins;
    if (!logins || isApi(event) || !isKnown(logins, least)) return null;
    const hour = hourOfDay(ms);
    const gaps = logins.hours.flatMap((n, other) => {
      const apart = Math.abs(hour - other);
      return n > 0 ? [Math.min(apart, 24 - apart)] : [];
    });
    const gap = Math.min(...gaps);
    if (gaps.length === 0 || gap < gapHours) return null;
    return {
      subject: key,
      reason: `${actorName(event)} logged in between ${hour}:00 and ${hour + 1}:00 UTC ${fromWhere(event)}, ${gap} hours away from the hours of all their ${logins.count} logins before`,
      evidence: [],
    };
  },
});

export const dormantAccount = rule({
  name: "login.dormant_account",
  title: "Dormant account back",
  severity: "medium",
  attack: cloudAccounts,
  check:
    "Ask them, or their manager, whether they are back; remove the account if nobody needs it.",
  on: "all",
  parameters: { days: whole(90, 7, 730, "Days without any act of theirs") },
  examples: {
    fires: [
      {
        what: "a login after a hundred days",
        story: [next({ at: "1 09:00" }), next({ at: "101 09:00" })],
      },
    ],
    silent: [
      {
        what: "a login after a holiday",
        story: [next({ at: "1 09:00" }), next({ at: "40 09:00" })],
      },
      {
        what: "someone who was added again in between",
        story: [
          next({ at: "1 09:00" }),
          { at: "100 09:00", is: "workspace_membership.user_added", by: "ben", to: ["ann"] },
          next({ at: "101 09:00" }),
        ],
      },
    ],
  },
  evaluate: ({ event, ms, key, actor }, { days }) => {
    const acted = actor?.acted;
    if (!acted || ms - acted.ms < days * dayMs) return null;
    if ((actor.joined?.ms ?? 0) > acted.ms) return null;
    return {
      subject: key,
      reason: `${actorName(event)} was last seen ${span(ms - acted.ms)} ago, and now: ${event.summary.slice(0, 200).replace(/\.$/, "")}`,
      evidence: [acted.id],
    };
  },
});

export const apiLogin = rule({
  name: "login.api",
  title: "API login",
  severity: "medium",
  attack: {
    id: "T1550.001",
    name: "Use Alternate Authentication Material: Application Access Token",
  },
  check: "See which token or app it was, who made it, and whether it is still needed.",
  on: login,
  parameters: { days: whole(30, 1, 365, "Days without one, after which it is news again") },
  examples: {
    fires: [
      { what: "someone logs in through the API", story: [...habit(), next({ method: "api" })] },
    ],
    silent: [
      { what: "someone logs in with Google", story: [next({ method: "google" })] },
      {
        what: "someone who logs in through the API each day",
        story: [...habit({ method: "api", days: 1, at: "10 09:00" }), next({ method: "api" })],
      },
    ],
  },
  evaluate: ({ event, ms, key, actor }, { days }) => {
    if (event.method?.toLowerCase() !== "api") return null;
    const before = actor?.logins?.api;
    if (before && ms - before.ms < days * dayMs) return null;
    return {
      subject: key,
      reason: `${actorName(event)} logged in through the API ${fromWhere(event)}, ${before ? `for the first time in ${span(ms - before.ms)}` : "for the first time"}`,
      evidence: before ? [before.id] : [],
    };
  },
});

/** How somebody logs in who goes around SSO. */
function around(method: string | null): string {
  const known = method?.toLowerCase();
  if (known === "dashboard") return "by password";
  return known === "google" ? "with Google" : `via ${quoted(method)}`;
}
