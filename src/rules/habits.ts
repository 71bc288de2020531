// What the rules about logins have in common: a baseline to compare with, and how their stories are told.
import type { Logins } from "./person.ts";
import { whole } from "./rule.ts";
import type { Moment } from "./story.ts";

export const login = ["user_access.login"] as const;
export const cloudAccounts = { id: "T1078.004", name: "Valid Accounts: Cloud Accounts" };

export const baseline = {
  logins: whole(10, 1, 1000, "Logins of a person before they are judged"),
  days: whole(5, 1, 90, "Days on which these were, at the least"),
};

export const isKnown = (
  logins: Logins,
  least: { readonly logins: number; readonly days: number },
) => logins.count >= least.logins && logins.days >= least.days;

/** A habit for the examples: twice a day for ten days. */
export const habit = (of: Partial<Moment> = {}): Moment[] =>
  ["1 09:00", "1 15:00"].map((at) => ({
    at,
    is: "user_access.login",
    by: "ann",
    method: "sso",
    place: "Lisbon PT",
    ip: "192.0.2.10",
    days: 10,
    ...of,
  }));
export const next = (of: Partial<Moment> = {}): Moment => ({
  at: "11 09:30",
  is: "user_access.login",
  by: "ann",
  method: "sso",
  place: "Lisbon PT",
  ip: "192.0.2.10",
  ...of,
});
