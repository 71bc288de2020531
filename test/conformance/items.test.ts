// The items are worth trying: all that is documented comes up in them, and much that is not.
import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/event/catalogue.ts";
import { documented, generated } from "./items.ts";
import { mutations } from "./mutations.ts";
import { shared } from "./shared.ts";

describe("1,000 generated items", () => {
  const events = generated.map(({ event }) => event);
  const share = (wanted: (event: (typeof events)[number]) => boolean) =>
    events.filter(wanted).length;

  test("are a thousand, each an event with an id of its own", () => {
    expect(generated).toHaveLength(1000);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1000);
  });

  test("show every documented type, whole and damaged, and types that are not known", () => {
    for (const half of [events.slice(0, 500), events.slice(500)]) {
      const types = new Set(half.map(({ type }) => type));
      expect(Object.keys(catalogue).filter((type) => !types.has(type))).toEqual([]);
    }
    expect(share(({ flags }) => flags.unknown)).toBeGreaterThan(50);
  });

  test("show what a format may stumble over", () => {
    expect(share(({ actor }) => actor.type === "token")).toBeGreaterThan(20);
    expect(share(({ actor }) => actor.id === null && actor.email === null)).toBeGreaterThan(20);
    expect(share(({ targets }) => targets.length > 1)).toBeGreaterThan(20);
    expect(share(({ source }) => source?.ip?.includes(":") === true)).toBeGreaterThan(10);
    expect(share(({ setting }) => setting?.value === "strict")).toBeGreaterThan(0);
    expect(share(({ granularAccess }) => granularAccess?.restricted === null)).toBeGreaterThan(0);
  });

  test("have each mutation in them", () => {
    const names = generated.map(({ name }) => name);
    const missing = mutations.filter(([name]) => !names.some((one) => one.startsWith(name)));
    expect(missing).toEqual([]);
  });
});

test.skipIf(!shared("webflow/examples.json").there)(
  "the documented items are 24, of every documented type (needs ../shared/data/webflow/examples.json)",
  () => {
    expect(documented).toHaveLength(24);
    const types = new Set(documented.map(({ event }) => event.type));
    expect([...types].toSorted()).toEqual(Object.keys(catalogue).toSorted());
  },
);
