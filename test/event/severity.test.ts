// The operator's own severities: which pattern counts, and that they count wherever an event is made.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { severities } from "../../src/event/event.ts";
import { identify } from "../../src/event/identity.ts";
import { eventMaker } from "../../src/event/maker.ts";
import { type Severities, toOverride } from "../../src/event/severity.ts";
import { knownTypes } from "../../src/route.ts";
import { normalize, toRecord } from "./items.ts";

describe("of the patterns that match a type counts", () => {
  const invite = "workspace_invitation.invite_sent";
  test.each<[string, Severities, string | undefined]>([
    ["none, where there are none", {}, undefined],
    ["none that matches another", { "custom_role.*": "high" }, undefined],
    ["the one that matches, in any case", { "WORKSPACE_invitation.*": "medium" }, "medium"],
    [
      "the type itself before any wildcard",
      { "*": "low", [invite]: "info", "w*t": "high" },
      "info",
    ],
    ["the longest beginning", { "workspace_*": "low", "*.invite_sent": "high" }, "low"],
    ["of equal beginnings the most letters", { "w*": "low", "w*_sent": "high" }, "high"],
    ["the wildcard, before nothing", { "*": "critical" }, "critical"],
  ])("%s", (_, table, severity) => {
    expect(toOverride(table)(invite)).toBe(severity);
    // In whatever order they are written.
    expect(toOverride(Object.fromEntries(Object.entries(table).reverse()))(invite)).toBe(severity);
  });

  test("an exact one for every type, whatever stands beside it", () => {
    const pattern = fc.constantFrom("*", "w*", "*_*", "*.user_*", "site_membership.*");
    const table = fc.dictionary(pattern, fc.constantFrom(...severities));
    fc.assert(
      fc.property(table, fc.constantFrom(...knownTypes), (others, type) => {
        expect(toOverride({ ...others, [type]: "critical" })(type)).toBe("critical");
      }),
    );
  });
});

describe("an event whose type has a severity of the operator's", () => {
  const item = {
    timestamp: "2026-06-04T11:20:07.123Z",
    eventType: "workspace_invitation",
    eventSubType: "invite_sent",
    payload: { roleName: "Owner", targetUser: { email: "ben@acme.com" } },
  };

  test("has it, also where the role would raise it, and nothing else about it changes, its id least", () => {
    const plain = normalize(item);
    expect(plain.severity).toBe("medium");
    const severityOf = toOverride({ "workspace_invitation.*": "low" });
    const [found] = identify([toRecord(item)], "configured");
    const made = found && eventMaker("configured", severityOf)(found.record, found.id, false);
    expect(made).toEqual({ ...plain, severity: "low" });
  });

  test("has it wherever events are made: in src, one place makes them", () => {
    const root = join(import.meta.dirname, "../../src");
    const makers = globSync("**/*.ts", { cwd: root }).filter((file) =>
      /toAuditEvent\(/.test(readFileSync(join(root, file), "utf8")),
    );
    expect(makers.toSorted()).toEqual(["event/maker.ts", "event/normalize.ts"]);
  });
});
