// Tidemark itself: the Worker as it would be deployed, in bare workerd.
import type { Built } from "../runtime/build.ts";
import { startWorkerd, type Workerd } from "../runtime/workerd.ts";
import { signingSecret } from "../world/messages.ts";
import { type Job, type Mode, names, type Peer, sourceToken, workspace } from "./peer.ts";

const adminToken = "the-admin-token-of-the-benchmark";

/** What differs from a new installation. Throughput is measured with the paid plan's requests. */
export const paid = { PLAN: "paid", POLL_SECONDS: 1, REQUEST_BUDGET: 9000 };

const options: Readonly<Record<Mode, (name: string) => Readonly<Record<string, unknown>>>> = {
  single: (name) => ({
    type: "webhook",
    url: `https://${name}.example.com/in`,
    secret: signingSecret,
  }),
  batch: (name) => ({ ...options.single(name), batch: true }),
  splunk: (name) => ({
    type: "splunk",
    url: `https://${name}.example.com`,
    token: "b1946ac9-2492-4d23-9e5c-1f2a3b4c5d6e",
    format: "ocsf",
  }),
  elastic: (name) => ({
    type: "elastic",
    url: `https://${name}.example.com`,
    apiKey: "the-api-key-of-the-benchmark",
    format: "ecs",
  }),
};

export function startTidemark(
  built: Built,
  job: Job,
  vars: Readonly<Record<string, unknown>> = paid,
  extra: { readonly wrapper?: string; readonly flags?: readonly string[] } = {},
): Promise<Workerd> {
  return startWorkerd({
    ...built,
    ...extra,
    folder: job.folder,
    object: { className: "Relay", binding: "RELAY" },
    kv: "MARKS",
    world: job.world,
    vars: {
      ADMIN_TOKEN: adminToken,
      WORKSPACES: [{ id: workspace, token: sourceToken }],
      DESTINATIONS: names(job).map((name) => ({
        name,
        start: new Date(job.sinceMs).toISOString(),
        ...options[job.mode](name),
      })),
      ...vars,
    },
  });
}

/** Asks as the admin. */
export function ask({ url }: Workerd, method: "GET" | "POST", path: string): Promise<Response> {
  return fetch(url + path, { method, headers: { authorization: `Bearer ${adminToken}` } });
}

export function tidemark(built: Built): Peer {
  return {
    name: "Tidemark",
    modes: ["single", "batch", "splunk", "elastic"],
    fansOut: true,
    missing: () => undefined,
    async start(job) {
      const worker = await startTidemark(built, job);
      return {
        processes: [worker.process],
        // The alarm goes on with what is left. Where it is killed, there is no answer.
        go: () =>
          void ask(worker, "POST", "/sync").then(
            (r) => r.body?.cancel(),
            () => undefined,
          ),
      };
    },
  };
}
