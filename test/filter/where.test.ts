// Filters on any field of the event: what each kind of value means, against a second and naive reading of them, and what
// is said of mistakes.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AuditEvent, auditEventSchema, severities } from "../../src/event/event.ts";
import { fields } from "../../src/event/paths.ts";
import { takes, toWhere, whyNotTaken } from "../../src/filter/where.ts";
import { router, whyNot } from "../../src/route.ts";
import { auditEvent, hostileEvent } from "../support/events.ts";

type Table = Readonly<Record<string, unknown>>;

function compiled(table: Table) {
  const found = toWhere(table);
  if (!found.ok) throw new Error(found.problems.join("\n"));
  return found.where;
}
const taken = (table: Table, event: Partial<AuditEvent> = {}) =>
  takes(compiled(table), auditEvent(event));
const problemsOf = (table: Table) => {
  const found = toWhere(table);
  return found.ok ? [] : found.problems;
};

const login = {
  source: { ip: "10.20.0.7", location: "Dublin IE" },
  raw: {
    timestamp: "2026-06-04T11:20:07.123Z",
    payload: {
      ipAddress: "10.20.0.7",
      count: 5,
      restricted: false,
      groups: [{ name: "Staff" }, { name: "Editors" }],
      context: { device: null, agent: "" },
    },
  },
};

describe("a condition", () => {
  test.each<[Table, boolean]>([
    [{}, true],
    [{ "actor.email": "ann@acme.com" }, true],
    [{ "actor.email": "ANN@*" }, true],
    [{ "actor.email": "*@example.com" }, false],
    [{ "actor.email": ["*@example.com", "*@acme.com"] }, true],
    [{ actor: { email: "ann@*", type: "person" } }, true],
    [{ "actor.email": "ann@*", "actor.type": "token" }, false],
    [{ "targets[].email": "ben_k@*" }, true],
    [{ "targets[].email": ["x@*", "y@*"] }, false],
    [{ "source.ip": "10.0.0.0/8" }, true],
    [{ "source.ip": ["192.0.2.0/24", "10.20.0.7"] }, true],
    [{ "source.ip": "11.0.0.0/8" }, false],
    [{ severity: "high" }, true],
    [{ severity: ">= medium" }, true],
    [{ severity: ">high" }, false],
    [{ severity: ["info", "low"] }, false],
    [{ severity: "<= High" }, true],
    [{ severity: "< high" }, false],
    [{ "flags.late": false }, true],
    [{ "flags.late": true }, false],
    [{ flags: { late: "false", unknown: [true, false] } }, true],
    [{ "site.id": "" }, true],
    [{ "site.id": "*" }, false],
    [{ role: "*" }, true],
    [{ role: "" }, false],
    [{ role: ["", "Workspace *"] }, true],
    [{ "granularAccess.restricted": "" }, true],
    [{ "granularAccess.restricted": true }, false],
    [{ time: "2026-06-04T11:*" }, true],
    [{ "raw.payload.ipAddress": "10.*" }, true],
    [{ "raw.payload.count": 5 }, true],
    [{ "raw.payload.count": "5" }, true],
    [{ "raw.payload.restricted": false }, true],
    [{ "raw.payload.restricted": "*" }, true],
    [{ "raw.payload.groups[].name": "edit*" }, true],
    [{ "raw.payload.groups.name": "edit*" }, true],
    [{ "raw.payload.groups.name": "admins" }, false],
    [{ "raw.payload.context": "*" }, true],
    [{ "raw.payload.context": "a table" }, false],
    [{ "raw.payload.context.device": "" }, true],
    [{ "raw.payload.context.agent": "" }, true],
    [{ "raw.payload.nothing.of.that": "" }, true],
    [{ "raw.constructor.name": "*" }, false],
    [{ "raw.payload.ipAddress.length": "*" }, false],
    [{ not: { "actor.email": "ann@*" } }, false],
    [{ not: { "actor.email": "ann@*", "source.ip": "192.0.2.0/24" } }, true],
    [{ not: [{ "actor.email": "x@*" }, { "source.ip": "10.0.0.0/8" }] }, false],
    [{ not: [{ "actor.email": "x@*" }, { "source.ip": "" }] }, true],
    [{ not: [] }, true],
    [{ "actor.email": "ann@*", not: { role: "Designer" } }, true],
  ])("%j takes it: %s", (table, expected) => {
    expect(taken(table, login)).toBe(expected);
  });

  test("on targets holds for any of them, and absent are they only when none has it", () => {
    const targets = [
      { id: "u1", email: null },
      { id: null, email: "kai@acme.com" },
    ];
    expect(taken({ "targets[].email": "kai@*" }, { targets })).toBe(true);
    expect(taken({ "targets[].email": "" }, { targets })).toBe(false);
    expect(taken({ "targets[].email": "" }, { targets: [] })).toBe(true);
  });

  test("on what came late is a condition like any other", () => {
    const late = { flags: { late: true, backfilled: false, unknown: false } };
    expect(taken({ "flags.late": true }, late)).toBe(true);
    expect(taken({ not: { "flags.late": true } }, late)).toBe(false);
  });
});

describe("a mistake", () => {
  test.each<[Table, ...string[]]>([
    [
      { email: "ann@acme.com" },
      'expected fields of the event; "email" is none of them, the closest are "actor.email", "targets[].email"; of the item as received, e.g. "raw.payload.method"',
    ],
    [
      { "actor.emial": "x" },
      'expected fields of the event; "actor.emial" is none of them, the closest are "actor.email"; of the item as received, e.g. "raw.payload.method"',
    ],
    [
      { "source.ip": "10.0.0.0/33" },
      'expected an address or a network, e.g. "203.0.113.9", "10.0.0.0/8" or "2001:db8::/32" for "source.ip", got "10.0.0.0/33"',
    ],
    [
      { severity: ">= urgent" },
      'expected a severity, e.g. "high" or ">= medium" (info, low, medium, high, critical) for "severity", got ">= urgent"',
    ],
    [{ "flags.late": "yes" }, 'expected true or false for "flags.late", got "yes"'],
    [
      { "actor.type": "robot" },
      'expected one of person, token, unknown for "actor.type", got "robot"',
    ],
    [{ role: [] }, 'expected at least one value for "role"'],
    [{ role: null }, 'expected a text or a list of texts for "role", e.g. "*@example.com"'],
    [{ role: [["x"]] }, 'expected a text or a list of texts for "role", e.g. "*@example.com"'],
    [{ not: "x" }, 'expected not = { "actor.email" = "…" }, or a list of such tables'],
    [{ not: {} }, 'expected not = { "actor.email" = "…" }, or a list of such tables'],
    [
      { not: [{ role: "x" }, {}] },
      'expected not = { "actor.email" = "…" }, or a list of such tables',
    ],
    [
      { not: { role: [] }, "flags.late": 5 },
      'expected true or false for "flags.late", got "5"',
      'expected at least one value for "role"',
    ],
  ])("in %j is told in words", (table, ...problems) => {
    expect(problemsOf(table)).toEqual(problems);
  });

  test.each([
    "targets.email",
    "raw",
    "raw.",
    "raw..x",
    "actor",
    "",
    "__proto__",
    "constructor",
    "not.x",
  ])("%j is no path", (path) => {
    expect(problemsOf(JSON.parse(`{${JSON.stringify(path)}: "x"}`))).toHaveLength(1);
  });

  test("names the path that was meant when a letter is wrong", () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.nat(), ({ path }, n) => {
        const at = n % path.length;
        const [problem = path] = problemsOf({
          [`${path.slice(0, at)}~${path.slice(at + 1)}`]: "x",
        });
        expect(problem).toContain(JSON.stringify(path));
      }),
    );
  });

  test("whatever is written, it is a filter or a problem, and never thrown", () => {
    const key = fc.oneof(fc.constantFrom("not", ...fields.map(({ path }) => path)), fc.string());
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), hostileEvent, (table, event) => {
        const found = toWhere(table as Table);
        if (found.ok) expect(typeof takes(found.where, event)).toBe("boolean");
        else expect(found.problems.length).toBeGreaterThan(0);
      }),
    );
    const deep = JSON.parse(`${'{"raw":'.repeat(2000)}"x"${"}".repeat(2000)}`);
    expect(problemsOf(deep)).toHaveLength(1);
  });
});

test("every field of the event can be asked for", () => {
  expect(fields.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["id", "targets[].email", "flags.late", "granularAccess.restricted"]),
  );
  const roots = Object.keys(auditEventSchema.shape).filter((name) => name !== "raw");
  expect([...new Set(fields.map(({ path }) => path.split(/[.[]/)[0]))]).toEqual(roots);
});

describe("why an event is not taken", () => {
  const why = (table: Table) => whyNotTaken(compiled(table), auditEvent(login));
  test.each<[Table, string | null]>([
    [{ role: "*admin" }, null],
    [
      { "source.ip": ["192.0.2.0/24"] },
      'its source.ip is 10.20.0.7, and where has "source.ip" = ["192.0.2.0/24"]',
    ],
    [{ "site.slug": "*" }, 'it has no site.slug, and where has "site.slug" = "*"'],
    [
      { not: { "actor.email": "ann@*", "flags.late": false } },
      'its actor.email is ann@acme.com, its flags.late is false, and where.not has { "actor.email" = "ann@*", "flags.late" = false }',
    ],
  ])("%j: %s", (table, expected) => {
    expect(why(table)).toBe(expected);
  });

  test("comes after type and severity, and agrees with what is taken", () => {
    const where = compiled({ role: "Owner" });
    const filter = { only: [], except: [], minSeverity: "info", where } as const;
    expect(router(filter)(auditEvent())).toBe(false);
    expect(whyNot(filter, auditEvent())).toBe(
      'its role is Workspace Admin, and where has "role" = "Owner"',
    );
    expect(whyNot({ ...filter, minSeverity: "critical" }, auditEvent())).toMatch(/minSeverity/);
    expect(router({ ...filter, except: ["*"] })(auditEvent({ role: "Owner" }))).toBe(false);
  });
});

/** As slowly and plainly as it can be said. */
function naive(table: Table, event: AuditEvent): boolean {
  const { not, ...rest } = table;
  const drops = not === undefined ? [] : [not].flat();
  return holdsAll(rest, event) && !drops.some((one) => holdsAll(one as Table, event));
}
function holdsAll(table: Table, event: AuditEvent): boolean {
  return Object.entries(table).every(([path, value]) =>
    [value].flat().some((one) => holds(path, one, event)),
  );
}
function holds(path: string, wanted: unknown, event: AuditEvent): boolean {
  let found: unknown[] = [event];
  for (const key of path.replaceAll("[]", "").split(".")) {
    found = found
      .flatMap((one) => [one].flat(Number.POSITIVE_INFINITY))
      .map((one) =>
        typeof one === "object" && one !== null
          ? Object.getOwnPropertyDescriptor(one, key)?.value
          : null,
      );
  }
  const there = found
    .flat(Number.POSITIVE_INFINITY)
    .filter((one) => one !== null && one !== undefined && one !== "");
  if (wanted === "") return there.length === 0;
  if (path === "severity" && String(wanted).startsWith(">="))
    return severities
      .slice(severities.indexOf(String(wanted).slice(3) as "low"))
      .includes(event.severity);
  const source = [...String(wanted).toLowerCase()]
    .map((char) => (char === "*" ? "[^]*" : `\\u{${char.codePointAt(0)?.toString(16)}}`))
    .join("");
  const pattern = new RegExp(`^${source}$`, "u");
  return there.some(
    (one) => wanted === "*" || (typeof one !== "object" && pattern.test(String(one).toLowerCase())),
  );
}

test("a filter takes what a naive reading of it takes", () => {
  const texts = [
    "actor.email",
    "actor.id",
    "targets[].email",
    "targets[].id",
    "site.slug",
    "role",
    "method",
    "type",
  ];
  const raws = ["raw.payload.roleName", "raw.list.x", "raw.payload", "raw.a"];
  const words = ["ann", "ben", "@acme.com", ".", "Ü", "_"];
  const word = fc.array(fc.constantFrom(...words), { maxLength: 3 }).map((parts) => parts.join(""));
  const pattern = fc
    .array(fc.constantFrom(...words, "*", "*"), { maxLength: 4 })
    .map((parts) => parts.join(""));
  const listOf = (one: fc.Arbitrary<unknown>) =>
    fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }));
  const line = fc.oneof(
    fc.tuple(fc.constantFrom(...texts, ...raws), listOf(fc.oneof(pattern, fc.integer({ max: 3 })))),
    fc.tuple(
      fc.constantFrom("flags.late", "granularAccess.restricted"),
      listOf(fc.constantFrom<unknown>(true, false, "", "*")),
    ),
    fc.tuple(fc.constant("severity"), listOf(fc.constantFrom(...severities, ">= low", ">= high"))),
  );
  const lines = fc
    .array(line, { minLength: 1, maxLength: 3 })
    .map((all) => Object.fromEntries(all));
  const table = fc
    .tuple(fc.oneof(fc.constant({}), lines), fc.oneof(lines, fc.array(lines, { maxLength: 2 })))
    .map(([all, not]) => ({ ...all, not }));
  const text = fc.option(word.map((one) => one || null));
  const person = fc.record({ id: text, email: text });
  const event = fc
    .record({
      type: word,
      severity: fc.constantFrom(...severities),
      actor: fc.record({ type: fc.constant("person" as const), id: text, email: text }),
      targets: fc.array(person, { maxLength: 3 }),
      site: fc.option(fc.record({ id: text, slug: text })),
      role: text,
      method: text,
      granularAccess: fc.option(
        fc.record({ id: text, name: text, type: text, restricted: fc.option(fc.boolean()) }),
      ),
      flags: fc.record({ late: fc.boolean(), backfilled: fc.boolean(), unknown: fc.boolean() }),
      raw: fc.record(
        {
          payload: fc.oneof(fc.record({ roleName: text }), fc.jsonValue()),
          list: fc.array(fc.record({ x: text })),
          a: fc.jsonValue(),
        },
        { requiredKeys: [] },
      ),
    })
    .map((fields) => auditEvent(fields));
  let both = 0;
  fc.assert(
    fc.property(table, event, (written, one) => {
      const where = compiled(written);
      const expected = naive(written, one);
      if (expected) both += 1;
      expect(takes(where, one)).toBe(expected);
      expect(whyNotTaken(where, one) === null).toBe(expected);
    }),
    { numRuns: 5000 },
  );
  expect(both).toBeGreaterThan(500);
});
