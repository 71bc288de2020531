// The findings follow from the events: not from the order in which they arrive, nor in what batches, nor from a process
// that dies in between.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeSql } from "../sandbox/sql.ts";
import type { Config } from "../src/config.ts";
import type { AuditEvent } from "../src/event/event.ts";
import { Findings } from "../src/findings.ts";
import { Ledger } from "../src/ledger.ts";
import type { Member } from "../src/member.ts";
import type { Mutes } from "../src/mutes/mutes.ts";
import type { Ports } from "../src/ports.ts";
import { Engine, type Finding } from "../src/rules/engine.ts";
import { rules } from "../src/rules/registry.ts";
import { type Moment, toEvents } from "../src/rules/story.ts";
import { month } from "./rules/month.ts";

const silent = {
  info: () => {},
  warn: () => {},
  error: (message: string, fields?: object) => {
    throw new Error(`${message} ${JSON.stringify(fields)}`);
  },
};
const settleMs = 900_000;
// Little is needed to fire, so that little makes a story.
const easy: Readonly<Record<string, object>> = {
  "login.password_instead_of_sso": { logins: 1, days: 1 },
  "login.new_country": { logins: 1, days: 1, who: ["all"], quietHours: 1, mostAWeek: 1 },
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
  findings
    .map(({ rule, evidence, heldBack }) => `${rule.name} ${evidence.join(" ")} +${heldBack}`)
    .sort();

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

/** As the Worker does it: each arrival noted, each batch judged, on a ledger that outlives the process. */
function live(arrivals: readonly Arrival[], bound = eager()): string[] {
  const sql = nodeSql();
  const received: string[] = [];
  let nowMs = 0;
  const open = () => {
    const ports = { ledger: new Ledger(sql), clock: { now: () => nowMs }, log: silent };
    const lane = { name: "siem", progress: { wake: () => {} } };
    const member = { lane, config: { rules: ["*"], minSeverity: "info" } };
    // The parts of each that findings touch.
    const config = { rules: { bound, settleMs }, knownGood: [] };
    const mutes = { keepsFinding: () => false };
    return new Findings(
      ports as unknown as Ports,
      [member as unknown as Member],
      config as unknown as Config,
      mutes as unknown as Mutes,
    );
  };
  let findings = open();
  const batch = (events: readonly AuditEvent[]) => {
    sql.transaction(() => {
      for (const event of events) findings.take(event);
    });
    findings.settle();
    for (const row of sql.exec("SELECT event FROM notices")) {
      const { payload } = JSON.parse(String(row.event)).raw;
      const { rule, evidence, heldBack = 0 } = payload;
      received.push(`${rule} ${evidence.join(" ")} +${heldBack}`);
    }
    sql.exec("DELETE FROM notices");
  };
  let waiting: AuditEvent[] = [];
  for (const { event, atMs, dies, ends } of arrivals) {
    waiting.push(event);
    if (!ends) continue;
    nowMs = atMs;
    batch(waiting);
    waiting = [];
    if (dies) findings = open();
  }
  nowMs = Date.parse("2100-01-01T00:00:00Z");
  for (
    let rest = waiting;
    rest.length > 0 || sql.exec("SELECT 1 FROM rule_waiting LIMIT 1").length > 0;
    rest = []
  )
    batch(rest);
  return received.sort();
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
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(500);
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
});
