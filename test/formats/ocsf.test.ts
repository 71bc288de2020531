// The event as OCSF has it: whole documents, the class of every type, several people, and hostile values.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/event/catalogue.ts";
import type { AuditEvent } from "../../src/event/event.ts";
import type { Document } from "../../src/formats/format.ts";
import { ocsf } from "../../src/formats/ocsf.ts";
import { toSystemEvent } from "../../src/system-event.ts";
import { normalize } from "../event/items.ts";
import { auditEvent, hostileEvent, hostileItem } from "../support/events.ts";
import { exampleEvents, hasExamples } from "../support/examples.ts";
import { hasOcsfSchema, ocsfProblems } from "../support/ocsf-schema.ts";

const contents = (event: AuditEvent) => ocsf.toDocuments(event).map(({ content }) => content);

/** The one document of an event that is about one person at most. */
function only(event: AuditEvent): Document["content"] {
  const [content, ...others] = contents(event);
  expect(others).toEqual([]);
  return content ?? {};
}

const org = { uid: "64f0c0ffee00000000000001", name: "acme" };
const ann = {
  name: "ann@acme.com",
  uid: "64f0c0ffee0000000000000a",
  email_addr: "ann@acme.com",
  type_id: 1,
  type: "User",
  org,
};
const ben = { ...ann, name: "ben_k@acme.com", uid: "64f0c0ffee0000000000000b" };
const person = (email: string, id: string | null = null) => ({ id, email });

test("a change of role is privileges assigned to its person, the role before beside them", () => {
  const event = auditEvent({
    site: { id: "64f0c0ffee00000000000002", slug: "shop" },
    raw: { timestamp: "2026-06-04T11:20:07.123Z", payload: { roleName: "Workspace Admin" } },
  });
  expect(ocsf.toDocuments(event)).toEqual([
    {
      id: event.id,
      content: {
        activity_id: 1,
        activity_name: "Assign Privileges",
        category_uid: 3,
        category_name: "Identity & Access Management",
        class_uid: 3005,
        class_name: "User Access Management",
        type_uid: 300501,
        type_name: "User Access Management: Assign Privileges",
        severity_id: 4,
        severity: "High",
        status_id: 1,
        status: "Success",
        time: 1780572007123,
        timezone_offset: 0,
        message: event.summary,
        metadata: {
          version: "1.8.0",
          uid: event.id,
          event_code: "workspace_membership.user_role_updated",
          log_name: "workspace_audit_log",
          log_provider: "Webflow",
          original_time: "2026-06-04T11:20:07.123Z",
          tenant_uid: "64f0c0ffee00000000000001",
          product: { name: "Webflow", vendor_name: "Webflow" },
        },
        actor: { user: ann },
        user: { ...ben, email_addr: "ben_k@acme.com" },
        privileges: ["Workspace Admin"],
        resources: [
          { type: "Site", uid: "64f0c0ffee00000000000002", name: "shop" },
          { type: "Workspace", ...org },
        ],
        observables: [
          {
            name: "actor.user.email_addr",
            type_id: 5,
            type: "Email Address",
            value: "ann@acme.com",
          },
          { name: "user.email_addr", type_id: 5, type: "Email Address", value: "ben_k@acme.com" },
        ],
        raw_data:
          '{"timestamp":"2026-06-04T11:20:07.123Z","payload":{"roleName":"Workspace Admin"}}',
        unmapped: {
          method: "dashboard",
          userType: "member",
          previousRoleName: "Designer",
          site: { id: "64f0c0ffee00000000000002", slug: "shop" },
        },
      },
    },
  ]);
});

test("a login is the actor's own, over the network, by Webflow's name of the method", () => {
  const event = auditEvent({
    type: "user_access.login",
    severity: "info",
    targets: [],
    role: null,
    previousRole: null,
    userType: null,
    method: "sso",
    source: { ip: "2001:db8::17", location: "Dublin IE" },
  });
  expect(only(event)).toMatchObject({
    type_uid: 300201,
    type_name: "Authentication: Logon",
    actor: { user: ann },
    user: ann,
    service: { name: "Webflow" },
    is_remote: true,
    auth_protocol_id: 99,
    auth_protocol: "sso",
    src_endpoint: {
      ip: "2001:db8::17",
      location: { city: "Dublin", country: "IE", desc: "Dublin IE" },
    },
    unmapped: { method: "sso" },
  });
  expect(only(event).observables).toContainEqual({
    name: "src_endpoint.ip",
    type_id: 2,
    type: "IP Address",
    value: "2001:db8::17",
  });
});

const tableOfTypes = {
  "user_access.login": [300201, "Logon"],
  "user_access.logout": [300202, "Logoff"],
  "custom_role.role_created": [300401, "Create"],
  "custom_role.role_updated": [300403, "Update"],
  "custom_role.role_deleted": [300404, "Delete"],
  "workspace_membership.user_added": [300501, "Assign Privileges"],
  "workspace_membership.user_removed": [300502, "Revoke Privileges"],
  "workspace_membership.user_role_updated": [300501, "Assign Privileges"],
  "site_membership.user_added": [300501, "Assign Privileges"],
  "site_membership.user_removed": [300502, "Revoke Privileges"],
  "site_membership.user_role_updated": [300501, "Assign Privileges"],
  "site_membership.user_granular_access_updated": [300599, "Update Privileges"],
  "workspace_invitation.invite_sent": [300401, "Create"],
  "workspace_invitation.invite_accepted": [300406, "Enroll"],
  "workspace_invitation.invite_updated": [300403, "Update"],
  "workspace_invitation.invite_canceled": [300404, "Delete"],
  "workspace_invitation.invite_declined": [300499, "Decline"],
  "workspace_invitation.access_request_accepted": [300499, "Access Request Accepted"],
  "workspace_setting.setting_updated": [300403, "Update"],
  "user_access.login_failed": [99, "user_access.login_failed"],
  "tidemark.source_refused": [99, "tidemark.source_refused"],
  constructor: [99, "constructor"],
} as const;

describe("the class and activity of", () => {
  test.each(Object.entries(tableOfTypes))("%s", (type, [typeUid, activity]) => {
    expect(only(auditEvent({ type }))).toMatchObject({
      type_uid: typeUid,
      class_uid: Math.floor(typeUid / 100),
      activity_id: typeUid % 100,
      activity_name: activity,
    });
  });

  test("every known type are told above", () => {
    expect(Object.keys(tableOfTypes)).toEqual(expect.arrayContaining(Object.keys(catalogue)));
  });

  test.each([
    [true, 300502],
    [false, 300501],
    [null, 300599],
  ])("access to a collection, restricted %j: %d", (restricted, typeUid) => {
    const granularAccess = { id: "c1", name: "Blogs", type: "cms", restricted };
    const type = "site_membership.user_granular_access_updated";
    expect(only(auditEvent({ type, granularAccess }))).toMatchObject({
      type_uid: typeUid,
      privileges: ["cms:Blogs"],
      resources: [
        { type: "CMS Collection", uid: "c1", name: "Blogs" },
        { type: "Workspace", ...org },
      ],
      unmapped: { roleName: "Workspace Admin", granularAccess: { id: "c1", name: "Blogs" } },
    });
  });

  test.each([
    ["true", 300408, "Enable"],
    ["FALSE", 300409, "Disable"],
    ["5", 300403, "Update"],
  ])("a setting that is now %s: %d, %s", (value, typeUid, activity) => {
    const event = auditEvent({
      type: "workspace_setting.setting_updated",
      setting: { name: "ai_toggle", value, previousValue: "old" },
    });
    expect(only(event)).toMatchObject({
      type_uid: typeUid,
      activity_name: activity,
      entity: { name: "ai_toggle", type: "Workspace Setting", data: { value: "old" } },
      entity_result: { name: "ai_toggle", type: "Workspace Setting", data: { value } },
    });
  });
});

test.each([
  ["info", 1, "Informational"],
  ["low", 2, "Low"],
  ["medium", 3, "Medium"],
  ["high", 4, "High"],
  ["critical", 5, "Critical"],
] as const)("the severity %s is OCSF's %d, %s", (severity, id, caption) => {
  expect(only(auditEvent({ severity }))).toMatchObject({ severity_id: id, severity: caption });
});

test("a custom role that is renamed is the entity under its old name, the result under its new", () => {
  const type = "custom_role.role_updated";
  const entity = { type_id: 99, type: "Custom Role", org };
  expect(only(auditEvent({ type }))).toMatchObject({
    entity: { ...entity, name: "Designer" },
    entity_result: { ...entity, name: "Workspace Admin" },
  });
  const changed = only(auditEvent({ type, previousRole: null }));
  expect(changed.entity).toEqual({ ...entity, name: "Workspace Admin" });
  expect(changed).not.toHaveProperty("entity_result");
});

test("an invitation bears the name of who is invited, with what it offers", () => {
  const event = auditEvent({
    type: "workspace_invitation.invite_sent",
    targets: [person("ford@example.com")],
    previousRole: null,
  });
  const ford = { name: "ford@example.com", email_addr: "ford@example.com" };
  expect(only(event).entity).toEqual({
    name: "ford@example.com",
    type_id: 99,
    type: "Workspace Invitation",
    user: { ...ford, type_id: 1, type: "User", org },
    org,
    data: { roleName: "Workspace Admin", userType: "member" },
  });
});

describe("several people", () => {
  const type = "workspace_invitation.access_request_accepted";
  const two = [person("a@example.com", "1"), person("b@example.com", "2")];

  test("in one access request are a document each, with an id of its own and one in common", () => {
    const event = auditEvent({ type, targets: two });
    const documents = ocsf.toDocuments(event);
    expect(documents.map(({ id }) => id)).toEqual([`${event.id}-1`, `${event.id}-2`]);
    for (const [index, { id, content }] of documents.entries()) {
      expect(content).toMatchObject({
        metadata: { uid: id, correlation_uid: event.id },
        entity: { user: { uid: two[index]?.id, email_addr: two[index]?.email } },
        raw_data: JSON.stringify(event.raw),
      });
    }
  });

  test.each([
    ["one", two.slice(0, 1)],
    ["none", []],
  ])("of whom there is %s: one document, under the event's id", (_, targets) => {
    const event = auditEvent({ type, targets });
    const [document, ...others] = ocsf.toDocuments(event);
    expect(others).toEqual([]);
    expect(document?.id).toBe(event.id);
    expect(document?.content).toHaveProperty("metadata.uid", event.id);
    expect(document?.content).not.toHaveProperty("metadata.correlation_uid");
  });

  test("in one change of membership are a document each as well: a user is one person", () => {
    const users = contents(auditEvent({ targets: two })).map(({ user }) => user);
    expect(users).toMatchObject([{ uid: "1" }, { uid: "2" }]);
  });

  test("named by an event that is about no person stay together, unmapped", () => {
    const document = only(auditEvent({ type: "custom_role.role_created", targets: two }));
    expect(document.unmapped).toMatchObject({ targetUsers: two });
  });
});

describe("who did it", () => {
  const actor = (type: "person" | "token" | "unknown", id: string | null, email: string | null) =>
    only(auditEvent({ type: "user_access.login", actor: { type, id, email } }));

  test("is an application and no user where it is an API token; the login's user is a service", () => {
    expect(actor("token", "5581", null)).toMatchObject({
      actor: { app_name: "Webflow API token", app_uid: "5581" },
      user: { name: "Webflow API token", uid: "5581", type_id: 4, type: "Service" },
    });
  });

  test("is Webflow where it is told nowhere; the login's user is unknown", () => {
    const document = actor("unknown", null, null);
    expect(document.actor).toEqual({ app_name: "Webflow" });
    expect(document.user).toEqual({ name: "unknown", type_id: 0, type: "Unknown" });
  });

  test("has the e-mail address for a name, or an id alone", () => {
    expect(actor("person", null, "ann@acme.com").user).toEqual({
      ...{ name: "ann@acme.com", email_addr: "ann@acme.com" },
      ...{ type_id: 1, type: "User", org },
    });
    expect(actor("person", "7", null).user).toEqual({ uid: "7", type_id: 1, type: "User", org });
  });

  test.each(["ann", "ann@acme", "ann@ácme.com", "a b@acme.com", "ann@acme.com\n", "@acme.com"])(
    "is named %j, which is no e-mail address that OCSF takes",
    (email) => {
      const { user, observables } = actor("person", "7", email);
      expect(user).toEqual({ name: email, uid: "7", type_id: 1, type: "User", org });
      expect(observables).toBeUndefined();
    },
  );
});

describe("where it came from", () => {
  const from = (ip: string | null, location: string | null) =>
    only(auditEvent({ type: "user_access.login", source: { ip, location } }));

  test.each([
    "999.1.1.1",
    "1.2.3",
    "1.2.3.4..",
    "01.2.3.4",
    "1.2.3.4:80",
    "fe80::1%eth0",
    "::g",
    "localhost",
  ])("stays unmapped with the address %j, which OCSF does not take", (ip) => {
    const { src_endpoint, unmapped } = from(ip, "Dublin IE");
    expect(src_endpoint).toBeUndefined();
    expect(unmapped).toMatchObject({ ipAddress: ip, location: "Dublin IE" });
  });

  test.each([
    ["Ashburn US", "Ashburn", "US"],
    ["New York, US", "New York", "US"],
    ["São Paulo BR", "São Paulo", "BR"],
  ])("reads %s as a city and a country", (text, city, country) => {
    const { src_endpoint, unmapped } = from("192.0.2.7", text);
    expect(src_endpoint).toEqual({ ip: "192.0.2.7", location: { city, country, desc: text } });
    expect(unmapped).not.toHaveProperty("location");
  });

  test.each(["US", " US", ", US", "Ashburn", "Ashburn us", `${"x".repeat(300)} US`])(
    "keeps the place %j as it is, unmapped",
    (text) => {
      const { src_endpoint, unmapped } = from("192.0.2.7", text);
      expect(src_endpoint).toEqual({ ip: "192.0.2.7" });
      expect(unmapped).toHaveProperty("location", text);
    },
  );
});

test("privileges are never empty: the role, else the kind of user, else unknown", () => {
  const privileges = (role: string | null, userType: string | null) =>
    only(auditEvent({ role, userType })).privileges;
  expect(privileges("Designer", "guest")).toEqual(["Designer"]);
  expect(privileges("", "guest")).toEqual(["guest"]);
  expect(privileges(null, null)).toEqual(["unknown"]);
});

test("late and backfilled are told only of events that are", () => {
  const flags = { late: true, backfilled: false, unknown: false };
  expect(only(auditEvent({ flags }))).toHaveProperty("unmapped.flags", { late: true });
  expect(only(auditEvent())).not.toHaveProperty("unmapped.flags");
});

test("a type that is not known is a base event with the whole item, and no word of success", () => {
  const item = {
    timestamp: "2026-06-04T11:20:07Z",
    eventType: "user_access",
    eventSubType: "login_failed",
    actor: { type: "robot", id: "7", email: null },
    payload: { attempts: 3, reasons: ["password", "otp"], __proto__: { a: 1 } },
  };
  expect(only(normalize(item))).toMatchObject({
    class_uid: 0,
    category_uid: 0,
    category_name: "Uncategorized",
    type_name: "Base Event: Other",
    activity_name: "user_access.login_failed",
    severity_id: 1,
    status_id: 0,
    status: "Unknown",
    metadata: { event_code: "user_access.login_failed", log_provider: "Webflow" },
    unmapped: {
      actor: { type: "robot", id: "7" },
      payload: { attempts: 3, reasons: ["password", "otp"] },
      flags: { unknown: true },
    },
  });
});

test("what happens to Tidemark itself is a base event of Tidemark", () => {
  const event = toSystemEvent(
    { name: "source_refused", severity: "critical", summary: "401.", payload: { status: 401 } },
    Date.parse("2026-06-04T11:20:07.123Z"),
    "acme",
  );
  expect(only(event)).toMatchObject({
    class_uid: 0,
    severity_id: 5,
    message: "401.",
    metadata: { log_provider: "Tidemark", log_name: "tidemark", product: { name: "Tidemark" } },
    unmapped: { payload: { status: 401 } },
  });
});

test.skipIf(!hasExamples)(
  "the documentation's 24 examples have their classes and severities (needs ../shared/data)",
  () => {
    const found = exampleEvents().map((event) => {
      const [first] = contents(event);
      return [first?.type_uid, first?.severity_id];
    });
    // biome-ignore format: as the examples are grouped
    expect(found).toEqual([
      [300201, 1], [300201, 1], [300201, 1], [300202, 1],
      [300401, 2], [300403, 2], [300404, 2],
      [300501, 2], [300502, 2], [300501, 4], [300501, 2],
      [300501, 2], [300502, 2], [300501, 2], [300502, 2],
      [300401, 2], [300406, 2], [300403, 1], [300404, 1], [300499, 1], [300499, 3],
      [300408, 3], [300501, 2], [300499, 1],
    ]);
  },
);

describe.skipIf(!hasOcsfSchema)("OCSF's own dictionary (needs ../shared/data)", () => {
  test("refuses what OCSF does not know", () => {
    const good = only(auditEvent());
    expect(ocsfProblems(good)).toEqual([]);
    for (const [change, problem] of [
      [{ colour: "red" }, "colour is not an attribute"],
      [{ user: { email_addr: "a@b.c" } }, "user has none of account,name,uid"],
      [{ user: { ...ann, email_addr: "no address" } }, "user.email_addr: no address is no email_t"],
      [{ severity: "Urgent" }, "severity_id: Urgent is not High"],
      [{ status_id: 7 }, "status_id: 7 is not in the enum"],
      [{ time: 1.5 }, "time is no integer"],
      [{ privileges: "all" }, "privileges is no list, or one"],
    ] as const) {
      expect(ocsfProblems({ ...good, ...change })).toContain(problem);
    }
    const { privileges: _, ...rest } = good;
    expect(ocsfProblems(rest)).toContain("privileges is missing");
  });

  test.skipIf(!hasExamples)("has nothing against the documentation's 24 examples", () => {
    expect(exampleEvents().flatMap(contents).flatMap(ocsfProblems)).toEqual([]);
  });

  test("has nothing against a document of any item, of whatever type", () => {
    fc.assert(
      fc.property(hostileItem, (item) => {
        expect(contents(normalize(item)).flatMap(ocsfProblems)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("has nothing against a document of any event, be everything in it null or hostile", () => {
    const known = fc.constantFrom(...Object.keys(catalogue));
    fc.assert(
      fc.property(hostileEvent, known, (event, type) => {
        expect(contents({ ...event, type }).flatMap(ocsfProblems)).toEqual([]);
        expect(contents(event).flatMap(ocsfProblems)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
