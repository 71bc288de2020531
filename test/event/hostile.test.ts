// Whatever the log holds, nothing throws, and a sentence stays one short printable line.
import fc from "fast-check";
import { expect, test } from "vitest";
import { catalogue } from "../../src/event/catalogue.ts";
import { auditEventSchema } from "../../src/event/event.ts";
import { normalize } from "./items.ts";

const hostile = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    0,
    -0,
    1e308,
    true,
    false,
    [],
    {},
    [null],
    [[]],
    "\n",
    "\u0000",
    "\u202Eevil\u2066",
    "\u200B\uFEFF",
    "\uD800",
    "<!channel>",
    "<@U1|x>",
    "undefined",
    "null",
    "x".repeat(3000),
    "👩".repeat(3000),
    "e\u0301".repeat(500),
    "\u{E0041}".repeat(500),
    "__proto__",
    "constructor",
    "sso",
    "dashboard",
    "Admin",
    "token",
    "true",
    "ai_toggle",
  ),
  fc.string({ unit: "binary" }),
  fc.jsonValue(),
);
const person = fc.oneof(
  hostile,
  fc.record({ id: hostile, email: hostile, type: hostile }, { requiredKeys: [] }),
);
const payload = fc.record(
  {
    site: fc.oneof(hostile, fc.record({ id: hostile, slug: hostile }, { requiredKeys: [] })),
    targetUser: person,
    targetUsers: fc.oneof(hostile, fc.array(person)),
    granularAccess: fc.oneof(
      hostile,
      fc.record(
        { id: hostile, name: hostile, type: hostile, restricted: hostile },
        { requiredKeys: [] },
      ),
    ),
    method: hostile,
    userType: hostile,
    roleName: hostile,
    previousRoleName: hostile,
    setting: hostile,
    value: hostile,
    previousValue: hostile,
    location: hostile,
    ipAddress: hostile,
  },
  { requiredKeys: [] },
);
const type = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(...Object.keys(catalogue)).map((name) => name.split(".")),
  },
  { weight: 1, arbitrary: fc.tuple(hostile, hostile) },
);
const anyItem = fc
  .record({
    type,
    actor: person,
    workspace: person,
    payload: fc.oneof({ weight: 1, arbitrary: hostile }, { weight: 9, arbitrary: payload }),
  })
  .map(({ type: [eventType, eventSubType], ...rest }) => ({
    timestamp: "2026-06-04T02:00:00.5Z",
    eventType,
    eventSubType,
    ...rest,
  }));

/** All text that came in, as it would be printed: invisible characters out, in lower case. */
function textsOf(value: unknown): string {
  if (typeof value === "string") return value.replace(/\p{Cf}/gu, "").toLowerCase();
  return typeof value === "object" && value !== null
    ? Object.values(value).map(textsOf).join("\n")
    : "";
}

test("whatever an item holds, its event fits the schema and its sentence is one bounded line", () => {
  fc.assert(
    fc.property(anyItem, (raw) => {
      const event = normalize(raw);
      const { summary } = event;
      expect(auditEventSchema.safeParse(event).error).toBeUndefined();
      expect(event.type).toMatch(/^[a-z0-9_]{1,64}\.[a-z0-9_]{1,64}$/);
      expect(event.raw).toBe(raw);
      expect(summary).toMatch(/^\S.*\.$/u);
      expect(summary).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]| {2}/u);
      expect([...summary].length).toBeLessThanOrEqual(1000);
      const given = textsOf(raw);
      for (const word of ["undefined", "null", "nan", "[object"]) {
        if (!given.includes(word)) expect(summary.toLowerCase()).not.toContain(word);
      }
    }),
    { numRuns: 1000 },
  );
});
