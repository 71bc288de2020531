// What a run takes of the CPU, estimated: inside a Worker nobody can measure it, for its clock stands still while it
// computes. The figures are of the benchmark (docs/benchmark.md), rounded up.

const ms = { run: 1.3, request: 0.54, read: 0.035, delivered: 0.025 } as const;

interface Work {
  /** Outgoing, to the source and to receivers. */
  readonly requests: number;
  /** Events read. */
  readonly read: number;
  /** Letters delivered. */
  readonly delivered: number;
}

/** Milliseconds. */
export function estimateCpuMs({ requests, read, delivered }: Work): number {
  return ms.run + requests * ms.request + read * ms.read + delivered * ms.delivered;
}

/** What a run may do that is to stay inside so many milliseconds. */
export interface RunWork {
  /** Requests to receivers. */
  readonly sends: number;
  /** Events read, after which no further page is. */
  readonly events: number;
}

/** Half of a page read beside them, each send with an event of its own. A full page alone takes as much. */
export function workWithin(cpuMs: number): RunWork {
  const sends =
    (cpuMs - estimateCpuMs({ requests: 1, read: 50, delivered: 0 })) / (ms.request + ms.delivered);
  return { sends: Math.max(1, Math.floor(sends)), events: Math.max(1, Math.floor(cpuMs / 0.1)) };
}
