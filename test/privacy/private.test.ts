// An event as a destination may see it: what is hidden, how, and what stays.
import { describe, expect, test } from "vitest";
import type { AuditEvent } from "../../src/event/event.ts";
import { fields, valuesAt } from "../../src/event/paths.ts";
import { toPrivacy } from "../../src/privacy/private.ts";
import { placesOf, problemWith } from "../../src/privacy/settings.ts";
import { toSystemEvent, withoutQuotes } from "../../src/system-event.ts";
import { normalize } from "../event/items.ts";
import { auditEvent } from "../support/events.ts";

const key = "0123456789abcdef0123456789abcdef";
const hideable = fields.map(({ path }) => path).filter((path) => problemWith(path) === undefined);
const shown = (
  event: AuditEvent,
  settings: { mask?: readonly string[]; pseudonymize?: readonly string[] },
  withKey = key,
) => toPrivacy({ mask: [], pseudonymize: [], ...settings }, withKey)(event);

const added = (payload: Record<string, unknown> = {}) =>
  normalize({
    timestamp: "2026-06-04T11:20:07.123Z",
    eventType: "workspace_membership",
    eventSubType: "user_added",
    actor: { type: "person", id: "6661ccb359b561c69f29d554", email: "Ann@acme.com" },
    workspace: { id: "6621ccb459b561c69f29d57c", slug: "acme" },
    payload: {
      targetUser: { id: "6661ccb359b561c69f29d555", email: "ben@acme.com" },
      roleName: "Designer",
      ...payload,
    },
  });
const login = (payload: Record<string, unknown> = {}) =>
  normalize({
    timestamp: "2026-06-04T11:20:07.123Z",
    eventType: "user_access",
    eventSubType: "login",
    actor: { type: "person", id: "u-ann", email: "ann@acme.com" },
    payload: { method: "sso", ipAddress: "203.0.113.9", location: "Dublin IE", ...payload },
  });

describe("a value that is masked", () => {
  test("is gone from its field, the sentence, the item and every text that holds it", () => {
    const event = added({
      note: "by ann@ACME.com, for Ann@acme.com",
      "ann@acme.com": ["x", { json: '{"who":"ANN@acme.com"}' }],
      link: "https://x.example/?u=ann%40acme.com",
    });
    const { actor, summary, raw, ...rest } = shown(event, { mask: ["actor.email"] });
    expect(actor).toEqual({ ...event.actor, email: "[masked]" });
    expect(summary).toBe("[masked] added ben@acme.com to the workspace as Designer.");
    expect(raw).toEqual({
      ...event.raw,
      actor: { ...(event.raw.actor as object), email: "[masked]" },
      payload: {
        ...(event.raw.payload as object),
        "ann@acme.com": undefined,
        note: "by [masked], for [masked]",
        "[masked]": ["x", { json: '{"who":"[masked]"}' }],
        link: "https://x.example/?u=[masked]",
      },
    });
    const { actor: _, summary: __, raw: ___, ...before } = event;
    expect(rest).toEqual(before);
  });

  test("is found in the item also where the event does not take it: a person named twice, a number for a text", () => {
    const event = added({
      targetUser: { id: "u1" },
      targetUsers: [{ id: "u1", email: "kai@acme.com" }],
      ipAddress: 4711,
      note: "kai@acme.com at 4711",
    });
    expect(event.targets).toEqual([{ id: "u1", email: null }]);
    const { raw } = shown(event, { mask: ["targets[].email", "source.ip"] });
    expect(raw.payload).toMatchObject({
      targetUsers: [{ id: "u1", email: "[masked]" }],
      ipAddress: "[masked]",
      note: "[masked] at [masked]",
    });
  });

  test("of each field is one of the item's own, as Webflow writes it", () => {
    const values = new Map(hideable.map((path, n) => [path, `value-${n}-of-it`]));
    const value = (path: string) => values.get(path);
    const event = normalize({
      timestamp: "2026-06-04T11:20:07.123Z",
      eventType: "user_access",
      eventSubType: "login",
      actor: { id: value("actor.id"), email: value("actor.email") },
      workspace: { id: value("workspace.id"), slug: value("workspace.slug") },
      payload: {
        targetUser: { id: value("targets[].id"), email: value("targets[].email") },
        site: { id: value("site.id"), slug: value("site.slug") },
        roleName: value("role"),
        previousRoleName: value("previousRole"),
        setting: value("setting.name"),
        value: value("setting.value"),
        previousValue: value("setting.previousValue"),
        granularAccess: {
          id: value("granularAccess.id"),
          name: value("granularAccess.name"),
          type: value("granularAccess.type"),
        },
        method: value("method"),
        userType: value("userType"),
        ipAddress: value("source.ip"),
        location: value("source.location"),
      },
    });
    for (const path of hideable) {
      const [found] = valuesAt(path)(event);
      const [, ...places] = placesOf(path);
      expect(found).toBe(value(path));
      expect(places.flatMap((place) => valuesAt(place)(event))).toEqual([found]);
    }
  });

  test("is masked as well where it is somebody else's: the actor among the targets", () => {
    const event = added({ targetUser: { id: null, email: "ann@acme.com" } });
    const { targets } = shown(event, { mask: ["actor.email"] });
    expect(targets).toEqual([{ id: null, email: "[masked]" }]);
  });

  test("leaves no address and no place behind that is none", () => {
    expect(shown(login(), { mask: ["source.ip"] })).toMatchObject({
      source: { ip: null, location: "Dublin IE" },
      summary: "ann@acme.com logged in by SSO from Dublin IE.",
      raw: { payload: { ipAddress: "[masked]", location: "Dublin IE" } },
    });
    const both = shown(login(), { mask: ["source.ip", "source.location"] });
    expect([both.source, both.summary]).toEqual([null, "ann@acme.com logged in by SSO."]);
  });

  test("of less than three characters is replaced where it is the whole text, and never within words", () => {
    const event = added({
      roleName: "Re",
      previousRoleName: "Remote",
      code: " re ",
      words: "are here",
    });
    expect(shown(event, { mask: ["role"] })).toMatchObject({
      role: "[masked]",
      previousRole: "Remote",
      raw: { payload: { roleName: "[masked]", code: "[masked]", words: "are here" } },
    });
  });

  test("that is a number or a switch is known as such in the item", () => {
    const event = normalize({
      timestamp: "2026-06-04T11:20:07.123Z",
      eventType: "workspace_setting",
      eventSubType: "setting_updated",
      payload: { setting: "seats", value: 4711, previousValue: true, method: "dashboard" },
    });
    expect(shown(event, { mask: ["setting.value", "setting.previousValue"] })).toMatchObject({
      setting: { name: "seats", value: "[masked]", previousValue: "[masked]" },
      raw: { payload: { value: "[masked]", previousValue: "[masked]" } },
    });
  });

  test("stands in the item only, where the path leads there: a table goes whole", () => {
    const event = added({ device: { "ann's phone": "4711" }, list: [{ n: "4711x" }] });
    expect(shown(event, { mask: ["raw.payload.device"] }).raw.payload).toMatchObject({
      device: "[masked]",
      list: [{ n: "[masked]x" }],
    });
    expect(
      shown(added({ phone: 4155550100, text: "call 4155550100" }), { mask: ["raw.payload.phone"] })
        .raw.payload,
    ).toMatchObject({ phone: "[masked]", text: "call [masked]" });
  });

  test("leaves two names of one table apart", () => {
    const event = added({ who: { "ann@acme.com": 1, "ANN@acme.com": 2 } });
    expect(shown(event, { mask: ["actor.email"] }).raw.payload).toMatchObject({
      who: { "[masked]": 1, "[masked]-2": 2 },
    });
  });

  test("does not make one person of two: the sentence tells them apart as before", () => {
    const none = { actor: { type: "person", id: null, email: "ann@acme.com" } };
    const event = normalize({
      ...added().raw,
      ...none,
      payload: { targetUser: { email: "ben@acme.com" } },
    });
    const { summary } = shown(event, { mask: ["actor.email", "targets[].email"] });
    expect(summary).toBe("[masked] added [masked] to the workspace.");
    const self = normalize({
      ...added().raw,
      ...none,
      payload: { targetUser: { email: "ANN@acme.com" } },
    });
    expect(shown(self, { mask: ["targets[].email"] }).summary).toBe(
      "[masked] joined the workspace.",
    );
  });

  test("leaves the words that Webflow and Tidemark tell events by", () => {
    const event = added({ userType: "member", method: "user_added", roleName: "2026" });
    const { type, time, raw } = shown(event, { mask: ["userType", "method", "role"] });
    expect([type, time]).toEqual([event.type, event.time]);
    const { timestamp, eventType, eventSubType } = event.raw;
    expect(raw).toMatchObject({ timestamp, eventType, eventSubType });
  });

  test("is cut out of the name of a type that is not known", () => {
    const event = normalize({
      timestamp: "2026-06-04T11:20:07.123Z",
      eventType: "access_of ann@acme.com",
      eventSubType: "64f0c0ffee00",
      actor: { id: "64f0c0ffee00", email: "ann@acme.com" },
      payload: { person: { mail: "Ann@acme.com" } },
    });
    expect(event.type).toBe("access_of_ann_acme_com.64f0c0ffee00");
    const { type, raw, summary } = shown(event, { mask: ["actor.email", "actor.id"] });
    expect(type).toBe("access_of_masked.masked");
    expect(raw).toMatchObject({
      eventType: "access_of [masked]",
      payload: { person: { mail: "[masked]" } },
    });
    expect(summary).toMatch(/^\[masked\] did access_of_masked\.masked/);
  });

  test("is seen through zero-width characters, other blanks and escapes", () => {
    const event = added({
      targetUser: { email: "Ünal Ñ@acme.com" },
      a: "u\u0308nal\u00a0n\u0303@acme.com",
      b: "ÜN\u200bAL Ñ@acme.com",
      c: JSON.stringify(JSON.stringify({ to: "ünal ñ@acme.com" })),
      d: "\\u00fcnal \\u00f1@acme.com",
      e: "%C3%BCnal+%C3%B1%40acme.com",
    });
    const { raw } = shown(event, { mask: ["targets[].email"] });
    expect(raw.payload).toMatchObject({
      targetUser: { email: "[masked]" },
      ...{
        a: "[masked]",
        b: "[masked]",
        c: '"{\\"to\\":\\"[masked]\\"}"',
        d: "[masked]",
        e: "[masked]",
      },
    });
  });
});

describe("a pseudonym", () => {
  test("is one for one person: as actor, as target, in any case, in every event", () => {
    const settings = { pseudonymize: ["actor.email", "targets[].email"] };
    const one = shown(added(), settings);
    const other = shown(added({ targetUser: { email: " ANN@ACME.com" } }), settings);
    expect(one.actor.email).toMatch(/^p-[\da-f]{20}@pseudonym\.invalid$/);
    expect(other.targets[0]?.email).toBe(one.actor.email);
    expect(one.targets[0]?.email).not.toBe(one.actor.email);
    expect(one.summary).toBe(
      `${one.actor.email} added ${one.targets[0]?.email} to the workspace as Designer.`,
    );
    expect(one.raw).toMatchObject({ actor: { email: one.actor.email } });
  });

  test("of an id is no address, and is another under another key", () => {
    const settings = { pseudonymize: ["actor.id"] };
    const { actor, raw } = shown(added(), settings);
    expect(actor.id).toMatch(/^p-[\da-f]{20}$/);
    expect(raw).toMatchObject({ actor: { id: actor.id } });
    expect(shown(added(), settings, `${key}!`).actor.id).not.toBe(actor.id);
  });

  test("gives way to a mask of the same value, and to the longer of two values that overlap", () => {
    const both = shown(added(), { mask: ["actor.email"], pseudonymize: ["actor.email"] });
    expect(both.actor.email).toBe("[masked]");
    const event = added({ targetUser: { email: "joann@acme.com" }, text: "to joann@acme.com." });
    const { targets, raw } = shown(event, {
      mask: ["actor.email"],
      pseudonymize: ["targets[].email"],
    });
    expect(raw.payload).toMatchObject({ text: `to ${targets[0]?.email}.` });
  });

  test("may stand for an address of the network, which no format takes for one", () => {
    const { source, raw } = shown(login(), { pseudonymize: ["source.ip"] });
    expect(source?.ip).toMatch(/^p-[\da-f]{20}$/);
    expect(raw.payload).toMatchObject({ ipAddress: source?.ip });
  });
});

test("an event that holds nothing of what is hidden stays as it is", () => {
  const event = added();
  expect(
    shown(event, {
      mask: ["source.ip", "site.slug", "raw.payload.none"],
      pseudonymize: ["setting.value"],
    }),
  ).toEqual(event);
});

test("the event that was given stays as it was", () => {
  const event = added();
  const before = structuredClone(event);
  shown(event, { mask: ["actor.email", "raw.payload.targetUser"], pseudonymize: ["targets[].id"] });
  expect(event).toEqual(before);
});

test("Tidemark's own events keep their sentence, without what is hidden", () => {
  const event = toSystemEvent(
    { name: "dead_letters", severity: "medium", summary: "1 event of workspace acme-corp died." },
    0,
    "acme-corp",
  );
  const { summary, type, workspace } = shown(event, { mask: ["workspace.id"] });
  expect([summary, type, workspace.id]).toEqual([
    "1 event of workspace [masked] died.",
    "tidemark.dead_letters",
    "[masked]",
  ]);
});

test("what others said is left out of a notice, a status apart", () => {
  const reason = 'HTTP 400: no such user "ann@acme.com"';
  const event = toSystemEvent(
    {
      name: "x",
      severity: "low",
      summary: `It said ${reason}. So.`,
      payload: { n: 1, reason, list: [reason] },
    },
    0,
    "acme",
  );
  const { summary, raw } = withoutQuotes(event, ["", reason]);
  const left = "HTTP 400 [left out here for privacy: see GET /status and the Worker's log]";
  expect(summary).toBe(`It said ${left}. So.`);
  expect(raw.payload).toEqual({ n: 1, reason: left, list: [left] });
});

describe("a path", () => {
  test.each([
    "actor.email",
    "targets[].id",
    "source.ip",
    "workspace.id",
    "raw.payload.x",
    "raw.a[].b",
  ])("%s can be hidden", (path) => expect(problemWith(path)).toBeUndefined());
  test.each([
    [
      "actor.mail",
      'expected fields of the event; "actor.mail" is none of them, the closest are "actor.email"; of the item as received, e.g. "raw.payload.method"',
    ],
    ["type", 'expected fields that can be hidden; "type" is of every event'],
    ["summary", /"summary" is made anew of what is left/],
    ["flags.late", /"flags\.late" is of every event/],
    ["actor.type", /can be hidden/],
    ["granularAccess.restricted", /can be hidden/],
    ["raw", /is none of them/],
    ["targets.email", /the closest are "targets\[\]\.email"/],
  ])("%s cannot", (path, problem) => {
    expect(problemWith(path)).toEqual(
      typeof problem === "string" ? problem : expect.stringMatching(problem),
    );
  });
});

test("an event of any kind keeps its own fields, whatever value is hidden", () => {
  const event = auditEvent({ role: "email", previousRole: "actor", method: "person" });
  const made = shown(event, { mask: ["role", "previousRole", "method"] });
  expect(Object.keys(made).toSorted()).toEqual(Object.keys(event).toSorted());
  expect(made.actor).toEqual(event.actor);
});
