// Events for tests: a believable one, and the ugliest that the schema allows.
import fc from "fast-check";
import type { Letter } from "../../src/destinations/destination.ts";
import { catalogue } from "../../src/event/catalogue.ts";
import { type AuditEvent, severities } from "../../src/event/event.ts";
import type { Document } from "../../src/formats/format.ts";

/** Like a real id: 10 characters of time, 16 that differ with `n`. */
export function eventId(n: number, timeMs = Date.parse("2026-06-04T11:20:07.123Z")): string {
  const time = timeMs.toString(32).toUpperCase().padStart(10, "0").slice(-10);
  return time + n.toString(32).toUpperCase().padStart(16, "0");
}

/** A valid event: Ann makes Ben an administrator. */
export function auditEvent(overrides: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: eventId(1),
    type: "workspace_membership.user_role_updated",
    time: "2026-06-04T11:20:07.123Z",
    severity: "high",
    summary: "ann@acme.com changed the role of ben_k@acme.com from Designer to Workspace Admin",
    actor: { type: "person", id: "64f0c0ffee0000000000000a", email: "ann@acme.com" },
    targets: [{ id: "64f0c0ffee0000000000000b", email: "ben_k@acme.com" }],
    site: null,
    role: "Workspace Admin",
    previousRole: "Designer",
    setting: null,
    granularAccess: null,
    method: "dashboard",
    userType: "member",
    source: null,
    workspace: { id: "64f0c0ffee00000000000001", slug: "acme" },
    flags: { late: false, backfilled: false, unknown: false },
    raw: { eventType: "workspace_membership", eventSubType: "user_role_updated" },
    ...overrides,
  };
}

/** The event as it is on its way to a destination that takes documents in Tidemark's own format. */
export function letterOf(event: AuditEvent, content: Document["content"] = event): Letter {
  return { event, documents: [{ id: event.id, content }] };
}

/** `count` events, a second apart unless told, each with its own id. */
export function auditEvents(count: number, overrides: Partial<AuditEvent> = {}): AuditEvent[] {
  return Array.from({ length: count }, (_, index) => {
    const timeMs = Date.parse("2026-06-04T11:20:07.123Z") + index * 1000;
    return auditEvent({
      id: eventId(index, timeMs),
      time: new Date(timeMs).toISOString(),
      ...overrides,
    });
  });
}

const nasty = [
  "",
  " ",
  "\u200b",
  "<!channel>",
  "<!here|here> @here @everyone <!subteam^S1>",
  "<@U1> <#C1>",
  "<https://evil.example|webflow.com> https://evil.example/a_b evil.example",
  "&lt;!channel&gt; &amp;amp;",
  "> quoted\n>>> more\r\n\u2028- list",
  "*bold* _italic_ ~struck~ `code` ```block```",
  "`01J00000000000000000000000`",
  ":rotating_light: 2001:db8:100::1 <!date^1^{date}|x>",
  "\u202Emoc.live\u202C \u2066x\u2069 \u061C",
  "👩‍👩‍👧‍👦🏳️‍🌈🇨🇭e\u0301\u0302\u0303\u0304\u0305\u0306",
  "\ud83d",
  "\udc00broken\ud800",
  "\u0000\u0007\u001b[31m\u0085\ufeff",
  'quotes " and \\ backslashes \\n',
  "constructor",
  "𝔖𝔩𝔞𝔠𝔨 名前 اسم שם",
  "&".repeat(3000),
  "<>".repeat(1500),
  "😀".repeat(3000),
  '\\"'.repeat(1500),
  "名".repeat(3000),
];

/** Strings that break careless code: markup, controls, bidi, lone surrogates, 3,000 characters. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom(..."<>&*_~`:@#!^|\n ab.\u202e\u200b\ud83d😀"),
    maxLength: 200,
  }),
  fc
    .array(fc.constantFrom(...nasty), { minLength: 2, maxLength: 8 })
    .map((parts) => parts.join(" ").slice(0, 3000)),
);

const text = fc.oneof(
  { weight: 3, arbitrary: hostileText },
  { weight: 1, arbitrary: fc.constant(null) },
);
const person = fc.record({ id: text, email: text });
const time = fc.oneof(
  fc.integer({ min: 0, max: 999 }).map((ms) => Date.parse("2026-06-04T11:20:07.000Z") + ms),
  fc.integer({ min: 0, max: Date.parse("2100-01-01T00:00:00Z") }),
);

function finding() {
  return fc.record({
    rule: hostileText,
    title: hostileText,
    severity: fc.constantFrom(...severities),
    reason: text,
    technique: fc.option(fc.record({ id: hostileText, name: hostileText })),
  });
}

/** Any event that the schema allows; only the id is as Tidemark makes it. */
export const hostileEvent: fc.Arbitrary<AuditEvent> = fc
  .record({
    n: fc.nat(),
    timeMs: time,
    type: hostileText,
    severity: fc.constantFrom(...severities),
    summary: hostileText,
    actor: fc.record({
      type: fc.constantFrom("person", "token", "unknown"),
      id: text,
      email: text,
    }),
    targets: fc.array(person, { maxLength: 12 }),
    site: fc.option(fc.record({ id: text, slug: text })),
    role: text,
    previousRole: text,
    setting: fc.option(fc.record({ name: text, value: text, previousValue: text })),
    granularAccess: fc.option(
      fc.record({ id: text, name: text, type: text, restricted: fc.option(fc.boolean()) }),
    ),
    method: text,
    userType: text,
    source: fc.option(fc.record({ ip: text, location: text })),
    workspace: fc.record({ id: text, slug: text }),
    flags: fc.record({ late: fc.boolean(), backfilled: fc.boolean(), unknown: fc.boolean() }),
    raw: fc.dictionary(hostileText, fc.jsonValue()),
    findings: fc.option(fc.array(finding(), { minLength: 1, maxLength: 3 }), { nil: undefined }),
  })
  .map(({ n, timeMs, findings, ...event }) => ({
    ...event,
    ...(findings && { findings }),
    id: eventId(n, timeMs),
    time: new Date(timeMs).toISOString(),
  }));

/** Events with ids of their own, up to `most` of them. */
export function hostileEvents(most: number): fc.Arbitrary<AuditEvent[]> {
  return fc
    .array(hostileEvent, { minLength: 1, maxLength: most, size: "max" })
    .map((events) =>
      events.map((event, n) => ({ ...event, id: eventId(n, Date.parse(event.time)) })),
    );
}

/** The items that Webflow documents, and others, with any value in each field that a format reads. */
export const hostileItem: fc.Arbitrary<Record<string, unknown>> = fc
  .record({
    type: fc.constantFrom(...Object.keys(catalogue), "user_access.login_failed", "form.submitted"),
    timeMs: time,
    actor: fc.record(
      { type: fc.constantFrom("person", "token", "robot", null), id: text, email: address() },
      { requiredKeys: [] },
    ),
    workspace: fc.record({ id: text, slug: text }, { requiredKeys: [] }),
    payload: fc.record(
      {
        method: text,
        userType: text,
        roleName: text,
        previousRoleName: text,
        setting: text,
        value: fc.oneof(text, fc.boolean(), fc.constantFrom("true", "false")),
        previousValue: fc.oneof(text, fc.integer()),
        site: fc.record({ id: text, slug: text }, { requiredKeys: [] }),
        granularAccess: fc.record(
          { id: text, name: text, type: fc.oneof(text, fc.constant("cms")), restricted: any() },
          { requiredKeys: [] },
        ),
        targetUser: target(),
        targetUsers: fc.oneof(fc.array(target(), { maxLength: 4 }), any()),
        ipAddress: fc.oneof(text, fc.ipV4(), fc.ipV6()),
        location: fc.oneof(text, fc.constantFrom("Ashburn US", "São Paulo, BR", "US", ", US")),
        newField: any(),
      },
      { requiredKeys: [] },
    ),
    more: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }),
  })
  .map(({ type, timeMs, more, ...item }) => {
    const [eventType, eventSubType] = type.split(".");
    return { ...more, timestamp: new Date(timeMs).toISOString(), eventType, eventSubType, ...item };
  });

function any() {
  return fc.oneof(fc.jsonValue(), fc.boolean());
}

function address() {
  return fc.oneof(text, fc.emailAddress());
}

function target() {
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ id: text, email: address() }, { requiredKeys: [] }) },
    { weight: 1, arbitrary: any() },
  );
}
