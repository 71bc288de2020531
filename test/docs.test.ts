import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { generatedDocs } from "../scripts/docs.ts";
import { auditEventSchema } from "../src/event/event.ts";

const root = join(import.meta.dirname, "..");
const readme = () => generatedDocs().get("README.md") ?? "";

describe("the documentation", () => {
  it.each([...generatedDocs()])("%s says what the code says (else: npm run docs)", (file, text) => {
    expect(readFileSync(join(root, file), "utf8")).toBe(text);
  });

  it("has no table without rows", () => {
    const tables = [...readme().matchAll(/<!-- (\w+) -->\n(.*?)\n<!-- \/\1 -->/gs)];
    expect(tables.map(([, name]) => name)).toHaveLength(6);
    for (const [, name, table = ""] of tables) {
      expect(table.split("\n").length, name).toBeGreaterThan(2);
    }
  });

  it("has a row for each field of the event, whatever it stands in", () => {
    const fields = fieldsOf(auditEventSchema);
    expect(fields).toEqual(expect.arrayContaining(["actor.email", "targets[].id", "source.ip"]));
    const rows = readme().split("<!-- event -->")[1]?.split("\n") ?? [];
    for (const field of fields) {
      const row = rows.find((line) => line.startsWith(`| \`${field}\` |`));
      expect(row?.split(" | "), field).toHaveLength(3);
    }
  });

  it("names only tests that there are, and has every fault in a row", () => {
    const text = readFileSync(join(root, "docs/faults.md"), "utf8");
    const rows = text.split("\n").filter((line) => /^\| [ASDR]\d/.test(line));
    expect(rows).toHaveLength(33);
    const tests = globSync("test/**/*.test.ts", { cwd: root }).map((file) =>
      readFileSync(join(root, file), "utf8"),
    );
    const missing = rows.flatMap((row) => {
      const names = [...(row.split(" | ").at(-1) ?? "").matchAll(/"([^"]+)"/g)].map(([, n]) => n);
      expect(names, row).not.toEqual([]);
      return names.filter((name = "") => !tests.some((source) => source.includes(name)));
    });
    expect(missing).toEqual([]);
  });

  it("exports the event's schema as a plain object schema", () => {
    const schema = JSON.parse(generatedDocs().get("docs/event.schema.json") ?? "");
    expect(schema).toMatchObject({
      type: "object",
      title: expect.any(String),
      description: expect.any(String),
    });
    expect(Object.keys(schema.properties)).toEqual(Object.keys(auditEventSchema.shape));
    expect(JSON.stringify(schema)).not.toContain("$ref");
  });
});

function fieldsOf(schema: unknown, prefix = ""): string[] {
  if (schema instanceof z.ZodNullable) return fieldsOf(schema.unwrap(), prefix);
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element, `${prefix}[]`);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    return [path, ...fieldsOf(field, path)];
  });
}
