// node bench/day.ts [0,1000,10000,100000]: what a day with so many events takes of the free plan's means, to a webhook and
// to Slack, on a virtual clock. Counted from outside: at the SQL, KV, the alarm, the source and the receivers.
import { resources } from "../src/governor/plans.ts";
import { liveDays, type Used } from "../test/support/day.ts";
import { type Row, toMarkdown } from "./table.ts";

/** https://developers.cloudflare.com/workers/platform/limits and the pricing pages of KV and Durable Objects. */
const free = {
  objectRequests: 100_000,
  rowsWritten: 100_000,
  rowsRead: 5_000_000,
  kvWrites: 1000,
  kvReads: 100_000,
  gbSeconds: 13_000,
  mostInRun: 50,
};
const slack = "https://hooks.slack.com/services/T00000000/B00000000/abcdefabcdefabcdefabcdef";

async function day(events: number, batch: boolean, within: "day" | "hour"): Promise<Row> {
  const { days, settledMs } = await liveDays({
    events,
    within,
    mostDays: 8,
    destinations: { siem: { batch }, team: { type: "slack", url: slack } },
  });
  /** Of the day that took the most. */
  const most = (name: keyof Used) => Math.round(Math.max(...days.map(({ used }) => used[name])));
  const worst = (name: (typeof resources)[number]) =>
    Math.max(...days.map(({ used, metered }) => Math.abs(metered.use[name] - used[name])));
  // Nobody outside can count what SQLite reads.
  const counted = resources.filter((name) => name !== "rowsRead");
  const within_ = days.every(({ used }) =>
    Object.entries(free).every(([name, limit]) => used[name as keyof Used] <= limit),
  );
  return {
    "events a day": [events],
    "spread over": within === "day" ? "24 h" : "1 h",
    webhook: batch ? "in batches" : "singly",
    "days until all was sent":
      events === 0 ? "–" : settledMs === null ? "never" : [settledMs / 86_400_000],
    "requests out": [most("outgoing")],
    "most in one run (of 50)": [most("mostInRun")],
    "KV writes (of 1,000)": [most("kvWrites")],
    "KV reads (of 100,000)": [most("kvReads")],
    "rows written (of 100,000)": [most("rowsWritten")],
    "object requests (of 100,000)": [most("objectRequests")],
    "GB-s (of 13,000)": [most("gbSeconds")],
    "the meter is off by": [Math.max(...counted.map(worst))],
    "within the free plan": within_ ? "yes" : "no",
  };
}

const [counts = "0,1000,10000,100000"] = process.argv.slice(2);
const rows: Row[] = [];
for (const events of counts.split(",").map(Number))
  for (const batch of events === 0 ? [false] : [false, true])
    for (const within of events < 10_000 ? (["day"] as const) : (["day", "hour"] as const))
      rows.push(await day(events, batch, within));
const notes = [
  "one webhook and one Slack channel, all settings as they are: PLAN = free, POLL_SECONDS = 10",
  "each figure is of the day that took the most, of all days until the last event was sent",
  "an answer takes 0.12 s; an object is awake, with 128 MB, for 10 s after each request to it",
];
console.log(toMarkdown({ title: "A simulated day against the free plan", rows, notes }));
