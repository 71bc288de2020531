// What every rule promises, run over the registry: its examples, its options, and that nothing makes it throw.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { AuditEvent } from "../../src/event/event.ts";
import { Engine, type Finding } from "../../src/rules/engine.ts";
import { Facts, most } from "../../src/rules/facts.ts";
import { findingsBy } from "../../src/rules/on-event.ts";
import { rules } from "../../src/rules/registry.ts";
import type { Example, Rule } from "../../src/rules/rule.ts";
import { toEvents } from "../../src/rules/story.ts";
import { auditEvent, eventId, hostileEvents } from "../support/events.ts";

/** What a rule says of the last event of a story. */
function lastWord(rule: Rule, { story, parameters = {} }: Example): Finding[] {
  const engine = new Engine([rule.bind(parameters)]);
  const events = toEvents(story);
  const findings = events.flatMap((event) => [...engine.atOnce(event), ...engine.inOrder(event)]);
  return findings.filter(({ event }) => event.id === events.at(-1)?.id);
}

describe.each(rules.map((rule) => [rule.name, rule] as const))("%s", (name, rule) => {
  test.each(rule.examples.fires.map((one) => [one.what, one] as const))("fires: %s", (_, one) => {
    const [finding, ...others] = lastWord(rule, one);
    expect(others).toEqual([]);
    expect(finding).toBeDefined();
    expect(finding?.reason).toMatch(/^[^\n]{15,900}\.$/);
    expect(finding?.evidence.at(-1)).toBe(finding?.event.id);
  });

  test.each(rule.examples.silent.map((one) => [one.what, one] as const))(
    "is silent: %s",
    (_, one) => {
      expect(lastWord(rule, one)).toEqual([]);
    },
  );

  it("has a name of its family, a title, something to check, and both sorts of examples", () => {
    expect(name).toMatch(/^[a-z]+\.[a-z_]+$/);
    expect(rule.title.length).toBeGreaterThan(5);
    expect(rule.check).toMatch(/^[A-Z].*\.$/);
    expect(rule.attack?.id ?? "T1078.004").toMatch(/^T\d{4}(\.\d{3})?$/);
    expect(rule.examples.fires.length).toBeGreaterThan(0);
    expect(rule.examples.silent.length).toBeGreaterThan(0);
  });

  it("describes each option, and refuses one that it does not have", () => {
    for (const option of Object.values(rule.options.shape))
      expect((option as { description?: string }).description).toBeTruthy();
    expect(() => rule.bind({ nonsense: 1 })).toThrow();
    expect(rule.bind().severity).toBe(rule.severity);
    expect(rule.bind({ severity: "critical" }).severity).toBe("critical");
  });
});

const all = () =>
  rules.map((rule) =>
    rule.bind(
      rule.name === "invitation.untrusted_domain" ? { trustedDomains: ["acme.example"] } : {},
    ),
  );

describe("a rule that judges at once", () => {
  const atOnce = rules.filter((rule) => rule.atOnce);
  const stories = rules.flatMap(({ examples }) => [...examples.fires, ...examples.silent]);

  it.each(atOnce.map((rule) => [rule.name, rule] as const))(
    "says the same of an event whatever happened before it, and asked again: %s",
    (_, rule) => {
      const bound = all().filter((one) => one.rule === rule);
      const told = findingsBy(bound);
      const engine = new Engine(bound);
      const says = (event: AuditEvent) => engine.atOnce(event).map(({ reason }) => reason);
      const events = stories.flatMap(({ story }) => toEvents(story));
      const first = events.map((event) => told(event).map(({ reason }) => reason));
      expect(first.flat().length).toBeGreaterThan(0);
      for (const [n, event] of events.entries()) {
        expect(says(event)).toEqual(first[n]);
        engine.inOrder(event);
      }
      expect(events.map((event) => told(event).map(({ reason }) => reason))).toEqual(first);
      expect(events.map(says)).toEqual(first);
    },
  );

  it("that breaks costs the event nothing", () => {
    const broken = all().map((bound) => ({
      ...bound,
      judge: () => {
        throw new Error("broken");
      },
    }));
    const [event] = toEvents(rules[0]?.examples.fires[0]?.story ?? []);
    expect(event && findingsBy(broken)(event)).toEqual([]);
  });
});

describe("all rules together", () => {
  it("have names of their own", () => {
    expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
  });

  it("never throw, whatever an event holds, and keep what can be saved", () => {
    fc.assert(
      fc.property(hostileEvents(12), fc.constantFrom(...types), (hostile, type) => {
        const engine = new Engine(all());
        const events = hostile.map((event, n) => (n % 2 === 0 ? { ...event, type } : event));
        for (const event of events) {
          engine.atOnce(event);
          engine.inOrder(event);
        }
        const saved = JSON.parse(JSON.stringify(engine.facts.changes()));
        for (const event of events) new Engine(all(), Facts.restored(saved)).inOrder(event);
      }),
      { numRuns: 300 },
    );
  });

  it("remember no more than their bounds, whoever comes", () => {
    const engine = new Engine(all());
    for (let n = 0; n < 3 * most.people; n += 1) engine.inOrder(loginOf(n, n * 1000));
    expect(engine.facts.people.size).toBeLessThanOrEqual(most.people);
    expect(engine.facts.people.size).toBeGreaterThan(most.people * 0.8);
    expect(engine.facts.domains.size).toBeLessThanOrEqual(most.domains);
    // Who came last is known.
    expect(engine.facts.actor(loginOf(3 * most.people - 1, 0))).toBeDefined();
    expect(engine.facts.actor(loginOf(0, 0))).toBeUndefined();
  });

  it("remember of 2,000 busy people less than 2 MB", () => {
    const engine = new Engine(all());
    for (let n = 0; n < 100_000; n += 1) engine.inOrder(loginOf(n % 2000, n * 10_000));
    const bytes = JSON.stringify(engine.facts.changes()).length;
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(2_000_000);
  });
});

const types = [...new Set(rules.flatMap(({ on }) => (on === "all" ? [] : on)))];

function loginOf(person: number, afterMs: number): AuditEvent {
  const ms = Date.parse("2026-06-01T00:00:00Z") + afterMs;
  const place = ["Lisbon PT", "Madrid ES", "Oslo NO"][
    (person + Math.floor(afterMs / 7_200_000)) % 3
  ];
  return auditEvent({
    id: eventId(person, ms),
    time: new Date(ms).toISOString(),
    type: "user_access.login",
    actor: { type: "person", id: `id-${person}`, email: `p${person}@d${person % 1500}.example` },
    targets: [],
    role: null,
    previousRole: null,
    method: "sso",
    source: { ip: `192.0.${person % 7}.1`, location: place ?? null },
  });
}
