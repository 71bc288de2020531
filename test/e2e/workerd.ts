// The workerd processes of this test, and their sudden end.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { until } from "./deployed.ts";

/** The workerd processes that this process has started, directly or not. Reads /proc: Linux only. */
export function workerds(): number[] {
  const parents = new Map<number, { parent: number; name: string }>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      parents.set(Number(entry), { parent, name });
    } catch {
      // The process ended between the two looks.
    }
  }
  const isOurs = (pid: number): boolean =>
    pid === process.pid || (parents.has(pid) && isOurs(parents.get(pid)?.parent ?? 0));
  return [...parents]
    .filter(([pid, { name }]) => name === "workerd" && isOurs(pid))
    .map(([pid]) => pid);
}

/** SIGKILL to each; returns the time of it. */
export function kill(pids: readonly number[]): number {
  if (pids.length === 0) throw new Error("there is no workerd to kill");
  const atMs = performance.now();
  for (const pid of pids) process.kill(pid, "SIGKILL");
  return atMs;
}

/** Resolves when none of the processes is left. */
export async function gone(pids: readonly number[]): Promise<void> {
  await until(
    () => pids.every((pid) => !existsSync(`/proc/${pid}`)),
    10_000,
    () => "a killed workerd is still there",
  );
}
