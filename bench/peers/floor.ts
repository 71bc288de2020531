// The floor that the runtime sets: programs/floor.js in bare workerd.
import { join } from "node:path";
import type { Built } from "../runtime/build.ts";
import { startWorkerd, type Workerd } from "../runtime/workerd.ts";
import { signingSecret } from "../world/messages.ts";
import { type Job, type Mode, names, type Peer, sourceToken, workspace } from "./peer.ts";

interface Form {
  readonly each: number;
  readonly inFlight: number;
  readonly gzip?: boolean;
}

export function startFloor(built: Built, job: Job, form: Form): Promise<Workerd> {
  return startWorkerd({
    ...built,
    script: join(import.meta.dirname, "programs/floor.js"),
    folder: job.folder,
    object: { className: "Floor", binding: "FLOOR" },
    world: job.world,
    vars: {
      JOB: {
        source: `https://api.webflow.com/v2/workspaces/${workspace}/audit_logs`,
        token: `Bearer ${sourceToken}`,
        from: new Date(job.sinceMs).toISOString(),
        urls: names(job).map((name) => `https://${name}.example.com/in`),
        secret: signingSecret.slice("whsec_".length),
        ...form,
      },
    },
  });
}

function floor(built: Built, name: string, modes: readonly Mode[], form: Form): Peer {
  return {
    name: `floor: ${name}`,
    modes,
    fansOut: true,
    missing: () => undefined,
    async start(job) {
      const worker = await startFloor(built, job, form);
      return {
        processes: [worker.process],
        go: () =>
          void fetch(worker.url).then(
            (r) => r.body?.cancel(),
            () => undefined,
          ),
      };
    },
  };
}

export const floors = (built: Built): Peer[] => [
  floor(built, "1 in flight", ["single"], { each: 1, inFlight: 1 }),
  floor(built, "6 in flight", ["single"], { each: 1, inFlight: 6 }),
  floor(built, "100 a request", ["batch"], { each: 100, inFlight: 1 }),
  floor(built, "100 a request, gzip", ["splunk", "elastic"], {
    each: 100,
    inFlight: 1,
    gzip: true,
  }),
];
