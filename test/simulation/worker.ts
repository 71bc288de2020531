// Lives worlds one after the other for main.ts, which hands out the seeds.
import { isMainThread, parentPort } from "node:worker_threads";
import { draw } from "./draw.ts";
import { live, type Outcome } from "./story.ts";
import { useLightWire } from "./wire.ts";

export type Lived = { readonly seed: number } & Omit<Outcome, "story">;

if (!isMainThread) {
  useLightWire();
  parentPort?.on("message", async (seed: number) => {
    const { story: _story, ...outcome } = await live(draw(seed));
    parentPort?.postMessage({ seed, ...outcome } satisfies Lived);
  });
}
