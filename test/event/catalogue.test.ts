// The table of types: names on the way in, severities on the way out.
import { describe, expect, test } from "vitest";
import { catalogue, kindOf, toType } from "../../src/event/catalogue.ts";
import { toSeverity } from "../../src/event/severity.ts";

test("the catalogue holds the 6 types and 19 subtypes that Webflow documents", () => {
  const types = Object.keys(catalogue);
  expect(types).toHaveLength(19);
  expect(new Set(types.map((type) => type.split(".")[0])).size).toBe(6);
});

describe("a type's name", () => {
  test.each([
    ["user_access", "login", "user_access.login"],
    ["User_Access", "LOGIN", "user_access.login"],
    ["workspace_settings", "setting_updated", "workspace_setting.setting_updated"],
    ["Workspace_Settings", "Setting_Updated", "workspace_setting.setting_updated"],
    ["workspace_settings", "setting_removed", "workspace_setting.setting_removed"],
    ["site_access", "token-created!", "site_access.token_created"],
    ["a.b", "c d", "a_b.c_d"],
    ["constructor", "__proto__", "constructor.proto"],
    [undefined, null, "unknown.unknown"],
    ["", "   ", "unknown.unknown"],
    ["<!channel>", "\u202E\n", "channel.unknown"],
    [5, { login: true }, "unknown.unknown"],
    ["日本", "login", "unknown.login"],
  ])("%j and %j read %s", (eventType, eventSubType, type) => {
    expect(toType(eventType, eventSubType)).toBe(type);
  });

  test("that is very long is cut, so that no receiver refuses it", () => {
    expect(toType("t".repeat(3000), "s".repeat(3000))).toBe(`${"t".repeat(64)}.${"s".repeat(64)}`);
  });

  test("that is a property of every object is not taken for a known one", () => {
    expect(kindOf("constructor")).toBeUndefined();
    expect(kindOf("toString")).toBeUndefined();
  });
});

describe("severity", () => {
  test.each([
    ["user_access.login", null, "info"],
    ["user_access.logout", null, "info"],
    ["custom_role.role_created", "Admin", "low"],
    ["custom_role.role_updated", "Admin", "low"],
    ["custom_role.role_deleted", "Admin", "low"],
    ["workspace_membership.user_added", "Designer", "low"],
    ["workspace_membership.user_added", "Owner", "high"],
    ["workspace_membership.user_removed", "Owner", "low"],
    ["workspace_membership.user_role_updated", "Designer", "medium"],
    ["workspace_membership.user_role_updated", "Admin", "high"],
    ["site_membership.user_added", "Designer", "low"],
    ["site_membership.user_added", "Administrator", "high"],
    ["site_membership.user_removed", "Admin", "low"],
    ["site_membership.user_role_updated", "Site manager", "low"],
    ["site_membership.user_role_updated", " aDMIN ", "high"],
    ["site_membership.user_granular_access_updated", "Admin", "low"],
    ["workspace_invitation.invite_sent", "Reviewer", "low"],
    ["workspace_invitation.invite_sent", "owner", "medium"],
    ["workspace_invitation.invite_accepted", null, "low"],
    ["workspace_invitation.invite_accepted", "Admin", "high"],
    ["workspace_invitation.invite_updated", "Designer", "info"],
    ["workspace_invitation.invite_updated", "Admin", "medium"],
    ["workspace_invitation.invite_canceled", "Admin", "info"],
    ["workspace_invitation.invite_declined", "Admin", "info"],
    ["workspace_invitation.access_request_accepted", "Guest", "medium"],
    ["workspace_setting.setting_updated", null, "medium"],
    ["site_access.token_created", "Admin", "info"],
    ["workspace_membership.user_role_updated", "Admin of nothing", "medium"],
  ])("of %s with the role %j is %s", (type, role, severity) => {
    expect(toSeverity(type, role)).toBe(severity);
  });
});
