// Normalizing: every documented type with its sentence, and what becomes of fields that are not as documented.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue, type KnownType } from "../../src/event/catalogue.ts";
import { auditEventSchema } from "../../src/event/event.ts";
import { normalize } from "./items.ts";

const ford = { type: "person", id: "6661ccb359b561c69f29d554", email: "ford@example.com" };
const kai = { id: "672946bf5d384ea895bb95e2", email: "kai@example.com" };
const site = { id: "67dc519889286123da057175", slug: "heartofgold" };

function item(type: string, payload: unknown, actor: unknown = ford) {
  const [eventType, eventSubType] = type.split(".");
  const workspace = { id: "6621ccb459b561c69f29d57c", slug: "hitchhikers-workspace" };
  return {
    timestamp: "2026-06-04T02:00:00.000Z",
    eventType,
    eventSubType,
    actor,
    workspace,
    payload,
  };
}

const sentences: Readonly<Record<KnownType, readonly [payload: object, sentence: string]>> = {
  "user_access.login": [
    { method: "sso", location: "Dublin IE", ipAddress: "2001:db8::17" },
    "ford@example.com logged in by SSO from Dublin IE (2001:db8::17).",
  ],
  "user_access.logout": [{ method: "dashboard" }, "ford@example.com logged out."],
  "custom_role.role_created": [
    { roleName: "Launch manager" },
    "ford@example.com created the custom role Launch manager.",
  ],
  "custom_role.role_updated": [
    { roleName: "Release manager", previousRoleName: "Launch manager" },
    "ford@example.com renamed the custom role Launch manager to Release manager.",
  ],
  "custom_role.role_deleted": [
    { roleName: "Release manager" },
    "ford@example.com deleted the custom role Release manager.",
  ],
  "workspace_membership.user_added": [
    { targetUser: kai, method: "access_request", userType: "guest", roleName: "Guest" },
    "ford@example.com added kai@example.com to the workspace as Guest through an access request.",
  ],
  "workspace_membership.user_removed": [
    { targetUser: kai, method: "dashboard", userType: "member", roleName: "Designer" },
    "ford@example.com removed kai@example.com (Designer) from the workspace.",
  ],
  "workspace_membership.user_role_updated": [
    { targetUser: kai, method: "sso", roleName: "Admin", previousRoleName: "Designer" },
    "ford@example.com changed the workspace role of kai@example.com from Designer to Admin by SSO.",
  ],
  "site_membership.user_added": [
    { site, targetUser: kai, method: "dashboard", userType: "client", roleName: "Content editor" },
    "ford@example.com added kai@example.com to site heartofgold as Content editor (client).",
  ],
  "site_membership.user_removed": [
    { site, targetUser: kai, method: "scim", roleName: "Content editor" },
    "ford@example.com removed kai@example.com (Content editor) from site heartofgold through SCIM.",
  ],
  "site_membership.user_role_updated": [
    {
      site,
      targetUser: kai,
      method: "dashboard",
      roleName: "Site manager",
      previousRoleName: "Designer",
    },
    "ford@example.com changed the role of kai@example.com on site heartofgold from Designer to Site manager.",
  ],
  "site_membership.user_granular_access_updated": [
    {
      site,
      targetUser: kai,
      granularAccess: { id: "c1", name: "Blogs", type: "cms", restricted: true },
    },
    "ford@example.com restricted kai@example.com's access to the CMS collection Blogs on site heartofgold.",
  ],
  "workspace_invitation.invite_sent": [
    { targetUser: { email: "arthur@example.com" }, method: "dashboard", roleName: "Reviewer" },
    "ford@example.com invited arthur@example.com to the workspace as Reviewer.",
  ],
  "workspace_invitation.invite_accepted": [
    { targetUser: { email: "Ford@Example.com" }, method: "dashboard", roleName: "Marketer" },
    "ford@example.com accepted the invitation to the workspace as Marketer.",
  ],
  "workspace_invitation.invite_updated": [
    {
      targetUser: { email: "arthur@example.com" },
      roleName: "Designer",
      previousRoleName: "Reviewer",
    },
    "ford@example.com changed the invitation of arthur@example.com from Reviewer to Designer.",
  ],
  "workspace_invitation.invite_canceled": [
    { targetUser: { email: "arthur@example.com" }, method: "admin", roleName: "Designer" },
    "ford@example.com canceled the invitation of arthur@example.com (Designer) via admin.",
  ],
  "workspace_invitation.invite_declined": [
    { targetUser: ford, method: "dashboard", userType: "client" },
    "ford@example.com declined the invitation to the workspace as client.",
  ],
  "workspace_invitation.access_request_accepted": [
    {
      targetUsers: [kai, { id: "u7" }, { id: "u8" }, { id: "u9" }],
      userType: "guest",
      roleName: "Guest",
    },
    "ford@example.com accepted the access requests of kai@example.com, user u7 and 2 others as Guest.",
  ],
  "workspace_setting.setting_updated": [
    { setting: "ai_toggle", previousValue: "true", value: "false", method: "dashboard" },
    "ford@example.com turned AI features off from the dashboard.",
  ],
};

describe("a documented event", () => {
  test.each(Object.keys(catalogue) as KnownType[])(
    "%s has its sentence and fits the schema",
    (type) => {
      const [payload, sentence] = sentences[type];
      const event = normalize(item(type, payload));
      expect(event.summary).toBe(sentence);
      expect(event.type).toBe(type);
      expect(event.flags.unknown).toBe(false);
      expect(auditEventSchema.parse(event)).toEqual(event);
    },
  );
});

test("a role change is normalized field by field", () => {
  const raw = item("site_membership.user_role_updated", {
    site,
    targetUser: kai,
    method: "dashboard",
    userType: "member",
    roleName: "Admin",
    previousRoleName: "Designer",
  });
  const { id, summary, raw: kept, ...event } = normalize(raw);
  expect(event).toEqual({
    type: "site_membership.user_role_updated",
    time: "2026-06-04T02:00:00.000Z",
    severity: "high",
    actor: ford,
    targets: [kai],
    site,
    role: "Admin",
    previousRole: "Designer",
    setting: null,
    granularAccess: null,
    method: "dashboard",
    userType: "member",
    source: null,
    workspace: { id: "6621ccb459b561c69f29d57c", slug: "hitchhikers-workspace" },
    flags: { late: false, backfilled: false, unknown: false },
  });
  expect(kept).toBe(raw);
});

test("an item of nothing but a timestamp becomes an unknown event of the configured workspace", () => {
  const event = normalize({ timestamp: "2026-06-04T04:00:00+02:00" });
  expect(event).toMatchObject({
    type: "unknown.unknown",
    time: "2026-06-04T02:00:00.000Z",
    severity: "info",
    summary: "Someone did unknown.unknown: an event that this version does not know yet.",
    actor: { type: "unknown", id: null, email: null },
    targets: [],
    workspace: { id: "configured", slug: null },
    flags: { unknown: true },
  });
  expect(auditEventSchema.parse(event)).toEqual(event);
});

test("an unknown subtype keeps all fields that are known from other types", () => {
  const event = normalize(
    item("site_membership.user_promoted", { site, targetUser: kai, roleName: "Admin" }),
  );
  expect(event).toMatchObject({ severity: "info", role: "Admin", site, flags: { unknown: true } });
  expect(event.summary).toBe(
    "ford@example.com did site_membership.user_promoted to kai@example.com on site heartofgold: an event that this version does not know yet.",
  );
});

test("a person who is in targetUser and in targetUsers is one target", () => {
  const upperCase = { id: null, email: "KAI@example.com" };
  const { targets } = normalize(
    item("workspace_membership.user_added", {
      targetUser: kai,
      targetUsers: [kai, upperCase, null, {}, ford],
    }),
  );
  expect(targets).toEqual([kai, { id: ford.id, email: ford.email }]);
});

test("fields of a wrong type are null, and kept in raw", () => {
  const payload = {
    targetUser: "kai",
    site: [],
    roleName: 5,
    method: {},
    granularAccess: { restricted: "no" },
  };
  const event = normalize(item("site_membership.user_added", payload, "ford"));
  expect(event).toMatchObject({
    targets: [],
    site: null,
    role: null,
    method: null,
    raw: { payload },
  });
  expect(event.granularAccess).toEqual({ id: null, name: null, type: null, restricted: null });
  expect(event.summary).toBe("Someone added someone to a site.");
});

test("a setting that comes as a boolean reads as the documented string", () => {
  const event = normalize(
    item("workspace_settings.setting_updated", { setting: "ai_toggle", value: true }),
  );
  expect(event.type).toBe("workspace_setting.setting_updated");
  expect(event.setting).toEqual({ name: "ai_toggle", value: "true", previousValue: null });
});

test("a time that an offset pushes past the year 9999 stays a time that the schema accepts", () => {
  const event = normalize({ timestamp: "9999-12-31T23:59:59-23:59" });
  expect(auditEventSchema.parse(event).time).toBe("9999-12-31T23:59:59.999Z");
});

// The documentation's examples (facts/webflow-audit-logs.md section 6), where the project's notes are at hand.
const examples = join(import.meta.dirname, "../../../shared/data/webflow/examples.json");
const s = "someone@webflow.com";
const z = "zaphod.beeblebrox@heartofgold.ship";
const f = "ford.prefect@example.com";
const exampleSentences = [
  "someone@email.com logged in on the dashboard from Ashburn US (54.165.18.93).",
  "someone@email.com logged in by SSO.",
  `${s} logged in with Google from Dublin IE (2001:db8::17).`,
  "someone@email.com logged out from Ashburn US (54.165.18.93).",
  `${s} created the custom role Launch manager.`,
  `${s} renamed the custom role Launch manager to Release manager.`,
  `${s} deleted the custom role Release manager.`,
  `${s} joined the workspace by SSO as member.`,
  `${s} removed ${s} (Designer) from the workspace.`,
  `${s} changed the workspace role of ${s} from Designer to Admin via admin.`,
  `${s} added ${z} to the workspace as Guest through an access request.`,
  `${s} added ${s} to site hitchhikers-site as Edit - Cannot publish.`,
  `${s} removed ${s} (Content editor) from site hitchhikers-site through SCIM.`,
  `${s} changed the role of ${s} on site hitchhikers-site from Edit - Cannot publish to Site manager.`,
  `${s} restricted ${s}'s access to the CMS collection Blogs on site hitchhikers-site.`,
  `${s} invited ${f} to the workspace as Reviewer.`,
  `${z} accepted the invitation to the workspace as Marketer.`,
  `${s} changed the invitation of ${f} from Reviewer to Designer.`,
  `${s} canceled the invitation of ${f} (Designer) via admin.`,
  `${z} declined the invitation to the workspace as client.`,
  `${s} accepted the access requests of ${z} and ${f} as Guest.`,
  `${s} turned AI features on from the dashboard.`,
  `An API token (5581…9a5786) changed the role of ${s} on site hitchhikers-site from Marketer to Designer via admin.`,
  `${f} declined the invitation to the workspace as Guest.`,
];

test.skipIf(!existsSync(examples))(
  "the documentation's 24 examples fit the schema and have their sentences (needs ../shared/data)",
  () => {
    const items: unknown[] = JSON.parse(readFileSync(examples, "utf8"));
    const events = items.map(normalize);
    expect(events.map(({ summary }) => summary)).toEqual(exampleSentences);
    for (const event of events) expect(auditEventSchema.parse(event)).toEqual(event);
    expect(events.some(({ flags }) => flags.unknown)).toBe(false);
  },
);
