// Worlds side by side, a thread for each core: seeds go out in order, what was lived comes back.
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Lived } from "./worker.ts";

/** A few ahead, so that no thread waits for the next seed. */
const ahead = 3;

/** Lives worlds until `next` has no more seeds or `onLived` says that it is enough. Rejects when one breaks off. */
export function liveAll(
  jobs: number,
  next: () => number | undefined,
  onLived: (lived: Lived) => boolean,
): Promise<void> {
  const workers = Array.from(
    { length: jobs },
    () => new Worker(join(import.meta.dirname, "worker.ts")),
  );
  let running = 0;
  let enough = false;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const feed = (worker: Worker) => {
    const seed = enough ? undefined : next();
    if (seed !== undefined) {
      running += 1;
      worker.postMessage(seed);
    } else if (running === 0) resolve();
  };
  for (const worker of workers) {
    worker.on("error", reject);
    worker.on("message", (lived: Lived) => {
      running -= 1;
      enough ||= !onLived(lived);
      feed(worker);
    });
    for (let i = 0; i < ahead; i++) feed(worker);
  }
  return promise.finally(() =>
    Promise.all(workers.map((worker) => worker.terminate())).then(() => undefined),
  );
}
