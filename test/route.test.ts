// Which destination wants which event.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { severities } from "../src/event/event.ts";
import { type Filter, router } from "../src/route.ts";
import { auditEvent } from "./support/events.ts";

const all: Filter = { only: [], except: [], minSeverity: "info" };
const roleUpdated = "workspace_membership.user_role_updated";
const types = [
  roleUpdated,
  "workspace_membership.user_added",
  "user_access.login",
  "custom_role.role_created",
];
const taken = (filter: Partial<Filter>) =>
  types.filter((type) => router({ ...all, ...filter })(auditEvent({ type })));

describe("a destination takes", () => {
  test("every event when it has no filter, unknown types too", () => {
    expect(taken({})).toEqual(types);
    expect(router(all)(auditEvent({ type: "unknown.unknown", severity: "info" }))).toBe(true);
  });

  test("only the types that one of its patterns matches", () => {
    expect(taken({ only: ["user_access.login", "custom_role.*"] })).toEqual(types.slice(2));
  });

  test("no type that one of its exceptions matches, whatever `only` says", () => {
    expect(taken({ except: ["user_access.*"] })).not.toContain("user_access.login");
    expect(taken({ only: ["workspace_membership.*"], except: ["*.user_added"] })).toEqual([
      roleUpdated,
    ]);
    expect(taken({ only: [roleUpdated], except: [roleUpdated] })).toEqual([]);
  });

  test("its least severity and all above, and never one below", () => {
    for (const [least, minSeverity] of severities.entries()) {
      const wants = router({ ...all, minSeverity });
      expect(severities.filter((severity) => wants(auditEvent({ severity })))).toEqual(
        severities.slice(least),
      );
    }
  });

  test("an event only when type and severity both fit", () => {
    const wants = router({ ...all, only: ["user_access.*"], minSeverity: "high" });
    expect(wants(auditEvent({ type: "user_access.login", severity: "low" }))).toBe(false);
    expect(wants(auditEvent({ type: roleUpdated, severity: "high" }))).toBe(false);
    expect(wants(auditEvent({ type: "user_access.login", severity: "high" }))).toBe(true);
  });
});

describe("a pattern", () => {
  test.each([
    ["*", types],
    ["**", types],
    ["workspace_membership.*", types.slice(0, 2)],
    ["WORKSPACE_Membership.User_Role_Updated", [roleUpdated]],
    ["*role*", [roleUpdated, "custom_role.role_created"]],
    ["*.*_*ed", [types[0], types[1], types[3]]],
    ["user*login", ["user_access.login"]],
    ["workspace_membership", []],
    ["user_access.login*", ["user_access.login"]],
    ["user_access?login", []],
    ["user_access.logi.", []],
    ["^user_access.login$", []],
    ["user_access.login|custom_role.role_created", []],
    ["[a-z_.]+", []],
    ["\\w+.login", []],
  ])("%s matches %j", (pattern, matched) => {
    expect(taken({ only: [pattern] })).toEqual(matched);
  });

  const matches = (pattern: string, type: string) =>
    router({ ...all, only: [pattern] })(auditEvent({ type }));
  const literal = fc.string({
    unit: fc.constantFrom(..."abz09_.^$+?()[]{}|\\/-"),
    minLength: 1,
    maxLength: 30,
  });

  test("without * matches only itself, in any case", () => {
    fc.assert(
      fc.property(literal, literal, (pattern, type) => {
        expect(matches(pattern, pattern)).toBe(true);
        expect(matches(pattern, pattern.toUpperCase())).toBe(true);
        expect(matches(pattern, type)).toBe(type === pattern);
      }),
    );
  });

  test("with * matches what begins, goes on and ends as its parts do", () => {
    fc.assert(
      fc.property(fc.array(literal, { minLength: 2 }), literal, (parts, between) => {
        expect(matches(parts.join("*"), parts.join(between))).toBe(true);
        expect(matches(parts.join("*"), parts.join(""))).toBe(true);
      }),
    );
  });

  test("does not count a letter twice, as the end of one part and the start of the next", () => {
    expect(matches("aba*bab", "abab")).toBe(false);
    expect(matches("*aba*ab*", "abab")).toBe(false);
    expect(matches("aba*bab", "ababab")).toBe(true);
  });

  test("of many stars is decided at once: no slip in the configuration can stop a run", () => {
    const startMs = performance.now();
    expect(matches(`${"*".repeat(8)}x`, "a".repeat(40))).toBe(false);
    expect(matches(`${"a*".repeat(8)}x`, "a".repeat(40))).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(100);
  });
});
