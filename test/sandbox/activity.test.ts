import { describe, expect, it } from "vitest";
import { activity, type GenerateOptions, generate } from "../../sandbox/activity/activity.ts";
import { type AuditItem, catalogue } from "../../sandbox/activity/cast.ts";

const fromMs = Date.parse("2026-09-01T00:00:00.000Z");
const toMs = fromMs + 24 * 3600_000;
const made = (options: Partial<GenerateOptions> = {}) =>
  generate({ seed: 11, count: 2000, fromMs, toMs, ...options });

const kindOf = (item: AuditItem) => `${item.eventType}.${item.eventSubType}`;
const known = Object.entries(catalogue).flatMap(([type, subtypes]) =>
  subtypes.map((subtype) => `${type}.${subtype}`),
);
const timesOf = (events: { item: AuditItem }[]) =>
  events.map(({ item }) => Date.parse(item.timestamp));
const tiesOf = (events: { item: AuditItem }[]) =>
  timesOf(events).filter((time, index, all) => index > 0 && time === all[index - 1]).length;
const different = (events: { item: AuditItem }[]) =>
  new Set(events.map(({ item }) => JSON.stringify(item))).size;

/** E-mail addresses and IP addresses anywhere in an item. */
const textsOf = (value: unknown): string[] =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
      ? Object.values(value).flatMap(textsOf)
      : [];

describe("generated activity", () => {
  it("is the same for the same seed and another for another", () => {
    const options = { ties: 0.1, twins: 0.02, unknownTypes: 0.02, lateShare: 0.05 };
    expect(made(options)).toEqual(made(options));
    expect(made({ ...options, seed: 12 })).not.toEqual(made(options));
  });

  it.each([0, 1, 2, 99, 1000])("of %s events has exactly so many", (count) => {
    expect(made({ count, ties: 0.2, twins: 0.1, lateShare: 0.1 })).toHaveLength(count);
  });

  it.each([1, 2, 3, 4, 5])("covers all 19 subtypes within 200 events of seed %s", (seed) => {
    expect(known).toHaveLength(19);
    const kinds = new Set(made({ seed, count: 200 }).map(({ item }) => kindOf(item)));
    expect([...kinds].sort()).toEqual([...known].sort());
  });

  it("lies within the period, in order, with millisecond timestamps in UTC", () => {
    const events = made({ ties: 0.1, twins: 0.1 });
    const times = timesOf(events);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(fromMs);
    expect(Math.max(...times)).toBeLessThan(toMs);
    for (const { item } of events)
      expect(item.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it("has no two events in one millisecond unless asked", () => {
    expect(tiesOf(made())).toBe(0);
    expect(tiesOf(made({ count: 1000, toMs: fromMs + 1000 }))).toBe(0);
  });

  it("has exactly the asked share of ties", () => {
    for (const ties of [0.1, 0.5]) {
      const events = made({ ties });
      expect(tiesOf(events)).toBe(2000 * ties);
      expect(different(events)).toBe(2000);
    }
  });

  it("has exactly the asked share of twins", () => {
    const events = made({ twins: 0.01 });
    expect(events).toHaveLength(2000);
    expect(different(events)).toBe(1980);
    expect(tiesOf(events)).toBe(20);
    expect(() => made({ twins: 0.6 })).toThrow("at most half");
  });

  it("keeps ties, twins and unknown events apart when all are asked for", () => {
    const events = made({ ties: 0.5, twins: 0.1, unknownTypes: 0.5 });
    expect(different(events)).toBe(1800);
    expect(tiesOf(events)).toBe(900 + 200);
  });

  it("has exactly the asked share of what no documentation has", () => {
    const plain = made();
    const strange = made({ unknownTypes: 0.05 });
    const changed = strange.filter(
      ({ item }, index) => JSON.stringify(item) !== JSON.stringify(plain[index]?.item),
    );
    expect(changed).toHaveLength(100);
    expect(changed.some(({ item }) => !(item.eventType in catalogue))).toBe(true);
    expect(changed.some(({ item }) => "sessionId" in item)).toBe(true);
    expect(changed.some(({ item }) => "deviceTrust" in item.payload)).toBe(true);
  });

  it("has exactly the asked share of late events, none later than allowed", () => {
    const late = made({ lateShare: 0.02, lateMaxMs: 5000 })
      .map(({ item, visibleAtMs }) => visibleAtMs - Date.parse(item.timestamp))
      .filter((lag) => lag !== 0);
    expect(late).toHaveLength(40);
    expect(Math.min(...late)).toBeGreaterThan(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(5000);
  });

  it("is busier in working hours than at night", () => {
    const hours = timesOf(made()).map((time) => new Date(time).getUTCHours());
    const working = hours.filter((hour) => hour >= 7 && hour < 19).length;
    expect(working).toBeGreaterThan(1500);
  });

  it("names only reserved domains and documentation addresses", () => {
    for (const { item } of made()) {
      for (const text of textsOf(item).filter((part) => part.includes("@")))
        expect(text).toMatch(/@([a-z]+\.example|example\.(net|org|com))$/);
      const { ipAddress } = item.payload;
      if (ipAddress !== undefined)
        expect(ipAddress).toMatch(/^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$|^2001:db8:/);
    }
  });

  it("fits a hundred thousand events into a day", () => {
    const events = made({ count: 100_000, ties: 0.05 });
    expect(events).toHaveLength(100_000);
    expect(tiesOf(events)).toBe(5000);
  });
});

describe("the stories", () => {
  const items = made({ count: 3000 }).map(({ item }) => item);
  const target = (item: AuditItem) => (item.payload.targetUser as { email?: string })?.email;

  it("let nobody accept, change or decline an invitation that was not sent", () => {
    const invited = new Set<string | undefined>();
    for (const item of items) {
      if (item.eventType !== "workspace_invitation" || target(item) === undefined) continue;
      if (item.eventSubType === "invite_sent") invited.add(target(item));
      else expect(invited).toContain(target(item));
    }
  });

  it("remove nobody from the workspace twice", () => {
    const removed = items
      .filter((item) => kindOf(item) === "workspace_membership.user_removed")
      .map(target);
    expect(removed.length).toBeGreaterThan(20);
    expect(new Set(removed).size).toBe(removed.length);
  });

  it("never update a role to itself", () => {
    for (const { payload } of items)
      if (payload.previousRoleName !== undefined)
        expect(payload.roleName).not.toBe(payload.previousRoleName);
  });

  it("toggle the AI setting from the value it had", () => {
    const values = items
      .filter((item) => item.eventType === "workspace_setting")
      .map((item) => item.payload);
    for (const [index, payload] of values.entries())
      expect(payload.previousValue).toBe(index === 0 ? "false" : values[index - 1]?.value);
  });

  it("let a directory sync remove several people within one second", () => {
    const seconds = Map.groupBy(
      items.filter((item) => item.payload.method === "scim" && kindOf(item).endsWith("removed")),
      (item) => item.timestamp.slice(0, 19),
    );
    expect(Math.max(...[...seconds.values()].map((group) => group.length))).toBeGreaterThan(3);
  });

  it("let a token act, an invitee have no id, and one access request admit several people", () => {
    expect(items.some((item) => item.actor.type === "token" && !("email" in item.actor))).toBe(
      true,
    );
    expect(items.some((item) => item.actor.id === null)).toBe(true);
    const admitted = items.map((item) => item.payload.targetUsers).filter(Array.isArray);
    expect(Math.max(...admitted.map((people) => people.length))).toBeGreaterThan(1);
  });

  it("are told one by one from the moment asked for, within about a minute", () => {
    const live = activity(3);
    for (let index = 0; index < 200; index += 1) {
      const nowMs = fromMs + index * 60_000 + 123;
      const story = live.at(nowMs);
      expect(story.length).toBeGreaterThan(0);
      for (const item of story) {
        expect(Date.parse(item.timestamp)).toBeGreaterThanOrEqual(nowMs);
        expect(Date.parse(item.timestamp)).toBeLessThan(nowMs + 90_000);
      }
    }
  });
});
