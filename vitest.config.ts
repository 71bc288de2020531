import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";

const report = process.env.VITEST_REPORT;
const mark = "\0text:";

/** As the rule in wrangler.toml: what the dashboard serves as it is, is a text to whoever imports it. */
const texts: Plugin = {
  name: "texts",
  enforce: "pre",
  resolveId(source, importer = "") {
    // Under a name without an ending, so that no other plugin takes it for a style sheet.
    if (/\/static\/\w+\.(?:css|js)$/.test(source) && importer.includes("/src/dashboard/"))
      return mark + join(dirname(importer), source).replace(/\.(\w+)$/, " $1");
    return undefined;
  },
  load(id) {
    if (!id.startsWith(mark)) return undefined;
    const file = id.slice(mark.length).replace(/ (\w+)$/, ".$1");
    return `export default ${JSON.stringify(readFileSync(file, "utf8"))}`;
  },
};

export default defineConfig({
  plugins: [texts],
  test: {
    include: ["test/**/*.test.ts"],
    // Many wait for real time to pass: also where there are two cores, two files run at once.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // For .ci/run, which counts.
    ...(report && { reporters: ["default", "json"], outputFile: { json: report } }),
  },
});
