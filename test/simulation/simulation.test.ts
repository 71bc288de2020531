// A few worlds with every test run; npm run sim lives thousands.
import { beforeAll, describe, expect, it } from "vitest";
import { draw } from "./draw.ts";
import { mutants } from "./mutants.ts";
import { mistaken } from "./mutation.ts";
import { live } from "./story.ts";
import { useLightWire } from "./wire.ts";

beforeAll(useLightWire);

describe("a random world", () => {
  it.each(Array.from({ length: 50 }, (_, i) => i + 1))(
    "keeps the invariants whatever fails, once all has healed (npm run sim -- --seed %i)",
    async (seed) => {
      expect((await live(draw(seed))).breaches).toEqual([]);
    },
  );

  it.each(mutants)("can be lived with the mistake: $name", (mutant) => {
    expect(mistaken(mutant)).not.toBe("");
  });

  it("lives the same life each time", async () => {
    const [once, again] = [await live(draw(7), true), await live(draw(7), true)];
    expect(again).toEqual(once);
    expect(once.story.length).toBeGreaterThan(20);
  });
});
