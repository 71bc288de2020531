// What of an item this version does not know: nothing of what Webflow documents, and everything else by its name.
import fc from "fast-check";
import { expect, test } from "vitest";
import { generate } from "../../sandbox/activity/activity.ts";
import { driftOf } from "../../src/event/drift.ts";
import { login, startMs } from "../support/world.ts";
import { toRecord } from "./items.ts";

const period = { seed: 1, count: 3000, fromMs: startMs, toMs: startMs + 86_400_000 };
const drift = (raw: unknown) => driftOf(toRecord(raw));

test("a day of believable activity shows nothing unknown", () => {
  expect(generate(period).flatMap(({ item }) => drift(item))).toEqual([]);
});

test("what no documentation has is found in each item that has it", () => {
  const strange = generate({ ...period, unknownTypes: 0.1 }).map(({ item }) => drift(item));
  expect(strange.filter((things) => things.length > 0)).toHaveLength(300);
});

test.each([
  [{ eventSubType: "yawned" }, ["the type user_access.yawned"]],
  [
    { extra: 1, workspace: { id: "1", region: "x" } },
    ["the field extra", "the field workspace.region"],
  ],
  [{ actor: { type: "person", "display name": "x" } }, ["the field actor.display_name"]],
  [{ payload: { method: "SSO", mood: 1 } }, ["the field payload.mood"]],
  [{ payload: { method: "Carrier pigeon", userType: "Guest" } }, ["the method carrier_pigeon"]],
  [{ eventType: "workspace_settings", eventSubType: "setting_updated" }, []],
  [{ actor: null, payload: "text", workspace: [] }, []],
])("%j shows %j", (changes, things) => {
  expect(drift(login(startMs, changes))).toEqual(things);
});

test("whatever an item holds, each thing is short, printable and without markup", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()),
      (payload, more) => {
        for (const thing of drift({
          ...login(),
          payload,
          ...more,
          timestamp: "2026-06-01T12:00:00Z",
        }))
          expect(thing).toMatch(/^the [\w.-]+ [\w.-]{0,140}$/);
      },
    ),
  );
});
