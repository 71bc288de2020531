// What a rule's weekly limit holds back is counted, and the next finding of the rule says how many there were.
import { describe, expect, it } from "vitest";
import { Engine, type Finding } from "../../src/rules/engine.ts";
import { Facts } from "../../src/rules/facts.ts";
import { toFindingEvent } from "../../src/rules/finding.ts";
import { type Moment, toEvents } from "../../src/rules/story.ts";
import { impossibleTravel } from "../../src/rules/travel.ts";

const at = (time: string, by: string, place: string): Moment => ({
  ...{ at: time, is: "user_access.login", by, method: "dashboard", place },
});
/** Half an hour between two countries. */
const travel = (day: number, by: string) => [
  at(`${day} 09:00`, by, "Lisbon PT"),
  at(`${day} 09:30`, by, "Madrid ES"),
];

function tell(story: readonly Moment[], options: object = { mostAWeek: 1 }) {
  let engine = new Engine([impossibleTravel.bind(options)]);
  const held: string[] = [];
  const findings: Finding[] = [];
  const saved = new Map<string, unknown>();
  for (const event of toEvents(story)) {
    engine.onHeld = ({ name }) => held.push(name);
    findings.push(...engine.inOrder(event));
    // The process dies after each event, and knows what was saved.
    for (const { kind, key, value } of engine.facts.changes()) saved.set(`${kind} ${key}`, value);
    const facts = [...saved].map(([name, value]) => {
      const [kind = "", key = ""] = name.split(/ (.*)/s);
      return { kind, key, value: JSON.parse(JSON.stringify(value)) };
    });
    engine = new Engine([impossibleTravel.bind(options)], Facts.restored(facts));
  }
  return {
    held,
    told: findings.map(({ event, heldBack }) => [event.actor.email, heldBack]),
    findings,
  };
}

describe("beyond the weekly limit", () => {
  it("findings are counted, and the next that is told says how many", () => {
    const { held, told, findings } = tell([
      ...travel(1, "ann"),
      ...travel(2, "ben"),
      ...travel(3, "kim"),
      ...travel(9, "zoe"),
      ...travel(17, "eve"),
    ]);
    expect(told).toEqual([
      ["ann@acme.example", 0],
      ["zoe@acme.example", 2],
      ["eve@acme.example", 0],
    ]);
    expect(held).toEqual([impossibleTravel.name, impossibleTravel.name]);
    const events = findings.map(toFindingEvent);
    expect(events[1]?.summary).toContain(
      "2 findings of this rule before it were held back by mostAWeek.",
    );
    expect(events[1]?.raw.payload).toMatchObject({ heldBack: 2 });
    expect(events[0]?.summary).not.toContain("held back");
    expect(events[0]?.raw.payload).not.toHaveProperty("heldBack");
  });

  it("what would have been told once in its quiet time counts once", () => {
    const { held, told } = tell([
      ...travel(1, "ann"),
      ...travel(2, "ben"),
      at("2 10:00", "ben", "Lisbon PT"),
      at("2 10:30", "ben", "Madrid ES"),
      ...travel(9, "zoe"),
    ]);
    expect(held).toHaveLength(1);
    expect(told.at(-1)).toEqual(["zoe@acme.example", 1]);
    const restless = tell(
      [...travel(1, "ann"), ...travel(2, "ben"), at("2 10:00", "ben", "Lisbon PT")],
      { mostAWeek: 1, quietHours: 0 },
    );
    expect(restless.held).toHaveLength(2);
  });

  it("a subject that was held back is told when there is room again", () => {
    const { told } = tell([
      at("1 09:20", "ann", "Lisbon PT"),
      at("1 09:50", "ann", "Madrid ES"),
      ...travel(8, "ben"),
      at("8 10:00", "ben", "Lisbon PT"),
    ]);
    expect(told).toEqual([
      ["ann@acme.example", 0],
      ["ben@acme.example", 1],
    ]);
  });
});
