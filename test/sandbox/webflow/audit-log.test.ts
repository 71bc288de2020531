import { describe, expect, it } from "vitest";
import { integer, seeded } from "../../../sandbox/random.ts";
import { AuditLog, rfc3339Ms, type WindowQuery } from "../../../sandbox/webflow/audit-log.ts";

const item = (timeMs: number, name: string, eventType = "user_access") => ({
  timestamp: new Date(timeMs).toISOString(),
  eventType,
  name,
});

const namesOf = (log: AuditLog, nowMs: number, query: WindowQuery = {}) =>
  log.window(query, nowMs).entries.map((entry) => (entry.item as { name: string }).name);

describe("the audit log", () => {
  it("shows an event from its timestamp on and a late one from when it became visible", () => {
    const log = new AuditLog();
    log.add(item(1000, "late"), { visibleAtMs: 5000 });
    log.add(item(2000, "on time"));
    expect(namesOf(log, 1999)).toEqual([]);
    expect(namesOf(log, 2000)).toEqual(["on time"]);
    expect(namesOf(log, 4999)).toEqual(["on time"]);
    expect(namesOf(log, 5000)).toEqual(["late", "on time"]);
  });

  it("shows an event whose clock runs ahead when told to", () => {
    const log = new AuditLog();
    log.add(item(9000, "from the future"), { visibleAtMs: 1000 });
    expect(namesOf(log, 1000)).toEqual(["from the future"]);
  });

  it("keeps twins, in the log and in the list of all items", () => {
    const log = new AuditLog();
    const twin = item(1000, "twin");
    log.add(twin);
    log.add(structuredClone(twin));
    expect(namesOf(log, 1000)).toEqual(["twin", "twin"]);
    expect(log.count).toBe(2);
    expect(log.all()).toEqual([twin, twin]);
  });

  it("counts and lists what is not visible yet", () => {
    const log = new AuditLog();
    log.add(item(1000, "one"));
    expect(log.count).toBe(1);
    expect(log.all()).toHaveLength(1);
    expect(log.window({}, 0).total).toBe(0);
  });

  it("puts an item without a usable timestamp where it became visible", () => {
    const log = new AuditLog();
    log.add(item(1000, "before"));
    log.add({ name: "no timestamp" }, { visibleAtMs: 2000 });
    log.add({ name: "not a time", timestamp: "March" });
    log.add(item(3000, "between"));
    expect(namesOf(log, 4000)).toEqual(["before", "no timestamp", "between", "not a time"]);
    log.add(item(4500, "after"));
    expect(namesOf(log, 5000)).toEqual([
      "before",
      "no timestamp",
      "between",
      "not a time",
      "after",
    ]);
    expect(namesOf(log, 5000, { lowMs: 4000, highMs: 4001 })).toEqual(["not a time"]);
  });

  it("takes items that are no objects", () => {
    const log = new AuditLog();
    for (const odd of [null, "text", 7, [1]]) log.add(odd);
    expect(log.window({}, 0).entries.map((entry) => entry.json)).toEqual([
      "null",
      '"text"',
      "7",
      "[1]",
    ]);
  });

  it("fixes the bytes of an item when it is added", () => {
    const log = new AuditLog();
    const changing = item(1000, "first");
    log.add(changing);
    changing.name = "second";
    expect(log.window({}, 1000).entries[0]?.json).toContain("first");
  });

  it("answers like a plain sort and filter of a thousand events that come late and out of order", () => {
    const random = seeded(7);
    const log = new AuditLog();
    const types = ["user_access", "custom_role"];
    const all = Array.from({ length: 1000 }, (_, index) => {
      const timeMs = integer(random, 0, 400);
      const visibleAtMs = timeMs + integer(random, 0, 300);
      return { timeMs, visibleAtMs, index, eventType: types[index % 2] ?? "" };
    });
    for (const one of all)
      log.add(item(one.timeMs, String(one.index), one.eventType), {
        visibleAtMs: one.visibleAtMs,
      });
    const seen = new Map<number, number>();
    for (let nowMs = 0; nowMs <= 700; nowMs += integer(random, 1, 40)) {
      for (const one of all)
        if (one.visibleAtMs <= nowMs && !seen.has(one.index)) seen.set(one.index, nowMs);
      const lowMs = integer(random, 0, 300);
      const highMs = integer(random, 0, 500);
      const eventType = [null, "user_access", "custom_role"][integer(random, 0, 2)] ?? null;
      const order = random() < 0.5 ? ("asc" as const) : ("desc" as const);
      const expected = all
        .filter((one) => seen.has(one.index) && one.timeMs >= lowMs && one.timeMs < highMs)
        .filter((one) => eventType === null || one.eventType === eventType)
        .sort(
          (a, b) =>
            a.timeMs - b.timeMs ||
            (seen.get(a.index) ?? 0) - (seen.get(b.index) ?? 0) ||
            a.visibleAtMs - b.visibleAtMs ||
            a.index - b.index,
        )
        .map((one) => String(one.index));
      if (order === "desc") expected.reverse();
      const offset = integer(random, 0, expected.length + 3);
      const query = { lowMs, highMs, eventType, order, limit: 20, offset };
      expect(namesOf(log, nowMs, query)).toEqual(expected.slice(offset, offset + 20));
      expect(log.window(query, nowMs).total).toBe(expected.length);
    }
  });

  it("shuffles ties for each page anew, and never across timestamps", () => {
    const log = new AuditLog();
    const random = seeded(3);
    for (let second = 0; second < 3; second += 1)
      for (let index = 0; index < 20; index += 1)
        log.add(item(second * 1000, `${second}-${index}`));
    const draw = () => namesOf(log, 9000, { shuffleTies: random });
    const [first, second] = [draw(), draw()];
    expect(first).not.toEqual(second);
    expect([...first].sort()).toEqual([...second].sort());
    expect(first.map((name) => name[0])).toEqual(second.map((name) => name[0]));
    const middle = namesOf(log, 9000, { shuffleTies: random, offset: 25, limit: 10 });
    expect(middle).toHaveLength(10);
    expect(new Set(middle.map((name) => name[0]))).toEqual(new Set(["1"]));
  });
});

describe("an RFC 3339 time", () => {
  it.each(["1", "March", "2026-09-01", "2026-09-01T00:00:00", "2026-13-01T00:00:00Z", ""])(
    "is not %j",
    (text) => expect(rfc3339Ms(text)).toBeNull(),
  );

  it.each([
    ["2026-09-01T00:00:00Z", "2026-09-01T00:00:00.000Z"],
    ["2026-09-01t02:00:00.25+02:00", "2026-09-01T00:00:00.250Z"],
    ["2026-09-01T00:00:00.123456Z", "2026-09-01T00:00:00.123Z"],
  ])("%s is %s", (text, expected) =>
    expect(new Date(rfc3339Ms(text) ?? 0).toISOString()).toBe(expected),
  );
});
