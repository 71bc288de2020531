// All rules: one line each, by family.
import {
  afterRemoval,
  aiSwitchedOn,
  massRemoval,
  restrictionLifted,
  tokenFirstSeen,
} from "./access.ts";
import {
  invitedAfterRemoval,
  massInvitations,
  newDomain,
  selfApproved,
  untrustedDomain,
} from "./invitation.ts";
import { apiLogin, dormantAccount, passwordInsteadOfSso, unusualHours } from "./login.ts";
import { newCountry, newNetwork } from "./place.ts";
import { adminAfterJoining, adminGranted, guestBecameMember } from "./privilege.ts";
import { changedThenGained, renamedThenGranted } from "./role.ts";
import type { Rule } from "./rule.ts";
import { impossibleTravel } from "./travel.ts";

export const rules: readonly Rule[] = [
  adminGranted,
  adminAfterJoining,
  guestBecameMember,
  renamedThenGranted,
  changedThenGained,
  passwordInsteadOfSso,
  newCountry,
  newNetwork,
  impossibleTravel,
  unusualHours,
  apiLogin,
  dormantAccount,
  afterRemoval,
  tokenFirstSeen,
  massRemoval,
  restrictionLifted,
  massInvitations,
  newDomain,
  untrustedDomain,
  invitedAfterRemoval,
  selfApproved,
  aiSwitchedOn,
];
