// Packages that only peers need, in a folder outside of the repository: BENCH_PEERS, or one among the temporary files.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const peersFolder = process.env.BENCH_PEERS ?? join(tmpdir(), "tidemark-bench-peers");

const packages = {
  "webflow-api": "3.3.4",
  "@slack/webhook": "8.0.2",
  standardwebhooks: "1.1.1",
  "node-red": "5.0.7",
};
type PackageName = keyof typeof packages;

/** Why packages cannot be used, or undefined when they are there. */
export function missingPackages(...wanted: readonly PackageName[]): string | undefined {
  const missing = wanted.filter((name) => !existsSync(join(peersFolder, "node_modules", name)));
  return missing.length > 0
    ? `${missing.join()} not installed: npm run bench -- --install`
    : undefined;
}

export function installPackages(): void {
  mkdirSync(peersFolder, { recursive: true });
  writeFileSync(
    join(peersFolder, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies: packages }),
  );
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: peersFolder,
    stdio: ["ignore", "inherit", "inherit"],
  });
}

export function installed(file: string): string {
  return join(peersFolder, "node_modules", file);
}

/** The path of a program's copy, from where it finds its packages. */
export function program(name: string): string {
  const copy = join(peersFolder, basename(name));
  copyFileSync(join(import.meta.dirname, "programs", name), copy);
  return copy;
}
