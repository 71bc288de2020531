// Is the simulator any good? Each classic mistake is made alone, in a copy of the tree, and must be noticed.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mutant, mutants } from "./mutants.ts";

const root = join(import.meta.dirname, "../..");
const limits = ["--seeds", "1500", "--seconds", "200"];

interface Verdict {
  readonly seed?: number;
  readonly seeds: number;
  readonly took: number;
  readonly breach?: { readonly invariant: number; readonly kind: string; readonly what: string };
  /** Where it did not end as it should. */
  readonly failure?: string;
}

/** True when every mutant (whose name contains `only`) was noticed. */
export async function proveMutants(only = "", jobs: number): Promise<boolean> {
  const wanted = mutants.filter(({ name }) => name.includes(only));
  for (const mutant of wanted) mistaken(mutant);
  console.log("| mistake | noticed by | seeds | seconds |\n| --- | --- | ---: | ---: |");
  const left = wanted.values();
  const survivors: string[] = [];
  const prove = async () => {
    for (const mutant of left) {
      const verdict = await tryOut(mutant);
      console.log(toRow(mutant, verdict));
      if (!verdict.breach) survivors.push(mutant.name);
    }
  };
  await Promise.all(Array.from({ length: jobs }, prove));
  const caught = wanted.length - survivors.length;
  console.log(
    `${caught} of ${wanted.length} noticed${survivors.length > 0 ? `; not noticed: ${survivors.join(", ")}` : ""}`,
  );
  return survivors.length === 0;
}

function toRow({ name }: Mutant, { breach, seeds, took, failure }: Verdict): string {
  const by = breach
    ? `invariant ${breach.invariant} (${breach.kind})`
    : `**nothing** ${failure ?? ""}`;
  return `| ${name} | ${by} | ${seeds} | ${took.toFixed(1)} |`;
}

async function tryOut(mutant: Mutant): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-mutant-"));
  try {
    for (const part of ["src", "sandbox", "scripts", "test/simulation", "package.json"])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, mutant.file), mistaken(mutant));
    return await run(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The file with the mistake in it. Throws when its place is not there exactly once: the source has moved on. */
export function mistaken({ name, file, find, replace }: Mutant): string {
  const parts = readFileSync(join(root, file), "utf8").split(find);
  if (parts.length !== 2)
    throw new Error(`${name}: ${file} has ${parts.length - 1} times: ${find}`);
  return parts.join(replace);
}

function run(folder: string): Promise<Verdict> {
  const { promise, resolve } = Promise.withResolvers<Verdict>();
  const main = join(folder, "test/simulation/main.ts");
  const child = spawn(process.execPath, [main, "--jobs", "1", "--json", ...limits]);
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  child.on("close", () => {
    const line = said.split("\n").find((text) => text.startsWith('{"'));
    resolve(line ? JSON.parse(line) : { seeds: 0, took: 0, failure: said.slice(0, 300) });
  });
  return promise;
}
