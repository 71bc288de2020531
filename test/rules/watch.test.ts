// The findings follow from the events: not from the order in which they arrive, nor in what batches, nor from a process
// that dies in between.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuditEvent } from "../../src/event/event.ts";
import { Engine, type Finding } from "../../src/rules/engine.ts";
import { Facts, type SavedFact } from "../../src/rules/facts.ts";
import { rules } from "../../src/rules/registry.ts";
import { type Moment, toEvents } from "../../src/rules/story.ts";
import { RuleWatch } from "../../src/rules/watch.ts";
import { month } from "./month.ts";

const settleMs = 900_000;
// Little is needed to fire, so that little makes a story.
const easy: Readonly<Record<string, object>> = {
  "login.password_instead_of_sso": { logins: 1, days: 1 },
  "login.new_country": { logins: 1, days: 1, who: ["all"], quietHours: 1 },
  "login.new_network": { logins: 1, days: 1, who: ["all"], quietHours: 0 },
  "login.unusual_hours": { logins: 5, gapHours: 1, days: 1, mostAWeek: 1 },
  "login.dormant_account": { days: 7 },
  "access.token_first_seen": { learnDays: 0 },
  "access.mass_removal": { people: 2 },
  "invitation.mass": { people: 2 },
  "invitation.new_domain": { learnDays: 0, mostNew: 20 },
  "invitation.untrusted_domain": { trustedDomains: ["acme.example"] },
};
const eager = () => rules.map((rule) => rule.bind(easy[rule.name]));
const told = (findings: readonly Finding[]) =>
  findings.map(({ rule, evidence }) => `${rule.name} ${evidence.join(" ")}`).sort();

/** All at once and in order, as a back-test reads them. */
function inOrder(events: readonly AuditEvent[], bound = eager()): string[] {
  const engine = new Engine(bound);
  return told(events.flatMap((event) => [...engine.atOnce(event), ...engine.inOrder(event)]));
}

interface Arrival {
  readonly event: AuditEvent;
  readonly atMs: number;
  /** The process dies before the next batch; what was saved is all that is left. */
  readonly dies: boolean;
  /** The batch ends with it. */
  readonly ends: boolean;
}

function live(arrivals: readonly Arrival[], bound = eager()): string[] {
  const saved = new Map<string, string>();
  const kept = new Map<string, string>();
  const findings: Finding[] = [];
  const open = () => {
    const facts = [...saved.values()].map((text): SavedFact => JSON.parse(text));
    const made = Facts.restored(facts);
    const watch = new RuleWatch(bound, made, { settleMs, sinceMs: 0 });
    watch.restore([...kept.values()].map((text): AuditEvent => JSON.parse(text)));
    return { facts: made, watch };
  };
  let { facts, watch } = open();
  const settle = (nowMs: number) => {
    const { judged, findings: more } = watch.settle(nowMs);
    for (const id of judged) kept.delete(id);
    findings.push(...more);
    for (const fact of facts.changes()) {
      const key = `${fact.kind} ${fact.key}`;
      if (fact.value === null) saved.delete(key);
      else saved.set(key, JSON.stringify(fact));
    }
  };
  for (const { event, atMs, dies, ends } of arrivals) {
    findings.push(...watch.take(event));
    kept.set(event.id, JSON.stringify(event));
    if (ends) settle(atMs);
    if (ends && dies) ({ facts, watch } = open());
  }
  settle(Number.MAX_SAFE_INTEGER);
  return told(findings);
}

const types: readonly Moment["is"][] = [
  ...new Set(rules.flatMap(({ on }) => (on === "all" ? [] : on))),
];
const moment: fc.Arbitrary<Moment> = fc.record(
  {
    at: fc
      .tuple(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 9, max: 10 }),
        fc.integer({ min: 10, max: 59 }),
      )
      .map(([day, hour, minute]) => `${day} ${hour}:${minute}`),
    is: fc.oneof(
      { weight: 2, arbitrary: fc.constant("user_access.login" as const) },
      { weight: 3, arbitrary: fc.constantFrom(...types) },
    ),
    by: fc.constantFrom("ann", "ben", "kim", "token x"),
    to: fc.constantFrom(["ann"], ["ben"], ["eve@other.example"], ["ben", "kim"]),
    role: fc.constantFrom("Admin", "Designer", "Reader", "Guest"),
    was: fc.constantFrom("Admin", "Designer", "Reader", "Guest"),
    method: fc.constantFrom("sso", "dashboard", "api", "scim"),
    userType: fc.constantFrom("member", "guest"),
    place: fc.constantFrom("Lisbon PT", "Madrid ES", "Singapore SG"),
    ip: fc.constantFrom("192.0.2.1", "198.51.100.1", "2001:db8::1"),
    restricted: fc.boolean(),
    value: fc.constantFrom("true", "false"),
  },
  { requiredKeys: ["at", "is", "by", "to"] },
);

/** Each event with a lateness within the delay, in the order of arrival. */
const arrivals = fc
  .array(fc.tuple(moment, fc.nat(settleMs), fc.boolean(), fc.boolean()), {
    minLength: 1,
    maxLength: 60,
    size: "max",
  })
  .map((told) => {
    const events = toEvents(told.map(([one]) => one));
    return events
      .map((event, n) => ({
        event,
        atMs: Date.parse(event.time) + (told[n]?.[1] ?? 0),
        dies: told[n]?.[2] ?? false,
        ends: told[n]?.[3] ?? false,
      }))
      .sort((a, b) => a.atMs - b.atMs);
  });

describe("the findings", () => {
  it("are the same in any order of arrival within the delay, in any batches, through any deaths", () => {
    let found = 0;
    fc.assert(
      fc.property(arrivals, (stream) => {
        const events = stream.map(({ event }) => event).sort((a, b) => (a.id < b.id ? -1 : 1));
        const wanted = inOrder(events);
        found += wanted.length;
        expect(live(stream)).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
    expect(found).toBeGreaterThan(1000);
  });

  it("of a month are the same live, with late events and a death a day, as in a back-test", () => {
    const { events } = month(7, 0.0002, 8000);
    const bound = rules.map((rule) => rule.bind());
    const stream = events
      .map((event, n) => ({
        event,
        atMs: Date.parse(event.time) + (n % 20 === 0 ? (n * 7919) % settleMs : 0),
        ends: n % 3 === 0,
        dies: n % 270 === 0,
      }))
      .sort((a, b) => a.atMs - b.atMs);
    const wanted = inOrder(events, bound);
    expect(wanted.length).toBeGreaterThan(42);
    expect(live(stream, bound)).toEqual(wanted);
  });

  it("of what happened before the rules were switched on are none, but it is learned from", () => {
    const events = toEvents([
      { at: "1 10:00", is: "workspace_membership.user_removed", by: "ann", to: ["ben"] },
      {
        at: "2 10:00",
        is: "workspace_membership.user_added",
        by: "ann",
        to: ["kim"],
        role: "Admin",
      },
      { at: "3 10:00", is: "user_access.login", by: "ben" },
      { at: "5 10:00", is: "user_access.login", by: "ben" },
    ]);
    const sinceMs = Date.parse(events[3]?.time ?? "");
    const watch = new RuleWatch(eager(), new Facts(), { settleMs, sinceMs });
    const findings = [
      ...events.flatMap((event) => watch.take(event)),
      ...watch.settle(Number.MAX_SAFE_INTEGER).findings,
    ];
    expect(told(findings)).toEqual([`access.after_removal ${events[0]?.id} ${events[3]?.id}`]);
  });
});
