// node bench/day.ts [0,1000,10000,100000]: what a day with so many events takes of the free plan's means, to two
// destinations, on a virtual clock. Counted from outside: at the SQL, KV, the source and the receivers.
import type { Site } from "../sandbox/site.ts";
import { login, startMs, World } from "../test/support/world.ts";
import { type Row, toMarkdown } from "./table.ts";

const dayMs = 86_400_000;
const minutes = 1440;
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
  const used = { rows: 0, runs: 0, sent: 0, most: 0 };
  const receiver: Site = {
    fetch: async () => {
      used.sent += 1;
      return new Response("ok");
    },
  };
  const world = new World({
    destinations: { siem: { batch }, team: { batch } },
    sites: () => ({ "siem.example.com": receiver, "team.example.com": receiver }),
  });
  const { sql } = world;
  world.sql = {
    exec: (query, ...bindings) => {
      const rows = sql.exec(query, ...bindings);
      if (!/^\s*SELECT/.test(query))
        used.rows += Number(sql.exec("SELECT changes() AS n")[0]?.n ?? 0);
      return rows;
    },
    transaction: (work) => sql.transaction(work),
  };
  world.restart();
  await world.run();
  for (let i = 0; i < events; i += 1)
    world.log.add(login(startMs + 1000 + Math.floor((i * (dayMs - 60_000)) / events)));
  const requests = () => used.sent + world.api.counts.requests;
  const run = world.run.bind(world);
  world.run = async () => {
    const before = requests();
    const report = await run();
    used.runs += 1;
    used.most = Math.max(used.most, requests() - before);
    return report;
  };
  used.rows = 0;
  const before = { kv: world.kv.writes, requests: requests() };
  await world.runFor(dayMs);
  const made = requests() - before.requests;
  const { delivered } = world.ports.ledger.events.countSettled("siem", "", "~");
  return {
    "events a day": [events],
    sent: batch ? "in batches" : "singly",
    delivered: [delivered],
    "source requests": [world.api.counts.requests],
    "requests out": [used.sent],
    "most in one run (of 50)": [used.most],
    "KV writes (of 1,000)": [world.kv.writes - before.kv],
    // Setting the alarm is a row each run; the watch over the cron is one each minute.
    "rows written (of 100,000)": [used.rows + used.runs + minutes],
    "object requests (of 100,000)": [used.runs + minutes],
    "GB-s (of 13,000)": [made * requestSeconds * gb],
    "within the free plan":
      used.most <= free.perRun &&
      world.kv.writes - before.kv <= free.kvWrites &&
      used.rows + used.runs + minutes <= free.rowsWritten &&
      used.runs + minutes <= free.objectRequests &&
      made * requestSeconds * gb <= free.gbSeconds
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
