// A peer that is a process: it begins to work as soon as it is started.
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";

export function startProcess(
  folder: string,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const log = openSync(join(folder, "peer.log"), "a");
  return spawn(command, args, {
    cwd: folder,
    stdio: ["ignore", log, log],
    env: { ...process.env, ...env },
  });
}
