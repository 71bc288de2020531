// npm start: the production Worker in a sandbox, and a page that shows what its receivers got.
import { once } from "node:events";
import { createServer } from "node:net";
import { serve } from "@hono/node-server";
import { systemClock } from "../src/http.ts";
import { type HappeningName, happenings } from "./happenings.ts";
import { eventIdsBehind } from "./lists.ts";
import { pageApp } from "./page/app.ts";
import { toBoard, type WorkerStatus, workerStatus } from "./page/board.ts";
import { webhookDelivery } from "./page/delivery.ts";
import { Feed } from "./page/feed.ts";
import { toText } from "./page/html.ts";
import { slackMessage } from "./page/slack-message.ts";
import { integer, seeded } from "./random.ts";
import { destinationNames, type SwitchName, scene, switches } from "./scene.ts";
import { greet, say, sayLine, sayWorkerLine } from "./terminal.ts";
import { type RunningWorker, startWorker } from "./worker.ts";

const seed = 4;
const adminToken = "sandbox-admin-token";
const workerPort = 8787;
const pagePort = 8788;
const host = "127.0.0.1";

const startedMs = performance.now();
const world = scene({ clock: systemClock, seed });
const feed = new Feed();
world.slack.onMessage((m) => feed.add("slack", toText(slackMessage(m.payload, m.receivedAtMs))));
world.siem.onDelivery((delivery) => feed.add("webhook", toText(webhookDelivery(delivery))));

const page = await freePort(pagePort);
const ports = { page, worker: await freePort(workerPort, page) };
const worker: RunningWorker = await startWorker({
  internet: world.internet,
  vars: { ...world.vars, PUBLIC_URL: `http://localhost:${ports.worker}` },
  secrets: { ...world.secrets, ADMIN_TOKEN: adminToken },
  port: ports.worker,
  onLine: ({ text }) => sayWorkerLine(text),
});
const headers = { authorization: `Bearer ${adminToken}` };
let status: WorkerStatus | null = null;
let stopping = false;

serve({
  fetch: pageApp({
    feed,
    board: () => toBoard(world, status, systemClock.now()),
    pollSeconds: world.vars.POLL_SECONDS,
    actions: {
      "/do/sync": () => worker.fetch("/sync", { method: "POST", headers }),
      ...Object.fromEntries(
        (Object.keys(happenings) as HappeningName[]).map((name) => [
          `/do/${name}`,
          () => world.happen(name),
        ]),
      ),
      ...Object.fromEntries(
        (Object.keys(switches) as SwitchName[]).map((name) => [
          `/switch/${name}`,
          () => {
            world.flip(name);
            sayLine("magenta", "switch", `${switches[name]}: ${world.on[name] ? "on" : "off"}`);
          },
        ]),
      ),
    },
  }).fetch,
  hostname: host,
  port: ports.page,
});

world.slack.onMessage(({ payload }) => {
  void eventIdsBehind(payload, (path) => worker.fetch(path))
    .then(world.take)
    .catch(tell);
});

// The destinations begin with the first run: what happens after it is theirs.
await worker.cron();
greet({
  page: `http://localhost:${ports.page}`,
  worker: `http://localhost:${ports.worker}`,
  adminToken,
  pollSeconds: world.vars.POLL_SECONDS,
  tookMs: performance.now() - startedMs,
  notes: [
    ...(ports.page === pagePort
      ? []
      : [`Port ${pagePort} is taken: the page is on ${ports.page}.`]),
    ...(ports.worker === workerPort
      ? []
      : [`Port ${workerPort} is taken: the Worker is on ${ports.worker}.`]),
  ],
});

const pace = seeded(seed);
function live(): void {
  if (world.on.activity) world.tellStory();
  setTimeout(live, integer(pace, 3000, 7000));
}
world.happen("login");
setTimeout(live, 1200);

setInterval(() => void worker.cron().catch(tell), 60_000);
setInterval(() => void readStatus().catch(tell), 1000);
let told = "";
setInterval(() => {
  const now = arrived();
  if (now !== told) sayLine("green", "so far", now);
  told = now;
}, 10_000);

function arrived(): string {
  const tallies = destinationNames.map((name) => {
    const { arrived, expected, twice } = world.tally(name);
    return `${name} ${arrived} of ${expected} arrived, ${twice} twice`;
  });
  return tallies.join(" · ");
}

async function readStatus(): Promise<void> {
  const response = await worker.fetch("/status", { headers });
  if (response.ok) status = workerStatus.parse(await response.json()).workspaces[0] ?? null;
}

function tell(error: unknown): void {
  if (stopping) return;
  sayLine("red", "sandbox", error instanceof Error ? error.message : String(error));
}

async function end(): Promise<void> {
  stopping = true;
  say("");
  sayLine("green", "stopped", arrived());
  setTimeout(() => process.exit(0), 800).unref();
  await worker.dispose();
  process.exit(0);
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.removeAllListeners(signal); // wrangler's own, which would end the process as if it had failed
  process.once(signal, () => void end());
}

/** The first port from `wanted` on that nobody listens on, and that is not the one to be spared. */
async function freePort(wanted: number, spared?: number): Promise<number> {
  for (let port = wanted; ; port += 1) {
    if (port === spared) continue;
    const probe = createServer().listen(port, host);
    const free = await once(probe, "listening").then(
      () => true,
      () => false,
    );
    probe.close();
    if (free) return port;
  }
}
