// All types of destination at once: the Worker in workerd, each vendor's own rules on the other side, a real bucket.
import { afterAll, beforeAll, expect, it } from "vitest";
import { generate } from "../../sandbox/activity/activity.ts";
import { internet } from "../../sandbox/internet.ts";
import { seeded } from "../../sandbox/random.ts";
import { sometimes } from "../../sandbox/receivers/faults.ts";
import { type VendorReceiver, vendorReceiver } from "../../sandbox/receivers/vendor.ts";
import { vendors } from "../../sandbox/receivers/vendors/registry.ts";
import { webflowApi } from "../../sandbox/webflow/api.ts";
import { AuditLog } from "../../sandbox/webflow/audit-log.ts";
import { Tokens } from "../../sandbox/webflow/tokens.ts";
import { type RunningWorker, startWorker } from "../../sandbox/worker.ts";
import { destinationTypes } from "../../src/destinations/registry.ts";
import { systemClock } from "../../src/http.ts";
import { adminToken, token, until, workspace } from "./deployed.ts";

const events = 30;
const reached = vendors.filter(({ type }) => type !== "r2");
const receivers = new Map<string, VendorReceiver>(
  reached.map((vendor) => [vendor.type, vendorReceiver(vendor, { clock: systemClock })]),
);
const types = new Map(destinationTypes.map((one) => [one.type, one]));
const log = new AuditLog();
const lines: string[] = [];
let worker: RunningWorker;

beforeAll(async () => {
  const tokens = new Tokens();
  tokens.issue(token);
  const random = seeded(4);
  const api = webflowApi({
    log,
    clock: systemClock,
    random,
    tokens,
    workspace,
    rateLimit: Number.POSITIVE_INFINITY,
  });
  // What lies before the start of a destination is not for it.
  const nowMs = Date.now();
  const span = { fromMs: nowMs - 600_000, toMs: nowMs - 5000 };
  for (const { item, visibleAtMs } of generate({
    seed: 4,
    count: events,
    unknownTypes: 0.05,
    workspace,
    ...span,
  }))
    log.add(item, { visibleAtMs });
  const sites = reached.flatMap(({ type, hosts }) =>
    hosts.map((host) => [host, receivers.get(type) as VendorReceiver] as const),
  );
  worker = await startWorker({
    internet: internet({ "api.webflow.com": api, ...Object.fromEntries(sites) }),
    vars: {
      PLAN: "paid",
      POLL_SECONDS: 1,
      REQUEST_BUDGET: 500,
      WORKSPACES: [{ id: workspace.id, token: "$WEBFLOW_TOKEN" }],
      DESTINATIONS: vendors.map(({ type, options }) => ({
        name: type,
        type,
        minSeverity: "info",
        system: false,
        start: "1h",
        ...(types.get(type)?.maxPerMinute && { maxPerMinute: 60 }),
        ...options[0],
      })),
    },
    secrets: { WEBFLOW_TOKEN: token, ADMIN_TOKEN: adminToken },
    buckets: ["ARCHIVE"],
    onLine: ({ text }) => lines.push(text),
  });
}, 60_000);
afterAll(() => worker?.dispose());

it("delivers every event to every vendor, once, while each of them fails now and then", async () => {
  for (const vendor of reached) {
    const receiver = receivers.get(vendor.type);
    if (receiver) receiver.faults = sometimes(seeded(5), 0.15, vendor.faults);
  }
  await worker.cron();
  const missing = () =>
    [...receivers].filter(([, { taken }]) => taken.size < events).map(([type]) => type);
  await until(
    () => missing().length === 0,
    110_000,
    () => `still missing: ${missing()}; ${lines.slice(-3).join("\n")}`,
  );
  for (const [type, { taken }] of receivers)
    expect([type, [...taken.values()].filter((times) => times !== 1)]).toEqual([type, []]);
}, 150_000);

it("archives them in a bucket of R2, each in one object", async () => {
  const bucket = await worker.bucket("ARCHIVE");
  const { objects } = await bucket.list();
  const ids: string[] = [];
  for (const { key } of objects) {
    const object = await bucket.get(key);
    const unzipped = object?.body.pipeThrough(new DecompressionStream("gzip"));
    const text = await new Response(unzipped as BodyInit).text();
    for (const line of text.trimEnd().split("\n")) ids.push(JSON.parse(line).id);
  }
  expect([ids.length, new Set(ids).size]).toEqual([events, events]);
});

it("has no secret of any of them in its log", () => {
  expect(lines.length).toBeGreaterThan(0);
  const secrets = vendors.flatMap(({ options }) =>
    Object.entries(options[0] ?? {}).flatMap(([name, value]) =>
      /secret|token|key|password/i.test(name) ? [String(value)] : [],
    ),
  );
  expect(secrets.filter((secret) => lines.some((line) => line.includes(secret)))).toEqual([]);
});
