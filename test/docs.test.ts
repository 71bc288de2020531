import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generatedDocs } from "../scripts/docs.ts";

describe("the documentation", () => {
  it.each([...generatedDocs()])("%s says what the code says (else: npm run docs)", (file, text) => {
    expect(readFileSync(join(import.meta.dirname, "..", file), "utf8")).toBe(text);
  });
});
