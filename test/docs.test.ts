import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { sandboxHook } from "../sandbox/receivers/slack.ts";
import { vendors } from "../sandbox/receivers/vendors/registry.ts";
import { generatedDocs } from "../scripts/docs.ts";
import { parseConfig } from "../src/config.ts";
import { destinationTypes } from "../src/destinations/registry.ts";
import { auditEventSchema } from "../src/event/event.ts";
import { toWhere } from "../src/filter/where.ts";
import { bucketBinding } from "./support/bucket.ts";

const root = join(import.meta.dirname, "..");
const readme = () => generatedDocs().get("README.md") ?? "";

describe("the documentation", () => {
  it.each([...generatedDocs()])("%s says what the code says (else: npm run docs)", (file, text) => {
    expect(readFileSync(join(root, file), "utf8")).toBe(text);
  });

  it("has no table without rows", () => {
    const tables = [...readme().matchAll(/<!-- (\w+) -->\n(.*?)\n<!-- \/\1 -->/gs)];
    expect(tables.map(([, name]) => name)).toHaveLength(7);
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
    expect(rows).toHaveLength(35);
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

  const pages = destinationTypes.map(({ type }) => type);
  it.each(pages)(
    "has an example for %s that is a valid configuration, with its secrets as secrets",
    (type) => {
      const page = readFileSync(join(root, `docs/destinations/${type}.md`), "utf8");
      const [, example = ""] = /```toml\n(.*?)```/s.exec(page) ?? [];
      const { vars, r2_buckets: buckets = [] } = parse(example) as unknown as Example;
      const [destination = {}, ...others] = vars.DESTINATIONS;
      expect([destination.type, others]).toEqual([type, []]);
      const parsed = parseConfig({
        WEBFLOW_TOKEN: "ws-token",
        WORKSPACES: [{ id: "acme", token: "$WEBFLOW_TOKEN" }],
        DESTINATIONS: [destination],
        ...Object.fromEntries(buckets.map(({ binding }) => [binding, bucketBinding])),
        ...secretsOf(type, destination),
      });
      expect(parsed.ok ? parsed.config.warnings : parsed.problems).toEqual([]);
    },
  );

  it("has examples of filters, severities and privacy that are valid configurations", () => {
    const section =
      readme().split("### Filters, severity and privacy\n")[1]?.split("\n### ")[0] ?? "";
    const examples = [...section.matchAll(/```toml\n(.*?)```/gs)].map(([, text = ""]) => text);
    expect(examples).toHaveLength(2);
    for (const example of examples) {
      const { DESTINATIONS, ...vars } = (parse(example) as unknown as Example).vars;
      const parsed = parseConfig({
        WEBFLOW_TOKEN: "ws-token",
        PRIVACY_KEY: "0123456789abcdef0123456789abcdef",
        WORKSPACES: [{ id: "acme", token: "$WEBFLOW_TOKEN" }],
        DESTINATIONS,
        ...vars,
        ...Object.assign({}, ...DESTINATIONS.map((one) => secretsOf(String(one.type), one))),
      });
      expect(parsed.ok ? parsed.config.warnings : parsed.problems, example).toEqual([]);
    }
    const inline = [...section.matchAll(/`(where = \{.*?\})`/g)].map(([, text = ""]) =>
      parse(text),
    );
    const asJson = [...section.matchAll(/'where=(.*?)'/g)].map(([, text = ""]) => JSON.parse(text));
    expect([inline.length, asJson.length]).toEqual([1, 1]);
    for (const where of [inline[0]?.where, asJson[0]])
      expect(toWhere(where as Record<string, unknown>)).toMatchObject({ ok: true });
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

interface Example {
  readonly vars: {
    readonly DESTINATIONS: readonly Record<string, unknown>[];
    readonly [name: string]: unknown;
  };
  readonly r2_buckets?: readonly { readonly binding: string }[];
}

const ownSecrets: Readonly<Record<string, Record<string, unknown>>> = {
  slack: { url: sandboxHook },
  webhook: { secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
};

/** The secrets that an example reads, with values that the vendor's receiver takes. */
function secretsOf(type: string, destination: Record<string, unknown>): Record<string, unknown> {
  const samples = vendors.find((vendor) => vendor.type === type)?.options ?? [];
  const held = Object.assign({}, ownSecrets[type], ...samples.toReversed());
  return Object.fromEntries(
    Object.entries(destination).flatMap(([option, value]) =>
      // However deep it stands: a header's may be any text.
      [...JSON.stringify(value).matchAll(/"\$(\w+)"/g)].map(([, name]) => [
        name,
        typeof value === "string" ? held[option] : "a-secret-of-its-own",
      ]),
    ),
  );
}

function fieldsOf(schema: unknown, prefix = ""): string[] {
  if (schema instanceof z.ZodNullable) return fieldsOf(schema.unwrap(), prefix);
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element, `${prefix}[]`);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const path = prefix ? `${prefix}.${name}` : name;
    return [path, ...fieldsOf(field, path)];
  });
}
