// What every option says to a value that it does not take: what it expects, in words of its own.
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config.ts";
import { commonOptions } from "../../src/config-schema.ts";
import { destinationTypes } from "../../src/destinations/registry.ts";

const given: readonly unknown[] = [undefined, null, 5, true, "", [], {}, [5], [""], { a: 5 }];

/** What is no mistake, as JSON, by option; each option takes one kind of values at most, texts aside. */
const taken: Readonly<Record<string, readonly string[]>> = {
  tags: ["[]"],
  headers: ["{}"],
  ack: ["true"],
  batch: ["true"],
  only: ["[]"],
  except: ["[]"],
  where: ["{}"],
  privacy: ["{}"],
  workspaces: ["[]"],
  rules: ["[]"],
  system: ["true"],
  findings: ["true"],
};
const isTaken = (option: string, value: unknown) =>
  taken[option]?.includes(JSON.stringify(value)) === true;

/** The problems with one option of a destination that has no other. */
function problemsWith(type: string, option: string, value: unknown): readonly string[] {
  const parsed = parseConfig({ DESTINATIONS: [{ type, [option]: value }] });
  const problems = parsed.ok ? [] : parsed.problems;
  return problems.filter((problem) => /^DESTINATIONS\[0\]\.(\w+)/.exec(problem)?.[1] === option);
}

const own = destinationTypes.flatMap(({ type, options }) =>
  Object.keys(options.shape).map((option) => ({ type, option, schema: options.shape[option] })),
);
const common = Object.entries(commonOptions.shape)
  .filter(([option]) => option !== "type")
  .map(([option, schema]) => ({ type: "webhook", option, schema }));

describe.each([...own, ...common])("$type's $option", ({ type, option, schema }) => {
  const isOptional = schema?.safeParse(undefined).success === true;

  test.each(given.map((value) => ({ value, json: String(JSON.stringify(value)) })))(
    "given $json says what it expects",
    ({ value }) => {
      const problems = problemsWith(type, option, value);
      const isFine = isTaken(option, value) || (value === undefined && isOptional);
      expect(problems.length === 0).toBe(isFine);
      for (const problem of problems) {
        expect(problem).toMatch(
          /^DESTINATIONS\[0\]\.\w+(\[\d+\]|\.\w+)?: (is missing; )?(expected \S|must not )/,
        );
        expect(problem).not.toMatch(/invalid (input|option)|too (small|big)|, received /i);
      }
    },
  );
});
