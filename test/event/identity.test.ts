// Identity: the same event has the same id at every read; two events never share one.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../../src/event/canonical.ts";
import { IdMemory } from "../../src/event/id-memory.ts";
import { identify, idPrefix } from "../../src/event/identity.ts";
import { toRecord } from "./items.ts";

const item = {
  timestamp: "2026-06-04T02:00:00.000Z",
  eventType: "site_membership",
  eventSubType: "user_role_updated",
  actor: { id: "u1", email: "ford@example.com" },
  workspace: { id: "w1", slug: "heart" },
  payload: {
    site: { id: "s1", slug: "heartofgold" },
    targetUser: { id: "u2", email: "zaphod@example.com" },
    targetUsers: [{ id: "u3" }, { id: null, email: "trillian@example.com" }],
    method: "dashboard",
    userType: "member",
    roleName: "Site manager",
    previousRoleName: "Designer",
    granularAccess: { id: "c1", name: "Blogs", type: "cms", restricted: false },
    setting: "ai_toggle",
    value: "true",
    previousValue: "false",
    location: "Dublin IE",
    ipAddress: "2001:db8::17",
  },
};
type Item = typeof item;
const unknown = { ...item, eventSubType: "user_promoted" };

const ids = (...items: unknown[]) =>
  identify(items.map(toRecord), "configured").map(({ id }) => id);
const idOf = (raw: unknown) => ids(raw)[0];
const withPayload = (payload: object, of: Item = item) => ({
  ...of,
  payload: { ...of.payload, ...payload },
});

describe("the id of an event stays", () => {
  // Pinned: to change what identifies an event is to send every event of the overlap again.
  test("what it was in the first version", () => {
    expect(idOf(item)).toBe("01KT85QQ80VYFVFVS44M4BQX3S");
    expect(idOf(unknown)).toBe("01KT85QQ80SB2DQXM3XD752DQE");
    expect(idOf({ timestamp: "1970-01-01T00:00:00Z" })).toBe("0000000000PMK423E1Q2NBQGK8");
  });

  test("the time and the first 80 bits of the SHA-256 of its identifying parts, in Crockford's base 32", () => {
    const part = { type: "user_access.login", actor: "u1", method: "sso", workspace: "w1" };
    const timestamp = "2026-06-04T02:00:00.123Z";
    const hash = createHash("sha256")
      .update(canonicalJson({ ...part, timestamp }))
      .digest("hex");
    const base32 = (bits: bigint, length: number) =>
      bits
        .toString(32)
        .padStart(length, "0")
        .replace(
          /./g,
          (digit) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[Number.parseInt(digit, 32)] ?? "",
        );
    expect(
      idOf({
        timestamp,
        eventType: "user_access",
        eventSubType: "login",
        actor: { id: "u1" },
        workspace: { id: "w1" },
        payload: { method: "sso" },
      }),
    ).toBe(
      base32(BigInt(Date.parse(timestamp)), 10) + base32(BigInt(`0x${hash.slice(0, 20)}`), 16),
    );
  });

  test.each<[string, unknown]>([
    ["Webflow adds a field to the item", { ...item, requestId: "r1" }],
    ["Webflow adds a field to the payload", withPayload({ siteName: "Heart of Gold" })],
    ["actor.type appears", { ...item, actor: { ...item.actor, type: "person" } }],
    ["the actor's e-mail changes", { ...item, actor: { id: "u1", email: "prefect@example.com" } }],
    ["the workspace's slug changes", { ...item, workspace: { id: "w1", slug: "gold" } }],
    ["the site's slug changes", withPayload({ site: { id: "s1", slug: "renamed" } })],
    ["the target's e-mail changes", withPayload({ targetUser: { id: "u2", email: "z@x.com" } })],
    [
      "a collection is renamed",
      withPayload({ granularAccess: { ...item.payload.granularAccess, name: "News" } }),
    ],
    [
      "the targets come in another order",
      withPayload({ targetUsers: item.payload.targetUsers.toReversed() }),
    ],
    [
      "null becomes absent",
      withPayload({ targetUsers: [{ id: "u3" }, { email: "trillian@example.com" }] }),
    ],
    ["a string becomes a boolean", withPayload({ value: true, previousValue: false })],
    ["the type is spelled in capitals", { ...item, eventType: "Site_Membership" }],
    ["the keys come in another order", Object.fromEntries(Object.entries(item).toReversed())],
  ])("when %s", (_, changed) => {
    expect(idOf(changed)).toBe(idOf(item));
  });

  test("the same whether a field is null, empty or absent", () => {
    for (const field of Object.keys(item.payload)) {
      const [asNull, empty, absent] = [null, "", undefined].map((value) =>
        idOf(withPayload({ [field]: value })),
      );
      expect(new Set([asNull, empty, absent]).size).toBe(1);
    }
    const nested = (value: unknown) => idOf(withPayload({ extra: { deep: value } }, unknown));
    expect(new Set([nested(null), nested(""), nested(undefined)]).size).toBe(1);
    expect(idOf({ ...unknown, payload: null })).toBe(idOf({ ...unknown, payload: undefined }));
  });

  test("the same whether `workspace_setting` is in the plural or not", () => {
    const setting = (eventType: string) =>
      idOf({ ...item, eventType, eventSubType: "setting_updated" });
    expect(setting("workspace_settings")).toBe(setting("workspace_setting"));
  });

  test("the same whether the item or only the configuration names the workspace", () => {
    expect(idOf({ ...item, workspace: { id: "configured" } })).toBe(
      idOf({ ...item, workspace: null }),
    );
  });
});

describe("the id of an event differs", () => {
  const actor = (changed: object) => ({ ...item, actor: { ...item.actor, ...changed } });
  const access = (changed: object) =>
    withPayload({ granularAccess: { ...item.payload.granularAccess, ...changed } });
  test.each<[string, unknown]>([
    ["timestamp", { ...item, timestamp: "2026-06-04T02:00:00.001Z" }],
    ["timestamp as it is written", { ...item, timestamp: "2026-06-04T02:00:00Z" }],
    ["type", { ...item, eventType: "workspace_membership" }],
    ["subtype", { ...item, eventSubType: "user_added" }],
    ["workspace", { ...item, workspace: { id: "w2" } }],
    ["actor", actor({ id: "u9" })],
    ["actor's e-mail where there is no id", actor({ id: null })],
    ["method", withPayload({ method: "scim" })],
    ["location", withPayload({ location: "Cork IE" })],
    ["IP address", withPayload({ ipAddress: "2001:db8::18" })],
    ["role", withPayload({ roleName: "Admin" })],
    ["previous role", withPayload({ previousRoleName: "Reviewer" })],
    ["user type", withPayload({ userType: "guest" })],
    ["setting", withPayload({ setting: "other" })],
    ["value", withPayload({ value: "false" })],
    ["previous value", withPayload({ previousValue: "true" })],
    ["target", withPayload({ targetUser: { id: "u9" } })],
    [
      "target's e-mail where there is no id",
      withPayload({ targetUser: { email: "zaphod@example.com" } }),
    ],
    ["targets", withPayload({ targetUsers: [{ id: "u3" }] })],
    ["site", withPayload({ site: { id: "s2", slug: "heartofgold" } })],
    ["site's slug where there is no id", withPayload({ site: { slug: "heartofgold" } })],
    ["collection", access({ id: "c2" })],
    ["collection's name where there is no id", access({ id: null })],
    ["kind of granular access", access({ type: "page" })],
    ["restriction", access({ restricted: true })],
    ["field that has another type", withPayload({ roleName: { id: "r1" } })],
  ])("by %s", (_, changed) => {
    expect(idOf(changed)).not.toBe(idOf(item));
  });

  test.each<[string, (name: string) => unknown]>([
    ["actor", (email) => ({ ...item, actor: { id: null, email } })],
    ["target", (email) => withPayload({ targetUser: { email } })],
    ["one of the targets", (email) => withPayload({ targetUsers: [{ id: "u3" }, { email }] })],
    ["site", (slug) => withPayload({ site: { slug } })],
    ["collection", (name) => withPayload({ granularAccess: { name } })],
  ])("by the name of the %s where there is no id", (_, named) => {
    expect(idOf(named("a"))).not.toBe(idOf(named("b")));
  });

  test("by any field of the payload where the type is unknown", () => {
    expect(idOf(withPayload({ siteName: "Gold" }, unknown))).not.toBe(idOf(unknown));
    expect(idOf({ ...unknown, payload: "text" })).not.toBe(idOf({ ...unknown, payload: "other" }));
  });
});

describe("twins", () => {
  test("get -2, -3, … and the first has no suffix", () => {
    expect(ids(item, item, item)).toEqual([idOf(item), `${idOf(item)}-2`, `${idOf(item)}-3`]);
  });

  test("that differ in a field that does not identify keep their ids in whatever order they are read", () => {
    const [a, b] = [
      { ...item, note: "a" },
      { ...item, note: "b" },
    ];
    const read = (...items: unknown[]) =>
      identify(items.map(toRecord), "w").map(({ id, record: { raw } }) => [id, raw.note]);
    expect(read(b, a)).toEqual(read(a, b));
  });

  test("beyond nine have distinct ids", () => {
    const many = ids(...Array.from({ length: 12 }, () => item));
    expect(new Set(many).size).toBe(12);
    expect(many).toEqual(many.toSorted());
  });
});

const anyItem = fc.record(
  {
    timestamp: fc
      .date({
        min: new Date("2026-01-01T00:00:00Z"),
        max: new Date("2026-01-01T00:00:02Z"),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString()),
    eventType: fc.constantFrom("user_access", "site_membership", "new_thing"),
    eventSubType: fc.constantFrom("login", "user_added"),
    actor: fc.oneof(fc.record({ id: fc.constantFrom("u1", "u2", null) }), fc.jsonValue()),
    payload: fc.oneof(
      fc.dictionary(fc.constantFrom(...Object.keys(item.payload)), fc.jsonValue()),
      fc.jsonValue(),
    ),
    extra: fc.constantFrom(1, 2),
  },
  { requiredKeys: ["timestamp"] },
);

test("any items get distinct ids, in the order of time, whatever the order of reading", () => {
  const shuffles = fc
    .array(anyItem, { maxLength: 30 })
    .chain((items) =>
      fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })),
    );
  fc.assert(
    fc.property(shuffles, ([items, shuffled]) => {
      const read = identify(items.map(toRecord), "w");
      const found = read.map(({ id }) => id);
      expect(new Set(found).size).toBe(items.length);
      expect(found).toEqual(found.toSorted());
      expect(found.every((id) => /^[0-9A-HJKMNP-TV-Z]{26}(-\d+)?$/.test(id))).toBe(true);
      expect(read.every(({ id, record: { timeMs } }) => id.startsWith(idPrefix(timeMs)))).toBe(
        true,
      );
      const times = read.map(({ record: { timeMs } }) => timeMs);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      const key = (list: typeof read) =>
        list.map(({ id, record: { raw } }) => [id, canonicalJson(raw)]);
      expect(key(identify(shuffled.map(toRecord), "w"))).toEqual(key(read));
    }),
  );
});

describe("a memory of ids", () => {
  test("gives the ids that are made without it, also for items that it has forgotten meanwhile", () => {
    const memory = new IdMemory();
    const records = Array.from({ length: 1200 }, (_, n) => toRecord({ ...item, note: n }));
    const others = records.map(({ raw }) => toRecord({ ...raw, eventType: "site_membership" }));
    for (const list of [records, others, records.slice(-3), records])
      for (const record of list)
        expect(memory.of(record, "w")).toBe(identify([record], "w")[0]?.id);
  });

  test("makes no id twice for the items of an overlap", () => {
    const memory = new IdMemory();
    const reads = Array.from({ length: 2 }, () =>
      Array.from({ length: 300 }, (_, n) => {
        let asked = 0;
        const record = toRecord({ ...item, note: n });
        const raw = new Proxy(record.raw, {
          get: (target, key) => {
            if (key === "actor") asked += 1;
            return Reflect.get(target, key);
          },
        });
        memory.of({ ...record, raw }, "w");
        return asked;
      }),
    );
    // Once for the text, and once more for the id.
    expect(reads.map((read) => new Set(read))).toEqual([new Set([2]), new Set([1])]);
  });
});
