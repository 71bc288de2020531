// npm run bench:month -- [workspaces = 100000]: what a stored workspace costs a month on Cloudflare's paid plan, by poll
// interval and events a day. A day of each is run on a virtual clock and counted; the prices are Cloudflare's.
import { perMessage, roundMs } from "../src/stored/rounds.ts";
import { dayMs } from "../src/time.ts";
import { login, startMs, World } from "../test/support/world.ts";
import { type Row, toMarkdown } from "./table.ts";

/** Dollars a million, beyond what the plan includes. https://developers.cloudflare.com/workers/platform/pricing/ */
const perMillion = {
  objectRequests: 0.15,
  gbSeconds: 12.5,
  rowsWritten: 1,
  kvReads: 0.5,
  kvWrites: 5,
  queueOperations: 0.4,
  workerRequests: 0.3,
};
type Use = Record<keyof typeof perMillion, number>;

const days = 30;
const minutes = days * 1440;
const gb = 0.125;
/** How long a run takes, and how long an object then stays awake, as far as is known (facts: some 10 s). */
const runSeconds = 0.25;
const awakeSeconds = 10;

const total = Number(process.argv[2] ?? 100_000);
const budget = 1000;
const round = roundMs(total, budget, true) / 60_000;
const visits = minutes / round;

/** A stored workspace's day: so many events, spread evenly. */
async function liveDay(pollSeconds: number, events: number) {
  const world = new World({ destinations: { siem: {} }, env: { PLAN: "paid" } });
  Object.assign(world.config, { pollMs: pollSeconds * 1000, sharers: 38 });
  await world.run();
  for (let i = 0; i < events; i += 1)
    world.log.add(login(startMs + 1000 + Math.floor((i * (dayMs - 60_000)) / events)));
  const run = world.run.bind(world);
  let runs = 0;
  world.run = () => {
    runs += 1;
    return run();
  };
  const { written } = world.sql.used();
  const kvBefore = world.kv.writes;
  await world.runFor(dayMs);
  // Setting the alarm is a row each run; the watch over the cron is one each minute.
  const rows = world.sql.used().written - written + runs + 1440;
  return { runs, rows, kvWrites: world.kv.writes - kvBefore };
}

async function month(pollSeconds: number, events: number) {
  const { runs, rows, kvWrites } = await liveDay(pollSeconds, events);
  const awake = Math.min(86_400, (runs + visits / days) * (runSeconds + awakeSeconds));
  const use: Use = {
    objectRequests: runs * days + visits,
    gbSeconds: awake * gb * days,
    // Of the day's rows 1,440 are the watch over a cron that comes each minute: here it comes once a round.
    rowsWritten: (rows - 1440) * days + visits,
    kvReads: runs * days,
    kvWrites: Math.min(kvWrites * days, 720),
    // A message is written, read and deleted; its consumer is one request, and one more to the roll.
    queueOperations: (3 * visits) / perMessage,
    workerRequests: visits / perMessage,
  };
  const dollars = Object.entries(use).map(
    ([what, n]) => [what, (n * perMillion[what as keyof Use]) / 1e6] as const,
  );
  const sum = dollars.reduce((all, [, one]) => all + one, 0);
  const busy = Math.min(86_400, runs * runSeconds) * gb * days;
  const least = sum + ((busy - use.gbSeconds) * perMillion.gbSeconds) / 1e6;
  return { use, sum, least, dollars: Object.fromEntries(dollars) };
}

const uses: Row[] = [];
const prices: Row[] = [];
const amount = (n: number) => Math.round(n).toLocaleString("en");
for (const pollSeconds of [10, 60, 300])
  for (const events of [0, 100, 1000]) {
    const { use, sum, least, dollars } = await month(pollSeconds, events);
    const what = { "poll every": `${pollSeconds} s`, "events a day": amount(events) };
    uses.push({
      ...what,
      ...Object.fromEntries(Object.entries(use).map(([name, n]) => [name, amount(n)])),
    });
    prices.push({
      ...what,
      ...Object.fromEntries(Object.entries(dollars).map(([name, n]) => [name, n.toFixed(4)])),
      "$ a workspace": sum.toFixed(3),
      [`$ for ${amount(total)}`]: amount(sum * total),
      "$ a workspace if idle is free": least.toFixed(3),
    });
  }
const notes = [
  `${amount(total)} workspaces, one destination each; visited once in ${round} minutes through the queue`,
];
console.log(toMarkdown({ title: "A month of one workspace", rows: uses, notes }));
console.log(toMarkdown({ title: "What it costs, in dollars", rows: prices, notes: [] }));
