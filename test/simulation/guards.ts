// What a destination is not to get, what it is not to see, and what rules tell it: as it is configured, and what the oracle
// makes of that by itself.
import type { AuditEvent } from "../../src/event/event.ts";
import { bindAll, settings } from "../../src/rules/settings.ts";

interface Drawn {
  readonly table: object;
  holds(event: AuditEvent): boolean;
}

/** Conditions of `where`, by the name under which they are drawn. */
export const wheres = {
  sso: { table: { method: "sso" }, holds: ({ method }) => method === "sso" },
  by_hand: {
    table: { not: { method: "DASHBOARD" } },
    holds: ({ method }) => method !== "dashboard",
  },
  severe: {
    table: { severity: ">= low", not: [{ "flags.unknown": true }] },
    holds: ({ severity, flags }) => severity !== "info" && !flags.unknown,
  },
  some_people: {
    table: { "actor.email": "*a*@*" },
    holds: ({ actor }) => /a.*@/i.test(actor.email ?? ""),
  },
} as const satisfies Readonly<Record<string, Drawn>>;
export type WhereName = keyof typeof wheres;
export const whereNames = Object.keys(wheres) as WhereName[];

export const privacyKey = "fedcba9876543210fedcba9876543210";
export const privacy = {
  mask: ["source.ip"],
  pseudonymize: ["actor.email", "targets[].email"],
} as const;

/** Every text that `privacy` hides of an event, in lower case. */
export function hiddenIn({ actor, targets, source }: AuditEvent): string[] {
  const texts = [actor.email, ...targets.map(({ email }) => email), source?.ip];
  return texts.flatMap((text) => (text ? [text.toLowerCase()] : []));
}

/** Little is needed to fire, so that a life of minutes has findings. */
export const rulesOf = (settleMinutes: number) => ({
  settleMinutes,
  severity: { "login.*": "low", "invitation.*": "critical" },
  "login.new_country": { logins: 1, days: 1, who: ["all"], quietHours: 0, mostAWeek: 3 },
  "login.api": { severity: "high" },
  "access.token_first_seen": { learnDays: 0, quietHours: 0 },
  "access.mass_removal": { people: 2 },
  "invitation.mass": { people: 2 },
  "invitation.new_domain": { learnDays: 0, mostNew: 20 },
  "invitation.untrusted_domain": { trustedDomains: ["nobody.example"] },
});

export const allRules = (settleMinutes: number) =>
  bindAll(settings.parse(rulesOf(settleMinutes)), () => true);
