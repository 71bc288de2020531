// node bench/day.ts [0,1000,10000,100000]: what a day with so many events takes of the free plan's means, to two
// destinations, on a virtual clock. Counted from outside: at the SQL, KV, the source and the receivers.
import type { Site } from "../sandbox/site.ts";
import { liveDay } from "../test/support/day.ts";
import type { World } from "../test/support/world.ts";
import { type Row, toMarkdown } from "./table.ts";

/** https://developers.cloudflare.com/workers/platform/limits and the pricing pages of KV and Durable Objects. */
const free = {
  perRun: 50,
  kvWrites: 1000,
  rowsWritten: 100_000,
  objectRequests: 100_000,
  gbSeconds: 13_000,
};
/** Of a request, while which the object is awake with its 128 MB. */
const requestSeconds = 0.25;
const gb = 0.125;

async function day(events: number, batch: boolean): Promise<Row> {
  const used = { sent: 0, most: 0 };
  const receiver: Site = {
    fetch: async () => {
      used.sent += 1;
      return new Response("ok");
    },
  };
  const requests = ({ api }: World) => used.sent + api.counts.requests;
  /** Before the day's first run. */
  let earlier: number | undefined;
  const { world, rows, objectRequests, kvWrites } = await liveDay(
    events,
    {
      destinations: { siem: { batch }, team: { batch } },
      sites: () => ({ "siem.example.com": receiver, "team.example.com": receiver }),
    },
    async (run, live) => {
      const before = requests(live);
      earlier ??= before;
      const report = await run();
      used.most = Math.max(used.most, requests(live) - before);
      return report;
    },
  );
  const gbSeconds = (requests(world) - (earlier ?? 0)) * requestSeconds * gb;
  const { delivered } = world.ports.ledger.events.countSettled("siem", "", "~");
  return {
    "events a day": [events],
    sent: batch ? "in batches" : "singly",
    delivered: [delivered],
    "source requests": [world.api.counts.requests],
    "requests out": [used.sent],
    "most in one run (of 50)": [used.most],
    "KV writes (of 1,000)": [kvWrites],
    "rows written (of 100,000)": [rows],
    "object requests (of 100,000)": [objectRequests],
    "GB-s (of 13,000)": [gbSeconds],
    "within the free plan":
      used.most <= free.perRun &&
      kvWrites <= free.kvWrites &&
      rows <= free.rowsWritten &&
      objectRequests <= free.objectRequests &&
      gbSeconds <= free.gbSeconds
        ? "yes"
        : "no",
  };
}

const [counts = "0,1000,10000,100000"] = process.argv.slice(2);
const rows: Row[] = [];
for (const events of counts.split(",").map(Number))
  for (const batch of [false, true]) rows.push(await day(events, batch));
const notes = [
  "two destinations of type webhook, all settings as they are",
  `GB-s: each request taken for ${requestSeconds} s, one after the other`,
];
console.log(toMarkdown({ title: "A simulated day against the free plan", rows, notes }));
