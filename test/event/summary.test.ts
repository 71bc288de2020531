// Sentences: the wording at the edges. Those of the plain documented events are in normalize.test.ts.
import { describe, expect, test } from "vitest";
import { normalize } from "./items.ts";

function sentence(
  type: string,
  payload: unknown,
  actor: unknown = { email: "ford@x.com" },
): string {
  const [eventType, eventSubType] = type.split(".");
  return normalize({ timestamp: "2026-06-04T02:00:00Z", eventType, eventSubType, actor, payload })
    .summary;
}

const kai = { email: "kai@x.com" };
const ford = { email: "ford@x.com" };
const site = { slug: "gold" };

describe("who", () => {
  const long = "6661ccb359b561c69f29d554";
  test.each([
    [null, "Someone logged in."],
    [{ type: "person", id: null }, "Someone logged in."],
    [{ type: "person", id: long }, "User 6661ccb3… logged in."],
    [{ id: "u1" }, "User u1 logged in."],
    [{ id: long, email: "" }, "User 6661ccb3… logged in."],
    [{ type: "token", id: long }, "An API token (6661…29d554) logged in."],
    [{ type: "TOKEN" }, "An API token logged in."],
    [{ type: "robot", email: "r2@x.com" }, "r2@x.com logged in."],
    [{ email: "\u200B\u202E", id: "u1" }, "User u1 logged in."],
  ])("%j reads %s", (actor, expected) => {
    expect(sentence("user_access.login", {}, actor)).toBe(expected);
  });

  test.each([
    [[kai], "kai@x.com"],
    [[kai, { id: long }], "kai@x.com and user 6661ccb3…"],
    [[kai, { email: "b@x.com" }, { email: "c@x.com" }], "kai@x.com, b@x.com and 1 other"],
    [
      [kai, ..."bcde"].map((p) => (typeof p === "string" ? { email: `${p}@x.com` } : p)),
      "kai@x.com, b@x.com and 3 others",
    ],
    [[], "someone"],
  ])("targets %j read %s", (targetUsers, expected) => {
    expect(sentence("workspace_membership.user_added", { targetUsers })).toBe(
      `ford@x.com added ${expected} to the workspace.`,
    );
  });
});

describe("the sentence of", () => {
  const access = (restricted: unknown, more: object = {}) => ({
    site,
    targetUser: kai,
    granularAccess: { name: "Blogs", type: "cms", restricted, ...more },
  });
  test.each<[string, string, object, string]>([
    [
      "a role that was changed but not renamed",
      "custom_role.role_updated",
      { roleName: "Lead", previousRoleName: "Lead" },
      "ford@x.com changed the custom role Lead.",
    ],
    ["a role without a name", "custom_role.role_created", {}, "ford@x.com created a custom role."],
    [
      "one who leaves",
      "workspace_membership.user_removed",
      { targetUser: ford, roleName: "Designer" },
      "ford@x.com (Designer) left the workspace.",
    ],
    [
      "one who joins a site",
      "site_membership.user_added",
      { site, targetUser: ford, method: "invite", roleName: "Designer" },
      "ford@x.com joined site gold by invitation as Designer.",
    ],
    [
      "one who leaves a site",
      "site_membership.user_removed",
      { site, targetUser: ford },
      "ford@x.com left site gold.",
    ],
    [
      "one's own workspace role",
      "workspace_membership.user_role_updated",
      { targetUser: ford, roleName: "Admin" },
      "ford@x.com changed their own workspace role to Admin.",
    ],
    [
      "one's own site role",
      "site_membership.user_role_updated",
      { site, targetUser: ford, previousRoleName: "Admin" },
      "ford@x.com changed their own role on site gold from Admin.",
    ],
    [
      "one's own access",
      "site_membership.user_granular_access_updated",
      { ...access(true), targetUser: ford },
      "ford@x.com restricted their own access to the CMS collection Blogs on site gold.",
    ],
    [
      "access that is opened",
      "site_membership.user_granular_access_updated",
      access(false),
      "ford@x.com lifted the restriction of kai@x.com's access to the CMS collection Blogs on site gold.",
    ],
    [
      "access to a thing not known yet",
      "site_membership.user_granular_access_updated",
      access(null, { type: "page", name: null, id: "p1" }),
      "ford@x.com changed kai@x.com's access to the page p1 on site gold.",
    ],
    [
      "access of several",
      "site_membership.user_granular_access_updated",
      { targetUsers: [kai, { id: "a" }, { id: "b" }, { id: "c" }] },
      "ford@x.com changed kai@x.com, user a and 2 others' access to a CMS collection on a site.",
    ],
    [
      "an invitation accepted for another",
      "workspace_invitation.invite_accepted",
      { targetUser: kai },
      "ford@x.com accepted the invitation of kai@x.com to the workspace.",
    ],
    [
      "an invitation of nobody named",
      "workspace_invitation.invite_declined",
      {},
      "ford@x.com declined the invitation to the workspace.",
    ],
    [
      "one access request",
      "workspace_invitation.access_request_accepted",
      { targetUsers: [kai] },
      "ford@x.com accepted the access request of kai@x.com.",
    ],
    [
      "a setting not known yet",
      "workspace_setting.setting_updated",
      { setting: "mfa", previousValue: "optional", value: "required" },
      "ford@x.com changed the workspace setting mfa from optional to required.",
    ],
    [
      "AI features set to no boolean",
      "workspace_setting.setting_updated",
      { setting: "ai_toggle", value: "beta" },
      "ford@x.com changed the workspace setting ai_toggle to beta.",
    ],
    [
      "a setting without a name",
      "workspace_setting.setting_updated",
      {},
      "ford@x.com changed a workspace setting.",
    ],
    [
      "a method not known yet",
      "site_membership.user_added",
      { site, targetUser: kai, method: "passkey" },
      "ford@x.com added kai@x.com to site gold via passkey.",
    ],
    [
      "a login by an address alone",
      "user_access.login",
      { method: "API", ipAddress: "192.0.2.1" },
      "ford@x.com logged in through the API from 192.0.2.1.",
    ],
    [
      "a site without a slug",
      "site_membership.user_removed",
      { site: { id: "67dc519889286123da057175" }, targetUser: kai },
      "ford@x.com removed kai@x.com from site 67dc5198….",
    ],
    [
      "an unknown type",
      "site_access.token_created",
      {},
      "ford@x.com did site_access.token_created: an event that this version does not know yet.",
    ],
  ])("%s", (_, type, payload, expected) => {
    expect(sentence(type, payload)).toBe(expected);
  });
});

test("a token that shares its id with the target does not act on itself", () => {
  const same = { id: "u1" };
  expect(
    sentence("workspace_membership.user_added", { targetUser: same }, { ...same, type: "token" }),
  ).toBe("An API token (u1) added user u1 to the workspace.");
});

test("line breaks, controls and invisible characters do not reach the sentence", () => {
  const roleName = " Ad\u200Bmin\r\n\t\u2028*\u202Eevil\u2066\u0000\u00A0\u{E0041}x ";
  expect(sentence("custom_role.role_created", { roleName })).toBe(
    "ford@x.com created the custom role Admin *evil x.",
  );
});

test("a long name is cut between code points", () => {
  const roleName = "👩".repeat(3000);
  expect(sentence("custom_role.role_created", { roleName })).toBe(
    `ford@x.com created the custom role ${"👩".repeat(120)}….`,
  );
});

test("half a surrogate pair becomes a replacement character", () => {
  expect(sentence("custom_role.role_created", { roleName: "a\uD83D" })).toBe(
    "ford@x.com created the custom role a\uFFFD.",
  );
});
