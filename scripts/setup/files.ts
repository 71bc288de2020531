// Files written whole or not at all, and only when something changes.
import {
  chmodSync,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { Mistake } from "../mistake.ts";

export function readText(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Mistake(`${file} cannot be read: ${(error as Error).message}`);
  }
}

/** `mode`: of the file, whatever it was; default: as it was. True when something was changed. */
export function writeText(file: string, text: string, mode?: number): boolean {
  try {
    const real = existsSync(file) ? realpathSync(file) : file;
    const was = existsSync(real) ? statSync(real).mode & 0o777 : undefined;
    if (was !== undefined && readFileSync(real, "utf8") === text) {
      if (mode === undefined || was === mode || process.platform === "win32") return false;
      chmodSync(real, mode);
      return true;
    }
    const beside = `${real}.${process.pid}.tmp`;
    try {
      writeFileSync(beside, text, { mode: mode ?? was ?? 0o644, flag: "wx" });
      renameSync(beside, real);
    } finally {
      rmSync(beside, { force: true });
    }
    return true;
  } catch (error) {
    throw new Mistake(`${file} cannot be written: ${(error as Error).message}`);
  }
}

/** Whether others on this machine can read it. */
export function isOpenToOthers(file: string): boolean {
  return process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0;
}
