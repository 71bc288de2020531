// The event as ECS has it: whole documents, the category of every type, several people, and hostile values.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/event/catalogue.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import { ecs } from "../../src/formats/ecs.ts";
import type { Document } from "../../src/formats/format.ts";
import { toSystemEvent } from "../../src/system-event.ts";
import { normalize } from "../event/items.ts";
import { ecsProblems, hasEcsSchema } from "../support/ecs-schema.ts";
import { auditEvent, hostileEvent, hostileItem } from "../support/events.ts";
import { exampleEvents, hasExamples } from "../support/examples.ts";

function only(event: AuditEvent): Document["content"] {
  const [document, ...others] = ecs.toDocuments(event);
  expect(others).toEqual([]);
  expect(document?.id).toBe(event.id);
  return document?.content ?? {};
}

test("a change of role: who changed whom, the new role, the one before under webflow.audit", () => {
  const event = auditEvent({ site: { id: "64f0c0ffee00000000000002", slug: "shop" } });
  expect(only(event)).toEqual({
    "@timestamp": "2026-06-04T11:20:07.123Z",
    ecs: { version: "9.4.0" },
    message: event.summary,
    event: {
      kind: "event",
      category: ["iam"],
      type: ["user", "change"],
      outcome: "success",
      action: "workspace_membership.user_role_updated",
      id: event.id,
      module: "webflow",
      dataset: "webflow.audit",
      provider: "webflow",
      severity: 73,
      original: JSON.stringify(event.raw),
    },
    user: {
      id: "64f0c0ffee0000000000000a",
      name: "ann@acme.com",
      email: "ann@acme.com",
      target: {
        id: "64f0c0ffee0000000000000b",
        name: "ben_k@acme.com",
        email: "ben_k@acme.com",
        roles: ["Workspace Admin"],
      },
      changes: { roles: ["Workspace Admin"] },
    },
    organization: { id: "64f0c0ffee00000000000001", name: "acme" },
    related: {
      user: [
        "64f0c0ffee0000000000000a",
        "ann@acme.com",
        "64f0c0ffee0000000000000b",
        "ben_k@acme.com",
      ],
    },
    observer: { vendor: "Webflow", product: "Webflow" },
    cloud: { service: { name: "Webflow" } },
    webflow: {
      audit: {
        severity: "high",
        actor: { type: "person" },
        role_name: "Workspace Admin",
        previous_role_name: "Designer",
        user_type: "member",
        method: "dashboard",
        site: { id: "64f0c0ffee00000000000002", slug: "shop" },
      },
    },
  });
});

test("a login has its address and its place", () => {
  const event = auditEvent({
    type: "user_access.login",
    targets: [],
    source: { ip: "2001:db8::17", location: "Dublin IE" },
  });
  expect(only(event)).toMatchObject({
    event: { category: ["authentication"], type: ["start"] },
    source: {
      address: "2001:db8::17",
      ip: "2001:db8::17",
      geo: { name: "Dublin IE", city_name: "Dublin", country_iso_code: "IE" },
    },
    related: { ip: ["2001:db8::17"] },
  });
  expect(only(event).user).not.toHaveProperty("target");
});

test.each(["999.1.1.1", "1.2.3.4..", "fe80::1%eth0", "localhost"])(
  "%s is an address, but no IP address that Elasticsearch takes",
  (ip) => {
    const { source, related } = only(auditEvent({ source: { ip, location: "somewhere" } }));
    expect(source).toEqual({ address: ip, geo: { name: "somewhere" } });
    expect(related).not.toHaveProperty("ip");
  },
);

const tableOfTypes = {
  "user_access.login": ["authentication", "start"],
  "user_access.logout": ["authentication", "end"],
  "custom_role.role_created": ["iam", "admin", "creation"],
  "custom_role.role_updated": ["iam", "admin", "change"],
  "custom_role.role_deleted": ["iam", "admin", "deletion"],
  "workspace_membership.user_added": ["iam", "user", "creation"],
  "workspace_membership.user_removed": ["iam", "user", "deletion"],
  "workspace_membership.user_role_updated": ["iam", "user", "change"],
  "site_membership.user_added": ["iam", "user", "change"],
  "site_membership.user_removed": ["iam", "user", "change"],
  "site_membership.user_role_updated": ["iam", "user", "change"],
  "site_membership.user_granular_access_updated": ["iam", "user", "change"],
  "workspace_invitation.invite_sent": ["iam", "user", "creation"],
  "workspace_invitation.invite_accepted": ["iam", "user", "change"],
  "workspace_invitation.invite_updated": ["iam", "user", "change"],
  "workspace_invitation.invite_canceled": ["iam", "user", "deletion"],
  "workspace_invitation.invite_declined": ["iam", "user", "info"],
  "workspace_invitation.access_request_accepted": ["iam", "user", "change"],
  "workspace_setting.setting_updated": ["configuration", "change"],
  "user_access.login_failed": ["iam", "info"],
  constructor: ["iam", "info"],
} as const;

describe("the category and type of", () => {
  test.each(Object.entries(tableOfTypes))("%s", (type, [category, ...types]) => {
    const known = Object.hasOwn(catalogue, type);
    expect(only(auditEvent({ type })).event).toMatchObject({
      category: [category],
      type: types,
      action: type,
      outcome: known ? "success" : "unknown",
    });
  });

  test("every known type are told above", () => {
    expect(Object.keys(tableOfTypes)).toEqual(expect.arrayContaining(Object.keys(catalogue)));
  });

  test("Tidemark's own events are left open, for none is theirs; Tidemark is their observer", () => {
    const event = toSystemEvent(
      { name: "source_refused", severity: "critical", summary: "401." },
      Date.parse("2026-06-04T11:20:07.123Z"),
      "acme",
    );
    const document = only(event);
    expect(document).toMatchObject({
      event: { action: "tidemark.source_refused", outcome: "unknown", provider: "tidemark" },
      observer: { vendor: "Tidemark" },
    });
    expect(document.event).not.toHaveProperty("category");
    expect(document.event).not.toHaveProperty("type");
  });
});

test.each([
  ["info", 0],
  ["low", 21],
  ["medium", 47],
  ["high", 73],
  ["critical", 99],
] as const)("the severity %s is Elastic's %d", (severity, number) => {
  expect(only(auditEvent({ severity })).event).toHaveProperty("severity", number);
});

test("of several people none is the target: they stand under webflow.audit, and are related", () => {
  const targets = [
    { id: "1", email: "a@example.com" },
    { id: null, email: "b@example.com" },
  ];
  const type = "workspace_invitation.access_request_accepted";
  const document = only(auditEvent({ type, targets }));
  expect(document.user).not.toHaveProperty("target");
  expect(document).toHaveProperty("webflow.audit.targets", [
    targets[0],
    { email: targets[1]?.email },
  ]);
  expect(document).toHaveProperty(
    "related.user",
    expect.arrayContaining(["1", "a@example.com", "b@example.com"]),
  );
});

test("an API token is the user by its id, and said to be a token", () => {
  const document = only(auditEvent({ actor: { type: "token", id: "5581", email: null } }));
  expect(document).toMatchObject({
    user: { id: "5581" },
    webflow: { audit: { actor: { type: "token" } } },
  });
  expect(document.user).not.toHaveProperty("name");
});

test("what ECS has no field for keeps its place under webflow.audit", () => {
  const event = auditEvent({
    type: "site_membership.user_granular_access_updated",
    granularAccess: { id: "c1", name: "Blogs", type: "cms", restricted: false },
    setting: { name: "ai_toggle", value: "true", previousValue: "false" },
    flags: { late: true, backfilled: false, unknown: false },
  });
  expect(only(event)).toMatchObject({
    webflow: {
      audit: {
        granular_access: { id: "c1", name: "Blogs", type: "cms", restricted: false },
        setting: { name: "ai_toggle", value: "true", previous_value: "false" },
        flags: { late: true },
      },
    },
  });
  expect(only(event)).not.toHaveProperty("webflow.audit.flags.backfilled");
  expect(only(event).user).not.toHaveProperty("changes");
});

test.skipIf(!hasExamples)(
  "the documentation's 24 examples have their categories and severities (needs ../shared/data)",
  () => {
    const events = exampleEvents();
    const found = events.map((event) => only(event).event);
    expect(found).toMatchObject(
      events.map(({ type }) => {
        const [category, ...types] = tableOfTypes[type as keyof typeof tableOfTypes];
        return { category: [category], type: types, outcome: "success", action: type };
      }),
    );
  },
);

describe.skipIf(!hasEcsSchema)("ECS's own list of fields (needs ../shared/data)", () => {
  test("refuses what ECS does not know", () => {
    const good = only(auditEvent());
    expect(ecsProblems(good)).toEqual([]);
    for (const [change, problem] of [
      [{ colour: "red" }, "colour is not a field"],
      [{ user: { target: { roles: "Admin" } } }, "user.target.roles is no list, or one"],
      [{ message: ["two"] }, "message is no list, or one"],
      [{ source: { ip: "1.2.3" } }, "source.ip: 1.2.3 is no ip"],
      [{ event: { kind: "happening" } }, "event.kind: happening is unknown"],
      [{ event: { severity: 1.5 } }, "event.severity: 1.5 is no long"],
      [{ event: { category: ["iam"], type: ["start"] } }, "event.type: start is not of iam"],
    ] as const) {
      expect(ecsProblems({ ...good, ...change })).toContain(problem);
    }
  });

  test.skipIf(!hasExamples)("has nothing against the documentation's 24 examples", () => {
    expect(exampleEvents().map(only).flatMap(ecsProblems)).toEqual([]);
  });

  test("has nothing against a document of any item, or of any event", () => {
    const known = fc.constantFrom(...Object.keys(catalogue));
    fc.assert(
      fc.property(hostileItem, hostileEvent, known, (item, { findings: _, ...event }, type) => {
        // The list is a selection without `threat`: findings are judged by all of ECS, in test/conformance.
        const events = [normalize(item), event, { ...event, type }];
        expect(events.map(only).flatMap(ecsProblems)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
