// CPU and memory of processes, read from outside: a process cannot see its own (in a Worker clocks stand still).
// Linux only: https://man7.org/linux/man-pages/man5/proc.5.html
import { readdirSync, readFileSync } from "node:fs";

const sampleMs = 100;

if (process.platform !== "linux")
  throw new Error("The benchmark reads CPU and memory from /proc, which only Linux has.");

/** The processes and all that they have started. */
function treeOf(pids: readonly number[]): number[] {
  return pids.flatMap((pid) => {
    const children = read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean);
    return [pid, ...treeOf(children.map(Number))];
  });
}

/**
 * Time that the processes' threads were on a CPU, in milliseconds, as exact as the scheduler has it; what /proc/<pid>/stat
 * tells is in ticks of 10 ms. https://docs.kernel.org/scheduler/sched-stats.html
 */
export function cpuMs(pids: readonly number[]): number {
  return treeOf(pids).reduce((sum, pid) => {
    const threads = list(`/proc/${pid}/task`);
    const ns = threads.map((id) => Number(read(`/proc/${pid}/task/${id}/schedstat`).split(" ")[0]));
    return sum + ns.reduce((all, one) => all + one, 0) / 1e6;
  }, 0);
}

/** Memory of the processes in MB, what they share with others in parts (PSS). */
function memoryMb(pids: readonly number[]): number {
  const kb = treeOf(pids).map((pid) => {
    const [, pss = 0] = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
    return Number(pss);
  });
  return kb.reduce((sum, one) => sum + one, 0) / 1024;
}

/** Follows the memory until it is stopped, which gives the peak in MB. */
export function watchMemory(pids: () => readonly number[]): () => number {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, memoryMb(pids()));
  };
  const timer = setInterval(look, sampleMs);
  look();
  return () => {
    clearInterval(timer);
    look();
    return peak;
  };
}

/** Processes that are about to run, on average over the last minute: what else the machine does. */
export function load(): number {
  return Number(read("/proc/loadavg").split(" ")[0]);
}

/** Empty for a process that has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
