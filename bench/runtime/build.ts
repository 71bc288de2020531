// The Worker as `npm run deploy` would upload it.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";

const root = join(import.meta.dirname, "../..");

export interface Built {
  readonly script: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
}

/** Runs wrangler, which asks and tells nobody. */
export function wrangler(args: readonly string[]): void {
  execFileSync(process.execPath, [join(root, "node_modules/wrangler/bin/wrangler.js"), ...args], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_LOG: "error",
    },
  });
}

/** `also`: more for its command line. */
export function build(folder: string, also: readonly string[] = []): Built {
  wrangler(["deploy", "--dry-run", "--outdir", folder, ...also]);
  const config = parse(readFileSync(join(root, "wrangler.toml"), "utf8"));
  return {
    script: join(folder, "index.js"),
    compatibilityDate: String(config.compatibility_date),
    compatibilityFlags: config.compatibility_flags as string[],
  };
}
