// Reads the source tree: who may import whom, what each extension owes, and that the README tells all of it.
import { existsSync, globSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { environment } from "../src/config-schema.ts";
import { destinationTypes } from "../src/destinations/registry.ts";
import { formats } from "../src/formats/registry.ts";
import { rules } from "../src/rules/registry.ts";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const list = (pattern: string) => globSync(pattern, { cwd: root }).toSorted();

interface Source {
  readonly file: string;
  readonly text: string;
  /** Where it imports from: a path from the root, or the name of a package. */
  readonly imports: readonly string[];
}

const sources: readonly Source[] = list("src/**/*.{ts,tsx}").map((file) => {
  const text = read(file);
  const specifiers = text.matchAll(
    /^(?:import|export)\b[^;"]*\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  const imports = [...specifiers]
    .map((found) => found[1] ?? found[2] ?? found[3] ?? "")
    .map((specifier) => (specifier.startsWith(".") ? join(dirname(file), specifier) : specifier));
  return { file, text, imports };
});
const fileNames = (wanted: (source: Source) => boolean) =>
  sources.filter(wanted).map(({ file }) => file);

/** In the order in which an event passes: a stage knows those before it, never one after it. */
const stages = [
  "source",
  "event",
  "filter",
  "privacy",
  "rules",
  "digest",
  "formats",
  "destinations",
] as const;
const stageOf = (file: string) => stages.findIndex((stage) => file.startsWith(`src/${stage}/`));
const isPure = (file: string) => stageOf(file) >= 0 || file === "src/route.ts";

/** What pure code may import besides the stages. */
const tools = [
  "src/http.ts",
  "src/backoff.ts",
  "src/budget.ts",
  "src/log.ts",
  "src/secrets.ts",
  "zod",
  "@slack/types",
  "node:buffer",
  "node:crypto",
  "node:zlib",
];

/** `importer -> imported`: why it may. */
const exceptions: Readonly<Record<string, string>> = {
  "src/source/source.ts -> src/ports.ts": "the one stage with a state of its own, given as ports",
};

describe("imports", () => {
  test("are read by this test: each file's are found, and lead to files that exist", () => {
    expect(sources.length).toBeGreaterThan(40);
    const all = sources.flatMap(({ imports }) => imports);
    const local = all.filter((target) => target.startsWith("src/"));
    expect(local.length).toBeGreaterThan(100);
    expect(local.filter((target) => !existsSync(join(root, target)))).toEqual([]);
  });

  test("of pure code lead to pure code and plain tools, never forward in the flow", () => {
    const breaches = sources
      .filter(({ file }) => isPure(file))
      .flatMap(({ file, imports }) =>
        imports
          .filter((target) => {
            const [own, other] = [stageOf(file), stageOf(target)];
            if (file === "src/route.ts")
              return !["event", "filter", "source"].includes(stages[other] ?? "");
            return other < 0 ? !tools.includes(target) : other > own;
          })
          .map((target) => `${file} -> ${target}`),
      );
    // An exception that nobody needs any more is one too many.
    expect(breaches.toSorted()).toEqual(Object.keys(exceptions).toSorted());
  });

  test("of Cloudflare's runtime stand in the Durable Objects' files only", () => {
    const cloudflare = (source: Source) =>
      source.imports.some((target) => target.startsWith("cloudflare:"));
    expect(fileNames(cloudflare)).toEqual(["src/register.ts", "src/relay.ts"]);
  });

  test("of the Durable Objects' files are for their types, but in the Worker's entry", () => {
    const loadsRelay = ({ file, text }: Source) =>
      file !== "src/index.ts" &&
      /^(?:import|export)(?! type)[^;]*\/(?:relay|register)\.ts"/m.test(text);
    expect(fileNames(loadsRelay)).toEqual([]);
  });

  test("never lead out of src: no test, sandbox or script is part of the Worker", () => {
    const outside = sources.flatMap(({ file, imports }) =>
      imports
        .filter((target) => /^(?:\.\.|test|sandbox|scripts|bench)(?:\/|$)/.test(target))
        .map((target) => `${file} -> ${target}`),
    );
    expect(outside).toEqual([]);
  });

  test("of packages are the few that package.json names as dependencies", () => {
    const { dependencies } = JSON.parse(read("package.json"));
    const known = [...Object.keys(dependencies), "@slack/types", "cloudflare"];
    const builtin = builtinModules.map((name) => `node:${name}`);
    const strangers = sources.flatMap(({ file, imports }) =>
      imports
        .filter((target) => !target.startsWith("src/") && !builtin.includes(target))
        .filter((target) => !known.some((name) => new RegExp(`^${name}([/:]|$)`).test(target)))
        .map((target) => `${file} -> ${target}`),
    );
    expect(strangers).toEqual([]);
    const slackTypes = /^import (?!type )[^;]*"@slack\/types"/m;
    expect(fileNames(({ text }) => slackTypes.test(text))).toEqual([]);
  });
});

describe("the network", () => {
  test("is touched in http.ts", () => {
    const calls = /(?<![\w.#])fetch\(/;
    const code = (text: string) => text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
    expect(fileNames(({ text }) => calls.test(code(text)))).toEqual(["src/http.ts"]);
  });
});

describe("what is hidden from a destination", () => {
  const code = (text: string) => text.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");

  test("is taken out on the one way to it: documents are made in letter.ts, and for a look by an admin", () => {
    const outside = ({ file }: Source) => !file.startsWith("src/formats/");
    expect(
      fileNames((source) => outside(source) && /\btoDocuments\b/.test(code(source.text))),
    ).toEqual(["src/dashboard/event.tsx", "src/letter.ts", "src/look.ts"]);
  });

  test("is kept beside the letter for the ledger, which alone reads it", () => {
    const reads = /\.received\b|\{[^}\n]*\breceived\b[^}\n]*\} of /;
    expect(fileNames(({ text }) => reads.test(code(text)))).toEqual(["src/settling.ts"]);
  });
});

describe("a file in src", () => {
  test("opens with a comment that says what it is", () => {
    expect(fileNames(({ text }) => !/^(?:\/\/ |\/\*\* ?)\S/.test(text))).toEqual([]);
  });

  test("has at most 300 lines", () => {
    const lines = sources.map(
      ({ file, text }) => [file, text.trimEnd().split("\n").length] as const,
    );
    expect(lines.filter(([, count]) => count > 300)).toEqual([]);
  });
});

describe("an extension", () => {
  const extensions = (folder: string, interfaceName: string) =>
    fileNames(
      ({ file, text }) =>
        file.startsWith(`src/${folder}/`) &&
        new RegExp(`^export const \\w+(: ${interfaceName}\\b[^;=]*= \\{| = intake\\()`, "m").test(
          text,
        ),
    );
  const destinationFiles = extensions("destinations", "DestinationType");
  const formatFiles = extensions("formats", "Format");
  const named = (file: string) => file.replace(/^.*\/|\.tsx?$/g, "");

  test("is one file that bears the name of its type, and one line in its registry", () => {
    expect(destinationFiles.map(named)).toEqual(
      destinationTypes.map(({ type }) => type).toSorted(),
    );
    expect(formatFiles.map(named)).toEqual(formats.map(({ name }) => name).toSorted());
    for (const file of [...destinationFiles, ...formatFiles]) {
      const registry = sources.find((source) => source.file === join(dirname(file), "registry.ts"));
      expect(registry?.imports).toContain(file);
    }
  });

  test.each(destinationFiles)("%s has a test file, which runs the contract suite", (file) => {
    const tests = join("test/destinations", `${named(file)}.test.ts`);
    expect(existsSync(join(root, tests))).toBe(true);
    expect(read(tests)).toMatch(/^destinationContract\(/m);
  });

  test.each(destinationFiles)("%s has a page of documentation", (file) => {
    expect(existsSync(join(root, "docs/destinations", `${named(file)}.md`))).toBe(true);
  });

  test.each(formatFiles)("%s has a row in the contract suite", (file) => {
    expect(read("test/contract/formats.test.ts")).toMatch(
      new RegExp(`^  "?${named(file)}"?: \\(`, "m"),
    );
  });
});

describe("the README", () => {
  const readme = existsSync(join(root, "README.md")) ? read("README.md") : "";
  const section = (title: string) => readme.split(/^## /m).find((text) => text.startsWith(title));

  test.each([
    ...destinationTypes.map(({ type }) => type),
    ...formats.map(({ name }) => name),
    ...rules.map(({ name }) => name),
  ])("has a row of its own for %s", (name) => {
    expect(readme).toMatch(new RegExp(`^\\| \\[?\`${name}\`[^|]*\\|`, "m"));
  });

  test.each(Object.keys(environment.shape))("names the variable %s in a row", (name) => {
    expect(readme).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, "m"));
  });

  test("names every table that the ledger keeps, and no other, under What is stored", () => {
    const stored = section("What is stored") ?? "";
    const tables = sources.flatMap(({ text }) => [
      ...text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g),
    ]);
    expect(tables.length).toBeGreaterThan(5);
    const rows = stored.matchAll(/^\| (?:Durable Object, )?`(\w+)` +\|/gm);
    expect([...rows].map(([, name]) => name).toSorted()).toEqual(
      tables.map(([, name]) => name).toSorted(),
    );
    expect(stored).toContain("`marks:<workspace>`");
  });
});
